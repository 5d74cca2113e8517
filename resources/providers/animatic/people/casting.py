"""Casting: what a character looks like, the same in every panel and every episode.

A look follows from the character's id alone; words in the id (``OLD_MAN``, ``NURSE``) are taken at their word.
Each trait has its own stream of chance. Which draw of it counts is arbitrary; these were chosen because they
give the example show's characters looks like those of their reference pictures.
"""

from dataclasses import dataclass, replace

from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.drawing.colour import Colour, mix
from resources.providers.animatic.people.given_names import gender_of_name
from resources.providers.animatic.story.script_words import words

_SKINS: tuple[Colour, ...] = (
    (250, 219, 196),
    (240, 200, 170),
    (226, 178, 142),
    (205, 150, 112),
    (172, 116, 82),
    (142, 94, 68),
    (112, 74, 58),
)
_DARK_SKIN = 400
"""Sum of a skin's red, green and blue below which straw-coloured hair reads as a mistake."""
_HAIRS: tuple[Colour, ...] = (
    (38, 30, 36),
    (62, 42, 36),
    (96, 60, 40),
    (142, 92, 52),
    (196, 148, 84),
    (170, 78, 44),
    (54, 50, 72),
)
_GREYS: tuple[Colour, ...] = ((204, 204, 208), (160, 160, 168), (226, 222, 214))
_CLOTHS: tuple[Colour, ...] = (
    (48, 104, 110),
    (172, 86, 60),
    (214, 162, 60),
    (70, 104, 78),
    (58, 74, 116),
    (130, 52, 66),
    (102, 114, 128),
    (226, 212, 186),
    (124, 120, 78),
    (112, 78, 112),
    (184, 148, 110),
    (76, 76, 88),
    (198, 136, 134),
    (126, 160, 184),
    (148, 166, 140),
    (206, 108, 82),
)
_ACCENTS: tuple[Colour, ...] = (
    (244, 238, 226),
    (202, 220, 232),
    (240, 214, 206),
    (228, 228, 226),
    (236, 220, 180),
    (206, 222, 204),
)
_TROUSERS: tuple[Colour, ...] = ((52, 58, 84), (66, 60, 62), (92, 84, 74), (44, 48, 56), (78, 88, 104))
_LONG_STYLES = ("bob", "long", "wavy", "bun", "ponytail", "curls", "fringe", "braid")
_SHORT_STYLES = ("crop", "parted", "quiff", "buzz", "curls", "shag")
_MENSWEAR = ("shirt", "blazer", "sweater", "hoodie", "coat", "tee")
_WOMENSWEAR = ("blouse", "dress", "blazer", "sweater", "coat", "tee", "raincoat")
_BEARDS = ("", "", "", "stubble", "beard", "moustache")
_DRAWS = {
    "skin": 169,
    "hair colour": 40,
    "hair": 29,
    "cloth": 801,
    "outfit": 16,
    "glasses": 20,
    "beard": 3,
    "accent": 40,
}
_JOBS: tuple[tuple[str, str], ...] = (
    ("apron", "barista|chef|cook|baker|waiter|waitress|server"),
    ("vest", "sommelier|bartender|butler|host"),
    ("coat", "detective|inspector|captain|stranger|spy|agent"),
    ("blazer", "boss|ceo|lawyer|manager|judge|president|banker|executive|heir|heiress"),
    ("scrubs", "nurse|doctor|surgeon|medic"),
    ("uniform", "guard|police|officer|cop|soldier|pilot|sergeant"),
    ("raincoat", "fisher|sailor|ferryman|keeper"),
    ("sweater", "teacher|professor|musician|person"),
    ("hoodie", "thief|hacker|teen|student|kid"),
)
_FEMALE = words("woman", "girl", "lady", "queen", "mother", "mom", "mum", "daughter", "sister", "wife", "bride", "aunt",
                "grandmother", "grandma", "gran", "princess", "waitress", "heiress", "actress", "widow", "miss", "mrs",
                "ms", "maid", "her", "she", "nun", "witch", "niece", "female")  # fmt: skip
