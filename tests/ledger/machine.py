"""Any history of bookings, on a ledger and on a model that is a dict: they agree on every answer."""

from collections.abc import Callable
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from recoil_assets.domain.errors import LedgerError
from recoil_assets.domain.ledger import Balance, Booking, CapReachedError, Caps, Evidence, Outcome
from recoil_assets.production.ports import Ledger

from .samples import SetClock, booking

ATTEMPTS = st.sampled_from(["a", "b", "c", "d"])
AMOUNTS = st.sampled_from([Decimal(0), Decimal("0.000001"), Decimal(3), Decimal(6)])
RUNS = st.sampled_from(["run_1", "run_2"])
DAYS = st.sampled_from(["2026-03-01", "2026-03-02"])
LIMITS = st.one_of(st.none(), st.sampled_from([Decimal(0), Decimal(6), Decimal(9)]))
CAPS = st.builds(Caps, run_usd=LIMITS, episode_usd=LIMITS, project_usd=LIMITS, day_usd=LIMITS)

Told = tuple[Decimal, Outcome, Evidence]
"""What was said of an attempt's cost."""

EVIDENCE = st.sampled_from([Evidence.BILLED, Evidence.ESTIMATE])
TRUTHS = st.sampled_from(
    [
        (Decimal(0), Outcome.NOT_BILLED, Evidence.PERSON),
        (Decimal(4), Outcome.FAILED_BUT_BILLED, Evidence.BILLED),
        (Decimal(3), Outcome.SUCCEEDED, Evidence.BILLED),
        (Decimal(0), Outcome.SUCCEEDED, Evidence.BILLED),
    ]
)

EPISODE_OF = {"a": "ep_001", "b": "ep_001", "c": "ep_002", "d": "ep_002"}


