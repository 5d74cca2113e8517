"""The part of the ledger's contract about corrections and write-offs. ``LedgerContract`` includes it."""

import pytest

from recoil_assets.domain.errors import LedgerError, UsageError
from recoil_assets.domain.ledger import Balance, CapReachedError, Caps, EntryKind, Evidence, Outcome, Overrun
from recoil_assets.production.ports import Ledger

from .samples import NO_CAPS, SetClock, booking, charge, dollars, kinds


def correct(
    ledger: Ledger,
    attempt_id: str,
    amount: str | int,
    outcome: Outcome = Outcome.SUCCEEDED,
    evidence: Evidence = Evidence.BILLED,
    **facts: str,
) -> None:
    ledger.correct(booking(attempt_id, **facts), dollars(amount), outcome=outcome, evidence=evidence)


class LedgerCorrectionsContract:
    """An entry is never changed: what turns out to be wrong is made right by another one."""

    # Refusals

    @pytest.mark.parametrize("held", [True, False])
    def test_what_was_neither_charged_nor_released_can_not_be_corrected(
        self, ledger: Ledger, held: bool
    ) -> None:
        if held:
            ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        before = ledger.entries()
        with pytest.raises(LedgerError, match="neither charged nor released"):
            correct(ledger, "a", 1)
        assert ledger.entries() == before

    def test_a_correction_for_other_facts_than_were_booked_is_refused(self, ledger: Ledger) -> None:
        charge(ledger, "a", 2)
        with pytest.raises(LedgerError, match="ep_002"):
            correct(ledger, "a", 1, episode="ep_002")
        assert ledger.balance().spent == 2

    @pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "1000000.01"])
    def test_a_correction_to_what_is_no_price_is_refused(self, ledger: Ledger, amount: str) -> None:
        charge(ledger, "a", 2)
        with pytest.raises(UsageError):
            correct(ledger, "a", amount)
        assert ledger.balance().spent == 2

    @pytest.mark.parametrize(("amount", "outcome"), [(1, Outcome.NOT_BILLED), (0, Outcome.FAILED_BUT_BILLED)])
    def test_a_correction_that_contradicts_itself_is_refused(
        self, ledger: Ledger, amount: int, outcome: Outcome
    ) -> None:
        charge(ledger, "a", 2)
        with pytest.raises(LedgerError, match="can not be corrected to"):
            correct(ledger, "a", amount, outcome)
        assert ledger.balance().spent == 2

    def test_a_correction_upwards_counts_against_every_cap_at_once(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        charge(ledger, "a", 2)
        correct(ledger, "a", 9)
        for cap in ("run", "episode", "project", "day"):
            with pytest.raises(CapReachedError):
                ledger.reserve(booking("b"), dollars(2), Caps.model_validate({f"{cap}_usd": dollars(10)}))

    def test_an_attempt_that_was_written_off_is_not_reserved_again_as_another(self, ledger: Ledger) -> None:
        ledger.write_off(booking("a"), dollars(2))
        with pytest.raises(LedgerError, match="charged without a reservation"):
            ledger.reserve(booking("a"), dollars(2), NO_CAPS)

    # Corrections

    @pytest.mark.parametrize("truth", ["0.5", "2", "7"])
    def test_a_correction_books_the_difference_and_leaves_the_charge_as_it_was(
        self, ledger: Ledger, truth: str
    ) -> None:
        ledger.reserve(booking("a"), dollars(3), NO_CAPS)
        ledger.charge(booking("a"), dollars(3), outcome=Outcome.SUCCEEDED, evidence=Evidence.ESTIMATE)
        before = ledger.entries()
        correct(ledger, "a", truth)
        assert ledger.entries()[:2] == before
        correction = ledger.entries()[2]
        assert correction.kind is EntryKind.CORRECTION
        assert (correction.amount_usd, correction.closes_usd) == (dollars(truth) - 3, 0)
        assert ledger.balance() == Balance(spent=dollars(truth), reserved=dollars(0))

    def test_what_was_released_and_was_billed_after_all_is_spent(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(3), NO_CAPS)
        ledger.release(booking("a"))
        correct(ledger, "a", 1, Outcome.FAILED_BUT_BILLED)
        assert ledger.balance() == Balance(spent=dollars(1), reserved=dollars(0))

    def test_a_correction_said_twice_is_booked_once_and_a_later_truth_is_booked_after_it(
        self, ledger: Ledger
    ) -> None:
        charge(ledger, "a", 3)
        for truth in (2, 2, 5, 5, 2):
            correct(ledger, "a", truth)
        corrections = [entry for entry in ledger.entries() if entry.kind is EntryKind.CORRECTION]
        assert [(entry.ordinal, entry.amount_usd) for entry in corrections] == [(1, -1), (2, 3), (3, -3)]
        assert ledger.balance().spent == 2

    def test_a_correction_stays_with_the_run_and_the_day_of_its_attempt(
        self, ledger: Ledger, clock: SetClock
    ) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        charge(ledger, "a", 2)
        clock.day = "2026-03-09"
        correct(ledger, "a", 1, run_id="run_2")
        assert ledger.balance(run_id="run_1", day="2026-03-01").spent == 1
        assert ledger.balance(day="2026-03-09").committed == 0
        assert ledger.entries()[-1].booked_at.startswith("2026-03-09")

    def test_a_charge_that_is_replayed_after_its_correction_changes_nothing(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(3), NO_CAPS)
        charge(ledger, "a", 3)
        correct(ledger, "a", 2)
        before = ledger.entries()
        charge(ledger, "a", 3)
        charge(ledger, "a", 2)
        ledger.reserve(booking("a"), dollars(3), NO_CAPS)
        assert ledger.entries() == before

    def test_what_is_corrected_is_an_overrun_by_what_it_cost_in_truth(self, ledger: Ledger) -> None:
        for attempt_id, charged, truth in (("a", 2, 5), ("b", 5, 2), ("c", 5, 7)):
            ledger.reserve(booking(attempt_id), dollars(2), NO_CAPS)
            charge(ledger, attempt_id, charged)
            correct(ledger, attempt_id, truth)
        ledger.reserve(booking("d"), dollars(2), NO_CAPS)
        ledger.release(booking("d"))
        correct(ledger, "d", 3, Outcome.FAILED_BUT_BILLED)
        found = [Overrun("a", dollars(5)), Overrun("c", dollars(7)), Overrun("d", dollars(3))]
        assert ledger.overruns(model="veo") == found

    # Write-offs

    def test_a_write_off_charges_what_was_held_and_says_what_it_is(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        ledger.write_off(booking("a"), dollars(2))
        ledger.write_off(booking("a"), dollars(2))
        assert kinds(ledger) == [("a", EntryKind.RESERVE), ("a", EntryKind.CHARGE)]
        written = ledger.entries()[-1]
        assert (written.outcome, written.evidence) == (Outcome.FAILED_BUT_BILLED, Evidence.WRITTEN_OFF)
        assert ledger.balance() == Balance(spent=dollars(2), reserved=dollars(0))

    def test_what_is_closed_is_not_written_off(self, ledger: Ledger) -> None:
        charge(ledger, "charged", 1)
        ledger.release(booking("released"))
        before = ledger.entries()
        for attempt_id in ("charged", "released"):
            ledger.write_off(booking(attempt_id), dollars(2))
        assert ledger.entries() == before

    @pytest.mark.parametrize("truth", ["0.25", "2", "3"])
    def test_what_an_attempt_that_was_written_off_cost_in_truth_is_booked_as_the_difference(
        self, ledger: Ledger, truth: str
    ) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        ledger.write_off(booking("a"), dollars(2))
        for _ in range(2):
            charge(ledger, "a", truth)
        assert [entry.kind for entry in ledger.entries()] == ["reserve", "charge", "correction"]
        assert ledger.balance() == Balance(spent=dollars(truth), reserved=dollars(0))

    def test_what_was_written_off_and_cost_nothing_is_taken_back_once(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        ledger.write_off(booking("a"), dollars(2))
        for _ in range(2):
            ledger.release(booking("a"))
        assert [entry.kind for entry in ledger.entries()] == ["reserve", "charge", "correction"]
        assert ledger.balance() == Balance(spent=dollars(0), reserved=dollars(0))

    def test_a_bill_that_was_found_for_a_write_off_outlives_a_weaker_word(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        ledger.write_off(booking("a"), dollars(2))
        correct(ledger, "a", 1, Outcome.FAILED_BUT_BILLED)
        ledger.release(booking("a"))
        ledger.charge(booking("a"), dollars(2), outcome=Outcome.SUCCEEDED, evidence=Evidence.REPORTED)
        assert ledger.balance().spent == 1
        last = ledger.entries()[-1]
        assert (last.outcome, last.evidence, last.amount_usd) == (Outcome.SUCCEEDED, Evidence.BILLED, 0)
