"""The plan: an episode's shots in story order, read from either of its two JSON forms.

Flat: ``{"shots": [...]}``. Legacy: ``{"sequences": {"SC01": {"shots": [...]}}}``. A plan is refused as a
whole, with every problem at its JSON path; it is never half-read.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from pydantic import Field

from recoil_assets.domain.cell import is_key
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import InvalidPlanError, Problem
from recoil_assets.domain.naming import LONGEST_SHOT_ID, is_shot_id
from recoil_assets.domain.shot import CastMember, DialogueLine, Shot, planned_length_s
from recoil_assets.domain.value import Value

LONGEST_SHOT_S = 60.0
DEEPEST_NESTING = 64
_CAST_FORMS = "a list of {'char_id': ID}, or of IDs"
_DIALOGUE_FORMS = "a text, or a list of {'char_id': WHO, 'text': WORDS}, or of texts"
_LARGEST_EXACT = 2**53  # above it, a float stands for several whole numbers
_CURE = "correct the plan file at these places; nothing was written"
_TEXT_FIELDS = (
    "sequence_id",
    "shot_type",
    "location_id",
    "video_model",
    "start_frame",
    "end_frame",
    "description",
    "source_text",
    "source_text_hash",
)
SHOT_FIELDS = frozenset({"shot_id", "id", "duration_s", "characters", "dialogue", *_TEXT_FIELDS})
PLAN_FIELDS = frozenset({"episode", "title", "logline", "shots", "sequences", "total_shots"})
CAST_FIELDS = frozenset({"char_id"})
DIALOGUE_FIELDS = frozenset({"text", "line", "char_id"})


class Plan(Value):
    """A valid plan.

    Attributes:
        shots: in story order; at least one, ids unique.
        raw: fields of the document that Recoil does not know, kept and part of the digest.
    """

    episode: str
    title: str = ""
    logline: str = ""
    shots: tuple[Shot, ...]
    raw: dict[str, Any] = Field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Digest of the canonical plan: the same for both JSON forms of the same content.

        The names of legacy sequences are content: a flat plan says them as each shot's ``sequence_id``. So
        are a sequence's own fields, which only the legacy form has a place for.
        """
        return digest_of(self)

    @property
    def duration_s(self) -> float:
        """Planned length of the episode, seconds."""
        return planned_length_s(self.shots)

    def shot(self, shot_id: str) -> Shot:
        """The shot with that id; ``KeyError`` where there is none."""
        return self._by_id()[shot_id]

    def _by_id(self) -> dict[str, Shot]:
        return {shot.shot_id: shot for shot in self.shots}


def read_plan(
    document: Any,  # noqa: ANN401  parsed JSON
    *,
    source: str,
    default_episode: str,
    line_of: Callable[[str], int] | None = None,
) -> Plan:
    """The plan in a parsed JSON ``document``.

    Args:
        document: what ``json.loads`` gave.
        source: what to call the document in messages, usually its path.
        default_episode: the episode key where the document names none, usually the file's stem.
        line_of: the line of a JSON path, from 1; None where ``document`` was never a text.

    Raises:
        InvalidPlanError: with every problem of the document, each at its JSON path.
    """
    reading = _Reading()
    plan = reading.plan(document, default_episode)
    if reading.problems or plan is None:
        problems = reading.problems
        if line_of is not None:
            problems = [replace(problem, line=line_of(problem.path)) for problem in problems]
        raise InvalidPlanError(f"plan {source}", problems, cure=_CURE)
    return plan


def refuse_plan(source: str, path: str, message: str) -> NoReturn:
    """Refuse a document that could not even be parsed."""
    raise InvalidPlanError(f"plan {source}", [Problem(path, message)], cure=_CURE)


