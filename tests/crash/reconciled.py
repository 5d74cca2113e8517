"""The product's own reconciliation, by the provider's own record: what a person does after a crash."""

from datetime import UTC, datetime, timedelta

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.reconciliation import (
    APPLICABLE,
    Comparison,
    Mismatch,
    apply,
    compare_with_record,
    records_of,
)
from recoil_assets.production.resolution import Finding, Resolution, resolve
from recoil_assets.production.studio import Studio

_BY = {"resolved_by": "pat", "why": "the provider's own record says so"}


def differences(studio: Studio) -> list[str]:
    """What differs between ledger and bill, but for attempts that are unknown: those a bill may explain."""
    mine = (Mismatch.EXPLAINED, Mismatch.CANDIDATE)
    return [item.sentence for item in _compared(studio).discrepancies if item.mismatch not in mine]


def resolve_unknown(studio: Studio) -> None:
    """Resolve every unknown attempt: by a bill that names it, by one that may be its, or as never taken."""
    used: set[tuple[str, ...]] = set()
    for item in _compared(studio).discrepancies:
        if item.mismatch in APPLICABLE:
            apply(studio, item)
        elif item.mismatch is Mismatch.CANDIDATE and item.attempt and item.request_ids not in used:
            used.add(item.request_ids)
            said = Resolution(finding=Finding.TAKEN, request_id=item.request_ids[0], **_BY)
            resolve(studio, item.attempt.intent.episode, item.attempt.attempt_id, said)
    for attempt in studio.journal.unfinished():
        if attempt.state is AttemptState.UNKNOWN:
            said = Resolution(finding=Finding.NEVER_TAKEN, **_BY)
            resolve(studio, attempt.intent.episode, attempt.attempt_id, said)


def _compared(studio: Studio) -> Comparison:
    """The paid provider's record beside ours."""
    ((name, records),) = records_of(studio).items()
    now = datetime.now(UTC)
    since, until = ((now + timedelta(days=days)).isoformat() for days in (-1, 1))

    async def compare() -> Comparison:
        try:
            return await compare_with_record(studio, name, records, since=since, until=until)
        finally:
            await studio.providers[name].close()

    return run_loop(compare())