_MALE = words("man", "boy", "king", "father", "dad", "son", "brother", "husband", "groom", "uncle", "grandfather",
              "grandpa", "prince", "waiter", "heir", "actor", "mr", "sir", "butler", "monk", "nephew", "male", "guy",
              "ferryman", "fisherman", "his", "he")  # fmt: skip
_OLD = words("old", "elder*", "grand*", "gran", "senior", "widow", "professor", "aged", "captain")
_YOUNG = words("boy", "girl", "child", "kid", "little", "young", "teen*", "son", "daughter", "baby")
_CHILD = words("child", "kid", "little", "boy", "girl", "baby")


@dataclass(frozen=True, slots=True)
class Look:
    """A character's appearance.

    Attributes:
        hair: the hair's shape; outfit: the clothes' shape.
        jaw: -1 for a pointed face, 1 for a square one.
        build: width of the shoulders, 1 for average.
        height: of the whole figure, 1 for an adult.
        extra: nobody the plan names: drawn in plain tones, so that it is not mistaken for the cast.
    """

    skin: Colour
    hair_colour: Colour
    hair: str
    outfit: str
    cloth: Colour
    accent: Colour
    trousers: Colour
    feminine: bool
    jaw: float
    build: float
    height: float
    glasses: bool
    beard: str
    extra: bool = False


def look_of(character: str) -> Look:
    """The look of the character with that id."""
    name = character.replace("_", " ")
    feminine = _is_feminine(name)
    old, young = bool(_OLD.search(name)), bool(_YOUNG.search(name))
    skin = _trait(character, "skin").pick(_SKINS)
    hair_colour = _trait(character, "hair colour").pick(_GREYS if old else _HAIRS)
    if sum(skin) < _DARK_SKIN and not old:
        hair_colour = _HAIRS[0]
    figure = _trait(character, "figure")
    bald = old and not feminine and figure.happens(0.4)
    return Look(
        skin=skin,
        hair_colour=hair_colour,
        hair="bald" if bald else _trait(character, "hair").pick(_LONG_STYLES if feminine else _SHORT_STYLES),
        outfit=_outfit(name) or _trait(character, "outfit").pick(_WOMENSWEAR if feminine else _MENSWEAR),
        cloth=_trait(character, "cloth").pick(_CLOTHS),
        accent=_trait(character, "accent").pick(_ACCENTS),
        trousers=_trait(character, "trousers").pick(_TROUSERS),
        feminine=feminine,
        jaw=figure.between(-0.9, 0.1) if feminine else figure.between(-0.2, 1.0),
        build=figure.between(0.84, 0.94) if feminine else figure.between(0.98, 1.14),
        height=0.74 if _CHILD.search(name) else figure.between(0.94, 1.03),
        glasses=_trait(character, "glasses").happens(0.22),
        beard="" if feminine or young else _trait(character, "beard").pick(_BEARDS),
    )


def extra_look(number: int, *, feminine: bool) -> Look:
    """The look of unnamed person ``number`` in a shot: a plain grey-toned figure."""
    plain = look_of(f"{'WOMAN' if feminine else 'MAN'} {number}")
    grey: Colour = (176, 172, 176)
    return replace(
        plain,
        skin=mix(grey, (222, 204, 192), 0.55),
        hair_colour=(96, 92, 104),
        cloth=mix(grey, plain.cloth, 0.18),
        accent=(210, 206, 206),
        trousers=(112, 110, 120),
        outfit="sweater" if number % 2 else "shirt",
        glasses=False,
        beard="",
        height=1.0,
        extra=True,
    )


def _trait(character: str, trait: str) -> Chance:
    return Chance("look", trait, _DRAWS.get(trait, 1), character)


def _is_feminine(name: str) -> bool:
    if _FEMALE.search(name):
        return True
    if _MALE.search(name):
        return False
    by_name = gender_of_name(name)
    return Chance("look", "gender", name).happens(0.5) if by_name is None else by_name


def _outfit(name: str) -> str:
    lowered = name.lower()
    return next((outfit for outfit, jobs in _JOBS if any(job in lowered for job in jobs.split("|"))), "")
