"""What can be asked for instead: every model that is set up here, by the word of price book and adapter."""

from decimal import Decimal

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.price import ModelRate
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.case import Offer, Quotes
from recoil_assets.production.studio import Studio


def quotes_of(studio: Studio) -> Quotes:
    """The offers, ladders and prices that retries choose from."""
    offers = (_offer(studio, rate) for rate in studio.price_book.rates)
    return Quotes(
        offers=tuple(offer for offer in offers if offer is not None),
        ladders=studio.ladders,
        price=lambda request: price_of(studio, request),
    )


def price_of(studio: Studio, request: GenerationRequest) -> Decimal | None:
    """The upper bound of a request, USD; None where its model can not make it, is not set up, or has no known rate."""
    rate = studio.price_book.rate(request.model)
    provider = studio.providers.get(rate.provider) if rate else None
    if rate is None or provider is None or provider.fit(request).refusal:
        return None
    return studio.estimate(request, rate).usd


def _offer(studio: Studio, rate: ModelRate) -> Offer | None:
    provider = studio.providers.get(rate.provider)
    if provider is None:
        return None
    try:
        capabilities = provider.capabilities(rate.model)
    except UsageError:  # the book lists it, and the adapter that is set up here does not have it
        return None
    return Offer(
        model=rate.model,
        modalities=frozenset(rate.modalities) & capabilities.modalities,
        most_references=capabilities.max_references,
        honours=capabilities.honours,
        shortest_s=rate.shortest_s,
        longest_s=rate.longest_s,
    )
