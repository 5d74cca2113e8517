"""Making one attempt, of a picture or a take: who may, what becomes of it, and why a cell waits that may not."""

from collections.abc import Sequence
from decimal import Decimal

from recoil_assets.domain.attempt import Attempt, AttemptIntent
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.dispatch import Clearance


class UnsettledError(RecoilError):
    """An attempt's money or result is uncertain; the beat waits."""


def require_asked_for(work: CellWork, stage: str) -> None:
    """Refuse to send anything new in a run that nobody asked for.

    Raises:
        BlockedError: ``resume_only``.
    """
    if work.options.resume_only:
        raise BlockedError(
            "resume_only",
            "this run was not asked for by a person; it settles what was sent and sends nothing new",
            cure=f"materialise {stage} for this cell",
        )


async def carry_out(work: CellWork, intent: AttemptIntent, clearance: Clearance) -> Attempt:
    """Make one attempt, of a take or a board.

    Raises:
        UnsettledError: it was sent, and then something failed that the next run carries on from.
        BlockedError: a gate, a cap, a stop or a closed provider came before it was sent.
    """
    work.dispatcher.require_sending(intent)
    if intent.estimate_usd > ZERO:
        # Before it is written: an attempt that the journal forgot may have the very same id, and money held for it.
        (await work.dispatcher.purse.books()).check(intent)
    try:
        return await work.dispatcher.fulfil(intent, clearance)
    except (RecoilError, OSError) as error:
        attempt = work.studio.journal.attempt(intent.attempt_id)
        if attempt.is_open and attempt.was_sent:
            what = error.message if isinstance(error, RecoilError) else str(error)
            raise UnsettledError(
                f"{intent.kind} {intent.number} of {intent.beat_id} was sent, and then {what}",
                cure="materialise this cell again: the job is polled, never sent twice",
            ) from error
        raise


def unsettled(subject: str, attempts: Sequence[Attempt]) -> UnsettledError:
    """Why ``subject`` waits: every attempt at it that is still open."""
    listed = "; ".join(
        f"{attempt.intent.kind} {attempt.intent.number} is {attempt.state} "
        f"with {show(attempt.intent.estimate_usd)} held" + (f" ({attempt.error})" if attempt.error else "")
        for attempt in attempts
        if attempt.is_open
    )
    return UnsettledError(
        f"{subject} waits: {listed}",
        cure="nothing is sent again; look at the provider's own record: recoil take list",
    )


def cure_of_refusal(attempt: Attempt) -> str:
    """What a person does about a job that was not taken."""
    return (
        f"nothing was spent; {attempt.refusal_cure or 'see to the provider'}; then materialise the cell again"
    )


def media_missing(work: CellWork, lost: Attempt, usd: Decimal | None, *, altered: bool) -> BlockedError:
    """Why a cell waits whose paid media is gone, what making it again costs at most (USD), and how to agree."""
    intent, cell = lost.intent, work.cell
    what = f"the media of {intent.kind} {intent.number} of {intent.beat_id} ({intent.media_path})"
    if altered:
        return BlockedError(
            "media_missing",
            f"{what} is not the file that was fetched",
            cure="restore the file from a backup, or delete it and run again to fetch it again; "
            "it is not paid for again unasked",
        )
    price = f"at most {show(usd)}" if usd is not None else "an unknown price"
    return BlockedError(
        "media_missing",
        f"{what} is gone, and the provider no longer has it; making it again costs {price}",
        cure="restore the file from a backup, or agree to pay for it again: "
        f"recoil run {cell.episode} --recover {cell.batch}; it is not paid for again unasked",
    )
