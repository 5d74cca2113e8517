"""What somebody meant who wrote a name that does not exist."""

from collections.abc import Iterable
from difflib import SequenceMatcher

_ALIKE = 0.8
"""Least likeness, 0 to 1: ``discription`` is meant for ``description``; ``first_frame`` is a name of its own."""


def nearest(written: str, names: Iterable[str]) -> str:
    """The name that ``written`` was most likely meant for; empty where none is alike.

    Capitals, underscores and hyphens do not count: ``shotType`` is ``shot_type``.
    """
    likeness = {name: SequenceMatcher(None, _plain(written), _plain(name)).ratio() for name in names}
    best = max(likeness, key=lambda name: likeness[name], default="")
    return best if best and likeness[best] >= _ALIKE else ""


def did_you_mean(written: str, names: Iterable[str]) -> str:
    """The question to put behind a message: ``; did you mean 'description'?``, or nothing."""
    meant = nearest(written, names)
    return f"; did you mean {meant!r}?" if meant else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
