"""Progress of long work: a bar that follows a run's own events."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

_LOOK_EVERY_S = 0.4


class Progress:
    """Shows runs as they go on ``console``; says nothing where it is not a terminal, or was told to be quiet."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet or not console.is_terminal

    @contextmanager
    def following(self, label: str, expected: int, made: Callable[[], int]) -> Iterator[None]:
        """Follow a run while the body executes it: ``made`` says how many of the ``expected`` results there are."""
        if self._quiet:
            yield
            return
        done = threading.Event()
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with RichProgress(*columns, console=self._console) as bar:
            task = bar.add_task(label, total=expected)

            def follow() -> None:
                while not done.wait(_LOOK_EVERY_S):
                    bar.update(task, completed=made())

            thread = threading.Thread(target=follow, daemon=True)
            thread.start()
            try:
                yield
            finally:
                done.set()
                thread.join()
                bar.update(task, completed=made())
