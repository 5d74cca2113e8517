"""A call on its way through the writer: what to do in a transaction, and whom to answer afterwards."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from recoil_assets.domain.errors import LedgerBusyError, RecoilError
from resources.ledger.book import Book

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Answer = Callable[[], None]
"""Gives a caller its answer; kept back until the transaction is committed."""


@dataclass(frozen=True, slots=True)
class Operation(Generic[T_co]):
    """What one call does inside a transaction.

    Attributes:
        what: the call in words, for messages: ``reserve $1.20 for ep_001.b1.1``.
        run: the work; idempotent, because a failed group is run again one by one.
        absent: what a read answers where there is no ledger yet; ``None`` for a booking, which makes one.
        attempt_id: the attempt it books for, so that the entries of all attempts of a group are read at once.
    """

    what: str
    run: Callable[[Book], T_co]
    absent: Callable[[], T_co] | None = None
    attempt_id: str = ""


class Job(Generic[T_co]):
    """An operation whose caller waits.

    Args:
        wait_s: seconds to wait for another process before giving up.
    """

    def __init__(self, operation: Operation[T_co], *, wait_s: float) -> None:
        self._operation = operation
        self._wait_s = wait_s
        self._waiting_since: float | None = None
        self._answer: Future[T_co] = Future()

    @property
    def what(self) -> str:
        """The operation in words."""
        return self._operation.what

    @property
    def attempt_id(self) -> str:
        """The attempt it books for; empty for a read."""
        return self._operation.attempt_id

    @property
    def books(self) -> bool:
        """Whether it may append an entry."""
        return self._operation.absent is None

    def result(self) -> T_co:
        """Wait for the answer; raises what the operation was refused with."""
        return self._answer.result()

    def attempt(self, book: Book) -> Answer:
        """Do the work; a refusal is an answer too, and has appended nothing."""
        try:
            value = self._operation.run(book)
        except RecoilError as refusal:
            return self.refusal(refusal)
        return lambda: self._answer.set_result(value)

    def refusal(self, error: RecoilError) -> Answer:
        """The answer that refuses."""
        return lambda: self._answer.set_exception(error)

    def answer_absent(self) -> None:
        """Answer a read of a ledger that does not exist."""
        if self._operation.absent is not None:
            self._answer.set_result(self._operation.absent())

    def is_overdue(self, now: float) -> bool:
        """Whether it has waited for others long enough; the first call starts its time.

        Time spent behind this process's own bookings does not count.
        """
        if self._waiting_since is None:
            self._waiting_since = now
        return now - self._waiting_since >= self._wait_s

    def busy(self, path: Path, holder: str) -> LedgerBusyError:
        """The refusal of an overdue job."""
        return LedgerBusyError(
            f"could not {self.what} within {self._wait_s:g} s: the ledger {path} is held by {holder}; "
            "nothing was booked",
            cure="wait until it ends or stop it, then try again",
        )
