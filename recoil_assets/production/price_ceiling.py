"""The price ceiling of an approval: one more cap, on everything that is made on the strength of it."""

from collections.abc import Iterator
from decimal import Decimal

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptKind
from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.scene import SceneBody
from recoil_assets.production.gates import view_board
from recoil_assets.production.spending import spend_lines
from recoil_assets.production.studio import Studio


def check_price_ceiling(studio: Studio, body: SceneBody, intent: AttemptIntent) -> None:
    """Refuse what would pass the ceiling of the approval it is made on.

    All that was ever spent or is held on the approved board counts, takes and finishes, as it is booked now: of every
    beat that has its shots, whole or in parts. Each attempt holds its estimate from its intent on and is looked at
    again after that, so of two parts that are sent at once none passes unseen.

    Raises:
        BlockedError: ``price_ceiling_reached``.
        LedgerError, LedgerBusyError: the ledger can not be read now.
    """
    review = view_board(studio, body).review
    if review is None or review.price_ceiling_usd is None or review.board_digest != intent.board_digest:
        return
    committed = _committed(studio, intent)
    if committed + intent.estimate_usd > review.price_ceiling_usd:
        raise BlockedError(
            "price_ceiling_reached",
            f"the board of {body.episode} {body.batch} was approved for {show(review.price_ceiling_usd)}, of "
            f"which {show(committed)} is spent or held; the attempt may cost {show(intent.estimate_usd)}",
            cure="approve the board again with a higher --price-ceiling, or choose a cheaper model",
        )


def _committed(studio: Studio, intent: AttemptIntent) -> Decimal:
    """What every other attempt on the same board cost or holds, USD: what the ledger does not know, by the journal."""
    booked = {
        line.attempt_id: line.spent + line.held
        for line in spend_lines(studio.ledger.entries(episode=intent.episode))
    }
    others = (
        attempt
        for attempt in _made_of(studio, intent.episode)
        if attempt.intent.board_digest == intent.board_digest and attempt.attempt_id != intent.attempt_id
    )
    return sum(
        (
            booked.get(item.attempt_id, item.intent.estimate_usd if item.is_open else item.cost_usd)
            for item in others
        ),
        ZERO,
    )


def _made_of(studio: Studio, episode: str) -> Iterator[Attempt]:
    """Every attempt at a take or a finish of the episode."""
    named = [attempt_id.split(".") for attempt_id in studio.journal.ids()]
    kinds: tuple[AttemptKind, ...] = ("take", "finish")
    for kind in kinds:
        shot_sets = {shot_set for of, its_kind, shot_set, _ in named if (of, its_kind) == (episode, kind)}
        for shot_set in sorted(shot_sets):
            yield from studio.journal.attempts(episode, kind, shot_set)