@dataclass(slots=True)
class _Reading:
    """One pass over a document, collecting what is wrong with it."""

    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, message))

    def plan(self, document: Any, default_episode: str) -> Plan | None:  # noqa: ANN401  parsed JSON
        if not isinstance(document, dict):
            self.problem("$", f"a plan is a JSON object, not {_kind(document)}")
            return None
        episode = document.get("episode", default_episode)
        if not isinstance(episode, str) or not is_key(episode):
            self.problem(
                "$.episode", f"{episode!r} is not an episode key (1 to 32 letters, digits, underscores)"
            )
            episode = ""
        shots = [
            shot
            for path, raw, sequence in self.shot_documents(document)
            if (shot := self.shot(raw, path, sequence))
        ]
        self.total_shots(document)
        title, logline = self.text(document, "title", "$"), self.text(document, "logline", "$")
        self.unwritable(document)
        if self.problems:
            return None
        raw = _kept(document, PLAN_FIELDS)
        sequences = document.get("sequences")
        if isinstance(sequences, dict):
            extras = {name: _kept(sequence, {"shots"}) for name, sequence in sequences.items()}
            if kept := {name: extra for name, extra in extras.items() if extra}:
                raw["sequences"] = kept
        return Plan(episode=episode, title=title, logline=logline, shots=tuple(shots), raw=raw)

    def shot_documents(self, document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
        """(JSON path, shot object, sequence id) of every shot, in story order, ids checked for repeats."""
        seen: dict[str, str] = {}
        count = 0
        for path, raw, sequence in self.raw_shots(document):
            count += 1
            if not isinstance(raw, dict):
                self.problem(path, f"a shot is a JSON object, not {_kind(raw)}")
                continue
            name, shot_id = _named(raw)
            if isinstance(shot_id, str) and shot_id in seen:
                self.problem(f"{path}.{name}", f"{shot_id!r} is already the shot at {seen[shot_id]}")
            elif isinstance(shot_id, str):
                seen[shot_id] = path
            yield path, raw, sequence
        if not count and not self.problems:
            self.problem("$.shots", "the plan has no shots")

    def raw_shots(self, document: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
        flat, legacy = document.get("shots"), document.get("sequences")
        if flat is not None and legacy is not None:
            self.problem("$", "the plan has both 'shots' and 'sequences'; keep one")
        elif flat is not None:
            if not isinstance(flat, list):
                self.problem("$.shots", f"this is {_kind(flat)}; 'shots' has to be a list of shots")
                return
            for index, raw in enumerate(flat):
                yield f"$.shots[{index}]", raw, ""
        elif legacy is not None:
            yield from self.legacy_shots(legacy)
        else:
            self.problem("$", "the plan has neither 'shots' nor 'sequences'")

    def legacy_shots(self, sequences: Any) -> Iterator[tuple[str, Any, str]]:  # noqa: ANN401  parsed JSON
        if not isinstance(sequences, dict):
            self.problem(
                "$.sequences", f"this is {_kind(sequences)}; 'sequences' has to be an object of sequences"
            )
            return
        for name, sequence in sequences.items():
            shots = sequence.get("shots") if isinstance(sequence, dict) else None
            if not isinstance(shots, list):
                self.problem(f"$.sequences.{name}.shots", "a sequence has a list 'shots'")
                continue
            for index, raw in enumerate(shots):
                yield f"$.sequences.{name}.shots[{index}]", raw, name

    def shot(self, raw: dict[str, Any], path: str, sequence: str) -> Shot | None:
        before = len(self.problems)
        texts = {name: self.text(raw, name, path) for name in _TEXT_FIELDS}
        shot_id = self.shot_id(raw, path)
        duration_s = self.duration(raw, path)
        characters = self.characters(raw.get("characters"), path)
        dialogue = self.dialogue(raw.get("dialogue"), path)
        if len(self.problems) > before:
            return None
        texts["sequence_id"] = texts["sequence_id"] or sequence
        texts["shot_type"] = texts["shot_type"] or "MS"
        return Shot(
            shot_id=shot_id,
            duration_s=duration_s,
            characters=characters,
            dialogue=dialogue,
            raw=_kept(raw, SHOT_FIELDS),
            **texts,
        )

    def shot_id(self, raw: Mapping[str, Any], path: str) -> str:
        name, shot_id = _named(raw)
        if shot_id is None:
            self.problem(path, "the shot has neither 'shot_id' nor 'id'")
            return ""
        if not isinstance(shot_id, str) or not is_shot_id(shot_id):
            self.problem(
                f"{path}.{name}",
                f"{shot_id!r} is not a shot id "
                f"(up to {LONGEST_SHOT_ID} letters and digits, single underscores between)",
            )
            return ""
        return shot_id

    def duration(self, raw: Mapping[str, Any], path: str) -> float:
        value = raw.get("duration_s")
        if value is None:
            self.problem(f"{path}.duration_s", "the shot has no 'duration_s' (seconds)")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            self.problem(f"{path}.duration_s", f"a duration is a number of seconds, not {_kind(value)}")
        elif not 0 < value <= LONGEST_SHOT_S:
            self.problem(f"{path}.duration_s", f"{value} s is not between 0 and {LONGEST_SHOT_S:g} s")
        else:
            return float(value)
        return 0.0

    def characters(self, value: Any, path: str) -> tuple[CastMember, ...]:  # noqa: ANN401  parsed JSON
        members = []
        for index, item in enumerate(self.items(value, f"{path}.characters", _CAST_FORMS)):
            place = f"{path}.characters[{index}]"
            raw = {"char_id": item} if isinstance(item, str) else item
            char_id = raw.get("char_id") if isinstance(raw, dict) else None
            if not isinstance(char_id, str) or not is_key(char_id):
                self.problem(
                    f"{place}.char_id",
                    f"{char_id!r} is not a character id (1 to 32 letters, digits, underscores)",
                )
                continue
            members.append(CastMember(char_id=char_id, raw=_kept(raw, CAST_FIELDS)))
        return tuple(members)

    def dialogue(self, value: Any, path: str) -> tuple[DialogueLine, ...]:  # noqa: ANN401  parsed JSON
        if isinstance(value, str):
            return (DialogueLine(text=value),) if value else ()
        lines = []
        for index, item in enumerate(self.items(value, f"{path}.dialogue", _DIALOGUE_FORMS)):
            place = f"{path}.dialogue[{index}]"
            raw = {"text": item} if isinstance(item, str) else item
            words = "text" if isinstance(raw, dict) and "text" in raw else "line"
            text = raw.get(words) if isinstance(raw, dict) else None
            speaker = raw.get("char_id", "") if isinstance(raw, dict) else ""
            if not isinstance(text, str) or not isinstance(speaker, str):
                self.problem(place, f"this is no line of dialogue; 'dialogue' has to be {_DIALOGUE_FORMS}")
                continue
            lines.append(DialogueLine(text=text, char_id=speaker, raw=_kept(raw, {words, "char_id"})))
        return tuple(lines)

    def items(self, value: Any, path: str, wanted: str) -> list[Any]:  # noqa: ANN401  parsed JSON
        if value is None:
            return []
        if not isinstance(value, list):
            self.problem(path, f"this is {_kind(value)}; it has to be {wanted}")
            return []
        return value

    def text(self, raw: Mapping[str, Any], name: str, path: str) -> str:
        value = raw.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.problem(f"{path}.{name}", f"this is {_kind(value)}; it has to be a text")
            return ""
        return value

    def unwritable(self, document: Mapping[str, Any]) -> None:
        """Python reads JSON that no digest can be made of; what is already a problem is not said twice."""
        told = {problem.path for problem in self.problems}
        self.problems.extend(problem for problem in _unwritable(document, "$") if problem.path not in told)

    def total_shots(self, document: Mapping[str, Any]) -> None:
        total, shots = document.get("total_shots"), document.get("shots")
        if total is not None and isinstance(shots, list) and total != len(shots):
            self.problem("$.total_shots", f"says {total!r}, the plan lists {len(shots)} shots")


def _named(raw: Mapping[str, Any]) -> tuple[str, Any]:
    """The field that names a shot, and what it says; ``shot_id`` goes before ``id``."""
    name = "id" if raw.get("shot_id") is None and raw.get("id") is not None else "shot_id"
    return name, raw.get(name)


def _kept(raw: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The fields of ``raw`` that are not ``known``, every number in them written one way: 35.0 is 35 in JSON."""
    return {key: _one_spelling(value) for key, value in raw.items() if key not in known}


def _one_spelling(value: Any, depth: int = 0) -> Any:  # noqa: ANN401  parsed JSON
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_EXACT:
        return int(value)
    if isinstance(value, dict | list) and depth == DEEPEST_NESTING:
        return value  # the plan is refused for it
    if isinstance(value, dict):
        return {key: _one_spelling(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_one_spelling(item, depth + 1) for item in value]
    return value


def _unwritable(value: Any, path: str, depth: int = 0) -> Iterator[Problem]:  # noqa: ANN401  parsed JSON
    """What in ``value`` canonical JSON can not hold: NaN, infinities, broken Unicode, endless nesting."""
    if isinstance(value, float) and not math.isfinite(value):
        yield Problem(path, f"{value} is not a number that JSON has")
    elif isinstance(value, str) and not _is_unicode(value):
        yield Problem(path, f"{value!r} holds half a surrogate pair, which is not text")
    elif isinstance(value, dict | list) and depth == DEEPEST_NESTING:
        yield Problem(path, f"nested deeper than {DEEPEST_NESTING} levels")
    elif isinstance(value, dict):
        for key, item in value.items():
            if _is_unicode(key):
                yield from _unwritable(item, f"{path}.{key}", depth + 1)
            else:
                yield Problem(path, f"the field name {key!r} holds half a surrogate pair, which is not text")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unwritable(item, f"{path}[{index}]", depth + 1)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _kind(value: Any) -> str:  # noqa: ANN401  parsed JSON
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
