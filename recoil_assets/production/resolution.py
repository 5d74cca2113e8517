"""Resolving an ``unknown``: a person says what became of an attempt that nobody could be sure of.

What is said is recorded with who said it and why. Money follows by new entries only; whoever owns the beat is
left alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from recoil_assets.domain.attempt import Attempt, AttemptState, StateRecord
from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.domain.ledger import EntryKind, Evidence, Outcome
from recoil_assets.domain.money import ZERO, show, usd
from recoil_assets.production.bookkeeping import booking_of
from recoil_assets.production.job_facts import submission_facts
from recoil_assets.production.ports import Submission
from recoil_assets.production.spending import spend_lines
from recoil_assets.production.studio import Studio


class Finding(StrEnum):
    """What a person found out about an attempt."""

    TAKEN = "taken"  # the provider has the job: it is polled and its result fetched
    NEVER_TAKEN = "never_taken"  # the provider never had it
    BILLED = "billed"  # it failed, and was billed
    NOT_BILLED = "not_billed"  # it failed, and was not billed


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A person's word on one attempt.

    Attributes:
        request_id: for ``taken``, the provider's own id of the job.
        billed_usd: for ``billed``, the amount of the bill, USD.
        resolved_by: who says so.
        why: how they know.
        evidence: what an amount rests on: a person's word, or the provider's own bill.
    """

    finding: Finding
    resolved_by: str
    why: str
    request_id: str = ""
    billed_usd: Decimal | None = None
    evidence: Evidence = Evidence.PERSON

    def check(self) -> None:
        """``UsageError`` where it says too little, or something that does not belong to its finding."""
        if not self.resolved_by.strip() or not self.why.strip():
            raise UsageError(
                "a resolution says who found it out and how", cure="name both: --by NAME --why TEXT"
            )
        if (self.finding is Finding.TAKEN) != bool(self.request_id.strip()):
            raise UsageError(
                "exactly a job that was taken has a request id",
                cure="copy the request id from the provider's own record",
            )
        if (self.finding is Finding.BILLED) != (self.billed_usd is not None):
            raise UsageError(
                "exactly a job that was billed has an amount", cure="copy the amount from the provider's bill"
            )
        if self.billed_usd is not None and usd(self.billed_usd) == ZERO:
            raise UsageError("a bill of $0.00 is no bill", cure="say that it was not billed")


def resolve(studio: Studio, episode: str, attempt_id: str, said: Resolution) -> Attempt:
    """Record what a person found out about an attempt of ``episode``, and book its money.

    A job that the provider took and whose result it no longer has ends by a person's word too, billed or not.
    Saying the same again after a crash finishes what was begun.

    Returns:
        the attempt, settled, or submitted where the provider has the job: the next run polls it.

    Raises:
        UsageError: what is said is incomplete, or the attempt is another episode's.
        RecoilError: there is no such attempt.
        BlockedError: ``in_progress_elsewhere`` while a run owns its beat; ``nothing_to_resolve`` where it is settled
            or was never sent; ``request_id_known``, for a job with a request id was taken.
    """
    said.check()
    intent = studio.journal.attempt(attempt_id).intent
    if intent.episode != episode:
        raise UsageError(
            f"attempt {attempt_id} is of {intent.episode}, not of {episode}", cure=f"name {intent.episode}"
        )
    with studio.locks.beat(episode, intent.shot_set):
        attempt = _in_doubt(studio, studio.journal.attempt(attempt_id))
        _check_possible(attempt, said)
        if said.finding is Finding.TAKEN:
            _count_again(studio, attempt)
            facts = submission_facts(Submission(request_id=said.request_id.strip()))
            resolved = _record(studio, attempt, AttemptState.SUBMITTED, {**facts, **_who(said)})
        else:
            resolved = _settle(studio, attempt, said)
    studio.note(
        "attempt_resolved",
        attempt_id=attempt_id,
        finding=said.finding,
        resolved_by=said.resolved_by,
        why=said.why,
        request_id=said.request_id,
        billed_usd=None if said.billed_usd is None else str(said.billed_usd),
    )
    return resolved


