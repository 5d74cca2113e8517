"""Chance that is the same every time: choices that follow from names, never from the clock or the process."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")

_RANGE = float(1 << 64)


class Chance:
    """A stream of choices derived from ``names``; equal names give the equal stream on every machine."""

    def __init__(self, *names: object) -> None:
        self._key = "\x1f".join(map(str, names)).encode()
        self._drawn = 0

    def fraction(self) -> float:
        """The next number in [0, 1)."""
        self._drawn += 1
        block = hashlib.sha256(self._key + self._drawn.to_bytes(4, "big")).digest()
        return int.from_bytes(block[:8], "big") / _RANGE

    def between(self, low: float, high: float) -> float:
        """The next number in [low, high)."""
        return low + (high - low) * self.fraction()

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of ``choices``."""
        return choices[int(self.fraction() * len(choices))]

    def happens(self, probability: float) -> bool:
        """Whether an event of that probability happens."""
        return self.fraction() < probability

    def side(self) -> int:
        """-1 for left, 1 for right."""
        return 1 if self.happens(0.5) else -1
