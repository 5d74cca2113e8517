"""The providers of this installation: those that ship with Recoil, and those that other packages bring.

A package that is broken, takes a name that is taken, or brings prices of models that are priced already is left
out with its reason. It never stops the others.
"""

import inspect
import logging
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.price import PriceBook
from recoil_assets.production.ports import Provider
from resources.price_book import shipped_price_book
from resources.providers.animatic.provider import AnimaticProvider
from resources.providers.fal.provider import open_fal
from resources.providers.flora.models import flora_rates
from resources.providers.flora.provider import open_flora
from resources.providers.plugin import ProviderPlugin

GROUP = "recoil.providers"
BUILT_IN = (
    ProviderPlugin(name="animatic", open=AnimaticProvider),
    ProviderPlugin(name="fal", open=open_fal, setting_up="set FAL_KEY"),
    ProviderPlugin(
        name="flora",
        open=open_flora,
        rates=flora_rates(),
        setting_up="set FLORA_API_KEY, FLORA_WORKSPACE_ID and FLORA_PROJECT_ID",
    ),
)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_REQUIRED = sorted(name for name in {*vars(Provider), *Provider.__annotations__} if not name.startswith("_"))
_LOGGER = logging.getLogger("recoil")


@dataclass(frozen=True, slots=True)
class PluginFault:
    """A provider that is left out.

    Attributes:
        package: who brings it.
        what: what is wrong.
        cure: what to do about it.
    """

    name: str
    package: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"the provider {self.name!r} of {self.package} is not used: {self.what}\n  cure: {self.cure}"


@dataclass(frozen=True, slots=True)
class Installed:
    """The providers that can be used, and those that can not."""

    plugins: tuple[ProviderPlugin, ...]
    faults: tuple[PluginFault, ...]

    def price_book(self) -> PriceBook:
        """Every rate: those that ship with Recoil, then those the providers bring."""
        brought = (rate for plugin in self.plugins for rate in plugin.rates)
        return PriceBook(rates=(*shipped_price_book().rates, *brought))

    def open(self) -> "Opened":
        """The adapters that are set up here. One that can not be opened stops no other one."""
        providers: dict[str, Provider] = {}
        faults = list(self.faults)
        for plugin in self.plugins:
            try:
                provider = plugin.open()
            except RecoilError as error:
                faults.append(PluginFault(plugin.name, _package(plugin), error.message, error.cure))
            except (Exception, SystemExit) as error:  # noqa: BLE001  another package's code may raise anything
                what = f"it could not be opened ({type(error).__name__}: {error})"
                faults.append(PluginFault(plugin.name, _package(plugin), what, _REPORT))
            else:
                if provider is None:
                    continue
                if what := _not_a_provider(provider, plugin.name):
                    faults.append(PluginFault(plugin.name, _package(plugin), what, _REPORT))
                else:
                    providers[plugin.name] = provider
        return Opened(providers, tuple(faults))


@dataclass(frozen=True, slots=True)
class Opened:
    """The adapters by name, and what is left out."""

    providers: Mapping[str, Provider]
    faults: tuple[PluginFault, ...]


_REPORT = "tell the package's makers, or uninstall it"


def installed() -> Installed:
    """Look at what is installed."""
    entries = _entries(tuple(sys.path))
    taken = Counter(entry.name for entry in entries)
    plugins = list(BUILT_IN)
    faults: list[PluginFault] = []
    for entry in entries:
        found = _looked_at(entry, plugins, others=taken[entry.name] - 1)
        if isinstance(found, PluginFault):
            faults.append(found)
        else:
            plugins.append(found)
    return Installed(tuple(plugins), tuple(faults))


@cache
def _entries(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:  # noqa: ARG001  what is cached depends on it
    """What the packages on the path bring, by name. Looking takes a tenth of a second, so it is done once."""
    return tuple(sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)))


def open_installed() -> Mapping[str, Provider]:
    """The adapters that are set up here, by name; what is left out is logged with its cure."""
    opened = installed().open()
    for fault in opened.faults:
        _LOGGER.warning("%s", fault)
    return opened.providers


def _looked_at(
    entry: EntryPoint, plugins: Iterable[ProviderPlugin], *, others: int
) -> ProviderPlugin | PluginFault:
    """The plugin of an entry point, or what is wrong with it. Nothing is loaded whose name is taken."""
    package = f"the package {entry.dist.name}" if entry.dist else entry.value
    if any(plugin.name == entry.name for plugin in BUILT_IN):
        return PluginFault(entry.name, package, "Recoil has a provider of that name", _REPORT)
    if others:
        what = "another package brings a provider of that name"
        return PluginFault(entry.name, package, what, "uninstall all but one of them")
    try:
        plugin: object = entry.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001  another package's code may raise anything
        what = f"{entry.value} can not be loaded ({type(error).__name__}: {error})"
        return PluginFault(entry.name, package, what, _UPDATE)
    if not isinstance(plugin, ProviderPlugin):
        what = f"{entry.value} is a {type(plugin).__name__} and no ProviderPlugin"
        return PluginFault(entry.name, package, what, _UPDATE)
    if what := _fault_of_name(entry, plugin) or _fault_of_rates(plugin, plugins):
        return PluginFault(entry.name, package, what, _UPDATE)
    return plugin


def _fault_of_name(entry: EntryPoint, plugin: ProviderPlugin) -> str:
    if plugin.name != entry.name or not _NAME.fullmatch(entry.name):
        return f"it calls itself {plugin.name!r}; both names have to be the same word in small letters"
    return ""


_UPDATE = "install a version of it that fits this Recoil, or uninstall it"


def _fault_of_rates(plugin: ProviderPlugin, plugins: Iterable[ProviderPlugin]) -> str:
    """What is wrong with its prices; a model has one price, and a provider prices its own models alone."""
    priced = {rate.model for rate in shipped_price_book().rates}
    priced |= {rate.model for other in plugins for rate in other.rates}
    for rate in plugin.rates:
        if rate.provider != plugin.name:
            return f"it prices {rate.model!r}, a model of {rate.provider!r}"
        if rate.model in priced:
            return f"it prices {rate.model!r}, which has a price already"
        priced.add(rate.model)
    return ""


def _not_a_provider(provider: object, name: str) -> str:
    missing = [item for item in _REQUIRED if inspect.getattr_static(provider, item, None) is None]
    if missing:
        return f"what it opens is no provider: it has no {', '.join(missing)}"
    if getattr(provider, "name", "") != name:
        return f"what it opens calls itself {getattr(provider, 'name', '')!r}"
    return ""


def _package(plugin: ProviderPlugin) -> str:
    if plugin in BUILT_IN:
        return "Recoil"
    entry = next((entry for entry in _entries(tuple(sys.path)) if entry.name == plugin.name), None)
    return f"the package {entry.dist.name}" if entry and entry.dist else plugin.name
