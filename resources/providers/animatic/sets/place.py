"""Places: what sort of set a location is, and the colours it keeps in every shot."""

from dataclasses import dataclass

from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.drawing.colour import Colour, mix
from resources.providers.animatic.sets.light import Light
from resources.providers.animatic.story.script_words import Table, first_meaning, words

_SETS: Table[str] = (
    (
        "car",
        words("car", "taxi", "cab", "passenger seat", "dashboard", "steering wheel", "windscreen", "windshield", "van"),
    ),
    ("lamp_room", words("lamp room", "lantern room", "lighthouse", "beacon room")),
    ("quay", words("quay", "pier", "jetty", "harbour", "harbor", "dock", "wharf", "marina", "breakwater")),
    ("deck", words("ferry", "boat", "ship", "deck", "yacht")),
    ("kitchen", words("kitchen", "stove", "galley", "bakery", "oven")),
    ("bedroom", words("bedroom", "in bed", "the bed", "hotel room", "motel", "dormitory", "pillow")),
    ("ward", words("hospital", "ward", "clinic", "surgery", "infirmary")),
    (
        "corridor",
        words("corridor", "hallway", "hall", "lobby", "stairwell", "staircase", "subway", "tunnel", "elevator"),
    ),
    ("studio", words("studio", "recording", "mic", "microphone", "pop filter", "gallery", "workshop")),
    ("office", words("office", "desk", "boardroom", "meeting room", "newsroom", "laptop", "court")),
    ("cellar", words("cellar", "barrels", "wine", "dungeon", "crypt", "basement", "vault", "tavern", "sommelier")),
    (
        "cafe",
        words("cafe", "café", "coffee", "bar", "restaurant", "diner", "barista", "counter", "pub", "shop", "store"),
    ),
    ("interview", words("interview", "interrogation", "police station", "detective", "witness", "jail", "prison")),
    (
        "living",
        words("living room", "sofa", "couch", "apartment", "flat", "house", "home", "parlour", "library", "room"),
    ),
    ("roof", words("roof*", "skyline", "terrace", "balcony", "penthouse")),
    ("snow", words("snow*", "blizzard", "glacier", "arctic", "mountain*")),
    ("forest", words("forest", "woods", "tree", "trees", "jungle", "canopy", "grove")),
    ("desert", words("desert", "dune*", "mesa*", "sand", "canyon", "badlands", "cracked earth")),
    (
        "shore",
        words("sea", "ocean", "beach", "coast*", "shore*", "waves", "surf", "cliff*", "island", "lake",
              "river"),
    ),
    (
        "street",
        words("street", "alley", "city", "market", "road", "sidewalk", "pavement", "crosswalk", "square", "neon"),
    ),
    (
        "park",
        words("park", "garden", "fields", "meadow", "hill*", "farm", "yard", "village", "path", "cemetery", "lawn"),
    ),
)  # fmt: skip
_INSIDE = (
    "lamp_room",
    "kitchen",
    "bedroom",
    "ward",
    "corridor",
    "studio",
    "office",
    "cellar",
    "cafe",
    "interview",
    "living",
)
_BY_CHANCE = ("living", "office", "street", "park", "cafe", "bedroom", "corridor", "roof")
_WALLS: tuple[Colour, ...] = (
    (214, 200, 178),
    (188, 200, 188),
    (184, 198, 208),
    (216, 188, 168),
    (198, 188, 200),
    (206, 204, 196),
    (170, 184, 182),
)
_FLOORS: tuple[Colour, ...] = (
    (164, 132, 104),
    (142, 120, 104),
    (150, 146, 144),
    (126, 112, 108),
    (178, 154, 126),
)
_ACCENTS: tuple[Colour, ...] = (
    (92, 128, 132),
    (168, 104, 84),
    (118, 110, 146),
    (184, 152, 92),
    (104, 132, 100),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A location as a set.

    Attributes:
        name: the location's id; kind: which set is built for it.
        wall, floor, wood, accent: its colours.
        flipped: whether the set is built mirror-wise.
    """

    name: str
    kind: str
    light: Light
    wall: Colour
    floor: Colour
    wood: Colour
    accent: Colour
    flipped: bool

    @property
    def inside(self) -> bool:
        """Whether there is a ceiling."""
        return self.kind in _INSIDE

    def chance(self, what: str) -> Chance:
        """Choices about ``what`` in this place, the same in every shot."""
        return Chance("place", self.name, what)


def kind_of(location: str, descriptions: tuple[str, ...]) -> str:
    """Which set a location is built as: by its id, else by what is said of it, else by chance."""
    named = first_meaning(_SETS, (location.replace("_", " "),)) or _most_told(descriptions)
    return named or Chance("set", location).pick(_BY_CHANCE)


def is_inside(kind: str) -> bool:
    """Whether a set of that kind is an interior."""
    return kind in _INSIDE


def place_of(location: str, kind: str, light: Light) -> Place:
    """The set of that kind for a location, in its own colours."""
    chance = Chance("palette", location)
    wall = chance.pick(_WALLS)
    return Place(
        name=location,
        kind=kind,
        light=light,
        wall=wall,
        floor=chance.pick(_FLOORS),
        wood=mix(chance.pick(_FLOORS), (112, 78, 56), 0.5),
        accent=chance.pick(_ACCENTS),
        flipped=chance.happens(0.5),
    )


def _most_told(descriptions: tuple[str, ...]) -> str:
    """The set most descriptions speak of; the earlier entry of the table on a draw."""
    told = [kind for kind, pattern in _SETS for text in descriptions if pattern.search(text)]
    order = [kind for kind, _ in _SETS]
    return max(told, key=lambda kind: (told.count(kind), -order.index(kind))) if told else ""
