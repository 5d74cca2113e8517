"""Staging: who stands where in a shot, which way they look, and what the camera has in front of it.

A character keeps one side of the frame through all shots of a batch, so that two people who talk look at
each other across every cut.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from recoil_assets.domain.request import RequestShot
from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.people.casting import Look, extra_look, look_of
from resources.providers.animatic.people.faces import Face
from resources.providers.animatic.people.figures import Figure
from resources.providers.animatic.people.poses import SOLE, STANCES
from resources.providers.animatic.sets.light import light_at
from resources.providers.animatic.sets.place import Place, is_inside, kind_of, place_of
from resources.providers.animatic.story.framing import Framing, Kind, framing_of
from resources.providers.animatic.story.script_words import (
    Angle,
    Hour,
    Mood,
    Reading,
    hour_of,
    read_shot,
    weather_of,
)

_CLOSE = 0.25
"""Height of a head, as a share of the frame, from which a shot is of one face and others fall behind it."""
_OVER_SHOULDER_HEAD = 0.2
"""The same, from which the words alone make a shot one past somebody's shoulder."""
_MOST_FIGURES = 5
_TINY = 0.06
"""The same, below which a crowd is drawn as many."""
_RESTING = ("rest", "rest", "hip", "pockets", "crossed", "gesture")
_BESIDE = ("rest", "pockets", "crossed")
_REACHING = ("point", "toast", "gesture", "hip")
"""Poses that would reach into whoever stands beside."""
_NOT_HELD = ("", "knob", "clock", "radio", "wristwatch")
"""Objects that stand somewhere; nobody holds them."""
_SPEAKER = re.compile(r"^\s*([A-Za-z0-9_ ]{1,28}):\s")


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure in the frame: ``x`` from the middle and ``eyes`` from the top, in frame heights.

    Attributes:
        head: height of the head, in frame heights.
        character: whose figure it is; empty for someone the plan does not name.
        speaks: whether the shot's dialogue is this figure's.
    """

    figure: Figure
    x: float
    eyes: float
    head: float
    character: str = ""
    speaks: bool = False

    @property
    def feet(self) -> float:
        """Where the soles are, in frame heights from the top."""
        drop = STANCES[self.figure.stance].drop
        return self.eyes + (SOLE - drop) * self.head * self.figure.looming


@dataclass(frozen=True, slots=True)
class Shoulder:
    """Somebody seen from behind, large at one edge of the frame; ``side`` is -1 left, 1 right."""

    look: Look
    side: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One shot, ready to draw.

    Attributes:
        near, far: figures in focus, and those behind them out of focus; drawn in this order, far first.
        insert: the object of a detail shot; empty for any other. hands: whose hands hold it.
        set_x: how far the set is shifted sideways, in its own units.
        light_side: where the light comes from, -1 left or 1 right.
    """

    shot: RequestShot
    framing: Framing
    reading: Reading
    place: Place
    near: tuple[Placed, ...]
    far: tuple[Placed, ...]
    shoulder: Shoulder | None
    insert: str
    hands: Look | None
    set_x: float
    light_side: int


def stage_shots(shots: Sequence[RequestShot], *, seed: int, aspect: float) -> tuple[Stage, ...]:
    """All shots of a batch, staged together.

    Args:
        aspect: width of the frame over its height.
    """
    readings = {shot.shot_id: read_shot(shot) for shot in shots}
    sides = _sides([name for shot in shots for name in shot.cast])
    return tuple(_stage(shot, shots, readings, sides, seed=seed, aspect=aspect) for shot in shots)


def speaker_of(line: str) -> str:
    """Who says a dialogue line written ``NAME: words``; empty where it names nobody."""
    match = _SPEAKER.match(line)
    return match[1].strip() if match else ""


