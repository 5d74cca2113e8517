"""Where a take comes from: everything that has to be known of it, from what is on disk alone."""

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.digest import short
from recoil_assets.domain.money import ZERO
from recoil_assets.domain.scene import Beat
from recoil_assets.domain.take_approval import BeatDecisions
from recoil_assets.production.job_facts import left_out_of, submission_of

_ON_THE_CELL = ("project", "episode", "batch", "beat")


def provenance_of(attempt: Attempt) -> dict[str, str | int | None]:
    """What was made, of what, for whom, by whom; digests in the short form that people compare."""
    intent, submission = attempt.intent, submission_of(attempt)
    sent, grouping = intent.sent, intent.sent.grouping
    last = intent.changes[-1] if intent.changes else None
    return {
        "attempt_id": intent.attempt_id,
        "project": intent.project,
        "episode": intent.episode,
        "batch": intent.batch,
        "scene_version": intent.scene_version,
        "beat": intent.beat_id,
        "modality": sent.modality,
        "grouping": f"{grouping.strategy} {grouping.ordinal}",
        "tag": sent.tag,
        "provider": intent.provider,
        "model": sent.model,
        "seed": sent.seed,
        "request_id": submission.request_id if submission else "",
        "basis": short(intent.basis),
        "fingerprint": short(intent.fingerprint),
        "board": short(intent.board_digest),
        "retry_strategy": last.strategy.value if last else "",
        "cost_tier": last.cost_tier.value if last else "",
        "changes": ", ".join(change.strategy for change in intent.changes),
        "reroll_note": intent.note,
        "price_source": intent.price_source,
        "run": intent.run_id,
    }


def take_row(beat: Beat, attempt: Attempt, decisions: BeatDecisions) -> dict[str, str | int | float | None]:
    """A take as a row of its cell's table; what the cell's own key says is left out."""
    provenance = provenance_of(attempt)
    return {
        "beat": beat.beat_id,
        "take": attempt.intent.number,
        "stands": decisions.standing,
        "seconds": attempt.intent.sent.duration_s,
        "cost_usd": str(attempt.cost_usd or ZERO),
        "file": attempt.intent.media_path,
        "left_out": ", ".join(left_out_of(attempt)),
        **{name: value for name, value in provenance.items() if name not in _ON_THE_CELL},
    }
