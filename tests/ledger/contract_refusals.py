"""The part of the ledger's contract about what is refused. ``LedgerContract`` includes it."""

import pytest

from recoil_assets.domain.errors import LedgerError, UsageError
from recoil_assets.domain.ledger import Balance, CapReachedError, Caps, EntryKind, Evidence, Outcome
from recoil_assets.production.ports import Ledger

from .samples import NO_CAPS, booking, charge, dollars, kinds

FULL = Caps(run_usd=dollars(0), episode_usd=dollars(0), project_usd=dollars(0), day_usd=dollars(0))


class LedgerRefusalsContract:
    """What passes a cap, is no price, or contradicts what is booked is refused and books nothing."""

    @pytest.mark.parametrize("cap", ["run", "episode", "project", "day"])
    def test_a_reservation_that_would_pass_a_cap_is_refused_and_books_nothing(
        self, ledger: Ledger, cap: str
    ) -> None:
        caps = Caps.model_validate({f"{cap}_usd": dollars(10)})
        ledger.reserve(booking("spent"), dollars(3), caps)
        charge(ledger, "spent", 4)
        ledger.reserve(booking("held"), dollars(5), caps)

        with pytest.raises(CapReachedError) as refused:
            ledger.reserve(booking("late"), dollars("1.000001"), caps)

        error = refused.value
        assert (error.cap, error.estimate, error.limit) == (cap, dollars("1.000001"), dollars(10))
        assert error.balance == Balance(spent=dollars(4), reserved=dollars(5))
        assert [entry.attempt_id for entry in ledger.entries()] == ["spent", "spent", "held"]

    def test_a_reservation_that_exactly_fills_a_cap_passes(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(9), Caps(run_usd=dollars(10)))
        ledger.reserve(booking("b"), dollars(1), Caps(run_usd=dollars(10)))
        assert ledger.balance().reserved == 10

    @pytest.mark.parametrize(
        ("passed", "named"),
        [
            (["run", "episode", "project", "day"], "run"),
            (["episode", "project", "day"], "episode"),
            (["project", "day"], "project"),
            (["day"], "day"),
        ],
    )
    def test_the_narrowest_cap_that_fails_is_named(
        self, ledger: Ledger, passed: list[str], named: str
    ) -> None:
        limits = {
            f"{cap}_usd": dollars(1 if cap in passed else 100) for cap in ("run", "episode", "project", "day")
        }
        with pytest.raises(CapReachedError) as refused:
            ledger.reserve(booking(), dollars(2), Caps.model_validate(limits))
        assert refused.value.cap == named

    @pytest.mark.parametrize("amount", ["0.000001", "0.0000001", "5"])
    def test_a_cap_of_zero_refuses_any_positive_amount(self, ledger: Ledger, amount: str) -> None:
        with pytest.raises(CapReachedError):
            ledger.reserve(booking(), dollars(amount), Caps(episode_usd=dollars(0)))
        assert ledger.entries() == []

    def test_a_known_zero_amount_passes_whatever_the_caps_say(self, ledger: Ledger) -> None:
        ledger.reserve(booking("dear"), dollars(5), NO_CAPS)
        ledger.reserve(booking("animatic"), dollars(0), FULL)
        assert kinds(ledger) == [("dear", EntryKind.RESERVE), ("animatic", EntryKind.RESERVE)]

    @pytest.mark.parametrize("amount", ["-0.01", "NaN", "Infinity", "1000000.01"])
    def test_an_amount_that_is_no_price_is_refused(self, ledger: Ledger, amount: str) -> None:
        with pytest.raises(UsageError):
            ledger.reserve(booking(), dollars(amount), NO_CAPS)
        with pytest.raises(UsageError):
            charge(ledger, "ep_001.a.1", amount)
        assert ledger.entries() == []

    def test_a_released_attempt_is_never_reserved_again(self, ledger: Ledger) -> None:
        ledger.reserve(booking(), dollars(2), NO_CAPS)
        ledger.release(booking())
        with pytest.raises(LedgerError, match="was released"):
            ledger.reserve(booking(), dollars(2), NO_CAPS)
        assert ledger.balance().reserved == 0

    def test_a_tombstone_forbids_a_reservation_that_comes_later(self, ledger: Ledger) -> None:
        ledger.release(booking())
        with pytest.raises(LedgerError, match="was released"):
            ledger.reserve(booking(), dollars(2), NO_CAPS)
        (tombstone,) = ledger.entries()
        assert (tombstone.kind, tombstone.amount_usd, tombstone.closes_usd) == (EntryKind.RELEASE, 0, 0)

    def test_a_reservation_after_a_charge_without_one_is_refused_because_nothing_would_close_it(
        self, ledger: Ledger
    ) -> None:
        charge(ledger, "a", 2)
        with pytest.raises(LedgerError, match="charged without a reservation"):
            ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        assert ledger.balance() == Balance(spent=dollars(2), reserved=dollars(0))

    def test_reserving_again_with_other_facts_is_refused_and_all_of_them_are_named(
        self, ledger: Ledger
    ) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        before = ledger.entries()
        with pytest.raises(LedgerError) as refused:
            ledger.reserve(booking("a", model="kling", run_id="run_2"), dollars(3), NO_CAPS)
        for named in ("veo", "kling", "run_2", "2.000000", "3.000000"):
            assert named in refused.value.message
        assert ledger.entries() == before

    def test_a_charge_for_other_facts_than_were_reserved_is_refused(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        with pytest.raises(LedgerError, match="ep_002"):
            charge(ledger, "a", 2, episode="ep_002")
        assert ledger.balance() == Balance(spent=dollars(0), reserved=dollars(2))

    @pytest.mark.parametrize(
        ("amount", "outcome", "evidence"),
        [
            (3, Outcome.SUCCEEDED, Evidence.BILLED),
            (2, Outcome.FAILED_BUT_BILLED, Evidence.BILLED),
            (2, Outcome.SUCCEEDED, Evidence.ESTIMATE),
        ],
    )
    def test_charging_again_with_other_facts_is_refused(
        self, ledger: Ledger, amount: int, outcome: Outcome, evidence: Evidence
    ) -> None:
        charge(ledger, "a", 2)
        with pytest.raises(LedgerError, match="other facts"):
            ledger.charge(booking("a"), dollars(amount), outcome=outcome, evidence=evidence)
        assert ledger.balance().spent == 2

    def test_a_charge_after_a_release_is_refused(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        ledger.release(booking("a"))
        with pytest.raises(LedgerError, match="closed by a release"):
            charge(ledger, "a", 2)
        assert ledger.balance() == Balance(spent=dollars(0), reserved=dollars(0))

    def test_a_release_after_a_charge_is_refused_and_frees_nothing(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        charge(ledger, "a", 2)
        with pytest.raises(LedgerError, match="closed by a charge"):
            ledger.release(booking("a"))
        assert ledger.balance() == Balance(spent=dollars(2), reserved=dollars(0))

    def test_a_released_attempt_released_for_other_facts_is_refused(self, ledger: Ledger) -> None:
        ledger.release(booking("a"))
        with pytest.raises(LedgerError, match="other facts"):
            ledger.release(booking("a", episode="ep_002"))
