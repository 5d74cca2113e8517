from decimal import Decimal

import pytest

from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.ledger import Balance, CapReachedError, Caps


def refusal(
    limit: str = "10", *, spent: str = "6", reserved: str = "3", estimate: str = "1.5"
) -> CapReachedError:
    return CapReachedError(
        "episode",
        estimate=Decimal(estimate),
        balance=Balance(spent=Decimal(spent), reserved=Decimal(reserved)),
        limit=Decimal(limit),
    )


@pytest.mark.parametrize("amount", ["$10.00", "$1.50", "$6.00", "$3.00", "room for $1.00"])
def test_a_refusal_at_a_cap_carries_limit_estimate_spent_held_and_room(amount: str) -> None:
    assert amount in refusal().message


def test_a_refusal_at_a_cap_is_blocked_not_broken_and_names_its_setting() -> None:
    error = refusal()
    assert isinstance(error, BlockedError)
    assert (error.reason, error.exit_code, error.cap) == ("cap_reached", 3, "episode")
    assert "episode_usd under [caps]" in error.cure


def test_a_cap_that_was_lowered_below_what_is_spent_has_no_room_and_no_negative_room() -> None:
    assert "room for $0.00" in refusal("5").message


def test_held_money_counts_like_spent_money() -> None:
    assert Balance(spent=Decimal("6.10"), reserved=Decimal("3.05")).committed == Decimal("9.15")


def test_only_caps_that_are_set_are_limits_and_zero_is_set() -> None:
    assert Caps().limits() == ()
    assert Caps(run_usd=Decimal(0), day_usd=Decimal(9)).limits() == (("run", Decimal(0)), ("day", Decimal(9)))
    every = Caps(run_usd=Decimal(1), episode_usd=Decimal(2), project_usd=Decimal(3), day_usd=Decimal(4))
    assert [name for name, _ in every.limits()] == ["run", "episode", "project", "day"]
