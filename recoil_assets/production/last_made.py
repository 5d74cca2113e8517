"""What was last made from what: so that a pure result is made again only where something it is made from changed."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LastMade(Generic[T]):
    """The last result, with everything it was made from; threads may ask at once, each for what it saw."""

    def __init__(self) -> None:
        self._made: tuple[object, T] | None = None

    def of(self, made_from: object, make: Callable[[], T]) -> T:
        """The result of ``make``, or the last one where that was made from the same.

        Args:
            made_from: all that the result depends on, compared by value.
        """
        last = self._made
        if last is None or last[0] != made_from:
            last = self._made = (made_from, make())
        return last[1]