def _in_doubt(studio: Studio, attempt: Attempt) -> Attempt:
    """The attempt, where a person's word is wanted. One that was being sent is unknown: its run no longer owns it.

    One that failed by a person's word was not settled yet: a crash came between.
    """
    if attempt.state is AttemptState.SENDING:
        error = "the run died while it was being sent; the provider may have taken it"
        return _record(studio, attempt, AttemptState.UNKNOWN, {"error": error})
    failed = attempt.record(AttemptState.FAILED)
    if attempt.state is AttemptState.FAILED and failed is not None and "resolved_as" in failed.facts:
        return attempt
    if attempt.state not in (AttemptState.UNKNOWN, AttemptState.SUBMITTED, AttemptState.COMPLETED):
        raise BlockedError(
            "nothing_to_resolve",
            f"attempt {attempt.attempt_id} is {attempt.state}; there is nothing to resolve",
            cure="recoil budget reconcile compares what was charged with the provider's own record",
        )
    return attempt


def _check_possible(attempt: Attempt, said: Resolution) -> None:
    submitted = attempt.record(AttemptState.SUBMITTED)
    if submitted is not None and said.finding in (Finding.TAKEN, Finding.NEVER_TAKEN):
        raise BlockedError(
            "request_id_known",
            f"attempt {attempt.attempt_id} was taken, as {submitted.facts.get('request_id')}; "
            "the question is whether it was billed",
            cure="say --billed AMOUNT or --not-billed",
        )


def _settle(studio: Studio, attempt: Attempt, said: Resolution) -> Attempt:
    """Book the money, then settle: a crash between leaves it unknown, and saying it again goes on.

    Of a job with a request id it is said before that it failed: a run that comes between would else ask for it,
    and could charge a success that was booked as a failure.
    """
    cost = ZERO if said.billed_usd is None else usd(said.billed_usd)
    error = {
        Finding.NEVER_TAKEN: f"{attempt.intent.provider} never took it",
        Finding.BILLED: f"it failed and was billed at {show(cost)}",
        Finding.NOT_BILLED: "it failed and was not billed",
    }[said.finding]
    evidence = {"evidence": said.evidence} if cost else {}
    facts = {"cost_usd": str(cost), **evidence, **_who(said), "error": f"{error}, says {said.resolved_by}"}
    if attempt.state in (AttemptState.SUBMITTED, AttemptState.COMPLETED):
        attempt = _record(studio, attempt, AttemptState.FAILED, {"error": facts["error"], **_who(said)})
    _book(studio, attempt, cost, said)
    return _record(studio, attempt, AttemptState.SETTLED, facts)


def _book(studio: Studio, attempt: Attempt, cost: Decimal, said: Resolution) -> None:
    booking, note = booking_of(attempt.intent), f"{said.finding} says {said.resolved_by}: {said.why}"
    kinds = studio.ledger.booked().get(attempt.attempt_id, frozenset())
    outcome = Outcome.FAILED_BUT_BILLED if cost else Outcome.NOT_BILLED
    if EntryKind.CHARGE in kinds or EntryKind.RELEASE in kinds:
        studio.ledger.correct(booking, cost, outcome=outcome, evidence=said.evidence, note=note)
    elif cost:
        studio.ledger.charge(booking, cost, outcome=outcome, evidence=said.evidence, note=note)
    else:
        studio.ledger.release(booking, note=note)


def _count_again(studio: Studio, attempt: Attempt) -> None:
    """Count the estimate of a job that was taken against the caps again, where another word on it is booked.

    A crash came between that word's money and its record. What the job really costs corrects the estimate.
    """
    lines = spend_lines(studio.ledger.entries(episode=attempt.intent.episode))
    line = next((line for line in lines if line.attempt_id == attempt.attempt_id), None)
    if line is None or line.held or line.evidence not in ("", Evidence.PERSON):
        return
    estimate = attempt.intent.estimate_usd
    outcome = Outcome.FAILED_BUT_BILLED if estimate else Outcome.NOT_BILLED
    booking, note = booking_of(attempt.intent), "it was taken: its cost is found out when it is done"
    studio.ledger.correct(booking, estimate, outcome=outcome, evidence=Evidence.WRITTEN_OFF, note=note)


def _who(said: Resolution) -> dict[str, object]:
    return {"resolved_as": said.finding, "resolved_by": said.resolved_by, "why": said.why}


def _record(studio: Studio, attempt: Attempt, state: AttemptState, facts: Mapping[str, object]) -> Attempt:
    record = StateRecord(state=state, at=studio.clock.now(), facts=dict(facts))
    return studio.journal.record(attempt.attempt_id, record)
