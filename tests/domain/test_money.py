import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.money import LARGEST, Usd, show, upper_bound, usd

amounts = st.decimals("0", "1000000", allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("make", [usd, upper_bound])
@pytest.mark.parametrize(
    "amount",
    [
        -1,
        "-0.000001",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "1000000.000001",
        "1e30",
        "",
        "ten",
        "$5",
        "1,5",
        "0x10",
        "1e9999999999999999999",
        None,
        True,
        0.1,
        math.nan,
        math.inf,
        b"1",
        [0, (1,), 0],
    ],
)
def test_what_no_honest_price_is_is_refused(make: Any, amount: Any) -> None:
    with pytest.raises(UsageError, match="is not an amount of money") as refused:
        make(amount)
    assert refused.value.cure


@pytest.mark.parametrize("amount", ["-1", "NaN", "sNaN", "Infinity", "1000000.000001"])
def test_a_field_of_money_refuses_it_too_and_holds_what_it_takes_in_one_spelling(amount: str) -> None:
    money = TypeAdapter[Decimal](Usd)
    with pytest.raises(ValidationError):
        money.validate_python(Decimal(amount))
    assert {str(money.validate_python(Decimal(text))) for text in ("5", "5.00", "5E+0")} == {"5.000000"}


@given(amounts)
def test_dollars_have_six_places_and_are_off_by_half_the_last_at_most(amount: Decimal) -> None:
    rounded = usd(amount)
    assert rounded.as_tuple().exponent == -6
    assert abs(rounded - amount) <= Decimal("0.0000005")


@given(amounts)
def test_an_upper_bound_is_never_below_the_amount_and_less_than_a_millionth_above(amount: Decimal) -> None:
    bound = upper_bound(amount)
    assert bound.as_tuple().exponent == -6
    assert 0 <= bound - amount < Decimal("0.000001")


@pytest.mark.parametrize(
    ("amount", "nearest", "bound"),
    [
        ("0.0000005", "0.000000", "0.000001"),
        ("0.0000015", "0.000002", "0.000002"),
        ("0.0000025", "0.000002", "0.000003"),
        ("1e-400", "0.000000", "0.000001"),
        (0, "0.000000", "0.000000"),
        ("-0", "0.000000", "0.000000"),
        (Decimal("-0.0"), "0.000000", "0.000000"),
        (1_000_000, "1000000.000000", "1000000.000000"),
    ],
)
def test_amounts_are_rounded_half_even_and_bounds_up(amount: Any, nearest: str, bound: str) -> None:
    assert str(usd(amount)) == nearest
    assert str(upper_bound(amount)) == bound


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("0.000000", "$0.00"),
        ("1.2", "$1.20"),
        ("1.200000", "$1.20"),
        ("10", "$10.00"),
        ("100.000000", "$100.00"),
        ("1234.5", "$1,234.50"),
        ("1000000", "$1,000,000.00"),
        ("0.0042", "$0.0042"),
        ("0.004200", "$0.0042"),
        ("0.000001", "$0.000001"),
        ("1234.567800", "$1,234.5678"),
    ],
)
def test_an_amount_is_shown_with_cents_or_with_the_places_it_needs(amount: str, shown: str) -> None:
    assert show(Decimal(amount)) == shown


@given(amounts.map(usd))
def test_what_is_shown_is_the_amount_to_the_last_place(amount: Decimal) -> None:
    shown = show(amount)
    assert Decimal(shown.removeprefix("$").replace(",", "")) == amount
    assert "E" not in shown


def test_the_largest_amount_is_a_million() -> None:
    assert usd(LARGEST) == LARGEST == 1_000_000
