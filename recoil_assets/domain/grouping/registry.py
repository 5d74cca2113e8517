"""The registry of grouping strategies."""

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.grouping.continuity import Continuity
from recoil_assets.domain.grouping.coverage import Coverage
from recoil_assets.domain.grouping.group import Grouping
from recoil_assets.domain.grouping.oner import Oner
from recoil_assets.domain.grouping.solo import Solo

_GROUPINGS: dict[str, Grouping] = {
    grouping.name: grouping for grouping in (Continuity(), Coverage(), Oner(), Solo())
}


def grouping_names() -> tuple[str, ...]:
    """The names a plan can be grouped by."""
    return tuple(_GROUPINGS)


def grouping_named(name: str) -> Grouping:
    """The strategy of that name; ``UsageError`` with the list of names where there is none."""
    try:
        return _GROUPINGS[name]
    except KeyError:
        raise UsageError(f"{name!r} is not a grouping", cure=f"use one of {', '.join(_GROUPINGS)}") from None
