"""What an episode's spending says: what is held, assumed and corrected is shown for what it is."""

from decimal import Decimal

from recoil_assets.assets.spend_report import spend_frame
from recoil_assets.production.resolution import Finding, Resolution, resolve
from recoil_assets.production.spending import SpendReport, report_spending
from recoil_assets.production.stages import TAKES
from tests.support.later_clock import later
from tests.support.show import EPISODE, Show, cell


def report(show: Show) -> SpendReport:
    with show.studio() as studio:
        return report_spending(studio, EPISODE)


def take_row(show: Show) -> dict[str, str]:
    """The take's row of the ``spend_report`` table, without what every row has."""
    (row,) = [row for row in spend_frame(report(show)).to_dict("records") if row["kind"] == "take"]
    names = ("reserved", "charged", "corrected", "held", "outcome", "evidence")
    return {name: str(row[name]) for name in names}


def test_money_that_is_held_is_not_spent(unknown: Show) -> None:
    assert take_row(unknown) == {
        "reserved": "0.300000",
        "charged": "0.000000",
        "corrected": "0.000000",
        "held": "0.300000",
        "outcome": "",
        "evidence": "",
    }


def test_a_write_off_is_marked_as_one_and_a_correction_stands_beside_it(unknown: Show) -> None:
    unknown.refit = later(72.1)
    unknown.make(stages=[TAKES])
    written_off = report(unknown)
    assert (written_off.written_off, written_off.corrected) == (Decimal("0.30"), Decimal(0))
    assert (take_row(unknown)["charged"], take_row(unknown)["evidence"]) == ("0.300000", "written_off")

    (attempt,) = unknown.attempts(cell(1))
    said = Resolution(finding=Finding.NOT_BILLED, resolved_by="pat", why="the bill")
    with unknown.studio() as studio:
        resolve(studio, EPISODE, attempt.attempt_id, said)
    corrected = report(unknown)
    assert (corrected.written_off, corrected.corrected) == (Decimal(0), Decimal("-0.30"))
    assert corrected.balance.spent == sum(line.spent for line in corrected.lines) == 0
    assert corrected.position != written_off.position
    assert take_row(unknown) == {
        "reserved": "0.300000",
        "charged": "0.300000",
        "corrected": "-0.300000",
        "held": "0.000000",
        "outcome": "not_billed",
        "evidence": "person",
    }
