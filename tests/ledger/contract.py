"""What every ledger promises, whatever it stores its entries in.

To hold another backend to it, subclass ``LedgerContract`` in a test file and override its ``ledger`` fixture.
"""

from decimal import Decimal

import pytest

from recoil_assets.domain.ledger import (
    Balance,
    CapReachedError,
    Caps,
    EntryKind,
    Evidence,
    LedgerEntry,
    Outcome,
)
from recoil_assets.production.ports import Ledger

from .contract_corrections import LedgerCorrectionsContract
from .contract_refusals import LedgerRefusalsContract
from .contract_together import LedgerTogetherContract
from .samples import NO_CAPS, SetClock, booking, charge, dollars


class LedgerContract(LedgerRefusalsContract, LedgerTogetherContract, LedgerCorrectionsContract):
    """The contract suite."""

    @pytest.fixture
    def clock(self) -> SetClock:
        return SetClock()

    @pytest.fixture
    def ledger(self, clock: SetClock) -> Ledger:
        raise NotImplementedError("a backend's test class overrides this with an empty ledger")

    @pytest.fixture(autouse=True)
    def audit(self, ledger: Ledger) -> object:
        """Whatever a test does through the port leaves a ledger with nothing wrong in it."""
        yield
        assert ledger.verify() == []

    # Bookings

    def test_an_empty_ledger_has_nothing_in_it(self, ledger: Ledger) -> None:
        assert ledger.balance() == Balance(spent=dollars(0), reserved=dollars(0))
        assert ledger.balance(run_id="run_1", episode="ep_001", day="2026-03-01").committed == 0
        assert ledger.entries() == []

    def test_a_reservation_is_held_and_not_spent(self, ledger: Ledger) -> None:
        ledger.reserve(booking(), dollars("1.25"), NO_CAPS)
        assert ledger.balance() == Balance(spent=dollars(0), reserved=dollars("1.25"))

    def test_an_estimate_below_a_millionth_is_held_as_a_millionth(self, ledger: Ledger) -> None:
        ledger.reserve(booking(), dollars("0.0000001"), NO_CAPS)
        assert ledger.balance().reserved == dollars("0.000001")

    @pytest.mark.parametrize("amount", ["0", "0.5", "2", "7"])
    def test_a_charge_closes_exactly_what_was_reserved_and_records_what_was_billed(
        self, ledger: Ledger, amount: str
    ) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        ledger.reserve(booking("b"), dollars(3), NO_CAPS)
        charge(ledger, "a", amount)
        assert ledger.balance() == Balance(spent=dollars(amount), reserved=dollars(3))
        assert (ledger.entries()[-1].amount_usd, ledger.entries()[-1].closes_usd) == (dollars(amount), 2)

    def test_a_charge_above_its_reservation_counts_against_the_caps_at_once(self, ledger: Ledger) -> None:
        caps = Caps(project_usd=dollars(10))
        ledger.reserve(booking("a"), dollars(2), caps)
        charge(ledger, "a", 10)
        with pytest.raises(CapReachedError):
            ledger.reserve(booking("b"), dollars(1), caps)

    def test_a_charge_without_a_reservation_counts_and_closes_nothing(self, ledger: Ledger) -> None:
        charge(ledger, "a", 2)
        (entry,) = ledger.entries()
        assert (entry.amount_usd, entry.closes_usd) == (2, 0)
        assert ledger.balance() == Balance(spent=dollars(2), reserved=dollars(0))

    def test_a_release_frees_what_was_held(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        ledger.release(booking("a"), note="never sent")
        assert ledger.balance() == Balance(spent=dollars(0), reserved=dollars(0))
        released = ledger.entries()[-1]
        assert (released.amount_usd, released.closes_usd, released.note) == (2, 2, "never sent")

    def test_a_charge_and_a_release_stay_with_the_run_and_the_day_of_the_reservation(
        self, ledger: Ledger, clock: SetClock
    ) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        ledger.reserve(booking("b"), dollars(3), NO_CAPS)
        clock.day = "2026-03-02"
        charge(ledger, "a", 2, run_id="run_2")
        ledger.release(booking("b", run_id="run_2"))
        assert ledger.balance(run_id="run_1", day="2026-03-01") == Balance(
            spent=dollars(2), reserved=dollars(0)
        )
        assert ledger.balance(run_id="run_2").committed == 0
        assert ledger.balance(day="2026-03-02").committed == 0

    def test_an_entry_says_all_that_was_booked(self, ledger: Ledger) -> None:
        ledger.charge(
            booking("a"),
            dollars("0.1"),
            outcome=Outcome.FAILED_BUT_BILLED,
            evidence=Evidence.REPORTED,
            note="NSFW filter",
        )
        assert ledger.entries() == [
            LedgerEntry(
                number=1,
                attempt_id="a",
                kind=EntryKind.CHARGE,
                amount_usd=Decimal("0.100000"),
                closes_usd=Decimal(0),
                outcome=Outcome.FAILED_BUT_BILLED,
                evidence=Evidence.REPORTED,
                project="show",
                episode="ep_001",
                batch="BATCH_001",
                run_id="run_1",
                provider="fal",
                model="veo",
                attempt_kind="take",
                day="2026-03-01",
                booked_at="2026-03-01T12:00:00.000000Z",
                note="NSFW filter",
            )
        ]

    def test_awkward_text_is_kept_as_it_is(self, ledger: Ledger) -> None:
        text = "o'Hara \"\\ ; DROP TABLE entries; -- \n 日本 🎬"
        ledger.release(booking(text), note=text)
        (entry,) = ledger.entries()
        assert (entry.attempt_id, entry.note) == (text, text)

    # What got lost

    def test_a_reservation_that_got_lost_is_held_again_on_its_own_day_whatever_the_caps_say(
        self, ledger: Ledger, clock: SetClock
    ) -> None:
        clock.day = "2026-03-09"
        ledger.restore(booking("a"), dollars(2), day="2026-03-01")
        charge(ledger, "b", 1)
        (restored, _) = ledger.entries()
        assert (restored.kind, restored.amount_usd, restored.day) == (EntryKind.RESERVE, 2, "2026-03-01")
        assert restored.booked_at.startswith("2026-03-09")
        charge(ledger, "a", 3)
        assert ledger.balance(day="2026-03-01") == Balance(spent=dollars(3), reserved=dollars(0))
        with pytest.raises(CapReachedError):
            ledger.reserve(booking("c"), dollars(1), Caps(project_usd=dollars(4)))

    def test_nothing_is_restored_for_an_attempt_that_is_held_or_closed(self, ledger: Ledger) -> None:
        ledger.reserve(booking("held"), dollars(2), NO_CAPS)
        charge(ledger, "charged", 2)
        ledger.release(booking("released"))
        before = ledger.entries()
        for attempt_id in ("held", "charged", "released"):
            ledger.restore(booking(attempt_id), dollars(5), day="2026-03-01")
        assert ledger.entries() == before

    def test_what_is_booked_is_listed_by_attempt(self, ledger: Ledger) -> None:
        assert ledger.booked() == {}
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        charge(ledger, "a", 1)
        ledger.reserve(booking("b"), dollars(2), NO_CAPS)
        ledger.release(booking("c"))
        assert ledger.booked() == {
            "a": {EntryKind.RESERVE, EntryKind.CHARGE},
            "b": {EntryKind.RESERVE},
            "c": {EntryKind.RELEASE},
        }

    def test_charges_above_their_reservation_are_listed_by_model(self, ledger: Ledger) -> None:
        assert ledger.overruns(model="veo") == []
        for attempt_id, reserved, charged in (("a", 2, 2), ("b", 2, 3), ("c", 2, 1), ("d", 2, 4)):
            ledger.reserve(booking(attempt_id), dollars(reserved), NO_CAPS)
            charge(ledger, attempt_id, charged)
        ledger.reserve(booking("other", model="kling"), dollars(2), NO_CAPS)
        charge(ledger, "other", 9, model="kling")
        assert [(found.attempt_id, found.cost_usd) for found in ledger.overruns(model="veo")] == [
            ("b", 3),
            ("d", 4),
        ]

    # Replays

    def test_a_replayed_booking_changes_nothing(self, ledger: Ledger, clock: SetClock) -> None:
        def history() -> None:
            ledger.reserve(booking("a"), dollars(2), NO_CAPS)
            charge(ledger, "a", 1)
            ledger.release(booking("tombstone"))
            charge(ledger, "unreserved", 4)

        history()
        before = ledger.entries()
        clock.day = "2026-03-02"
        history()
        assert ledger.entries() == before

    def test_a_replayed_reservation_is_not_counted_against_the_cap_it_fills(self, ledger: Ledger) -> None:
        caps = Caps(run_usd=dollars(2))
        ledger.reserve(booking("a"), dollars(2), caps)
        ledger.reserve(booking("a"), dollars(2), caps)
        assert ledger.balance().reserved == 2

    def test_a_replay_that_words_its_note_differently_keeps_the_first(self, ledger: Ledger) -> None:
        ledger.release(booking("a"), note="abandoned")
        ledger.release(booking("a"), note="abandoned, seen again on resume")
        assert [entry.note for entry in ledger.entries()] == ["abandoned"]

    # Scopes and order

    def test_a_cap_counts_its_own_scope_only(self, ledger: Ledger, clock: SetClock) -> None:
        ledger.reserve(booking("a"), dollars(5), NO_CAPS)
        clock.day = "2026-03-02"
        caps = Caps(run_usd=dollars(5), episode_usd=dollars(5), day_usd=dollars(5))
        ledger.reserve(booking("b", run_id="run_2", episode="ep_002"), dollars(5), caps)
        ledger.reserve(
            booking("c", run_id="run_3", project="other"), dollars(5), Caps(project_usd=dollars(5))
        )
        assert ledger.balance().reserved == 15

    def test_an_episode_of_another_project_is_another_episode(self, ledger: Ledger) -> None:
        caps = Caps(episode_usd=dollars(5))
        ledger.reserve(booking("a", project="other"), dollars(5), caps)
        ledger.reserve(booking("b"), dollars(5), caps)
        assert ledger.balance(episode="ep_001").reserved == 10

    def test_the_day_cap_counts_every_project_of_the_ledger(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a", project="other"), dollars(5), NO_CAPS)
        with pytest.raises(CapReachedError):
            ledger.reserve(booking("b"), dollars(1), Caps(day_usd=dollars(5)))

    def test_a_clock_that_went_back_over_midnight_gives_no_days_money_twice(
        self, ledger: Ledger, clock: SetClock
    ) -> None:
        caps = Caps(day_usd=dollars(5))
        clock.day = "2026-03-02"
        ledger.reserve(booking("a"), dollars(4), caps)
        clock.day = "2026-03-01"
        with pytest.raises(CapReachedError) as refused:
            ledger.reserve(booking("b"), dollars(2), caps)
        assert refused.value.balance.reserved == 4
        clock.day = "2026-03-03"
        ledger.reserve(booking("b"), dollars(5), caps)

    def test_a_balance_is_over_the_entries_that_match_every_argument(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(1), NO_CAPS)
        ledger.reserve(booking("b", episode="ep_002"), dollars(2), NO_CAPS)
        ledger.reserve(booking("c", run_id="run_2"), dollars(4), NO_CAPS)
        assert ledger.balance(episode="ep_001").reserved == 5
        assert ledger.balance(episode="ep_001", run_id="run_1").reserved == 1
        assert ledger.balance(episode="ep_003").reserved == 0
        assert [entry.attempt_id for entry in ledger.entries(episode="ep_002")] == ["b"]

    def test_numbers_order_entries_even_when_the_clock_goes_backwards(
        self, ledger: Ledger, clock: SetClock
    ) -> None:
        for attempt_id, day in (("a", "2026-03-03"), ("b", "2026-03-01"), ("c", "2026-03-02")):
            clock.day = day
            ledger.reserve(booking(attempt_id), dollars(1), NO_CAPS)
        assert [(entry.number, entry.attempt_id) for entry in ledger.entries()] == [
            (1, "a"),
            (2, "b"),
            (3, "c"),
        ]

    def test_a_closed_ledger_opens_again_when_it_is_used(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(1), NO_CAPS)
        ledger.close()
        ledger.close()
        ledger.reserve(booking("b"), dollars(1), NO_CAPS)
        assert ledger.balance().reserved == 2
