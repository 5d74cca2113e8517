"""What a provider brings to be used by Recoil: the same for those that ship with it and for third parties."""

from collections.abc import Callable
from dataclasses import dataclass

from recoil_assets.domain.price import ModelRate
from recoil_assets.production.ports import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPlugin:
    """A provider that can be used where it is set up. A package names it under the entry points ``recoil.providers``.

    Attributes:
        name: the provider's name, in price books and in what is kept of a take. The entry point has the same.
        open: the adapter as the environment sets it up; ``None`` where it is not set up here. It may raise a
            ``RecoilError`` that says what is wrong with the setting up.
        rates: what its models cost. A model without a rate can not be chosen.
        setting_up: what a person does to set it up, one sentence; empty where nothing has to be done.
    """

    name: str
    open: Callable[[], Provider | None]
    rates: tuple[ModelRate, ...] = ()
    setting_up: str = ""
