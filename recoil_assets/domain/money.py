"""Money: US dollars as ``Decimal`` with six places. Floats never touch it."""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator

from recoil_assets.domain.errors import UsageError

SIX_PLACES = Decimal("0.000001")
ZERO = Decimal("0.000000")
LARGEST = Decimal(1_000_000)


def usd(amount: Decimal | int | str) -> Decimal:
    """``amount`` in USD, rounded half-even to six places.

    Raises:
        UsageError: not a number, a float, negative, infinite, or above one million: no honest price is.
    """
    return _checked(amount).quantize(SIX_PLACES, rounding=ROUND_HALF_EVEN)


def upper_bound(amount: Decimal | int | str) -> Decimal:
    """``amount`` rounded **up** to six places: an estimate may be high, never low."""
    return _checked(amount).quantize(SIX_PLACES, rounding=ROUND_CEILING)


def show(amount: Decimal) -> str:
    """``amount`` as people read it: ``$1.20``, ``-$1.20``, or with the places it needs below a cent: ``$0.0042``."""
    if amount < 0:
        return f"-{show(-amount)}"
    cents = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    return f"${cents:,}" if cents == amount else f"${amount.normalize():,f}"


def _as_field(amount: Decimal) -> Decimal:
    try:
        return usd(amount)
    except UsageError as error:
        raise ValueError(error.message) from error


Usd = Annotated[Decimal, AfterValidator(_as_field)]
"""A field of USD: six places, so that the same money written two ways is one value with one digest."""


def _checked(amount: Decimal | int | str) -> Decimal:
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str):
        raise UsageError(
            f"{amount!r} is not an amount of money",
            cure="write a plain number of dollars, as text or Decimal",
        )
    try:
        number = Decimal(amount)
    except InvalidOperation as error:
        raise UsageError(
            f"{amount!r} is not an amount of money", cure="write a plain number of dollars"
        ) from error
    if not number.is_finite() or number < 0 or number > LARGEST:
        raise UsageError(f"{amount} is not an amount of money", cure="use a number from 0 to 1000000 dollars")
    return number.copy_abs()  # -0 is 0
