"""A plan as it is written: which fields look misspelt, where a shot is, and on which line a JSON path is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json import JSONDecoder
from typing import Any

from recoil_assets.domain.errors import Problem
from recoil_assets.domain.plan import CAST_FIELDS, DIALOGUE_FIELDS, PLAN_FIELDS, SHOT_FIELDS
from recoil_assets.domain.spelling import nearest

_SPACE = " \t\n\r"
_value_at = JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class PlanText:
    """A plan's text beside what it says.

    Attributes:
        text: valid JSON.
        document: the same, parsed.
    """

    text: str
    document: Any

    def line_of(self, path: str) -> int:
        """The line, from 1, of a JSON path; of what would hold it, where it is not there."""
        return self.text.count("\n", 0, _offset_of(self.text, path.removeprefix("$"))) + 1

    def shots(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(JSON path, shot) of every shot that is an object, in either form of a plan."""
        plan = self.document if isinstance(self.document, dict) else {}
        yield from _objects(plan.get("shots"), "$.shots")
        sequences = plan.get("sequences")
        for name, sequence in sequences.items() if isinstance(sequences, dict) else ():
            shots = sequence.get("shots") if isinstance(sequence, dict) else None
            yield from _objects(shots, f"$.sequences.{name}.shots")

    def misspelt(self) -> Iterator[Problem]:
        """Fields that Recoil does not know and that are written almost like one it reads.

        They are no fault of the plan: whatever it adds is kept and is part of its digest.
        """
        if isinstance(self.document, dict):
            yield from self._misspelt_in(self.document, "$", PLAN_FIELDS)
        for path, shot in self.shots():
            yield from self._misspelt_in(shot, path, SHOT_FIELDS)
            for name, fields in (("characters", CAST_FIELDS), ("dialogue", DIALOGUE_FIELDS)):
                for place, item in _objects(shot.get(name), f"{path}.{name}"):
                    yield from self._misspelt_in(item, place, fields)

    def _misspelt_in(self, item: Mapping[str, Any], path: str, known: frozenset[str]) -> Iterator[Problem]:
        for name in item:
            meant = "" if name in known else nearest(name, known - item.keys())
            if meant:
                place = f"{path}.{name}"
                yield Problem(place, f"did you mean {meant!r}? Nothing reads {name!r}", self.line_of(place))


def _objects(items: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401  parsed JSON
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield f"{path}[{index}]", item


def _offset_of(text: str, steps: str) -> int:
    """Where in ``text`` the value or the field of ``steps`` begins: what of a path follows ``$``."""
    found = at = _past_space(text, 0)
    while steps:
        inside = _step_into(text, at, steps)
        if inside is None:
            break
        found, at, steps = inside
    return found


def _step_into(text: str, at: int, steps: str) -> tuple[int, int, str] | None:
    """One step: (offset of the field or item, offset of its value, the steps that are left), or None."""
    members = _members(text, at) if text[at] in "{[" else ()
    taken = [
        (len(step), start, value)
        for step, start, value in members
        if steps.startswith(step) and steps[len(step) : len(step) + 1] in ("", ".", "[")
    ]
    if not taken:
        return None
    length, start, value = max(taken)
    return start, value, steps[length:]


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """(step, offset, offset of the value) of everything in the object or list at ``at``."""
    is_object = text[at] == "{"
    at, count = _past_space(text, at + 1), 0
    while text[at] not in "}]":
        start, step = at, f"[{count}]"
        if is_object:
            name, at = _value_at(text, at)
            step, at = f".{name}", _past_space(text, _past_space(text, at) + 1)
        yield step, start, at
        at = _past_space(text, _value_at(text, at)[1])
        at, count = (_past_space(text, at + 1) if text[at] == "," else at), count + 1


def _past_space(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at
