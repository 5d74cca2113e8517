"""Holding money for an attempt: the ledger's answer, and where a cap refuses, what would fit instead.

The ledger knows amounts, not prices: what a second costs, and which other model makes the same, is said here.
"""

from decimal import Decimal

from recoil_assets.domain.attempt import AttemptIntent
from recoil_assets.domain.ledger import CapReachedError, Caps
from recoil_assets.domain.money import show
from recoil_assets.domain.price import ModelRate
from recoil_assets.production.bookkeeping import booking_of
from recoil_assets.production.studio import Studio

_MOST_NAMED = 3


def hold(studio: Studio, intent: AttemptIntent, caps: Caps) -> None:
    """Reserve the estimate of ``intent`` under all ``caps``.

    Raises:
        CapReachedError: as ``Ledger.reserve``, and what would fit into the room that is left.
        LedgerError, LedgerBusyError: as ``Ledger.reserve``.
    """
    try:
        studio.ledger.reserve(booking_of(intent), intent.estimate_usd, caps)
    except CapReachedError as reached:
        raise reached.with_fits(what_fits(studio, intent, reached.room)) from reached


def what_fits(studio: Studio, intent: AttemptIntent, room: Decimal) -> str:
    """What could be made for ``room`` USD instead, in words: how many seconds, and which other models."""
    rate = studio.price_book.rate(intent.sent.model)
    length = _length_that_fits(rate, audio=intent.sent.audio, room=room) if rate else ""
    others = _models_that_fit(studio, intent, room)
    named = ", ".join(f"{model} ({show(usd)})" for model, usd in others[:_MOST_NAMED])
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    return "; ".join(part for part in (length, f"it would fit on {named}{more}" if named else "") if part)


def _length_that_fits(rate: ModelRate, *, audio: bool, room: Decimal) -> str:
    """How many whole seconds fit at this rate; empty where it has none."""
    per_second = rate.usd_with_audio if audio and rate.usd_with_audio is not None else rate.usd
    if rate.unit != "second" or not per_second:
        return ""
    seconds = min(int(room // per_second), rate.longest_s)
    if seconds < rate.shortest_s:
        return (
            f"no length of {rate.model} fits, whose shortest is {rate.shortest_s} s at {show(per_second)}/s"
        )
    return f"{seconds} s of {rate.model} would fit, at {show(per_second)}/s"


def _models_that_fit(studio: Studio, intent: AttemptIntent, room: Decimal) -> list[tuple[str, Decimal]]:
    """Models that are set up here and make the same for at most ``room``, the dearest first."""
    found = []
    for rate in studio.price_book.rates:
        if rate.model == intent.sent.model or rate.provider not in studio.providers:
            continue
        usd = studio.estimate(intent.sent, rate).usd
        if usd is not None and usd <= room:
            found.append((rate.model, usd))
    return sorted(found, key=lambda item: (-item[1], item[0]))
