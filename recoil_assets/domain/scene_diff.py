"""What differs between two versions of a scene, in words a producer reads. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from recoil_assets.domain.scene import SceneBody
from recoil_assets.domain.shot import DialogueLine, Shot
from recoil_assets.domain.split import is_split, parts_of

_LONGEST_QUOTE = 70
_ABSENT = object()
_MODALITIES = {"r2v_multi": "in one piece, with a board", "video_i2v": "shot by shot, without a board"}
_TEXTS = {
    "sequence_id": "sequence",
    "shot_type": "size",
    "location_id": "place",
    "video_model": "model",
    "start_frame": "start frame",
    "end_frame": "end frame",
    "description": "action",
    "source_text": "script",
    "source_text_hash": "script hash",
}


@dataclass(frozen=True, slots=True)
class ChangedShot:
    """A shot that both versions have, and what differs in it: one sentence a field."""

    shot_id: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneDiff:
    """What the newer of two versions has, has not, or has otherwise.

    Attributes:
        added, removed: shots, in story order.
        changed: shots of both with other content, in story order.
        moved: the fewest shots of both that have to be moved to turn one order into the other.
        settings: what differs in how the batch is grouped and generated, one sentence each.
        sentences: all of it, one line each; empty where nothing differs.
    """

    added: tuple[Shot, ...]
    removed: tuple[Shot, ...]
    changed: tuple[ChangedShot, ...]
    moved: tuple[str, ...]
    settings: tuple[str, ...]
    sentences: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.sentences)


def diff_scenes(older: SceneBody, newer: SceneBody) -> SceneDiff:
    """What has to be told to someone who knows ``older`` and looks at ``newer``."""
    before = {shot.shot_id: shot for shot in older.shots}
    after = {shot.shot_id: shot for shot in newer.shots}
    added = tuple(shot for shot_id, shot in after.items() if shot_id not in before)
    removed = tuple(shot for shot_id, shot in before.items() if shot_id not in after)
    changed = tuple(
        ChangedShot(shot_id, changes)
        for shot_id in after
        if shot_id in before and (changes := tuple(_shot_changes(before[shot_id], after[shot_id])))
    )
    kept = [shot_id for shot_id in after if shot_id in before]
    moved = _moved([shot_id for shot_id in before if shot_id in after], kept)
    settings = tuple(_settings(older, newer))
    sentences = (
        *(f"{_told(shot)} is new{_after(shot.shot_id, list(after))}" for shot in added),
        *(f"{_told(shot)} was taken out" for shot in removed),
        *(f"{shot_id} moves{_after(shot_id, list(after))}" for shot_id in moved),
        *(f"{shot.shot_id}: {change}" for shot in changed for change in shot.changes),
        *settings,
    )
    return SceneDiff(
        added=added, removed=removed, changed=changed, moved=moved, settings=settings, sentences=sentences
    )


def _moved(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """The shots outside the longest run of ``after`` whose order is that of ``before``."""
    place = {shot_id: position for position, shot_id in enumerate(before)}
    tails: list[int] = []
    ends: list[str] = []
    came_from: dict[str, str | None] = {}
    for shot_id in after:
        length = bisect_left(tails, place[shot_id])
        came_from[shot_id] = ends[length - 1] if length else None
        tails[length:] = [place[shot_id], *tails[length + 1 :]]
        ends[length:] = [shot_id, *ends[length + 1 :]]
    still: set[str] = set()
    last = ends[-1] if ends else None
    while last is not None:
        still.add(last)
        last = came_from[last]
    return tuple(shot_id for shot_id in after if shot_id not in still)


def _after(shot_id: str, order: Sequence[str]) -> str:
    """Where a shot stands."""
    for earlier, later in pairwise(order):
        if later == shot_id:
            return f", after {earlier}"
    return ", first of the batch" if len(order) > 1 else ""


def _told(shot: Shot) -> str:
    cast = f", {' and '.join(shot.cast)}" if shot.cast else ""
    place = f", {shot.location_id}" if shot.location_id else ""
    action = f": {_quoted(shot.description)}" if shot.description else ""
    return f"{shot.shot_id} ({shot.shot_type}, {shot.duration_s:g} s{cast}{place}{action})"


def _shot_changes(before: Shot, after: Shot) -> Iterator[str]:
    if before.duration_s != after.duration_s:
        yield f"{before.duration_s:g} s becomes {after.duration_s:g} s"
    yield from _cast_changes(before, after)
    for field, name in _TEXTS.items():
        was, now = getattr(before, field), getattr(after, field)
        if was != now:
            yield _change(name, was, now)
    if before.dialogue != after.dialogue:
        yield _change("dialogue", _spoken(before.dialogue), _spoken(after.dialogue))
    yield from _table_changes("", before.raw, after.raw)


def _cast_changes(before: Shot, after: Shot) -> Iterator[str]:
    joined = [name for name in after.cast if name not in before.cast]
    left = [name for name in before.cast if name not in after.cast]
    if joined:
        yield f"{' and '.join(joined)} join{'s' if len(joined) == 1 else ''} it"
    if left:
        yield f"{' and '.join(left)} leave{'s' if len(left) == 1 else ''} it"
    if not joined and not left and before.characters != after.characters:
        same = before.cast == after.cast
        yield (
            "what is said of its cast differs" if same else f"its cast is now told as {', '.join(after.cast)}"
        )


def _settings(older: SceneBody, newer: SceneBody) -> Iterator[str]:
    if parts_of(older) != parts_of(newer) and (is_split(older) or is_split(newer)):
        yield f"the batch is made in {_parted(newer)} (was: {_parted(older)})"
    if older.modality != newer.modality:
        yield f"the batch is generated {_MODALITIES[newer.modality]} (was: {_MODALITIES[older.modality]})"
    was, now = older.grouping, newer.grouping
    if was.strategy != now.strategy:
        yield f"it is grouped by {now.strategy} (was: {was.strategy})"
    if was.source_pass_id != now.source_pass_id:
        yield _change("coverage pass", was.source_pass_id or "", now.source_pass_id or "")
    if was.ordinal != now.ordinal:
        yield f"it is number {now.ordinal} of its kind (was: {was.ordinal})"
    before, after = (next(iter(body.beats), None) for body in (older, newer))
    directives = (before.prompt_directive if before else "", after.prompt_directive if after else "")
    if directives[0] != directives[1]:
        yield _change("prompt directive", *directives)
    for name in ("generation_config", "element_config"):
        yield from _table_changes(f"{name}.", getattr(before, name, {}), getattr(after, name, {}))


def _parted(body: SceneBody) -> str:
    """How many beats a batch is made in, and of which shots where they are several."""
    if not is_split(body):
        return "one piece" if body.board_beat else "single shots"
    parts = parts_of(body)
    return f"{len(parts)} parts: {' / '.join(', '.join(part) for part in parts)}"


def _table_changes(prefix: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        was, now = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if was != now:
            yield _change(f"{prefix}{name}", was, now)


def _change(name: str, was: object, now: object) -> str:
    if was in ("", _ABSENT):
        return f"{name} is now {_quoted(now)}"
    if now in ("", _ABSENT):
        return f"{name} {_quoted(was)} is taken out"
    return f"{name} {_quoted(was)} becomes {_quoted(now)}"


def _spoken(lines: Sequence[DialogueLine]) -> str:
    return " / ".join(f"{line.char_id}: {line.text}" if line.char_id else line.text for line in lines)


def _quoted(value: object) -> str:
    text = " ".join(str(value).split())
    text = text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1].rstrip()}…"
    return f"“{text}”" if isinstance(value, str) and (" " in text or not text) else text
