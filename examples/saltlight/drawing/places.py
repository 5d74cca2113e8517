"""The places: the lamp room, and the quay under it."""

# A drawing is a long list of plain numbers, and its chance is seeded.
# ruff: noqa: PLR0915, PLR2004, S311
# fmt: off

import math
import random
from collections.abc import Iterable

from PIL import Image, ImageChops

from drawing.ink import WIDTH, Print, curve, disc, mirrored, rain, shape, stroke, within


def clouds(picture: Print, seed: int, rows: Iterable[float], colour: str, opacity: float) -> None:
    """Banks of cloud, drifting to the right."""
    chance = random.Random(seed)
    for y in rows:
        for _ in range(5):
            x = chance.uniform(-60, WIDTH + 60)
            picture.lay(disc(x, y + chance.uniform(-14, 14), chance.uniform(90, 210), chance.uniform(8, 24),
                             soft=12),
                        colour, opacity)


def sea(picture: Print, clip: Image.Image, top: float, bottom: float, light: str, dark: str) -> None:
    """Swell: lines that widen towards the viewer."""
    y, index = top, 0
    while y < bottom:
        near = (y - top) / (bottom - top)
        wave = [(x, y + (2 + 16 * near) * math.sin(x / (26 + 60 * near) + index * 2.1)) for x in range(-40,
                                                                                                       840, 26)]
        picture.lay(within(stroke(wave, 1.5 + 15 * near, 1 + 7 * near, soft=0.6 + 2 * near), clip),
                    dark if index % 2 else light, 0.5)
        y, index = y + 6 + 30 * near, index + 1


def lamp_room() -> Print:
    """LOC_LAMP_ROOM: the great lens, only its pilot flame alive; a radio that should be silent; the storm."""
    picture = Print(("#081226", "#1d4258"))
    picture.lay(disc(150, 250, 120, soft=60), "#9fd0d8", 0.6)
    picture.lay(disc(150, 250, 44), "#e6f4ea")
    clouds(picture, 4, range(130, 500, 52), "#35586e", 0.5)
    clouds(picture, 9, range(160, 520, 70), "#0d1b30", 0.6)
    water = shape([(0, 560), (768, 560), (768, 760), (0, 760)])
    picture.lay(water, ("#1c4a58", "#0b1f2e"))
    sea(picture, water, 566, 740, "#5f9aa4", "#0a1c2a")
    bolt = [(640, 150), (622, 230), (650, 262), (618, 356), (640, 392), (612, 470), (620, 556)]
    picture.lay(stroke(bolt, 26, 10, soft=12), "#9fb8ff", 0.5)
    picture.lay(stroke(bolt, 5, 1.5), "#f4f6ff")
    rain(picture, 12, 260, "#bfe0ea", 0.35, slant=0.3)

    picture.lay(disc(384, 430, 300, 330, soft=90), "#e89436", 0.3)
    iron, edge = "#15131a", "#c98a44"
    for top, foot, wide in ((-30, -60, 26), (186, 158, 18), (582, 610, 18), (798, 828, 26)):
        bar = shape([(top - wide / 2, 60), (top + wide / 2, 60), (foot + wide / 2, 720),
                     (foot - wide / 2, 720)])
        picture.lay(bar, iron)
        inner = wide / 2 if top < 384 else -wide / 2
        picture.lay(stroke([(top + inner, 60), ((top + foot) / 2 + inner, 390), (foot + inner, 720)], 2, 2),
                    edge, 0.75)
    for y, bow in ((330, 16), (560, 4)):
        picture.lay(stroke([(-40, y - bow), (170, y + bow / 2), (384, y + bow), (598, y + bow / 2),
                            (808, y - bow)], 7, 7),
                    iron)
    dome = disc(384, -60, 560, 240)
    picture.lay(dome, ("#0c0a10", "#3c2420"))
    for x in (-120, 60, 230, 384, 538, 708, 888):
        picture.lay(within(stroke([(384, -120), ((384 + x) / 2, 60), (x, 190)], 9, 9), dome), "#100c12")
        picture.lay(within(stroke([(390, -120), ((390 + x) / 2 + 4, 60), (x + 6, 190)], 2, 2), dome),
                    "#b06c38", 0.6)
    picture.lay(ImageChops.subtract(dome, disc(384, -68, 560, 240)), "#d8954a", 0.85)

    wall = shape(curve([(-80, 700), (384, 724), (848, 700), (848, 900), (-80, 900)]))
    picture.lay(wall, ("#4a2c28", "#1c1216"))
    picture.lay(stroke([(-40, 704), (384, 720), (808, 704)], 16, 16), "#2a191a")
    picture.lay(stroke([(-40, 698), (384, 714), (808, 698)], 3, 3), "#e0a050", 0.8)
    for x in range(30, 768, 59):
        picture.lay(disc(x, 742 - 0.00009 * (x - 384) ** 2, 4), "#8a5a3a", 0.8)
    floor = shape([(0, 846), (768, 846), (768, 1024), (0, 1024)])
    picture.lay(floor, ("#3a2620", "#140e12"))
    for x in range(-900, 1700, 78):
        picture.lay(within(stroke([(384 + (x - 384) * 0.36, 846), ((384 + (x - 384) * 0.68), 930), (x, 1024)],
                                  2, 4), floor),
                    "#0c080c", 0.8)
    for y in (858, 882, 918, 968):
        picture.lay(within(stroke([(0, y), (768, y)], 2, 2), floor), "#0c080c", 0.7)
    picture.lay(within(disc(384, 900, 330, 74, soft=34), floor), "#f0a042", 0.5)

    lens(picture)
    desk(picture)
    return picture


