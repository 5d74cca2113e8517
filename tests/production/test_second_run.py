"""A second run over what is there: nothing is rendered, nothing is bought, nothing is said anew."""

from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.production.stages import TAKES
from tests.support.project import plan
from tests.support.show import Show, cell, settings

from .conftest import MakeShow
from .labs import ForgetfulLab, Lab


def film(show: Show) -> Path:
    (attempt,) = show.attempts(cell(1))
    return show.root / attempt.intent.media_path


def made(quoted: Show, lab: Lab | None = None) -> str:
    """The data version of a finished cell."""
    quoted.lab = lab or Lab()
    return quoted.make(stages=[TAKES]).versions(cell(1))[TAKES]


def test_a_second_run_renders_nothing_and_says_the_same(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=2), plan("ep_002", batches=1, first=40))
    first = show.make()
    assert first.finished(*show.records)
    sent, drawn, balance = len(show.lab.submitted), len(show.animatic.submitted), show.balance()
    attempts = [show.attempts(item, kind) for item in show.records for kind in ("take", "board")]
    second = show.make()
    assert [second.versions(item) for item in show.records] == [first.versions(item) for item in show.records]
    assert (len(show.lab.submitted), len(show.animatic.submitted), show.balance()) == (sent, drawn, balance)
    assert attempts == [show.attempts(item, kind) for item in show.records for kind in ("take", "board")]


def test_gates_and_caps_do_not_stop_what_is_made_already(quoted: Show) -> None:
    version = made(quoted)
    quoted.change_settings(settings(gate=True, caps={"project_usd": "0"}))
    assert quoted.make(stages=[TAKES]).versions(cell(1)) == {TAKES: version}


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_missing_media_is_fetched_again_without_another_post(quoted: Show, left: str) -> None:
    version = made(quoted)
    film(quoted).unlink()
    if left == "an empty file":
        film(quoted).touch()
    assert quoted.make(stages=[TAKES]).versions(cell(1)) == {TAKES: version}
    assert film(quoted).stat().st_size > 0
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance().spent == Decimal("0.25")


@pytest.mark.parametrize("later", [None, b"", b"a notice that the film has expired"])
def test_media_that_can_not_be_had_again_blocks_and_is_not_bought_again(
    quoted: Show, later: bytes | None
) -> None:
    made(quoted, ForgetfulLab(later))
    film(quoted).unlink()
    for _ in range(2):
        blocked = quoted.make(stages=[TAKES]).blocked(cell(1))
        assert blocked.reason == "media_missing"
        assert "is not paid for again unasked" in blocked.cure
        assert not film(quoted).exists(), "other bytes never take the place of the take"
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance().spent == Decimal("0.25")


def test_media_that_was_cut_short_is_not_shown_as_the_take(quoted: Show) -> None:
    version = made(quoted)
    film(quoted).write_bytes(film(quoted).read_bytes()[:-1])
    blocked = quoted.make(stages=[TAKES]).blocked(cell(1))
    assert blocked.reason == "media_missing"
    assert "is not the file that was fetched" in blocked.message
    film(quoted).unlink()
    assert quoted.make(stages=[TAKES]).versions(cell(1)) == {TAKES: version}
    assert len(quoted.lab.submitted) == 1


def test_media_that_a_person_puts_back_is_the_take_again(quoted: Show) -> None:
    version = made(quoted, ForgetfulLab(None))
    kept = film(quoted).read_bytes()
    film(quoted).unlink()
    quoted.make(stages=[TAKES]).blocked(cell(1))
    film(quoted).write_bytes(kept)
    assert quoted.make(stages=[TAKES]).versions(cell(1)) == {TAKES: version}


def test_a_disk_that_is_not_mounted_blocks_and_is_not_taken_for_missing_takes(quoted: Show) -> None:
    made(quoted)
    (quoted.root / "media").rename(quoted.root / "unmounted")
    (quoted.root / "media").mkdir()
    assert quoted.make(stages=[TAKES]).blocked(cell(1)).reason == "media_root_missing"
    assert len(quoted.lab.submitted) == 1
    (quoted.root / "media").rmdir()
    (quoted.root / "unmounted").rename(quoted.root / "media")
    assert quoted.make(stages=[TAKES]).finished(cell(1))


