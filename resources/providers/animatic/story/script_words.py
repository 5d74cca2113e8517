"""What the words of a shot ask for: the camera's move and angle, light, weather, mood, poses and objects.

Every table is read top to bottom and the first entry found in the words wins, so the more telling words
come first.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from recoil_assets.domain.request import RequestShot
from resources.providers.animatic.people.given_names import gender_of_name, names_in


class Move(StrEnum):
    """What the camera does during a shot."""

    PUSH = "push in"
    PULL = "pull out"
    PAN_LEFT = "pan left"
    PAN_RIGHT = "pan right"
    TILT_UP = "tilt up"
    TILT_DOWN = "tilt down"
    TRACK_LEFT = "track left"
    TRACK_RIGHT = "track right"
    ARC = "arc"
    HANDHELD = "handheld"
    LOCKED = "locked"


class Angle(StrEnum):
    """Where the camera looks from."""

    EYE = "eye level"
    LOW = "low angle"
    HIGH = "high angle"
    TOP = "overhead"


class Mood(StrEnum):
    """What a face shows."""

    CALM = "calm"
    GLAD = "glad"
    ANGRY = "angry"
    SAD = "sad"
    STARTLED = "startled"


class Hour(StrEnum):
    """What light there is."""

    DAY = "day"
    DAWN = "dawn"
    DUSK = "dusk"
    NIGHT = "night"
    GREY = "grey"


class Weather(StrEnum):
    """What falls from the sky."""

    DRY = "dry"
    RAIN = "rain"
    SNOW = "snow"


Meaning = TypeVar("Meaning")
Table = tuple[tuple[Meaning, "re.Pattern[str]"], ...]


def words(*alternatives: str) -> "re.Pattern[str]":
    """A pattern for whole words; ``*`` stands for any ending."""
    stems = (re.escape(text).replace(r"\*", r"\w*").replace(r"\ ", r"[\s\-]+") for text in alternatives)
    return re.compile(rf"(?<![a-z])(?:{'|'.join(stems)})(?![a-z])", re.IGNORECASE)


_MOVES: Table[Move] = (
    (Move.HANDHELD, words("handheld", "hand held", "shaky", "shakes", "micro movement*", "jostl*")),
    (
        Move.PUSH,
        words("push in*", "pushes in", "pushing in", "dolly in", "dollies in", "dolly forward", "zoom in",
              "zooms in", "moves closer", "creeps in", "creep in", "closes in", "% push", "slow creep"),
    ),
    (
        Move.PULL,
        words("pull back", "pulls back", "pull out", "pulls out", "pull backs", "dolly out", "dolly back",
              "drone pull",
              "zoom out", "zooms out", "widens", "retreats", "drifts back"),
    ),
    (Move.TILT_UP, words("tilts up", "tilt up", "tilting up", "cranes up", "crane up", "rises up", "booms up",
                         "craning up")),
    (Move.TILT_DOWN, words("tilts down", "tilt down", "tilting down", "cranes down", "crane down", "subtly tilts",
                           "booms down")),
    (Move.ARC, words("arcs", "arc", "orbit*", "circles around", "rotates a few degrees", "gently rotates")),
    (
        Move.TRACK_RIGHT,
        words("left to right", "rightward*", "slide to the right", "tracks right", "trucks right", "slides right"),
    ),
    (Move.TRACK_LEFT, words("right to left", "leftward*", "tracks left", "trucks left", "slides left")),
    (Move.PAN_LEFT, words("pans left", "pan left", "whip pan left")),
    (
        Move.PAN_RIGHT,
        words("pans", "panning", "slow pan", "camera pan", "whip pan", "pan right", "pan to", "pan across",
              "pan from",
              "sweeps across"),
    ),
    (
        Move.LOCKED,
        words("locked", "locked off", "static", "tripod", "holds steady", "remains steady", "stays locked",
              "steady camera", "camera remains still", "still frame"),
    ),
    (
        Move.TRACK_RIGHT,
        words("tracking", "tracks", "trucks", "truck", "dolly", "dollies", "camera follows", "steadicam", "lateral*"),
    ),
)  # fmt: skip

_ANGLES: Table[Angle] = (
    (Angle.EYE, words("eye level", "eye height")),
    (
        Angle.TOP,
        words("overhead", "top down", "bird's eye", "birds eye", "directly above", "aerial", "drone"),
    ),
    (
        Angle.LOW,
        words("low angle", "from ground level", "from below", "looking up", "worm's eye", "from the floor"),
    ),
    (Angle.HIGH, words("high angle", "from above", "looking down", "looks down on")),
)

_MOODS: Table[Mood] = (
    (
        Mood.ANGRY,
        words("angry", "angrily", "anger", "furious", "fury", "rage", "shout*", "yells", "yelled", "yelling",
              "glare*", "glaring", "snarl*",
              "scowl*", "accus*", "slams", "slap*", "confront*", "clenched"),
    ),
    (
        Mood.STARTLED,
        words("shock*", "startl*", "gasp*", "scream*", "surpris*", "stunned", "fear*", "terrif*", "panic*", "freezes",
              "wide eyed", "horror", "recoil*"),
    ),
    (
        Mood.SAD,
        words("sad", "sadly", "cry", "cries", "crying", "tears", "tearful*", "weep*", "sobs", "sobbing", "grief",
              "griev*",
              "mourn*", "lonely", "heartbr*", "regret*", "worried", "worry"),
    ),
    (
        Mood.GLAD,
        words("smil*", "laugh*", "grin*", "happy", "happily", "joy*", "celebrat*", "delight*", "relief", "chuckl*",
              "warmly", "toast"),
    ),
)  # fmt: skip

_HOURS: Table[Hour] = (
    (
        Hour.NIGHT,
        words("night*", "midnight", "moon*", "neon", "darkness", "in the dark", "dark street", "dark room", "starlit",
              "lantern*", "candle*", "lightning"),
    ),
    (Hour.DAWN, words("dawn", "sunrise", "morning", "daybreak", "first light")),
    (Hour.DUSK, words("dusk", "sunset", "evening", "golden hour", "twilight", "nightfall")),
    (Hour.GREY, words("storm", "stormy", "rain*", "overcast", "fog", "foggy", "mist", "misty", "grey sky",
                      "gray sky", "drizzle", "snow*")),
    (Hour.DAY, words("day", "daylight", "noon", "midday", "sun", "sunny", "sunlight", "sunlit", "sunshine",
                     "afternoon", "bright")),
)  # fmt: skip

_WEATHERS: Table[Weather] = (
    (Weather.SNOW, words("snow", "snowing", "snowfall", "blizzard", "snowstorm", "snowflake*")),
    (Weather.RAIN, words("rain", "raining", "rains", "downpour", "drizzl*", "rainstorm")),
)

_POSES: Table[str] = (
    ("phone", words("phone", "on the line", "cell", "mobile", "calls", "calling")),
    ("point", words("points", "pointing", "gestures toward", "accus*", "raises one finger")),
    ("toast", words("toast", "raises a glass", "raises their glasses", "waves", "reaches up", "lifts")),
    ("crossed", words("arms crossed", "crosses her arms", "crosses his arms", "folded arms", "arms folded")),
    (
        "hold",
        words("hold*", "pour*", "places", "placing", "stir*", "paint*", "opens", "reads", "reading", "writ*", "mix*",
              "tighten*", "wip*", "clean*", "grip*", "carr*", "hands over", "slide*", "taps", "press*", "cuts",
              "sets"),
    ),
    ("hip", words("hip", "hips", "impatient*", "waits", "waiting", "smirk*")),
    ("gesture", words("gestur*", "explain*", "argue*", "invit*", "offers", "shrug*", "speaks", "asks", "talks")),
    ("pockets", words("pocket*", "leans", "strolls")),
)  # fmt: skip

_STANCES: Table[str] = (
    ("sit", words("sits", "seated", "sitting", "in a chair", "in his chair", "in her chair", "on the sofa")),
    (
        "walk",
        words("walk*", "stride*", "striding", "run", "runs", "running", "rush*", "crosses", "steps", "enters",
              "approach*", "follows", "leaves", "exits", "storms"),
    ),
)  # fmt: skip

_OBJECTS: Table[str] = (
    ("hammer", words("hammer*", "axe", "wrench")),
    ("wristwatch", words("wristwatch", "the watch", "her watch", "his watch", "pocket watch")),
    ("radio", words("radio", "walkie talkie", "intercom")),
    ("match", words("match", "matches", "lighter", "candle")),
    ("phone", words("phone*", "cell", "mobile", "text message", "screen", "voice recorder", "digital recorder",
                    "recorder", "tablet")),
    ("palette", words("palette", "brush", "paint*", "canvas", "easel")),
    ("glass", words("glass", "wine", "bottle", "whisky", "whiskey", "champagne", "cork*", "drink")),
    ("cup", words("cup", "mug", "coffee", "tea", "kettle", "pot", "grinder", "brew*", "bowl", "jar")),
    ("ring", words("ring", "necklace", "jewel*", "locket", "bracelet", "pendant")),
    ("knob", words("knob*", "interface", "mixer", "midi", "keyboard", "console", "monitor", "laptop", "computer")),
    ("key", words("key", "keys", "lock", "door handle", "doorknob")),
    ("knife", words("knife", "blade", "dagger", "scissors", "corkscrew", "sword")),
    ("gun", words("gun", "pistol", "revolver", "rifle")),
    ("photo", words("photo*", "picture", "portrait", "polaroid", "snapshot")),
    ("book", words("book", "notebook", "diary", "ledger", "journal", "notepad", "folder", "menu")),
    ("money", words("money", "cash", "banknote*", "coin*", "wallet", "envelope of")),
    ("clock", words("clock", "timer", "alarm", "stopwatch")),
    ("paper", words("letter", "paper", "note", "map", "card", "contract", "envelope", "document*", "page", "ticket",
                    "receipt")),
)  # fmt: skip

_DETAIL = words("insert", "insert shot", "detail shot", "cutaway")
_HANDS = words("hand", "hands", "finger*", "wrist", "tabletop", "macro", "detail", "palette")
_FACE = words("face", "eyes", "gaze", "looks", "smil*", "she exhales", "breath*", "expression", "glasses", "tear*",
              "medium close up", "lips", "mouth", "listens", "speaks", "speaking", "says", "whisper*",
              "reflection", "stares")  # fmt: skip
_ASIDES = re.compile(
    r"\boverhead\s+(?:\w+\s+){0,2}(?:light|lamp|fluorescent|bulb)\w*"
    r"|\b(?:colou?r|neutral|muted|warm|cool)\s+palette\b"
    r"|\bkey\s+(?:detail|evidence|fact|light|moment|point|question|time|witness)\w*",
    re.IGNORECASE,
)
"""Ways of speaking in which a word that means a camera or a thing elsewhere means neither."""
_MOST_NAMED = 3
_OPENING = 44
"""Letters of a description in which it says what it is of."""
_PEOPLE = words("she", "he", "her", "his", "they", "their", "man", "woman", "men", "women", "boy", "girl", "guest*",
                "person", "people", "crowd", "server", "customer*", "someone", "figure", "figures", "couple", "child",
                "children", "stranger*", "driver", "waiter", "nurse", "doctor", "guard*", "soldier*")  # fmt: skip
_SHE = words("she", "her", "herself", "woman", "girl", "women")
_HE = words("he", "his", "him", "himself", "man", "boy", "men")
_OVER_SHOULDER = words("over the shoulder", "behind her right shoulder", "behind his right shoulder", "ots")
_CROWD = words(
    "guests", "people", "crowd", "customers", "they", "men", "women", "figures", "soldiers", "group"
)


def first_meaning(table: Table[Meaning], texts: Iterable[str]) -> Meaning | None:
    """The first entry of ``table`` whose words are in any of ``texts``; earlier texts are asked first."""
    for text in texts:
        for meaning, pattern in table:
            if pattern.search(text):
                return meaning
    return None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one shot's words ask for.

    Attributes:
        move: None where the words name no camera move.
        hour: None where they name no light.
        object: what is looked at or held, one of the drawable objects; empty where none is named.
        detail: whether the words call for an insert.
        shows_hands: whether a close shot is of hands or things, not of a face.
        shows_face: whether the words speak of a face.
        people: how many people the words speak of whom the plan does not name, 0 to 3.
        feminine: whether the first of them is a woman.
        over_shoulder: whether a close shot is taken past somebody.
        pose, stance: a figure's arms and legs; empty where the words do not say.
    """

    move: Move | None
    angle: Angle
    mood: Mood
    hour: Hour | None
    weather: Weather
    object: str
    detail: bool
    shows_hands: bool
    shows_face: bool
    people: int
    feminine: bool
    over_shoulder: bool
    pose: str
    stance: str


