"""The Protocol of a strategy, and what those that change a request have in common."""

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import ClassVar, Protocol

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.case import Case
from recoil_assets.domain.retry.change import CostTier, RequestChange, Step, StrategyName
from recoil_assets.domain.retry.odds import DEFAULT_ODDS, symptom_of
from recoil_assets.domain.value import Value


class Handover(Value):
    """What a person is asked to decide; nothing is changed or sent.

    Attributes:
        shots: for a split, the shot ids of each part: what the candidate version would be made of.
    """

    strategy: StrategyName
    asks: str
    shots: tuple[tuple[str, ...], ...] = ()


class Strategy(Protocol):
    """One thing that may be tried after a failure. Pure: the same case gives the same answer."""

    @property
    def name(self) -> StrategyName:
        """What it is called on takes, in the log and in odds."""
        ...

    @property
    def cost_tier(self) -> CostTier:
        """What it costs beside the attempt before it."""
        ...

    def applies(self, case: Case) -> bool:
        """Whether it is meant for this failure, can be done to this request, and was not tried out yet."""
        ...

    def diff(self, case: Case) -> RequestChange | Handover:
        """What it would do; asked only where it applies."""
        ...

    def estimate(self, case: Case) -> Decimal | None:
        """The upper bound of the attempt it would make, USD; None where nothing would be sent or none is known."""
        ...


class RequestStrategy(ABC):
    """A strategy that changes the request.

    Attributes:
        most: how often it may be in effect for one basis.
        excluded_by: strategies that it would take back.
    """

    name: ClassVar[StrategyName]
    cost_tier: ClassVar[CostTier]
    most: ClassVar[int] = 1
    excluded_by: ClassVar[tuple[StrategyName, ...]] = ()

    @abstractmethod
    def steps(self, case: Case) -> tuple[Step, ...] | None:
        """What to set; None where there is nothing of the kind to change."""

    def applies(self, case: Case) -> bool:
        """See ``Strategy``. A request that was sent already is not sent again under another name."""
        if self.name not in DEFAULT_ODDS[symptom_of(case.failure)] or case.times(self.name) >= self.most:
            return False
        if case.times(*self.excluded_by):
            return False
        changed = self.changed(case)
        return changed is not None and self._is_new(case, changed) and self.estimate(case) is not None

    def diff(self, case: Case) -> RequestChange:
        """See ``Strategy``."""
        return RequestChange(strategy=self.name, cost_tier=self.cost_tier, steps=self.steps(case) or ())

    def estimate(self, case: Case) -> Decimal | None:
        """See ``Strategy``: the price of the request as it would be sent."""
        changed = self.changed(case)
        return None if changed is None else case.quotes.price(changed)

    def changed(self, case: Case) -> GenerationRequest | None:
        """The request it would send; None where there is nothing of the kind to change."""
        steps = self.steps(case)
        if steps is None:
            return None
        return RequestChange(strategy=self.name, cost_tier=self.cost_tier, steps=steps).apply(case.request)

    def _is_new(self, case: Case, changed: GenerationRequest) -> bool:
        return changed not in case.sent
