"""A clock that is some hours ahead, or behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from recoil_assets.production.studio import Studio


class LaterClock:
    """The studio's clock, some hours on."""

    def __init__(self, clock: Any, hours: float) -> None:
        self._clock, self.shift = clock, timedelta(hours=hours)

    def now(self) -> str:
        shifted = datetime.fromisoformat(self._clock.now()) + self.shift
        return shifted.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def today(self) -> str:
        return self.now()[:10]


def later(hours: float) -> Callable[[Studio], Studio]:
    return lambda studio: replace(studio, clock=LaterClock(studio.clock, hours))