def lens(picture: Print) -> None:
    """The Fresnel lens on its brass pedestal."""
    picture.lay(shape([(376, 90), (392, 90), (396, 200), (372, 200)]), ("#3a2618", "#a87434"))
    foot = shape(curve([(384, 660), (436, 664), (438, 720), (424, 780), (470, 850), (520, 884), (384, 900),
                        (248, 884),
                        (298, 850), (344, 780), (330, 720), (332, 664)]))
    picture.lay(foot, ("#c88e3c", "#3a2414"))
    picture.lay(within(shape([(396, 640), (560, 640), (560, 910), (420, 910)], soft=12), foot), "#1c100c", 0.6)
    picture.lay(within(stroke([(356, 670), (362, 780), (318, 868)], 8, 5, soft=2), foot), "#ffe0a0", 0.7)
    for y, wide in ((724, 66), (782, 54)):
        picture.lay(disc(384, y, wide, 12), "#2c1a10")
        picture.lay(disc(384, y - 4, wide, 11), ("#f0be64", "#8a5a24"))
    glass = shape(curve(mirrored([(384, 190), (446, 198), (504, 246), (532, 330), (538, 428), (530, 520),
                                  (502, 604),
                                  (446, 652), (384, 660)])))
    picture.lay(glass, ("#8fa79a", "#3f7478"))
    picture.lay(within(disc(384, 428, 120, 170, soft=50), glass), "#f0b860", 0.6)
    for index, y in enumerate([*range(206, 326, 15), *range(536, 660, 15)]):
        bow = (y - 428) * 0.16
        for offset, colour, opacity in ((0, "#fff6d8", 0.75), (6, "#3f7478", 0.6),
                                        (10, "#1f4650", 0.35 + 0.1 * (index % 2))):
            band = [(230, y - bow + offset), (307, y + bow * 0.3 + offset), (384, y + bow * 0.6 + offset),
                    (461, y + bow * 0.3 + offset), (538, y - bow + offset)]
            picture.lay(within(stroke(band, 3.4, 3.4, soft=0.5), glass), colour, opacity)
    for radius in range(112, 10, -17):
        picture.lay(disc(384, 430, radius), "#d8c48c" if (radius // 17) % 2 else "#8f7440", 0.8)
        picture.lay(ImageChops.subtract(disc(384, 430, radius), disc(386, 433, radius - 2.4)), "#6a4a22", 0.75)
    picture.lay(disc(384, 430, 40, soft=16), "#ffc04e", 0.9)
    picture.lay(shape(curve([(384, 404), (394, 426), (390, 444), (384, 448), (378, 444), (374, 426)])),
                "#fff6d0")
    for bend in (-1, -0.42, 0.42, 1):
        rib = [(384 + bend * 60, 192), (384 + bend * 138, 300), (384 + bend * 152, 428),
               (384 + bend * 138, 556),
               (384 + bend * 60, 658)]
        picture.lay(stroke(rib, 9, 9), "#4a2e16")
        picture.lay(stroke([(x - 2, y) for x, y in rib], 3, 3), "#f2c878", 0.9)
    picture.lay(within(stroke([(286, 290), (262, 420), (284, 560)], 16, 6, soft=5), glass), "#ffffff", 0.55)
    for y, wide in ((196, 72), (654, 84)):
        picture.lay(disc(384, y + 4, wide, 16), "#3a2212")
        picture.lay(disc(384, y - 2, wide, 14), ("#f6cc78", "#8c5c28"))


def desk(picture: Print) -> None:
    """The radio and the log book on the keeper's desk."""
    picture.lay(disc(150, 770, 210, 150, soft=60), "#ff9a3c", 0.4)
    top = shape([(-20, 866), (290, 866), (340, 922), (-20, 922)])
    picture.lay(shape([(-20, 922), (340, 922), (330, 1024), (-20, 1024)]), ("#4a2a1a", "#1a0e0c"))
    picture.lay(top, ("#8a5428", "#6a3c1e"))
    picture.lay(stroke([(-20, 922), (340, 922)], 4, 4), "#e0a058", 0.7)
    case = shape(curve([(34, 742), (60, 716), (220, 716), (244, 742), (250, 886), (28, 886)]))
    picture.lay(case, ("#7a4a2a", "#3c2014"))
    picture.lay(within(stroke([(36, 744), (70, 722), (214, 722)], 5, 4, soft=1), case), "#f0b468", 0.7)
    for y in range(752, 846, 11):
        picture.lay(stroke([(52, y), (128, y)], 4, 4), "#1a0e0a", 0.9)
        picture.lay(stroke([(52, y + 3), (128, y + 3)], 1.4, 1.4), "#c07c40", 0.7)
    picture.lay(disc(188, 788, 62, soft=16), "#ffb040", 0.8)
    picture.lay(disc(188, 788, 46), "#5a3418")
    picture.lay(disc(188, 788, 40), ("#fff2c0", "#ffbe54"))
    for tick in range(11):
        angle = math.radians(200 + 14 * tick)
        ray = [(188 + reach * math.cos(angle), 792 + reach * math.sin(angle)) for reach in (30, 36)]
        picture.lay(stroke(ray, 2.4, 2.4), "#5a2c10")
    picture.lay(stroke([(188, 794), (212, 764)], 3, 2), "#b8281c")
    for x in (158, 188, 218):
        picture.lay(disc(x, 862, 10), "#1c100c")
        picture.lay(disc(x - 2, 859, 6), "#c89050")
    picture.lay(stroke([(230, 716), (236, 640), (244, 560)], 4, 2), "#d8b070")
    book = shape([(236, 900), (316, 892), (336, 912), (250, 920)])
    picture.lay(shape([(236, 904), (316, 896), (336, 916), (250, 924)]), "#5c1e1c")
    picture.lay(book, ("#f6e6c0", "#d8b888"))
    for row in range(3):
        picture.lay(stroke([(252, 902 + row * 5), (312, 897 + row * 5)], 1.2, 1.2), "#7a5a40", 0.8)


def quay() -> Print:
    """LOC_QUAY: wet stone under a sodium lamp, the dark tower, wet footprints out of the sea."""
    picture = Print(("#071522", "#4c8084"))
    picture.lay(disc(470, 470, 420, 150, soft=80), "#8fbcb4", 0.5)
    clouds(picture, 31, range(40, 420, 58), "#2c5362", 0.55)
    clouds(picture, 17, range(20, 330, 66), "#081420", 0.6)
    water = shape([(0, 486), (768, 486), (768, 1024), (0, 1024)])
    picture.lay(water, ("#4f8a8c", "#071a26"))
    sea(picture, water, 492, 1020, "#8cc4bc", "#0b2632")
    picture.lay(shape(curve([(84, 478), (96, 490), (150, 490), (164, 474), (126, 478)])), "#081018")
    picture.lay(stroke([(120, 476), (122, 448)], 2.4, 1.6), "#081018")
    picture.lay(disc(122, 446, 16, soft=7), "#ff5a48", 0.8)
    picture.lay(disc(122, 446, 3.2), "#ffd0c0")

    rock = shape(curve([(452, 520), (470, 478), (520, 452), (600, 448), (690, 470), (800, 490), (800, 560),
                        (440, 560)]))
    picture.lay(rock, ("#27404a", "#0c1a24"))
    tower = shape([(536, 170), (596, 170), (622, 470), (508, 470)])
    picture.lay(tower, ("#9ab4b4", "#c2ccc0"))
    for top in (216, 330):
        band = shape([(500, top), (640, top), (640, top + 56), (500, top + 56)])
        picture.lay(within(band, tower), ("#7c2f2c", "#8c3c34"))
    picture.lay(within(shape([(486, 160), (558, 160), (552, 480), (480, 480)], soft=16), tower), "#0b1c28",
                0.72)
    picture.lay(shape([(520, 158), (612, 158), (604, 176), (528, 176)]), "#101c24")
    picture.lay(shape([(540, 110), (592, 110), (594, 158), (538, 158)]), ("#1c3440", "#2c4c54"))
    for x in (540, 553, 566, 579, 592):
        picture.lay(stroke([(x, 108), (x, 160)], 3, 3), "#0a141c")
    picture.lay(shape(curve([(532, 112), (548, 88), (566, 74), (584, 88), (600, 112), (566, 108)])), "#0c161e")
    picture.lay(stroke([(566, 78), (566, 48)], 3, 1.5), "#0c161e")
    picture.lay(stroke([(514, 146), (618, 146)], 2, 2), "#0a141c")
    door = shape(curve([(550, 470), (550, 428), (566, 412), (582, 428), (582, 470)]))
    picture.lay(disc(566, 444, 42, soft=14), "#ffae4c", 0.6)
    picture.lay(door, ("#ffd484", "#c87a30"))

    top = [(498, 500), (584, 500), (1010, 1024), (150, 1024)]
    deck = shape(top)
    picture.lay(shape([(498, 500), (150, 1024), (20, 1024), (486, 512)]), ("#1c3038", "#050c12"))
    picture.lay(deck, ("#5a7678", "#1a2a34"))
    for step in range(1, 9):
        far, near = 498 + 86 * step / 9, 150 + 860 * step / 9
        picture.lay(within(stroke([(far, 500), (near, 1024)], 1, 5), deck), "#0d1a22", 0.7)
    y, gap = 512.0, 9.0
    while y < 1024:
        picture.lay(within(stroke([(0, y), (768, y)], 1 + gap / 18, 1 + gap / 18), deck), "#0d1a22", 0.6)
        y, gap = y + gap, gap * 1.24
    picture.lay(stroke([(498, 500), (150, 1024)], 3, 13), "#a9c4bc", 0.75)
    glow(picture, deck)

    for x, y, size in ((452, 600, 0.34), (386, 702, 0.6), (280, 862, 1.05)):
        picture.lay(disc(x + 6 * size, y + 4 * size, 46 * size, 12 * size, soft=3), "#060c12", 0.7)
        post = shape(curve([(x - 26 * size, y), (x - 20 * size, y - 60 * size), (x - 40 * size, y - 84 * size),
                            (x, y - 100 * size), (x + 40 * size, y - 84 * size), (x + 20 * size, y - 60 * size),
                            (x + 26 * size, y)]))
        picture.lay(post, ("#33474e", "#0a1218"))
        picture.lay(within(stroke([(x + 30 * size, y - 90 * size), (x + 14 * size, y - 56 * size),
                                   (x + 18 * size, y)],
                                  9 * size, 6 * size, soft=1.5), post), "#ffb45a", 0.75)
    for step in range(9):
        near = (step / 8) ** 1.6
        x, y, size = 300 + 222 * (1 - near) + (14 if step % 2 else -14) * near, 548 + 420 * near, 3 + 19 * near
        picture.lay(within(disc(x, y, size, size * 0.5, soft=0.6), deck), "#050b10", 0.85)
        picture.lay(within(disc(x + size * 0.2, y - size * 0.14, size * 0.5, size * 0.16, soft=0.6), deck),
                    "#ffc878", 0.7)
    rain(picture, 40, 330, "#d8f0ea", 0.4, slant=0.22)
    return picture


def glow(picture: Print, deck: Image.Image) -> None:
    """The quay's one lamp: post, cone of light, and its reflection in the wet stone."""
    picture.lay(shape([(584, 352), (640, 352), (800, 960), (330, 960)], soft=22), "#ffb04a", 0.2)
    picture.lay(within(disc(596, 900, 230, 70, soft=40), deck), "#ff9f36", 0.6)
    chance = random.Random(6)
    for _ in range(34):
        x, y = chance.gauss(590, 70), chance.uniform(640, 1010)
        wide = chance.uniform(8, 44) * (y - 480) / 500
        picture.lay(within(disc(x, y, wide, wide * 0.13, soft=1), deck), "#ffd690", chance.uniform(0.25, 0.7))
    picture.lay(stroke([(700, 1024), (700, 600), (698, 400), (680, 340), (640, 322), (612, 330)], 20, 8),
                "#060d13")
    picture.lay(stroke([(694, 1024), (694, 600), (692, 404), (676, 346), (640, 328)], 4, 2), "#ffb45a", 0.75)
    picture.lay(disc(612, 352, 120, soft=44), "#ff9f36", 0.6)
    picture.lay(disc(612, 352, 52, soft=16), "#ffd27c", 0.9)
    picture.lay(shape(curve([(576, 346), (590, 322), (612, 314), (634, 322), (648, 346)])), "#0a141a")
    picture.lay(disc(612, 348, 30, 13), "#fff6d8")
