"""The ports of production: what the use cases need from the world, as Protocols.

Implementations live in ``resources``; tests have their own. Nothing here knows Dagster, DuckDB or HTTP.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.ledger import (
    Balance,
    Booking,
    Caps,
    EntryKind,
    Evidence,
    LedgerEntry,
    Outcome,
    Overrun,
)
from recoil_assets.domain.request import GenerationRequest


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do with one model.

    Attributes:
        max_references: most reference images one request takes.
        honours: names of request fields the model acts on, of ``seed``, ``tier``, ``audio``, ``references``,
            ``start_frame``, ``end_frame``, ``element_config``, ``generation_config``. What it can not honour
            is reported on the quote and the take; nothing is dropped silently.
        concurrency: most jobs in flight at once.
        poll_every_s: seconds between polls of a running job.
    """

    modalities: frozenset[str]
    max_references: int
    honours: frozenset[str]
    concurrency: int
    poll_every_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Fit:
    """How a request fits a model, known before money moves.

    Attributes:
        unhonoured: what the request asks for and the model does not act on, one short phrase each.
        refusal: why the model can not make it at all; empty where it can.
    """

    unhonoured: tuple[str, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class SentReference:
    """The bytes of one reference, read once: what is hashed is what is sent."""

    name: str
    role: str
    sha256: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedJob:
    """A job as it is about to be sent: mapped to the provider's own words, its references in place.

    Attributes:
        attempt_id: what the provider may know the attempt by: ``AttemptIntent.job_name``.
        endpoint: what is called, in the provider's own words; empty where nothing is.
        payload: the body of the POST, JSON-ready; empty where there is none.
    """

    attempt_id: str
    request: GenerationRequest
    references: tuple[SentReference, ...] = ()
    endpoint: str = ""
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a provider gave for a submitted job: enough to poll it after any crash.

    ``handles`` are the provider's own URLs or ids, JSON-ready.
    """

    request_id: str
    handles: dict[str, str] = field(default_factory=dict)


class JobState(StrEnum):
    """Where a provider's job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Billed(StrEnum):
    """Whether a provider charged for a job that failed."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCost:
    """One step of a job, where a provider tells its steps apart.

    Attributes:
        cost_usd: the provider's own figure for this step, USD, or None where it gives none.
        billed: for a failed step, whether it was charged.
    """

    name: str
    succeeded: bool
    cost_usd: Decimal | None = None
    cost_is_billed: bool = False
    billed: Billed = Billed.UNKNOWN


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A provider's answer to a poll.

    Attributes:
        result: what the completed job returned, JSON-ready; stored so that it is read once.
        cost_usd: the provider's own figure for the whole job, USD, or None where it gives none.
        steps: the job's steps, where the provider gives figures for them and none for the whole.
        billed: for a failed job, whether it was charged.
        failure: for a failed job, what the provider said of it by its own names; None where it named nothing.
    """

    state: JobState
    result: dict[str, Any] = field(default_factory=dict)
    cost_usd: Decimal | None = None
    cost_is_billed: bool = False
    error: str = ""
    billed: Billed = Billed.UNKNOWN
    failure: FailureFacts | None = None
    steps: tuple[StepCost, ...] = ()


class NotSentError(ProviderError):
    """The provider definitely did not take the job: no connection was made, or it said 429.

    Args:
        retry_after_s: seconds to wait before sending again, or None where it must not be sent again.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.retry_after_s = retry_after_s


class AccountRefusedError(NotSentError):
    """The provider refuses the account itself (401, 403): nothing more may be sent with this key."""


class SubmissionUnknownError(ProviderError):
    """Nobody can say whether the provider took the job."""


class Account(Protocol):
    """An account at a provider, as all runs on this machine share it."""

    def slot(self) -> AbstractAsyncContextManager[None]:
        """A place among the jobs the account may have in flight, waited for; freed by death, never by time."""
        ...

    def closed(self) -> str:
        """Why nothing new may be sent now (an outage, a refused key), one sentence; empty where it may."""
        ...


class Provider(Protocol):
    """A provider adapter. Swapping it never changes the graph."""

    name: str

    @property
    def account(self) -> Account:
        """The account it sends with."""
        ...

    def capabilities(self, model: str) -> Capabilities:
        """What ``model`` can do; ``UsageError`` where the provider does not have it."""
        ...

    def fit(self, request: GenerationRequest) -> Fit:
        """How ``request`` fits its model. Asks nobody, so that a quote can show it."""
        ...

    async def prepare(
        self, attempt_id: str, request: GenerationRequest, references: Sequence[SentReference]
    ) -> PreparedJob:
        """Everything but the POST: map the request, upload its references. Costs nothing, may be repeated.

        Args:
            attempt_id: what the provider may know the attempt by: ``AttemptIntent.job_name``.

        Raises:
            PayloadBuildError: the request can not be put into the provider's words.
            ProviderError: the references can not be uploaded now.
        """
        ...

    async def submit(self, job: PreparedJob) -> Submission:
        """Send the job **once**. ``NotSentError`` only where it provably was not taken."""
        ...

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        """Ask how the job is; idempotent, may be called after any crash."""
        ...

    async def fetch(
        self,
        submission: Submission,
        status: JobStatus,
        request: GenerationRequest,
        references: Sequence[SentReference],
        destination: Path,
    ) -> None:
        """Write the completed job's media to ``destination`` (a temporary file); idempotent."""
        ...

    async def cancel(self, submission: Submission, request: GenerationRequest) -> None:
        """Ask the provider to stop the job; it may finish, and bill, all the same.

        Raises:
            ProviderError: it could not be asked, refused, or has no way to stop a job.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


@dataclass(frozen=True, slots=True)
class Bill:
    """One line of a provider's own record of what it charged.

    Attributes:
        endpoint: what was called, in the provider's own words.
        at: when, UTC, ISO 8601.
        usd: the amount; negative where money was given back. A request may have several lines.
        attempt_id: the ``job_name`` it was told, where the provider echoes it; else empty.
    """

    request_id: str
    endpoint: str
    at: str
    usd: Decimal
    attempt_id: str = ""


@runtime_checkable
class ProviderRecords(Protocol):
    """A provider's own record of what it charged. An adapter that can read one has this beside ``Provider``."""

    async def bills(self, since: str, until: str) -> Sequence[Bill]:
        """Every line from ``since`` to ``until``, UTC, ISO 8601. A line may come days late: none is not zero.

        Raises:
            ProviderError: the record can not be read now.
        """
        ...


class Ledger(Protocol):
    """The budget ledger. Every booking is durable when the call returns."""

    def reserve(self, booking: Booking, amount: Decimal, caps: Caps) -> None:
        """Hold ``amount`` USD, all caps checked in the same transaction. Known-zero amounts pass any cap.

        Raises:
            CapReachedError: which cap, estimate, spent, held and limit; nothing was reserved.
            LedgerError: the attempt was released or reserved with other facts.
            LedgerBusyError: another process holds the ledger.
        """
        ...

    def restore(self, booking: Booking, amount: Decimal, *, day: str) -> None:
        """Hold again what was reserved on the UTC ``day`` and got lost. No cap is asked: it may be spent already.

        Nothing where the attempt is held or closed.
        """
        ...

    def charge(
        self, booking: Booking, amount: Decimal, *, outcome: Outcome, evidence: Evidence, note: str = ""
    ) -> None:
        """Book what an attempt cost, USD, closing its whole reservation. Replays change nothing.

        Of an attempt that was written off the difference is booked, as a correction; a bill that was found
        meanwhile keeps its amount.
        """
        ...

    def write_off(self, booking: Booking, amount: Decimal) -> None:
        """Charge an attempt that is held, of which nobody found out what it cost, as failed but billed at ``amount``.

        Accounting only: it says nothing about the attempt. Nothing where the attempt is charged or released.
        """
        ...

    def correct(
        self, booking: Booking, amount: Decimal, *, outcome: Outcome, evidence: Evidence, note: str = ""
    ) -> None:
        """Book that an attempt which was charged or released cost ``amount`` USD in truth: the difference, anew.

        It counts at once, for the run and the day of the attempt. What stands so already changes nothing.

        Raises:
            LedgerError: the attempt is neither charged nor released, or was booked with other facts.
        """
        ...

    def release(self, booking: Booking, *, note: str = "") -> None:
        """Close an attempt's reservation without a charge, or forbid one that was never made. Idempotent.

        A write-off is corrected to nothing, unless something better was found out meanwhile.
        """
        ...

    def balance(
        self, *, run_id: str | None = None, episode: str | None = None, day: str | None = None
    ) -> Balance:
        """Sums over the entries that match every argument given; all entries where none is."""
        ...

    def entries(self, *, episode: str | None = None) -> list[LedgerEntry]:
        """Entries in booking order."""
        ...

    def booked(self) -> Mapping[str, frozenset[EntryKind]]:
        """The kinds of entries every attempt has, by attempt id: a whole season at once."""
        ...

    def overruns(self, *, model: str) -> list[Overrun]:
        """Attempts with ``model`` that cost more than was reserved for them, in booking order."""
        ...

    def verify(self) -> list[str]:
        """What is wrong with the ledger by its own entries, one sentence each; empty where nothing is."""
        ...

    def close(self) -> None:
        """Finish pending bookings and free the file."""
        ...


class Clock(Protocol):
    """The time."""

    def now(self) -> str:
        """Now, UTC, ISO 8601 with microseconds and ``Z``."""
        ...

    def today(self) -> str:
        """The UTC day, ``YYYY-MM-DD``."""
        ...


class OpsLog(Protocol):
    """The operations log: one JSON object a line."""

    def write(self, event: str, **facts: object) -> None:
        """Append an event; facts are JSON-ready and hold no secrets. Production writes with ``Studio.note``."""
        ...


Stopped = Callable[[], bool]
"""Says whether a stop was asked for: no new submission is made after it is true."""
