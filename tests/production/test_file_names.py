"""No two attempts ever have the same file, whichever beats they are of."""

from recoil_assets.domain.cell import Cell
from tests.support.project import plan
from tests.support.show import Show, cell, settings
from tests.support.watched import PowerCutError, Watch

from .conftest import MakeShow

PASSES = """
[[episodes.ep_001.coverage]]
pass_id = "WIDE_PASS_1"

[[episodes.ep_001.coverage]]
pass_id = "CLOSE_PASS_1"
"""


def coverage(make_show: MakeShow) -> Show:
    """Two passes over the same shots that are numbered alike: two beats, one file-name stem."""
    choices = {"grouping": "coverage", "coverage_passes": ["WIDE_PASS_1", "CLOSE_PASS_1"]}
    return make_show(plan("ep_001", batches=1), text=settings(choices=choices) + PASSES)


def files(show: Show) -> dict[str, str]:
    """File and what it was fetched as, of every attempt, once."""
    found = {}
    with show.studio() as studio:
        for item in show.records:
            for attempt in show.attempts(item):
                path = attempt.intent.media_path
                assert path not in found, "two attempts have one file"
                found[path] = str(attempt.records[-2].facts["sha256"])
                assert studio.media.digest(path) == found[path], "a file is not what its attempt fetched"
    return found


def test_beats_with_one_stem_that_are_rendered_at_once_have_files_of_their_own(make_show: MakeShow) -> None:
    show = coverage(make_show)
    assert show.make().finished(*show.records)
    made = sorted(files(show))
    assert len(made) == 2
    assert [name.rsplit(".t", 1)[1] for name in made] == ["001.mp4", "002.mp4"]
    assert len({name.rsplit(".t", 1)[0] for name in made}) == 1, "it is the numbers that keep them apart"


def test_a_name_is_not_given_again_when_its_attempt_left_no_file(make_show: MakeShow) -> None:
    show = coverage(make_show)
    show.lab.fail_first = 1
    show.make(cells=[Cell("ep_001", "COV_01")])
    show.make(cells=[Cell("ep_001", "COV_02")])
    names = [attempt.intent.media_path for item in show.records for attempt in show.attempts(item)]
    assert len(names) == len(set(names)) == 3


def test_a_name_that_was_taken_when_the_power_was_cut_is_taken_again_by_its_own_beat(quoted: Show) -> None:
    watch = Watch(cut_at="journal.open")
    quoted.refit = watch.refit
    try:
        quoted.make(stages=["takes"])
    except PowerCutError:
        quoted.refit = lambda studio: studio
    assert quoted.make(stages=["takes"]).finished(cell(1))
    (attempt,) = quoted.attempts(cell(1))
    assert attempt.intent.number == 1
