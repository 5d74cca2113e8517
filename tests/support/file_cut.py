"""The power is cut before a chosen file operation of this process; nothing is written or named after it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.watched import PowerCutError

OPERATIONS = ("open", "fsync", "link", "replace", "unlink", "mkdir")
"""What ``os`` changes files by. Descriptors are closed as ever: death closes them too."""


@dataclass
class FileCut:
    """``left`` file operations are carried out, and then none."""

    left: int

    @property
    def happened(self) -> bool:
        return self.left < 0

    def before(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.happened:
                raise PowerCutError(operation.__name__)
            return operation(*args, **kwargs)

        return call


@contextmanager
def power_cut_after(operations: int) -> Iterator[FileCut]:
    """Cut the power after so many file operations of the body; whatever it was doing ends there."""
    cut = FileCut(operations)
    with pytest.MonkeyPatch.context() as patch:
        for name in OPERATIONS:
            patch.setattr(os, name, cut.before(getattr(os, name)))
        try:
            yield cut
        except PowerCutError:
            assert cut.happened
