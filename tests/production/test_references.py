"""References: every broken one is listed before money moves, and what was quoted is what is sent."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.ledger import Balance
from recoil_assets.domain.plan import Plan
from recoil_assets.production.outcome import Materialised
from recoil_assets.production.quote import EpisodeQuote, quote_plan
from recoil_assets.production.stages import DISPATCH_PAYLOADS, REFERENCES, TAKES
from tests.support.instant_provider import tiny_png
from tests.support.project import plan, shot
from tests.support.show import Show, cell, settings
from tests.support.watched import Watch

from .conftest import MakeShow
from .labs import CarefulLab

PICTURE = tiny_png(10) + b"\0" * 100
REPAINTED = tiny_png(99) + b"\0" * 100
MARA = Path("refs/characters/MARA.png")
NOTHING = Balance(spent=Decimal(0), reserved=Decimal(0))


def lfs_pointer(path: Path) -> None:
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64)


def truncated(path: Path) -> None:
    path.write_bytes(PICTURE[:50])


def linked_out(path: Path) -> None:
    outside = path.parents[3] / "outside.png"
    outside.write_bytes(PICTURE)
    path.unlink()
    path.symlink_to(outside)


def linked_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def replaced_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def quoted_plan(show: Show) -> EpisodeQuote:
    with show.studio() as studio:
        document: Plan = studio.plans.read("ep_001")
        return quote_plan(studio, document)


@pytest.mark.parametrize(
    ("spoil", "fault", "cure"),
    [
        (lfs_pointer, "git-LFS pointer", "git lfs pull"),
        (truncated, "only 50 bytes", "export the picture again"),
        (linked_out, "leads outside the project", "copy the picture into refs/"),
        (linked_to_itself, "can not be read", "make it a file"),
        (replaced_by_a_folder, "is not a regular file", "put the picture itself"),
    ],
)
def test_a_broken_reference_blocks_the_takes_stops_no_quote_and_costs_nothing(
    show: Show, spoil: Callable[[Path], None], fault: str, cure: str
) -> None:
    spoil(show.root / MARA)
    ended = show.make()
    blocked = ended.blocked(cell(1))
    assert (blocked.stage, blocked.reason) == (TAKES, "ref_integrity_blocked")
    assert f"{MARA} " in blocked.message
    assert fault in blocked.message
    assert cure in blocked.cure
    (payload,) = [item for item in ended.of(cell(1)) if item.stage == DISPATCH_PAYLOADS]
    assert isinstance(payload, Materialised)
    assert payload.facts["quote"] == "$0.30"
    (references,) = [item for item in ended.of(cell(1)) if item.stage == REFERENCES]
    assert isinstance(references, Materialised)
    assert fault in references.awaits
    quote = quoted_plan(show)
    assert quote.usd == Decimal("0.60")
    assert all(fault in " ".join(item.awaits) for item in quote.cells)
    assert show.attempts(cell(1)) == ()
    assert show.lab.submitted == []
    assert not (show.root / "ledger.duckdb").exists()


def test_every_broken_reference_is_listed_with_its_cure_and_not_the_first_alone(make_show: MakeShow) -> None:
    shots = [
        shot(1, cast=["MARA"], place="PORT", start_frame="refs/start.png", end_frame="../end.png"),
    ]
    show = make_show({"episode": "ep_001", "shots": shots})
    lfs_pointer(show.root / MARA)
    blocked = show.make().blocked(cell(1))
    for path in (str(MARA), "refs/start.png", "../end.png"):
        assert path in blocked.message
    for cure in ("git lfs pull", "put the picture at refs/start.png", "copy the picture into refs/"):
        assert cure in blocked.cure
    assert show.lab.submitted == []


def test_a_reference_that_is_mended_lets_the_cell_go_on(show: Show) -> None:
    truncated(show.root / MARA)
    show.make().blocked(cell(1))
    (show.root / MARA).write_bytes(PICTURE)
    assert show.make().finished(cell(1), cell(2))
    assert show.balance() == Balance(spent=Decimal("0.50"), reserved=Decimal(0))


def test_a_broken_reference_blocks_the_cells_that_use_it_and_no_other(make_show: MakeShow) -> None:
    shots = [shot(1, cast=["MARA"], place="PORT"), shot(2, cast=["IVO"], place="QUAY")]
    show = make_show({"episode": "ep_001", "shots": shots})
    truncated(show.root / MARA)
    ended = show.make()
    assert ended.blocked(cell(1)).reason == "ref_integrity_blocked"
    assert ended.finished(cell(2))


def test_a_repainted_reference_makes_exactly_the_cells_that_use_it_another_version(
    make_show: MakeShow,
) -> None:
    shots = [shot(1, cast=["MARA"], place="PORT"), shot(2, cast=["IVO"], place="QUAY")]
    show = make_show({"episode": "ep_001", "shots": shots})
    first = show.make()
    (show.root / MARA).write_bytes(REPAINTED)
    second = show.make()
    changed = {
        (item.batch, stage)
        for item in show.records
        for stage, version in second.versions(item).items()
        if first.versions(item)[stage] != version
    }
    assert changed == {("BATCH_001", stage) for stage in (REFERENCES, DISPATCH_PAYLOADS, TAKES)}
    assert len(show.lab.submitted) == 3


def test_a_reference_repainted_after_the_quote_blocks(quoted: Show) -> None:
    (quoted.root / MARA).write_bytes(REPAINTED)
    assert quoted.make(stages=[TAKES]).blocked(cell(1)).reason == "upstream_changed"
    assert quoted.lab.submitted == []


def test_a_reference_repainted_in_the_last_moment_blocks_rather_than_sends_other_bytes(quoted: Show) -> None:
    def repaint(step: str) -> None:
        if step == "ledger.reserve":
            (quoted.root / MARA).write_bytes(REPAINTED)

    quoted.refit = Watch(look=repaint).refit
    assert quoted.make(stages=[TAKES]).blocked(cell(1)).reason == "upstream_changed"
    quoted.refit = lambda studio: studio
    assert quoted.lab.submitted == []
    assert quoted.balance() == NOTHING


def test_what_is_sent_are_the_very_bytes_that_were_quoted(quoted: Show) -> None:
    """Repainted after the last look: the copy that was hashed goes out, and the take says so."""

    def repaint(step: str) -> None:
        if step == "journal.record sending":
            (quoted.root / MARA).write_bytes(REPAINTED)

    quoted.lab = lab = CarefulLab()
    quoted.refit = Watch(look=repaint).refit
    quoted.make(stages=[TAKES])
    quoted.refit = lambda studio: studio
    (attempt,) = quoted.attempts(cell(1))
    assert lab.received == [item.sha256 for item in attempt.intent.request.references]
    ended = quoted.make()
    assert ended.finished(cell(1))
    assert len(lab.submitted) == 2, "the repainted reference makes the first take stale"


def test_a_url_is_handed_to_the_provider_as_it_is(make_show: MakeShow) -> None:
    shots = [shot(1, cast=[], place="PORT", start_frame="https://example.org/a.png")]
    show = make_show({"episode": "ep_001", "shots": shots})
    assert show.make().finished(cell(1))
    ((_, request),) = show.lab.submitted
    assert request.start_frame is not None
    assert request.start_frame.path == "https://example.org/a.png"
    assert show.lab.sent_references == [()]


def test_a_reference_that_settings_name_is_the_one_that_is_sent(make_show: MakeShow) -> None:
    show = make_show(
        plan("ep_001", batches=1, shots_each=1), text=settings(references={"MARA": "refs/other.png"})
    )
    assert show.make().blocked(cell(1)).reason == "ref_integrity_blocked", "it does not fall back to another"
    (show.root / "refs" / "other.png").write_bytes(REPAINTED)
    assert show.make().finished(cell(1))
    ((_, request),) = show.lab.submitted
    assert [item.path for item in request.references] == ["refs/other.png"]