def read_shot(shot: RequestShot) -> Reading:
    """What ``shot`` asks for, by the words of its description and place."""
    text = (_ASIDES.sub(" ", shot.description),)
    place = shot.location.replace("_", " ")
    named = () if shot.cast else names_in(shot.description)[:_MOST_NAMED]
    people = 3 if _CROWD.search(shot.description) else 1 if _PEOPLE.search(shot.description) else 0
    of_a_face = _is_of_a_face(shot)
    return Reading(
        move=first_meaning(_MOVES, text),
        angle=first_meaning(_ANGLES, (shot.shot_type.replace("_", " "), *text)) or Angle.EYE,
        mood=first_meaning(_MOODS, text) or Mood.CALM,
        hour=first_meaning(_HOURS, (place, *text)),
        weather=first_meaning(_WEATHERS, (place, *text)) or Weather.DRY,
        object=first_meaning(_OBJECTS, text) or "",
        detail=bool(_DETAIL.search(shot.description)),
        shows_hands=bool(_HANDS.search(text[0])) and not of_a_face,
        shows_face=of_a_face,
        people=max(people, len(named)),
        feminine=_is_feminine(shot.description, named),
        over_shoulder=bool(_OVER_SHOULDER.search(shot.description)),
        pose=first_meaning(_POSES, text) or "",
        stance=first_meaning(_STANCES, text) or "",
    )


def _is_of_a_face(shot: RequestShot) -> bool:
    """Whether the words speak of a face, or open with a character's name."""
    opening = words(*(name.replace("_", " ") for name in shot.cast)) if shot.cast else None
    return bool(_FACE.search(shot.description) or (opening and opening.search(shot.description[:_OPENING])))


def _is_feminine(description: str, named: Sequence[str]) -> bool:
    """By the first name where there is one, else by how often the words say she and he."""
    gender = gender_of_name(named[0]) if named else None
    if gender is not None:
        return gender
    return len(_SHE.findall(description)) >= len(_HE.findall(description))


def weather_of(readings: Sequence[Reading]) -> Weather:
    """The weather in one place: what falls in any of its shots falls in all."""
    return next((one.weather for one in readings if one.weather is not Weather.DRY), Weather.DRY)


def hour_of(readings: Sequence[Reading]) -> Hour | None:
    """The light that most of the shots in one place ask for, the earliest named on a draw."""
    named = [reading.hour for reading in readings if reading.hour is not None]
    return max(named, key=lambda hour: (named.count(hour), -named.index(hour))) if named else None
