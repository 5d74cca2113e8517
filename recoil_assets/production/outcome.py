"""What a stage did with a cell, and the facts it shows about it. Knows nothing of how they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from recoil_assets.domain.cell import Cell


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to be shown: a small WebP, and where the whole one is."""

    webp: bytes
    path: Path
    caption: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the same columns."""

    rows: tuple[Mapping[str, str | int | float | bool | None], ...]


Fact: TypeAlias = str | int | float | bool | Decimal | Path | Picture | Table
Facts: TypeAlias = Mapping[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Materialised:
    """The stage has a result for the cell.

    Attributes:
        data_version: what the result is, as a digest or a named state.
        consumed: data version of every upstream it was made from, by stage name.
        awaits: what somebody should see to, although there is a result; empty where nothing.
    """

    cell: Cell
    stage: str
    data_version: str
    consumed: Mapping[str, str]
    facts: Facts = field(default_factory=dict)
    awaits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A person is awaited. Not an error; nothing was materialised."""

    cell: Cell
    stage: str
    reason: str
    message: str
    cure: str = ""
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """Money is uncertain, or a result is still at the provider. Nothing was materialised."""

    cell: Cell
    stage: str
    message: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The stage failed for the cell; ``cause`` is kept for the log.

    Attributes:
        facts: what a person needs who takes it from here; empty where nothing was handed over.
    """

    cell: Cell
    stage: str
    message: str
    cure: str
    cause: BaseException | None = None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Displaced:
    """The stage has no result, and its last record is no longer what the cell has: it must not read as fresh.

    Attributes:
        data_version: what the cell has instead, as a digest.
        facts: the same, to be shown.
    """

    cell: Cell
    stage: str
    data_version: str
    facts: Facts = field(default_factory=dict)


Ending: TypeAlias = Materialised | Blocked | Unsettled | Failed
Outcome: TypeAlias = Ending | Displaced
"""What a run says of a cell: how each of its stages ended, and before a stage without a result what was displaced."""
