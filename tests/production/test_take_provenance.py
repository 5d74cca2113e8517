"""Provenance is whole on every take, and is shown where the take is."""

from recoil_assets.production.outcome import Materialised, Table
from recoil_assets.production.stages import BOARDS, TAKES
from recoil_assets.production.take_provenance import provenance_of
from tests.support.project import plan
from tests.support.show import cell, settings

from .conftest import MakeShow

NAMED = (
    *(
        "project",
        "episode",
        "batch",
        "scene_version",
        "beat",
        "modality",
        "grouping",
        "tag",
        "model",
        "provider",
    ),
    *("request_id", "basis", "fingerprint", "board", "seed", "run", "attempt_id", "price_source"),
)
OF_A_RETRY = ("retry_strategy", "cost_tier", "changes", "reroll_note")


def test_a_take_names_everything_it_was_made_from(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=2), text=settings(gate=True))
    show.make(stages=["scene_versions", BOARDS])
    review = show.decide(cell(1))
    ended = show.make(run="run_of_a_person")
    (attempt,) = show.attempts(cell(1))
    known = provenance_of(attempt)
    assert all(known[name] for name in NAMED), known
    assert known.keys() == {*NAMED, *OF_A_RETRY}
    assert not any(known[name] for name in OF_A_RETRY), "a first attempt was changed by nobody"
    assert known["board"] == review.board_digest[:12]
    assert (known["request_id"], known["run"]) == ("instant-1", "run_of_a_person")
    takes = ended.last(cell(1), Materialised)
    table = takes.facts["takes"]
    assert takes.stage == TAKES
    assert isinstance(table, Table)
    shown = table.rows[0]
    assert {name: shown[name] for name in NAMED if name not in ("project", "episode", "batch")} == {
        name: known[name] for name in NAMED if name not in ("project", "episode", "batch")
    }