def test_a_changed_request_makes_another_take_and_the_older_one_stays(quoted: Show) -> None:
    made(quoted)
    quoted.change_settings(settings(choices={"style": "noir"}))
    quoted.make()
    first, second = quoted.attempts(cell(1))
    assert first.intent.media_path != second.intent.media_path
    assert (quoted.root / first.intent.media_path).exists()
    assert quoted.balance().spent == Decimal("0.50")


def test_a_request_that_is_returned_to_is_not_bought_again(quoted: Show) -> None:
    version = made(quoted)
    quoted.change_settings(settings(choices={"style": "noir"}))
    quoted.make()
    quoted.change_settings(settings())
    assert quoted.make().versions(cell(1))[TAKES] == version
    assert len(quoted.lab.submitted) == 2


def test_takes_are_not_recorded_for_a_payload_that_is_not_the_present_one(quoted: Show) -> None:
    made(quoted)
    quoted.change_settings(settings(choices={"style": "noir"}))
    assert quoted.make(stages=[TAKES]).blocked(cell(1)).reason == "upstream_changed"
    assert len(quoted.attempts(cell(1))) == 1

    quoted.make()
    quoted.change_settings(settings())
    blocked = quoted.make(stages=[TAKES]).blocked(cell(1))
    assert blocked.reason == "upstream_changed", "not even a take that is there is recorded for the other one"


def test_a_file_in_the_way_is_never_overwritten(quoted: Show) -> None:
    folder = quoted.root / "media" / "takes" / "ep_001"
    folder.mkdir(parents=True)
    foreign = folder / "ep_001.continuity_001.SH0001.t001.mp4"
    foreign.write_bytes(b"somebody's own film")
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert foreign.read_bytes() == b"somebody's own film"
    (attempt,) = quoted.attempts(cell(1))
    assert attempt.intent.number == 2


def test_a_provider_that_fails_does_not_touch_the_take_that_is_there(quoted: Show) -> None:
    version = made(quoted)
    quoted.change_settings(settings(choices={"style": "noir", "max_takes": 1}))
    quoted.lab.fail_first = 99
    quoted.make().failed(cell(1))
    with quoted.studio() as studio:
        primary = studio.primaries.current("ep_001", quoted.beat(cell(1)).shot_set)
    first, _ = quoted.attempts(cell(1))
    assert primary is not None
    assert primary.attempt_id == first.attempt_id
    quoted.change_settings(settings())
    assert quoted.make().versions(cell(1))[TAKES] == version


def test_what_a_crash_left_listed_as_open_after_it_was_settled_is_listed_no_longer(quoted: Show) -> None:
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    (attempt,) = quoted.attempts(cell(1))
    listed = quoted.root / "state" / "attempts" / "open" / attempt.attempt_id
    assert not listed.exists()
    listed.touch()
    quoted.make(stages=[TAKES], resume_only=True)
    assert not listed.exists()
    assert quoted.attempts(cell(1)) == (attempt,)


def test_what_is_unknown_stays_listed_as_open(unknown: Show) -> None:
    unknown.make(stages=[TAKES], resume_only=True)
    (listed,) = (unknown.root / "state" / "attempts" / "open").iterdir()
    assert listed.name == unknown.attempts(cell(1))[0].attempt_id


def test_a_take_that_was_altered_to_the_same_length_is_not_shown_as_the_one_that_was_fetched(
    quoted: Show,
) -> None:
    made(quoted)
    whole = film(quoted).read_bytes()
    film(quoted).write_bytes(whole[:-1] + b"!")
    blocked = quoted.make(stages=[TAKES]).blocked(cell(1))
    assert (blocked.reason, len(quoted.lab.submitted)) == ("media_missing", 1)
    assert "is not the file that was fetched" in blocked.message
    film(quoted).write_bytes(whole)
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.lab.submitted) == 1