class LedgerMachine(RuleBasedStateMachine):
    """One history; ``hold_against_a_model`` makes many.

    The model keeps, for each attempt, what was reserved and where, whether it was released, and everything that
    was ever said of its cost: a charge or a write-off first, then what it was corrected to.
    """

    clock: SetClock
    ledger: Ledger

    def __init__(self, open_ledger: Callable[[SetClock], Ledger]) -> None:
        super().__init__()
        self.clock = SetClock()
        self.ledger = open_ledger(self.clock)
        self.reserved: dict[str, Decimal] = {}
        self.told: dict[str, list[Told]] = {}
        self.released: set[str] = set()
        self.place: dict[str, tuple[str, str]] = {}

    def teardown(self) -> None:
        assert self.ledger.verify() == []
        self.ledger.close()

    @rule(attempt=ATTEMPTS, amount=AMOUNTS, run=RUNS, day=DAYS, caps=CAPS)
    def reserve(self, attempt: str, amount: Decimal, run: str, day: str, caps: Caps) -> None:
        self.clock.day = day
        expected = self._reserve_in_the_model(attempt, amount, run, caps)
        assert expected == outcome_of(lambda: self.ledger.reserve(booking_of(attempt, run), amount, caps))

    @rule(attempt=ATTEMPTS, amount=AMOUNTS, evidence=EVIDENCE, run=RUNS, day=DAYS)
    def charge(self, attempt: str, amount: Decimal, evidence: Evidence, run: str, day: str) -> None:
        self.clock.day = day
        said: Told = (amount, Outcome.SUCCEEDED, evidence)
        told = self.told.get(attempt, [])
        if told and told[0][2] is Evidence.WRITTEN_OFF:
            expected = "booked"
            if said not in told:
                bill = told[-1][2] is Evidence.BILLED and evidence is not Evidence.BILLED
                self._tell(attempt, (told[-1][0], said[1], Evidence.BILLED) if bill else said)
        elif attempt in self.released or (told and said not in told):
            expected = "LedgerError"
        else:
            expected = "booked"
            if not told:
                self._close(attempt, said, run, day)
        answer = outcome_of(
            lambda: self.ledger.charge(booking_of(attempt, run), amount, outcome=said[1], evidence=evidence)
        )
        assert answer == expected

    @rule(attempt=ATTEMPTS, amount=AMOUNTS, run=RUNS, day=DAYS)
    def write_off(self, attempt: str, amount: Decimal, run: str, day: str) -> None:
        self.clock.day = day
        if attempt not in self.told and attempt not in self.released:
            self._close(attempt, (amount, Outcome.FAILED_BUT_BILLED, Evidence.WRITTEN_OFF), run, day)
        self.ledger.write_off(booking_of(attempt, run), amount)

    @rule(attempt=ATTEMPTS, truth=TRUTHS, run=RUNS, day=DAYS)
    def correct(self, attempt: str, truth: Told, run: str, day: str) -> None:
        self.clock.day = day
        amount, outcome, evidence = truth
        closed = attempt in self.told or attempt in self.released
        if closed:
            self._tell(attempt, truth)
        answer = outcome_of(
            lambda: self.ledger.correct(booking_of(attempt, run), amount, outcome=outcome, evidence=evidence)
        )
        assert answer == ("booked" if closed else "LedgerError")

    @rule(attempt=ATTEMPTS, run=RUNS, day=DAYS)
    def release(self, attempt: str, run: str, day: str) -> None:
        self.clock.day = day
        told = self.told.get(attempt, [])
        written_off = bool(told) and told[0][2] is Evidence.WRITTEN_OFF
        refused = bool(told) and not written_off and attempt not in self.released
        if written_off:
            if told[-1][2] is Evidence.WRITTEN_OFF:
                self._tell(attempt, (Decimal(0), Outcome.NOT_BILLED, Evidence.REPORTED))
        elif not refused:
            self.released.add(attempt)
            self.place.setdefault(attempt, (run, day))
        answer = outcome_of(lambda: self.ledger.release(booking_of(attempt, run)))
        assert answer == ("LedgerError" if refused else "booked")

    @rule(attempt=ATTEMPTS, amount=AMOUNTS, run=RUNS, day=DAYS, today=DAYS)
    def restore(self, attempt: str, amount: Decimal, run: str, day: str, today: str) -> None:
        self.clock.day = today
        if attempt not in {*self.reserved, *self.told, *self.released}:
            self.reserved[attempt], self.place[attempt] = amount, (run, day)
        self.ledger.restore(booking_of(attempt, run), amount, day=day)

    @rule(run=RUNS, day=DAYS)
    def balances_of_a_scope_agree(self, run: str, day: str) -> None:
        assert self.ledger.balance(run_id=run) == self._balance(lambda attempt: self.place[attempt][0] == run)
        assert self.ledger.balance(day=day) == self._balance(lambda attempt: self.place[attempt][1] == day)

    @invariant()
    def balances_agree(self) -> None:
        assert self.ledger.balance() == self._balance(lambda _: True)

    def _reserve_in_the_model(self, attempt: str, amount: Decimal, run: str, caps: Caps) -> str:
        day = self.clock.day
        if attempt in self.released:
            return "LedgerError"
        if attempt in self.reserved:
            same = self.reserved[attempt] == amount and self.place[attempt][0] == run
            return "booked" if same else "LedgerError"
        if attempt in self.told:
            return "LedgerError"
        counts: dict[str, Callable[[str], bool]] = {
            "run": lambda other: self.place[other][0] == run,
            "episode": lambda other: EPISODE_OF[other] == EPISODE_OF[attempt],
            "project": lambda _: True,
            "day": lambda other: self.place[other][1] >= day,
        }
        for cap, limit in caps.limits():
            if amount and self._balance(counts[cap]).committed + amount > limit:
                return cap
        self.reserved[attempt] = amount
        self.place[attempt] = (run, day)
        return "booked"

    def _close(self, attempt: str, said: Told, run: str, day: str) -> None:
        self.told[attempt] = [said]
        self.place.setdefault(attempt, (run, day))

    def _tell(self, attempt: str, said: Told) -> None:
        told = self.told.setdefault(attempt, [])
        if not told or told[-1] != said:
            told.append(said)

    def _balance(self, counts: Callable[[str], bool]) -> Balance:
        spent = sum((told[-1][0] for attempt, told in self.told.items() if counts(attempt)), Decimal(0))
        held = sum(
            (
                amount
                for attempt, amount in self.reserved.items()
                if counts(attempt) and attempt not in self.told and attempt not in self.released
            ),
            Decimal(0),
        )
        return Balance(spent=spent, reserved=held)


def booking_of(attempt: str, run: str) -> Booking:
    return booking(attempt, run_id=run, episode=EPISODE_OF[attempt])


def outcome_of(call: Callable[[], None]) -> str:
    """``booked``, the cap that was reached, or the error's name."""
    try:
        call()
    except CapReachedError as reached:
        return reached.cap
    except LedgerError:
        return "LedgerError"
    return "booked"


def hold_against_a_model(open_ledger: Callable[[SetClock], Ledger], *, histories: int, steps: int) -> None:
    """Fail where a ledger, opened anew for each of so many histories, and the model do not agree."""

    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(open_ledger)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
