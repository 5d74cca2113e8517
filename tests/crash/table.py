"""What every kill came to, kept on pytest's reports (other processes make them) and shown as tables."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.crash.points import BOARD_POINTS, DETOURS, FINISH_POINTS, RECOVERED_TAKE_POINTS, TAKE_POINTS

PROPERTY = "crash"
FAILED = "FAILED"
MOMENTS = ("before", "after")
_STEPS = [
    point.name
    for point in (
        *RECOVERED_TAKE_POINTS,
        *TAKE_POINTS,
        *BOARD_POINTS,
        *FINISH_POINTS,
        *(detour.point for detour in DETOURS),
    )
]
_WIDTH = 160
_ABREAST = 5
"""Most columns of a table, so that every word of it can be read."""


@dataclass(frozen=True, slots=True)
class Note:
    """Keeps what a kill came to for the table."""

    record_property: Callable[[str, object], None]

    def __call__(self, where: str, what: str, conclude: Callable[[], str], *, moment: str = "") -> str:
        """What ``conclude`` comes to.

        Args:
            where: the durable step, or another scene.
            what: what was killed there, and how.
            moment: ``before`` or ``after`` the step, where there are both.
        """
        outcome = FAILED
        try:
            outcome = conclude()
        finally:
            self.record_property(PROPERTY, [where, what, moment, outcome])
        return outcome


def show(notes: Iterable[Sequence[str]]) -> None:
    """Print (where, what, moment, outcome) of every kill: the durable steps, and then every other scene."""
    places: defaultdict[str, defaultdict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for where, what, moment, outcome in notes:
        places[where][what].append((moment, outcome))
    steps = [step for step in dict.fromkeys(_STEPS) if step in places]
    columns = sorted({what for step in steps for what in places[step]})
    tables = []
    for first in range(0, len(columns), _ABREAST):
        some = columns[first : first + _ABREAST]
        tables.append(Table("killed before / after", *some))
        for step in (step for step in steps if set(some) & set(places[step])):
            tables[-1].add_row(step, *(_said(places[step][what]) for what in some))
    others = Table("other scenes", "came to")
    for where in sorted(set(places) - set(steps)):
        for what, outcomes in sorted(places[where].items()):
            others.add_row(f"{where}: {what}", _said(outcomes))
    console = Console(width=_WIDTH)
    for table in (*tables, others):
        if table.row_count:
            console.print(table)


def _said(outcomes: Sequence[tuple[str, str]]) -> str:
    """``done / unknown`` for before and after; ``31 done, 4 unknown`` for many scenes."""
    moments = dict(outcomes)
    if set(moments) <= set(MOMENTS):
        return " / ".join(moments.get(moment, "-") for moment in MOMENTS) if moments else ""
    words = [outcome for _, outcome in outcomes]
    if len(words) == 1:
        return words[0]
    return ", ".join(f"{words.count(word)} {word}" for word in sorted(set(words)))
