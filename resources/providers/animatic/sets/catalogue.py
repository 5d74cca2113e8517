"""The catalogue of sets: which drawing belongs to which kind of place."""

from collections.abc import Callable

from resources.providers.animatic.drawing.pen import Pen
from resources.providers.animatic.sets import (
    outdoors_by_water,
    outdoors_in_nature,
    outdoors_in_town,
    rooms_at_home,
    rooms_at_work,
)
from resources.providers.animatic.sets.place import Place

_SETS: dict[str, Callable[[Pen, Place], None]] = {
    "kitchen": rooms_at_home.kitchen,
    "bedroom": rooms_at_home.bedroom,
    "living": rooms_at_home.living,
    "ward": rooms_at_home.ward,
    "corridor": rooms_at_home.corridor,
    "car": rooms_at_home.car,
    "studio": rooms_at_work.studio,
    "office": rooms_at_work.office,
    "interview": rooms_at_work.interview,
    "cafe": rooms_at_work.cafe,
    "cellar": rooms_at_work.cellar,
    "street": outdoors_in_town.street,
    "roof": outdoors_in_town.roof,
    "lamp_room": rooms_at_work.lamp_room,
    "quay": outdoors_by_water.quay,
    "shore": outdoors_by_water.shore,
    "deck": outdoors_by_water.deck,
    "forest": outdoors_in_nature.forest,
    "desert": outdoors_in_nature.desert,
    "snow": outdoors_in_nature.snow,
    "park": outdoors_in_nature.park,
}


def draw_set(pen: Pen, place: Place) -> None:
    """The set of a place; thinner lines than the figures', so that those stand out."""
    _SETS[place.kind](pen.with_ink(0.75), place)
