"""Framing: how much of a figure each shot size shows, and where in the frame."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of picture a shot size is."""

    SINGLE = "single"
    GROUP = "group"
    OVER_SHOULDER = "over the shoulder"
    POINT_OF_VIEW = "point of view"
    DETAIL = "detail"


@dataclass(frozen=True, slots=True)
class Framing:
    """A shot size.

    Attributes:
        label: the field's abbreviation.
        head: height of a head, as a share of the frame's height.
        eyes: where the eye line is, as a share of the frame's height.
        soft: how far out of focus what is behind lies, as a share of the frame's height.
    """

    label: str
    head: float
    eyes: float
    soft: float
    kind: Kind = Kind.SINGLE
    seen_from_above: bool = False


_ECU = Framing("ECU", 0.66, 0.40, 0.016)
_CU = Framing("CU", 0.41, 0.385, 0.010)
_MCU = Framing("MCU", 0.285, 0.35, 0.006)
_MS = Framing("MS", 0.205, 0.30, 0.003)
_MWS = Framing("MWS", 0.152, 0.265, 0.0)
_WS = Framing("WS", 0.108, 0.235, 0.0)
_EWS = Framing("EWS", 0.040, 0.56, 0.0)

_SIZES: tuple[tuple[Framing, str], ...] = (
    (Framing("INSERT", 0.30, 0.40, 0.012, Kind.DETAIL), r"INSERT|INS|DETAIL|CUTAWAY|MACRO|PROP"),
    (Framing("OTS", 0.235, 0.33, 0.005, Kind.OVER_SHOULDER), r"OTS|OVER_THE_SHOULDER|OVER_SHOULDER"),
    (Framing("POV", 0.205, 0.37, 0.003, Kind.POINT_OF_VIEW), r"POV|POINT_OF_VIEW"),
    (
        Framing("AERIAL", 0.040, 0.52, 0.0, seen_from_above=True),
        r"AERIAL|DRONE|BIRDS?_?EYE|TOP_?DOWN|OVERHEAD",
    ),
    (Framing("2S", 0.190, 0.32, 0.003, Kind.GROUP), r"2S|TWO_?SHOT|2_?SHOT|TWO|3S|THREE_?SHOT|GROUP(_SHOT)?"),
    (_ECU, r"ECU|XCU|BCU|EXTREME_CLOSE(_?UP)?|BIG_CLOSE_?UP"),
    (_MCU, r"MCU|MEDIUM_CLOSE(_?UP)?"),
    (_CU, r"CU|CLOSE(_?UP)?|TIGHT|FACE"),
    (_MWS, r"MWS|MLS|MFS|COWBOY|AMERICAN|MEDIUM_(WIDE|LONG|FULL)(_SHOT)?|KNEE(_SHOT)?|PLAN_AMERICAIN"),
    (_MS, r"MS|MID|MEDIUM(_SHOT)?|WAIST"),
    (_EWS, r"EWS|ELS|XWS|XLS|VWS|VLS|EST|ESTAB|ESTABLISHING(_SHOT)?|EXTREME_(WIDE|LONG)(_SHOT)?|MASTER_WIDE"),
    (_WS, r"WS|LS|FS|WIDE(_SHOT)?|LONG(_SHOT)?|FULL(_SHOT)?|MASTER|LOW|HIGH|TRACKING"),
)
_PATTERNS = tuple((framing, re.compile(pattern)) for framing, pattern in _SIZES)


def framing_of(shot_type: str) -> Framing:
    """The framing of a shot type as plans write it; a medium shot where it is not known.

    A compound (``CU_OTS``, ``LOW WS``) is read part by part, special kinds before plain sizes.
    """
    name = re.sub(r"[^A-Z0-9]+", "_", shot_type.upper()).strip("_")
    for candidates in ((name,), tuple(name.split("_"))):
        for framing, pattern in _PATTERNS:
            if any(pattern.fullmatch(candidate) for candidate in candidates):
                return framing
    return _MS
