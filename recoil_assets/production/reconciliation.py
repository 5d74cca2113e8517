"""Reconciliation: our ledger beside a provider's own record of what it charged.

Comparing is pure and reads only. Applying corrects by new entries alone, and applying twice changes nothing.
Bills lag: an attempt without one is not billed yet, never free.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.ledger import Evidence, Outcome
from recoil_assets.domain.money import ZERO, show
from recoil_assets.production.bookkeeping import booking_of, read_attempts
from recoil_assets.production.ports import Bill, ProviderRecords
from recoil_assets.production.resolution import Finding, Resolution, resolve
from recoil_assets.production.spending import SpendLine, spend_lines
from recoil_assets.production.studio import Studio

_BEFORE_SENDING = timedelta(minutes=5)
_AFTER_SENDING = timedelta(hours=24)
"""How far a bill may lie from the send that it explains: clocks differ, and jobs queue."""


class Mismatch(StrEnum):
    """How our books and a provider's record differ."""

    DIFFERS = "differs"  # both know it, at different amounts
    EXPLAINED = "explained"  # a bill names an attempt that is unknown to us: it was taken
    CANDIDATE = "candidate"  # a bill could be that of an unknown attempt; a person confirms it
    UNKNOWN_TO_US = "unknown_to_us"  # billed, and no attempt of this project
    NOT_BILLED_YET = "not_billed_yet"  # charged by us, and no bill so far


