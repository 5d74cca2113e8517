"""Ports that say what is about to happen: for tests of order, and for power cuts at a chosen step."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from recoil_assets.production.studio import Studio

CHANGES = {
    "journal": ("open", "record", "make_room"),
    "ledger": ("reserve", "charge", "release"),
    "media": ("publish",),
    "primaries": ("choose",),
    "boards": ("attach",),
    "scenes": ("derive", "mark_derived"),
    "provider": ("prepare", "submit", "poll", "fetch"),
    "ops_log": (),
}
"""The calls that are steps: those that change something here, or at the provider."""


class PowerCutError(BaseException):
    """The process is gone: nothing catches this, and nothing works after it."""


@dataclass
class Watch:
    """Sees every step before it is taken.

    Attributes:
        cut_at: the power is cut before the ``cut_on``-th step of that name.
        look: called with the name of every step that changes something, before it is taken.
        seen: called with that name once the step was taken.
    """

    cut_at: str = ""
    cut_on: int = 1
    look: Callable[[str], None] | None = None
    seen: Callable[[str], None] | None = None
    steps: list[str] = field(default_factory=list)
    dead: bool = False

    def refit(self, studio: Studio) -> Studio:
        """``studio`` with every port watched that changes something."""
        watched = {name: Watched(getattr(studio, name), name, self) for name in CHANGES if name != "provider"}
        providers = {name: Watched(provider, "provider", self) for name, provider in studio.providers.items()}
        return replace(studio, providers=providers, **watched)

    def about_to(self, step: str) -> None:
        if self.dead:
            raise PowerCutError(step)
        self.steps.append(step)
        if step == self.cut_at and self.steps.count(step) == self.cut_on:
            self.dead = True
            raise PowerCutError(step)
        if self.look is not None:
            self.look(step)

    def took(self, step: str) -> None:
        if self.seen is not None:
            self.seen(step)


class Watched:
    """A port whose every step is seen first."""

    def __init__(self, port: Any, name: str, watch: Watch) -> None:
        self._port, self._name, self._watch = port, name, watch

    def __getattr__(self, method: str) -> Any:
        target = getattr(self._port, method)
        if self._watch.dead:
            raise PowerCutError(method)
        if method not in CHANGES[self._name]:
            return target
        if inspect.iscoroutinefunction(target):

            async def call_soon(*args: Any, **kwargs: Any) -> Any:
                step = self._step(method, args)
                self._watch.about_to(step)
                answer = await target(*args, **kwargs)
                self._watch.took(step)
                return answer

            return call_soon

        def call(*args: Any, **kwargs: Any) -> Any:
            step = self._step(method, args)
            self._watch.about_to(step)
            answer = target(*args, **kwargs)
            self._watch.took(step)
            return answer

        return call

    def _step(self, method: str, args: tuple[Any, ...]) -> str:
        state = f" {args[1].state}" if (self._name, method) == ("journal", "record") else ""
        return f"{self._name}.{method}{state}"
