"""What retries may cost, and what they have cost so far."""

from dataclasses import dataclass
from decimal import Decimal

from pydantic import Field

from recoil_assets.domain.money import ZERO, Usd
from recoil_assets.domain.retry.change import RequestChange
from recoil_assets.domain.retry.softening import Softening
from recoil_assets.domain.value import Value


class RetryCostPolicy(Value):
    """Limits of what is spent on retries, USD, beside the caps that bind every attempt.

    Attributes:
        warn_usd: from here on a beat's retries are warned of.
        beat_usd, episode_usd: the most that retries of one beat's request, or of an episode, may cost.
        person_usd: what somebody's time is worth who looks at a beat: above it a success by retrying is not
            expected to be cheaper.
    """

    warn_usd: Usd = Field(default=Decimal(5), ge=0)
    beat_usd: Usd = Field(default=Decimal(15), ge=0)
    episode_usd: Usd = Field(default=Decimal(60), ge=0)
    person_usd: Usd = Field(default=Decimal(25), gt=0)


class RetrySettings(RetryCostPolicy):
    """``[retry]`` as it is written.

    Attributes:
        enabled: whether a retry is changed by what failed; off, a failed request is sent again as it was, and only
            ``max_takes`` and the caps bind it.
    """

    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What binds a beat's retries.

    Attributes:
        max_takes: attempts that the request may have, the first one included.
    """

    cost: RetryCostPolicy
    max_takes: int
    softening: Softening


@dataclass(frozen=True, slots=True)
class Tried:
    """What was done for one basis so far, across runs.

    Attributes:
        changes: the changes in effect for the last attempt, oldest first; empty before the first retry.
        takes: attempts that were really sent.
    """

    changes: tuple[RequestChange, ...] = ()
    takes: int = 1


@dataclass(frozen=True, slots=True)
class RetrySpend:
    """What retries have cost, USD: charged, or held for attempts whose cost is not known yet."""

    beat_usd: Decimal = ZERO
    episode_usd: Decimal = ZERO
