"""What a strategy looks at: the failure, the request as it was last sent, and what can be had instead."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from recoil_assets.domain.diagnosis.mode import Failure
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.change import RequestChange, StrategyName
from recoil_assets.domain.retry.softening import Softening
from recoil_assets.domain.value import Value


class Offer(Value):
    """A model that could be asked, as price book and provider describe it.

    Attributes:
        most_references: most reference images one request takes.
        honours: request fields it acts on, by the names of the provider's capabilities.
        shortest_s, longest_s: lengths it makes, whole seconds.
    """

    model: str
    modalities: frozenset[str]
    most_references: int
    honours: frozenset[str] = frozenset()
    shortest_s: int = 1
    longest_s: int = 15


class Rung(Value):
    """A step of a ladder of tiers: a model, and the tier it is asked for."""

    model: str
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Quotes:
    """What can be asked for, and what it costs.

    Attributes:
        ladders: tiers of one model, or models that are tiers of each other, simplest first.
        price: the upper bound of a request, USD; None where the model can not make it or nobody knows.
    """

    offers: tuple[Offer, ...]
    ladders: tuple[tuple[Rung, ...], ...]
    price: Callable[[GenerationRequest], Decimal | None]

    def offer(self, model: str) -> Offer | None:
        """The offer of a model, or ``None``."""
        return next((offer for offer in self.offers if offer.model == model), None)


@dataclass(frozen=True)
class Case:
    """One failure of one beat.

    Attributes:
        base: the request before any change; its digest is the basis.
        tried: the changes that are in effect already, oldest first.
    """

    failure: Failure
    base: GenerationRequest
    tried: tuple[RequestChange, ...]
    quotes: Quotes
    softening: Softening

    @cached_property
    def sent(self) -> tuple[GenerationRequest, ...]:
        """Every request that was sent for this basis, oldest first: the base, then with each change more."""
        requests = [self.base]
        for change in self.tried:
            requests.append(change.apply(requests[-1]))
        return tuple(requests)

    @property
    def request(self) -> GenerationRequest:
        """The request that failed."""
        return self.sent[-1]

    @property
    def offer(self) -> Offer | None:
        """The offer of the model that failed."""
        return self.quotes.offer(self.request.model)

    def times(self, *strategies: StrategyName) -> int:
        """How often any of these strategies was tried."""
        return sum(1 for change in self.tried if change.strategy in strategies)
