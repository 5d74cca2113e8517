"""Any history of bookings, on a ledger and on a model that is a dict: they agree on every answer."""

from collections.abc import Callable
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

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

EPISODE_OF = {"a": "ep_001", "b": "ep_001", "c": "ep_002", "d": "ep_002"}


class LedgerMachine(RuleBasedStateMachine):
    """Subclass it with ``open_ledger`` for a backend.

    The model keeps, for each attempt, what was reserved, charged and released, and where.
    """

    clock: SetClock
    ledger: Ledger

    def __init__(self, open_ledger: Callable[[SetClock], Ledger]) -> None:
        super().__init__()
        self.clock = SetClock()
        self.ledger = open_ledger(self.clock)
        self.reserved: dict[str, Decimal] = {}
        self.charged: dict[str, Decimal] = {}
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

    @rule(attempt=ATTEMPTS, amount=AMOUNTS, run=RUNS, day=DAYS)
    def charge(self, attempt: str, amount: Decimal, run: str, day: str) -> None:
        self.clock.day = day
        refused = attempt in self.released or self.charged.get(attempt, amount) != amount
        if not refused:
            self.charged[attempt] = amount
            self.place.setdefault(attempt, (run, day))
        answer = outcome_of(
            lambda: self.ledger.charge(
                booking_of(attempt, run), amount, outcome=Outcome.SUCCEEDED, evidence=Evidence.BILLED
            )
        )
        assert answer == ("LedgerError" if refused else "booked")

    @rule(attempt=ATTEMPTS, run=RUNS, day=DAYS)
    def release(self, attempt: str, run: str, day: str) -> None:
        self.clock.day = day
        refused = attempt in self.charged
        if not refused:
            self.released.add(attempt)
            self.place.setdefault(attempt, (run, day))
        answer = outcome_of(lambda: self.ledger.release(booking_of(attempt, run)))
        assert answer == ("LedgerError" if refused else "booked")

    @rule(attempt=ATTEMPTS, amount=AMOUNTS, run=RUNS, day=DAYS, today=DAYS)
    def restore(self, attempt: str, amount: Decimal, run: str, day: str, today: str) -> None:
        self.clock.day = today
        if attempt not in {*self.reserved, *self.charged, *self.released}:
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
        if attempt in self.charged:
            return "LedgerError"
        counts: dict[str, Callable[[str], bool]] = {
            "run": lambda other: self.place[other][0] == run,
            "episode": lambda other: EPISODE_OF[other] == EPISODE_OF[attempt],
            "project": lambda _: True,
            "day": lambda other: self.place[other][1] == day,
        }
        for cap, limit in caps.limits():
            if amount and self._balance(counts[cap]).committed + amount > limit:
                return cap
        self.reserved[attempt] = amount
        self.place[attempt] = (run, day)
        return "booked"

    def _balance(self, counts: Callable[[str], bool]) -> Balance:
        spent = sum((amount for attempt, amount in self.charged.items() if counts(attempt)), Decimal(0))
        held = sum(
            (
                amount
                for attempt, amount in self.reserved.items()
                if counts(attempt) and attempt not in self.charged and attempt not in self.released
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