APPLICABLE = frozenset({Mismatch.DIFFERS, Mismatch.EXPLAINED})
"""What can be put right without a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One thing that differs.

    Attributes:
        attempt: ours; None where the bill is of none.
        request_ids: the provider's ids of the jobs billed.
        ours_usd, billed_usd: USD; None where that side has nothing.
    """

    mismatch: Mismatch
    attempt: Attempt | None
    request_ids: tuple[str, ...] = ()
    ours_usd: Decimal | None = None
    billed_usd: Decimal | None = None
    at: str = ""

    @property
    def sentence(self) -> str:
        """What differs, in words."""
        name = self.attempt.attempt_id if self.attempt else ""
        billed, requests = show(self.billed_usd or ZERO), ", ".join(self.request_ids)
        at = f"on {self.at[:16]}"
        return {
            Mismatch.DIFFERS: f"{name} is booked at {show(self.ours_usd or ZERO)} and billed at {billed}",
            Mismatch.EXPLAINED: f"{name} is unknown to us and was billed at {billed}, as {requests}",
            Mismatch.CANDIDATE: f"{name} is unknown to us; {requests}, billed at {billed} {at}, may be it",
            Mismatch.UNKNOWN_TO_US: f"{requests} was billed at {billed} {at} and is no attempt of ours",
            Mismatch.NOT_BILLED_YET: f"{name} is booked at {show(self.ours_usd or ZERO)} and not billed yet",
        }[self.mismatch]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A provider's record beside ours.

    Attributes:
        agreed: how many attempts are booked at exactly what they were billed.
        unreadable: attempts that could not be read and so not compared, one sentence each.
    """

    provider: str
    agreed: int
    discrepancies: tuple[Discrepancy, ...]
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Job:
    """All lines of one request."""

    request_id: str
    endpoint: str
    at: str
    usd: Decimal
    attempt_id: str


def records_of(studio: Studio) -> Mapping[str, ProviderRecords]:
    """The providers whose own record can be read, by name."""
    return {
        name: provider for name, provider in studio.providers.items() if isinstance(provider, ProviderRecords)
    }


async def compare_with_record(
    studio: Studio, name: str, records: ProviderRecords, *, since: str, until: str
) -> Comparison:
    """Read the record of provider ``name`` and compare it with the journal and the ledger. Writes nothing.

    Args:
        since, until: UTC, ISO 8601.

    Raises:
        ProviderError: the record can not be read.
        LedgerBusyError, LedgerError: the ledger can not be read.
    """
    bills = await records.bills(since, until)
    read, faults = read_attempts(studio, studio.journal.ids())
    lines = {line.attempt_id: line for line in spend_lines(studio.ledger.entries())}
    attempts = [attempt for attempt in read if attempt.intent.provider == name]
    endpoints = {rate.model: rate.endpoint for rate in studio.price_book.rates}
    found = compare(name, attempts, lines, bills, since=since, until=until, endpoints=endpoints)
    return Comparison(found.provider, found.agreed, found.discrepancies, tuple(faults.values()))


def compare(
    provider: str,
    attempts: Sequence[Attempt],
    lines: Mapping[str, SpendLine],
    bills: Iterable[Bill],
    *,
    since: str,
    until: str,
    endpoints: Mapping[str, str],
) -> Comparison:
    """Compare attempts at ``provider`` and what is booked for them (``lines``) with its ``bills``. Pure.

    Args:
        since, until: UTC, ISO 8601. What was sent before, or ended after, is compared only where nobody knows what
            became of it: the rest of its bill may lie outside.
        endpoints: the provider's own name for each model.
    """
    jobs = _jobs(bills)
    mine = {attempt.attempt_id: attempt for attempt in attempts}
    by_request = {request: attempt.attempt_id for attempt in attempts if (request := _request_id(attempt))}
    by_name = {attempt.intent.job_name: attempt.attempt_id for attempt in attempts}
    billed: dict[str, list[_Job]] = {}
    loose: list[_Job] = []
    for job in jobs:
        attempt_id = by_request.get(job.request_id) or by_name.get(job.attempt_id)
        if attempt_id is not None:
            billed.setdefault(attempt_id, []).append(job)
        else:
            loose.append(job)
    agreed, found = 0, []
    for attempt_id, its_jobs in billed.items():
        if not _billed_within(mine[attempt_id], since, until):
            continue  # a part of a bill would pass for the whole
        discrepancy = _of_billed(mine[attempt_id], lines.get(attempt_id), its_jobs)
        found += [discrepancy] if discrepancy else []
        agreed += discrepancy is None
    unbilled = [attempt for attempt in attempts if attempt.attempt_id not in billed]
    candidates = [item for attempt in unbilled for item in _candidates(attempt, loose, endpoints)]
    taken = {request for item in candidates for request in item.request_ids}
    found += candidates
    found += [_unknown_to_us(job) for job in loose if job.request_id not in taken]
    for attempt in unbilled:
        line = lines.get(attempt.attempt_id)
        if line and line.spent > ZERO and not attempt.is_open and _billed_within(attempt, since, until):
            found.append(Discrepancy(mismatch=Mismatch.NOT_BILLED_YET, attempt=attempt, ours_usd=line.spent))
    return Comparison(provider, agreed, tuple(found))


def apply(studio: Studio, discrepancy: Discrepancy) -> None:
    """Put one discrepancy right by new entries; what it says already changes nothing.

    An attempt that a bill explains is submitted from now on: the next run polls it and fetches its result.

    Raises:
        BlockedError: ``person_awaited`` where only a person can; ``in_progress_elsewhere`` while a run owns it.
        LedgerBusyError, LedgerError: it could not be booked.
    """
    attempt, billed = discrepancy.attempt, discrepancy.billed_usd
    if discrepancy.mismatch not in APPLICABLE or attempt is None or billed is None or billed < ZERO:
        raise BlockedError("person_awaited", discrepancy.sentence, cure="look at the provider's own record")
    if discrepancy.mismatch is Mismatch.EXPLAINED:
        resolve(studio, attempt.intent.episode, attempt.attempt_id, _as_resolution(attempt, discrepancy))
        if discrepancy.ours_usd is None:
            return
    succeeded = attempt.succeeded
    failed = Outcome.FAILED_BUT_BILLED if billed else Outcome.NOT_BILLED
    studio.ledger.correct(
        booking_of(attempt.intent),
        billed,
        outcome=Outcome.SUCCEEDED if succeeded else failed,
        evidence=Evidence.BILLED,
        note=f"billed as {', '.join(discrepancy.request_ids)}",
    )
    studio.note(
        "charge_corrected",
        attempt_id=attempt.attempt_id,
        was_usd=str(discrepancy.ours_usd),
        billed_usd=str(billed),
    )


def _as_resolution(attempt: Attempt, discrepancy: Discrepancy) -> Resolution:
    """What a bill that names an unknown attempt says of it."""
    by, requests = f"the record of {attempt.intent.provider}", ", ".join(discrepancy.request_ids)
    if _request_id(attempt):
        billed = discrepancy.billed_usd or ZERO
        return Resolution(
            finding=Finding.BILLED if billed else Finding.NOT_BILLED,
            resolved_by=by,
            why=f"billed as {requests}",
            billed_usd=billed or None,
            evidence=Evidence.BILLED,
        )
    if len(discrepancy.request_ids) > 1:
        raise BlockedError(
            "person_awaited",
            f"{attempt.attempt_id} was billed as several jobs: {requests}",
            cure="look at which of them made it, then recoil take resolve",
        )
    return Resolution(
        finding=Finding.TAKEN, resolved_by=by, why="its bill names the attempt", request_id=requests
    )


def _jobs(bills: Iterable[Bill]) -> list[_Job]:
    """The lines of each request as one, in the order they were first billed."""
    lines: dict[str, list[Bill]] = {}
    for bill in sorted(bills, key=lambda bill: bill.at):
        lines.setdefault(bill.request_id, []).append(bill)
    return [
        _Job(
            request_id=request_id,
            endpoint=group[0].endpoint,
            at=group[0].at,
            usd=sum((bill.usd for bill in group), ZERO),
            attempt_id=next((bill.attempt_id for bill in group if bill.attempt_id), ""),
        )
        for request_id, group in lines.items()
    ]


def _of_billed(attempt: Attempt, line: SpendLine | None, jobs: Sequence[_Job]) -> Discrepancy | None:
    """How an attempt and its bills differ; ``None`` where they agree, or where it is in flight and settles itself."""
    total = sum((job.usd for job in jobs), ZERO)
    closed = line is not None and line.held == ZERO
    unknown = _in_doubt(attempt)
    if not unknown and (line is None or not closed or attempt.is_open or line.spent == total):
        return None
    return Discrepancy(
        mismatch=Mismatch.EXPLAINED if unknown else Mismatch.DIFFERS,
        attempt=attempt,
        request_ids=tuple(job.request_id for job in jobs),
        ours_usd=line.spent if line is not None and closed else None,
        billed_usd=total,
        at=jobs[0].at,
    )


def _candidates(attempt: Attempt, loose: Sequence[_Job], endpoints: Mapping[str, str]) -> list[Discrepancy]:
    """Jobs without an attempt that may be this unknown one's: the same endpoint, at about that time."""
    sending = attempt.record(AttemptState.SENDING)
    if not _in_doubt(attempt) or sending is None or _request_id(attempt):
        return []
    model, sent = attempt.intent.sent.model, datetime.fromisoformat(sending.at)
    names = {str(sending.facts.get("endpoint") or ""), endpoints.get(model, ""), model} - {""}
    return [
        Discrepancy(
            mismatch=Mismatch.CANDIDATE,
            attempt=attempt,
            request_ids=(job.request_id,),
            billed_usd=job.usd,
            at=job.at,
        )
        for job in loose
        if job.endpoint in names
        and sent - _BEFORE_SENDING <= datetime.fromisoformat(job.at) <= sent + _AFTER_SENDING
    ]