def _stage(
    shot: RequestShot,
    shots: Sequence[RequestShot],
    readings: dict[str, Reading],
    sides: dict[str, int],
    *,
    seed: int,
    aspect: float,
) -> Stage:
    reading, framing = readings[shot.shot_id], framing_of(shot.shot_type)
    together = [other for other in shots if other.location == shot.location]
    kind = kind_of(shot.location, tuple(other.description for other in together))
    there = [readings[other.shot_id] for other in together]
    hour = hour_of(there) or _usual_hour(shot.location)
    reading = replace(reading, weather=weather_of(there))
    place = place_of(shot.location, kind, light_at(hour, inside=is_inside(kind)))
    chance = Chance("staging", seed, shot.shot_id)
    empty = Stage(
        shot=shot,
        framing=framing,
        reading=reading,
        place=place,
        near=(),
        far=(),
        shoulder=None,
        insert="",
        hands=None,
        set_x=chance.between(-1.6, 1.6) if framing.head < 0.3 else chance.between(-2.6, 2.6),  # noqa: PLR2004
        light_side=Chance("light", shot.location).side(),
    )
    if _is_detail(shot, framing, reading):
        hands = look_of(shot.cast[0]) if shot.cast else extra_look(0, feminine=reading.feminine)
        return replace(empty, insert=reading.object or "paper", hands=hands)
    return _with_people(empty, sides, chance, aspect)


def _is_detail(shot: RequestShot, framing: Framing, reading: Reading) -> bool:
    if framing.kind is Kind.DETAIL or reading.detail:
        return True
    close = framing.kind is Kind.SINGLE and framing.head >= _CLOSE
    of_a_thing = not shot.cast and bool(reading.object) and not reading.shows_face
    return close and (reading.shows_hands or of_a_thing)


def _usual_hour(location: str) -> Hour:
    # The draw is arbitrary; this one makes the example show's places nocturnal, as its story is.
    return Chance("hour", 9, location).pick((Hour.DAY, Hour.DAY, Hour.DAWN, Hour.DUSK, Hour.GREY, Hour.NIGHT))


def _sides(cast: Sequence[str]) -> dict[str, int]:
    """Which side of the frame each character keeps: the first its own, the others in turn across from it."""
    names = list(dict.fromkeys(cast))
    if not names:
        return {}
    first = Chance("side", names[0]).side()
    return {name: first if index % 2 == 0 else -first for index, name in enumerate(names)}


@dataclass(frozen=True, slots=True)
class _Person:
    look: Look
    character: str
    side: int


def _with_people(stage: Stage, sides: dict[str, int], chance: Chance, aspect: float) -> Stage:
    shot, framing, reading = stage.shot, stage.framing, stage.reading
    people = [_Person(look_of(name), name, sides[name]) for name in shot.cast]
    over_shoulder = framing.kind is Kind.OVER_SHOULDER or (
        reading.over_shoulder and framing.head >= _OVER_SHOULDER_HEAD
    )
    wanted = 2 if over_shoulder or framing.kind is Kind.GROUP else _unnamed(framing, reading)
    for number in range(len(people), wanted):
        side = -people[-1].side if people else Chance("side", shot.location).side()
        people.append(_Person(extra_look(number, feminine=reading.feminine != bool(number % 2)), "", side))
    people = people[:_MOST_FIGURES]
    if not people:
        return stage
    if over_shoulder:
        behind = people.pop(1)
        side = _shoulder_side(shot.description) or -people[0].side
        people = [replace(people[0], side=-side)]
        aspect *= 1.6
        stage = replace(stage, shoulder=Shoulder(behind.look, side))
    if framing.kind is Kind.POINT_OF_VIEW:
        people = people[:1]
    placed = [
        _placed(stage, person, rank, chance, alone=len(people) == 1) for rank, person in enumerate(people)
    ]
    if framing.head >= _CLOSE:
        return replace(stage, near=(_alone(placed[0], aspect),), far=_beyond(placed, aspect))
    return replace(stage, near=_row(placed, aspect))


def _unnamed(framing: Framing, reading: Reading) -> int:
    """How many people a shot shows at least, by its words alone."""
    if framing.head >= _CLOSE:
        return 1
    return _MOST_FIGURES if reading.people > 1 and framing.head < _TINY else reading.people


def _shoulder_side(description: str) -> int:
    """The edge of the frame a named shoulder is at: a right shoulder is at its left."""
    match = re.search(r"\b(left|right)\s+shoulder\b", description, re.IGNORECASE)
    if match is None:
        return 0
    return -1 if match[1].lower() == "right" else 1


