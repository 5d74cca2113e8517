"""The provider's bill held against the project: what was lost, paid twice, or is not accounted for."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.ledger import EntryKind, LedgerEntry
from recoil_assets.production.job_facts import submission_of
from recoil_assets.production.studio import Studio
from tests.crash.laboratory import Job


@dataclass(frozen=True, slots=True)
class Accounts:
    """The project's attempts, the ledger's entries and the provider's jobs, put side by side.

    Attributes:
        lost: attempts whose files were removed for good; each may be paid for again.
    """

    attempts: Mapping[str, Attempt]
    entries: Sequence[LedgerEntry]
    jobs: Sequence[Job]
    lost: frozenset[str]

    @classmethod
    def read(cls, studio: Studio, jobs: Sequence[Job], lost: frozenset[str]) -> "Accounts":
        """Everything as it is on the disk now."""
        attempts = {attempt_id: studio.journal.attempt(attempt_id) for attempt_id in studio.journal.ids()}
        paid = {key: item for key, item in attempts.items() if item.intent.estimate_usd > 0}
        return cls(attempts=paid, entries=studio.ledger.entries(), jobs=jobs, lost=lost)

    def unknown(self) -> list[Attempt]:
        """Attempts of which nobody knows whether they were taken."""
        return [item for item in self.attempts.values() if item.state is AttemptState.UNKNOWN]

    def attempt_of(self, job: Job) -> Attempt | None:
        """The attempt a job was sent for: by its request id, else by what the server was told."""
        for attempt in self.attempts.values():
            submission = submission_of(attempt)
            if submission is not None and submission.request_id == job.request_id:
                return attempt
        return next((item for item in self.attempts.values() if item.intent.job_name == job.reference), None)

    def booked(self, attempt_id: str, *kinds: EntryKind) -> list[LedgerEntry]:
        """An attempt's entries of these kinds."""
        return [entry for entry in self.entries if entry.attempt_id == attempt_id and entry.kind in kinds]


def faults(studio: Studio, accounts: Accounts, ended: Mapping[str, str]) -> list[str]:
    """One sentence for everything that must not be; empty where every dollar and every file is accounted for.

    Args:
        ended: how every cell ended in the last run, in one word.
    """
    return [
        *_of_jobs(studio, accounts),
        *_of_beats(accounts),
        *_of_charges(accounts),
        *_of_holds(studio, accounts),
        *_of_cells(accounts, ended),
        *studio.ledger.verify(),
    ]


def _of_jobs(studio: Studio, accounts: Accounts) -> Iterator[str]:
    """Every job that was billed is charged once, or covered by one held unknown; its file is there."""
    orphans = 0
    for job in accounts.jobs:
        attempt = accounts.attempt_of(job)
        if attempt is None:
            orphans += 1
            continue
        charges = accounts.booked(attempt.attempt_id, EntryKind.CHARGE, EntryKind.CORRECTION)
        if attempt.state is AttemptState.UNKNOWN:
            if charges or not accounts.booked(attempt.attempt_id, EntryKind.RESERVE):
                yield f"{attempt.attempt_id} is unknown, and its money is not simply held"
            continue
        amounts = [entry.amount_usd for entry in charges]
        if amounts != ([job.cost_usd] if job.cost_usd else []):
            yield f"{job.request_id} was billed {job.cost_usd} for {attempt.attempt_id}, the ledger charged {amounts}"
        if job.sha256 and attempt.attempt_id not in accounts.lost:
            yield from _of_file(studio, attempt, job)
    covering = [attempt for attempt in accounts.unknown() if not _has_job(accounts, attempt)]
    if orphans > len(covering):
        yield f"{orphans} jobs were billed for no attempt, {len(covering)} unknown attempts could cover one"


def _has_job(accounts: Accounts, attempt: Attempt) -> bool:
    return any(accounts.attempt_of(job) is attempt for job in accounts.jobs)


def _of_file(studio: Studio, attempt: Attempt, job: Job) -> Iterator[str]:
    """The bytes that were paid for are the bytes that are on disk."""
    path = attempt.intent.media_path
    if not attempt.succeeded:
        yield f"{job.request_id} made a file, and {attempt.attempt_id} is {attempt.state} without it"
    elif not studio.media.present(path):
        yield f"the file of {job.request_id} is lost: {path}"
    elif studio.media.digest(path) != job.sha256:
        yield f"{path} does not hold the bytes of {job.request_id}"


def _of_beats(accounts: Accounts) -> Iterator[str]:
    """One job an attempt, and one a reroll that was ordered; else of the jobs of a beat one good one.

    Only a failure, or the loss of what it made, is a reason for another, and for a reroll not even that.
    """
    sent: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for job in accounts.jobs:
        attempt = accounts.attempt_of(job)
        if attempt is None:
            continue
        intent, ordered = attempt.intent, f" {attempt.intent.reroll}".rstrip()
        sent[attempt.attempt_id] += 1
        is_good = not job.failed and attempt.attempt_id not in accounts.lost
        good[f"{intent.kind} {intent.episode} {intent.shot_set}{ordered}"] += bool(ordered) or is_good
    yield from (f"{name} was submitted {times} times" for name, times in sent.items() if times > 1)
    yield from (f"{beat} was paid for {times} times" for beat, times in good.items() if times > 1)


def _of_charges(accounts: Accounts) -> Iterator[str]:
    """Nothing is charged that was not billed."""
    billed = {
        attempt.attempt_id
        for job in accounts.jobs
        if job.cost_usd and (attempt := accounts.attempt_of(job)) is not None
    }
    for entry in accounts.entries:
        paid = entry.kind is EntryKind.CHARGE and entry.amount_usd > 0
        if paid and entry.attempt_id not in billed:
            yield f"the ledger charged {entry.amount_usd} for {entry.attempt_id}, nobody billed it"


def _of_holds(studio: Studio, accounts: Accounts) -> Iterator[str]:
    """Money is held for unknown attempts alone, and nothing else is left open."""
    held = sum((attempt.intent.estimate_usd for attempt in accounts.unknown()), Decimal(0))
    reserved = studio.ledger.balance().reserved
    if reserved != held:
        yield f"{reserved} is reserved, and {held} of it for unknown attempts"
    for attempt in accounts.attempts.values():
        if attempt.is_open and attempt.state is not AttemptState.UNKNOWN:
            yield f"{attempt.attempt_id} was left {attempt.state}"


def _of_cells(accounts: Accounts, ended: Mapping[str, str]) -> Iterator[str]:
    """Every cell is done, or honestly unsettled: where one of its attempts is unknown, and only there."""
    uncertain = {f"{item.intent.episode}|{item.intent.batch}" for item in accounts.unknown()}
    for cell, word in ended.items():
        right = "Unsettled" if cell in uncertain else "Materialised"
        if word != right:
            yield f"{cell} ended as {word} and should be {right}"