def _in_doubt(attempt: Attempt) -> bool:
    return attempt.state in (AttemptState.SENDING, AttemptState.UNKNOWN)


def _unknown_to_us(job: _Job) -> Discrepancy:
    return Discrepancy(
        mismatch=Mismatch.UNKNOWN_TO_US,
        attempt=None,
        request_ids=(job.request_id,),
        billed_usd=job.usd,
        at=job.at,
    )


def _request_id(attempt: Attempt) -> str:
    submitted = attempt.record(AttemptState.SUBMITTED)
    return str(submitted.facts.get("request_id") or "") if submitted else ""


def _billed_within(attempt: Attempt, since: str, until: str) -> bool:
    """Whether every line of its bill lies between the two moments; of a job nobody knows anything any line may count.

    A provider bills from when it has a job to when that ends, and we hear of both ends later than they are.
    """
    if attempt.state is AttemptState.SENDING or (_in_doubt(attempt) and not _request_id(attempt)):
        return True
    return since <= _sent_at(attempt) and _ended_at(attempt) <= until


def _ended_at(attempt: Attempt) -> str:
    """When its job was seen to have ended; of one that nobody saw end, when a person said what became of it."""
    ends = (attempt.record(state) for state in (AttemptState.COMPLETED, AttemptState.FAILED))
    seen = next((record for record in ends if record is not None), None)
    return seen.at if seen else attempt.records[-1].at if attempt.records else attempt.intent.created_at


def _sent_at(attempt: Attempt) -> str:
    sending = attempt.record(AttemptState.SENDING)
    return sending.at if sending else attempt.intent.created_at