def _placed(stage: Stage, person: _Person, rank: int, chance: Chance, *, alone: bool) -> Placed:
    """A person in the shot's framing, not yet moved aside for others."""
    shot, reading, framing = stage.shot, stage.reading, stage.framing
    speakers = [speaker_of(line) for line in shot.dialogue]
    speaks = bool(shot.dialogue) and (person.character in speakers if any(speakers) else rank == 0)
    turn = -person.side * chance.between(0.35, 0.7)
    if framing.kind is Kind.POINT_OF_VIEW:
        turn = -person.side * 0.05
    pose = reading.pose if rank == 0 and reading.pose else chance.pick(_RESTING if alone else _BESIDE)
    if speaks and not reading.pose:
        pose = "gesture"
    holds = reading.object not in _NOT_HELD
    if pose in ("hold", "toast") and not holds:
        pose = "gesture"
    if not alone and pose in _REACHING:
        pose = "hold" if holds else "crossed"
    stance = reading.stance if reading.stance and framing.head < _CLOSE else "stand"
    figure = Figure(
        look=person.look,
        face=Face(turn, reading.mood if rank == 0 else _answer(reading.mood), mouth_open=speaks),
        pose="rest" if framing.head > 0.5 else pose,  # noqa: PLR2004  no hands in an extreme close-up
        stance=stance,
        prop="phone" if pose == "phone" else reading.object,
        looming={Angle.LOW: 1.12, Angle.HIGH: 0.86, Angle.TOP: 0.78}.get(reading.angle, 1.0),
    )
    head = framing.head * person.look.height
    drop = STANCES[stance].drop * head if framing.head < 0.18 else 0.0  # noqa: PLR2004  a closer camera sits down too
    shorter = (framing.head - head) * SOLE if framing.head < _CLOSE else 0.0
    return Placed(figure, 0.0, framing.eyes + drop + shorter, head, person.character, speaks=speaks)


def _answer(mood: Mood) -> Mood:
    """How the others look when one shows ``mood``."""
    return {Mood.ANGRY: Mood.STARTLED, Mood.GLAD: Mood.GLAD}.get(mood, Mood.CALM)


def _facing(placed: Placed) -> int:
    return 1 if placed.figure.face.turn >= 0 else -1


def _alone(placed: Placed, aspect: float) -> Placed:
    """One person with room on the side they look to; never larger than the frame is wide."""
    head = min(placed.head, aspect * 1.2)
    return replace(placed, x=-_facing(placed) * min(0.07, aspect * 0.07), head=head)


def _beyond(placed: Sequence[Placed], aspect: float) -> tuple[Placed, ...]:
    """Those behind the face of a close shot, at the side it looks to."""
    focus = placed[0]
    others = []
    for rank, other in enumerate(placed[1:3]):
        head = min(focus.head * 0.5, aspect * 0.4)
        figure = replace(
            other.figure, face=replace(other.figure.face, turn=-focus.figure.face.turn), stance="stand"
        )
        x = _facing(focus) * aspect * (0.36 - 0.66 * rank)
        others.append(replace(other, figure=figure, x=x, eyes=focus.eyes + 0.03 + 0.02 * rank, head=head))
    return tuple(others)


def _row(placed: Sequence[Placed], aspect: float) -> tuple[Placed, ...]:
    """People side by side, turned to each other; every second one a step behind where there are many."""
    count = len(placed)
    if count == 1:
        return (_alone(placed[0], aspect),)
    ordered = sorted(placed, key=_facing, reverse=True)
    gap = min(aspect * (0.5 if count == 2 else 0.92 / count), placed[0].head * 1.45)  # noqa: PLR2004  two share the frame
    widest = gap / 0.66
    row = []
    lead = ordered.index(placed[0])
    for index, one in enumerate(ordered):
        x = (index - (count - 1) / 2) * gap
        back = count > 2 and (index - lead) % 2 == 1  # noqa: PLR2004  the shot's first character stands in front
        head = min(one.head, widest * (1.2 if count > 2 else 1.0)) * (0.88 if back else 1.0)  # noqa: PLR2004
        turn = abs(one.figure.face.turn) * (-1 if x > 0 else 1) * (0.4 if abs(x) < gap * 0.3 else 1.0)
        eyes = one.eyes + (one.head - head) * (1.0 if one.head > 0.13 else SOLE) - (0.02 if back else 0.0)  # noqa: PLR2004
        face = replace(one.figure.face, turn=turn)
        row.append(replace(one, x=x, eyes=eyes, head=head, figure=replace(one.figure, face=face)))
    return tuple(sorted(row, key=lambda one: one.feet))
