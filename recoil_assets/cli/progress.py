"""Progress of long work: a line for every result of a run, and on a terminal a bar beneath them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

_LOOK_EVERY_S = 0.4

Made = Callable[[], Sequence[str]]
"""Says what a run has made so far, a few words each, in the order it was made."""


class Progress:
    """Tells on ``console`` how runs go on; says nothing where it was told to be quiet."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet

    @contextmanager
    def following(self, label: str, expected: int, made: Made) -> Iterator[None]:
        """Follow a run while the body executes it, until it has made the ``expected`` number of results.

        Where ``console`` is no terminal, lines are all there is: no bar, and nothing that moves a cursor.
        """
        if self._quiet:
            yield
            return
        if not self._console.is_terminal:
            self._console.print(label)
            with _told(made, lambda text, count: self._console.print(f"  {text} ({_of(count, expected)})")):
                yield
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with RichProgress(*columns, console=self._console) as bar:
            task = bar.add_task(label, total=expected)

            def tell(text: str, count: int) -> None:
                bar.console.print(f"  {text}")
                bar.update(task, completed=count)

            with _told(made, tell):
                yield


def _of(count: int, expected: int) -> str:
    """How far a run is; it may make more than was expected: batches that a plan no longer has become void with it."""
    return f"{count} of {expected}" if count <= expected else f"{count}"


@contextmanager
def _told(made: Made, tell: Callable[[str, int], None]) -> Iterator[None]:
    """Tell every result once, with its number from 1, while the body runs; the last ones when it has ended."""
    done = threading.Event()
    told = 0

    def look() -> None:
        nonlocal told
        for text in made()[told:]:
            told += 1
            tell(text, told)

    def follow() -> None:
        while not done.wait(_LOOK_EVERY_S):
            look()

    thread = threading.Thread(target=follow, name="recoil-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        look()
