"""Draws the show's reference images: two people, two places. Run by hand: ``python draw_refs.py``.

Needs Pillow only. The same Pillow draws the same pictures; they are committed, so nobody has to run this
to use the show. Shapes are smooth curves in a 768 x 1024 frame, drawn at twice the size and scaled down.
Pictures have few colours, like a screen print: that is the look, and it keeps the files small.
"""

# A drawing is a long list of plain numbers, its chance is seeded, and it prints what it wrote.
# ruff: noqa: C901, INP001, PLR0912, PLR0915, PLR2004, S311, T201
# fmt: off

import math
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT, SCALE = 768, 1024, 2
COLOURS = 224

Point = tuple[float, float]
Colour = str | tuple[str, str]
"""One colour, or the top and bottom colours of a vertical gradient over the shape."""


def curve(points: Sequence[Point], *, closed: bool = True) -> list[Point]:
    """A smooth line through ``points`` (Catmull-Rom)."""
    count = len(points)
    pick = (lambda i: points[i % count]) if closed else (lambda i: points[max(0, min(count - 1, i))])
    line: list[Point] = []
    for index in range(count if closed else count - 1):
        before, start, end, after = (pick(index + step) for step in (-1, 0, 1, 2))
        for tick in range(14):
            t = tick / 14
            line.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(before, start, end, after, strict=True)
                )
            )
    return line if closed else [*line, points[-1]]


def mirrored(half: Sequence[Point], axis: float = WIDTH / 2) -> list[Point]:
    """A closed outline from its right half, listed from top to bottom."""
    return [*half, *[(2 * axis - x, y) for x, y in reversed(half) if x != axis]]


def blank() -> Image.Image:
    """An empty mask."""
    return Image.new("L", (WIDTH * SCALE, HEIGHT * SCALE))


def scaled(points: Iterable[Point]) -> list[Point]:
    """Points of the frame in pixels of the drawing."""
    return [(x * SCALE, y * SCALE) for x, y in points]


def shape(*outlines: Sequence[Point], soft: float = 0) -> Image.Image:
    """A mask of filled outlines, its edge blurred by ``soft``."""
    mask = blank()
    for outline in outlines:
        ImageDraw.Draw(mask).polygon(scaled(outline), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(soft * SCALE)) if soft else mask


def disc(x: float, y: float, across: float, down: float | None = None, *, soft: float = 0) -> Image.Image:
    """A mask of an ellipse by its centre and radii."""
    mask, down = blank(), across if down is None else down
    box = [((x - across) * SCALE, (y - down) * SCALE), ((x + across) * SCALE, (y + down) * SCALE)]
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask.filter(ImageFilter.GaussianBlur(soft * SCALE)) if soft else mask


def stroke(points: Sequence[Point], start: float, end: float, *, soft: float = 0) -> Image.Image:
    """A mask of a brush stroke through ``points``, its width going from ``start`` to ``end``."""
    mask = blank()
    draw, line = ImageDraw.Draw(mask), curve(points, closed=False)
    for index, (a, b) in enumerate(pairwise(line)):
        radius = (start + (end - start) * index / len(line)) / 2
        steps = max(1, int(math.dist(a, b) * SCALE / max(radius, 0.5)))
        for step in range(steps):
            x = a[0] + (b[0] - a[0]) * step / steps
            y = a[1] + (b[1] - a[1]) * step / steps
            draw.ellipse(scaled([(x - radius, y - radius), (x + radius, y + radius)]), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(soft * SCALE)) if soft else mask


def within(mask: Image.Image, clip: Image.Image) -> Image.Image:
    """The part of ``mask`` that lies inside ``clip``."""
    return ImageChops.multiply(mask, clip)


class Print:
    """A picture in the making: shapes are laid one over the other."""

    def __init__(self, ground: Colour) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
        self.lay(Image.new("L", self.image.size, 255), ground)

    def lay(self, mask: Image.Image, colour: Colour, opacity: float = 1.0) -> None:
        """Lay ``colour`` where ``mask`` is."""
        box = mask.getbbox()
        if box is None:
            return
        part = mask.crop(box)
        if isinstance(colour, str):
            ink = Image.new("RGB", part.size, colour)
        else:
            ramp = Image.linear_gradient("L").resize(part.size)
            top, bottom = (Image.new("RGB", part.size, end) for end in colour)
            ink = Image.composite(bottom, top, ramp)
        self.image.paste(ink, box[:2], part.point(lambda level: int(level * opacity)))

    def save(self, path: Path) -> None:
        """Scale down, reduce to few colours, write."""
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        palette = small.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=3)
        small.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def rain(picture: Print, seed: int, drops: int, colour: str, opacity: float, slant: float = 0.16) -> None:
    """Slanting rain."""
    chance, mask = random.Random(seed), blank()
    draw = ImageDraw.Draw(mask)
    for _ in range(drops):
        x, y, length = chance.uniform(-60, WIDTH), chance.uniform(-80, HEIGHT), chance.uniform(18, 64)
        draw.line(scaled([(x, y), (x + length * slant, y + length)]), fill=chance.randint(90, 255), width=2)
    picture.lay(mask, colour, opacity)


# --- people -------------------------------------------------------------------------------------------

FACE = mirrored(
    [(384, 226), (462, 244), (506, 312), (508, 398), (494, 468), (462, 534), (420, 578), (384, 588)]
)


def eye(picture: Print, x: float, *, out: int, iris: str, lid: str, white: str) -> None:
    """One eye; ``out`` is 1 where its outer corner is on the right."""
    y = 402
    almond = shape(curve([(x - 32 * out, y + 5), (x - 10 * out, y - 12), (x + 14 * out, y - 13),
                          (x + 34 * out, y - 1),
                          (x + 12 * out, y + 11), (x - 14 * out, y + 11)]))
    picture.lay(almond, white)
    picture.lay(within(disc(x + 1, y - 2, 13.5), almond), iris)
    picture.lay(within(disc(x + 1, y - 2, 6.5), almond), "#10141c")
    picture.lay(within(shape(curve([(x - 34, y - 18), (x, y - 16), (x + 36, y - 18), (x + 36, y - 6),
                                    (x, y - 7),
                                    (x - 34, y - 5)]), soft=2), almond), lid, 0.55)
    picture.lay(disc(x + 5, y - 7, 3), "#ffffff", 0.95)
    picture.lay(stroke([(x - 34 * out, y + 6), (x - 10 * out, y - 13), (x + 15 * out, y - 14),
                        (x + 40 * out, y - 5)],
                       3.2, 6), lid)
    picture.lay(stroke([(x - 20 * out, y - 24), (x + 6 * out, y - 29), (x + 32 * out, y - 21)], 2, 3), lid,
                0.35)
    picture.lay(stroke([(x - 10 * out, y + 14), (x + 10 * out, y + 15), (x + 28 * out, y + 7)], 1.2, 2.2), lid,
                0.4)


def face(picture: Print, *, skin: Colour, shade: str, flush: str, lips: tuple[str, str], iris: str, ink: str,
         white: str, lit_from: int) -> Image.Image:
    """Head, neck and features, lit from one side (-1 left, 1 right); returns the head's mask."""
    neck = shape(curve([(318, 500), (322, 620), (280, 690), (384, 760), (488, 690), (446, 620), (450, 500)]))
    picture.lay(neck, skin)
    picture.lay(within(shape(curve([(290, 520), (384, 606), (480, 520), (470, 640), (384, 672), (298, 636)]),
                             soft=9),
                       neck), shade, 0.75)
    head = shape(curve(FACE))
    picture.lay(head, skin)
    side = -lit_from
    dark = [(384 + side * 2, 220), (384 + side * 30, 300), (384 + side * 24, 372), (384 + side * 10, 396),
            (384 + side * 14, 440), (384 + side * 26, 478), (384 + side * 12, 492), (384 + side * 20, 520),
            (384 + side * 12, 548), (384 + side * 22, 596), (384 + side * 150, 600), (384 + side * 190, 380),
            (384 + side * 120, 220)]
    picture.lay(within(shape(curve(dark), soft=5), head), shade, 0.62)
    for x in (306, 462):
        picture.lay(within(disc(x, 472, 40, 26, soft=16), head), flush, 0.42)
    for x in (322, 446):
        picture.lay(within(disc(x, 396, 44, 24, soft=12), head), shade, 0.38)
    picture.lay(within(shape(curve([(352, 486), (368, 498), (384, 501), (400, 498), (416, 486), (384, 494)]),
                             soft=2),
                       head), ink, 0.5)
    picture.lay(stroke([(384 + side * 12, 398), (384 + side * 15, 446), (384 + side * 27, 476)], 2, 4,
                       soft=1.5),
                ink, 0.32)
    picture.lay(disc(384 - side * 4, 470, 7, 13, soft=5), "#ffffff", 0.25)
    upper = [(338, 531), (362, 522), (376, 518), (384, 521), (392, 518), (406, 522), (430, 531), (384, 535)]
    lower = [(344, 532), (384, 535), (424, 532), (406, 550), (384, 555), (362, 550)]
    picture.lay(shape(curve(upper)), lips[0])
    picture.lay(shape(curve(lower)), lips[1])
    picture.lay(stroke([(336, 531), (362, 532), (384, 536), (406, 532), (432, 531)], 2.4, 2.4), ink, 0.75)
    picture.lay(disc(384 - side * 12, 543, 13, 3.4, soft=2), "#ffffff", 0.3)
    picture.lay(disc(384, 564, 26, 5, soft=4), shade, 0.6)
    eye(picture, 322, out=-1, iris=iris, lid=ink, white=white)
    eye(picture, 446, out=1, iris=iris, lid=ink, white=white)
    return head


def strands(picture: Print, clip: Image.Image, lines: Sequence[Sequence[Point]], colour: str, opacity: float,
            *, width: float = 5) -> None:
    """Locks of hair inside ``clip``."""
    for line in lines:
        picture.lay(within(stroke(line, width, width * 0.3, soft=0.6), clip), colour, opacity)


def maren() -> Print:
    """MAREN: the keeper. Copper braid, yellow oilskin, the lens behind her like a halo."""
    picture = Print(("#10233a", "#0a1522"))
    for radius, colour in ((350, "#1a3346"), (306, "#3a4444"), (262, "#7a5f34"), (218, "#c58a35"),
                           (176, "#f2bd57")):
        picture.lay(disc(384, 372, radius), colour)
        picture.lay(ImageChops.subtract(disc(384, 372, radius - 16), disc(384, 372, radius - 19)), "#ffe2a0",
                    0.5)
    picture.lay(disc(384, 372, 150, soft=50), "#fff1c4", 0.9)
    rain(picture, 3, 110, "#b8d4e4", 0.28)

    back = shape(curve([(384, 176), (488, 204), (548, 312), (552, 450), (520, 570), (470, 640), (298, 640),
                        (248, 570),
                        (216, 450), (220, 312), (280, 204)]))
    picture.lay(back, ("#8a3a1e", "#4a1a14"))

    hood = shape(curve([(384, 560), (520, 590), (600, 660), (560, 760), (384, 800), (208, 760), (168, 660),
                        (248, 590)]))
    picture.lay(hood, ("#b47a10", "#6e4508"))
    head = face(picture, skin=("#f6cfae", "#e2a583"), shade="#9c5647", flush="#e0694f",
                lips=("#a8443d", "#c9655a"), iris="#3f8a86", ink="#3d1a1c", white="#fbf3e8", lit_from=-1)
    chance = random.Random(11)
    for _ in range(46):
        x, y = 384 + chance.gauss(0, 58), 452 + chance.gauss(0, 20)
        picture.lay(within(disc(x, y, chance.uniform(1.4, 2.6), soft=0.4), head), "#9a4a30", 0.5)
    for x, out in ((322, -1), (446, 1)):
        brow = [(x - 34 * out, 372), (x - 6 * out, 357), (x + 40 * out, 366)]
        picture.lay(stroke(brow, 8, 3, soft=0.8), "#7c321c", 0.92)

    knit = shape(curve([(300, 612), (384, 640), (468, 612), (482, 660), (476, 730), (384, 768), (292, 730),
                        (286, 660)]))
    picture.lay(knit, ("#f4ead2", "#cdb892"))
    for x in range(296, 480, 15):
        rib = [(x, 612 + 30 * (1 - abs(x - 384) / 100)), (384 + (x - 384) * 1.06, 760)]
        picture.lay(within(stroke([*rib, (rib[1][0], 780)], 2.2, 2.2, soft=0.6), knit), "#a58c62", 0.5)
    picture.lay(within(shape(curve([(400, 600), (490, 600), (500, 780), (420, 780)]), soft=12), knit),
                "#7a5c48", 0.4)

    coat = shape(curve([(292, 706), (384, 800), (476, 706), (560, 690), (660, 742), (726, 880), (742, 1060),
                        (26, 1060),
                        (42, 880), (108, 742), (208, 690)]))
    picture.lay(coat, ("#f6b81c", "#c47c08"))
    picture.lay(within(shape(curve([(430, 690), (700, 690), (760, 1060), (470, 1060), (410, 860)]), soft=18),
                       coat),
                "#8a4f06", 0.55)
    for fold in ([(150, 760), (190, 850), (180, 1024)], [(250, 740), (262, 860), (240, 1010)],
                 [(610, 750), (590, 860), (612, 1024)], [(520, 730), (528, 880), (508, 1010)]):
        picture.lay(within(stroke(fold, 6, 26, soft=7), coat), "#7a4204", 0.42)
        picture.lay(within(stroke([(x - 16, y) for x, y in fold], 3, 9, soft=3), coat), "#ffe58c", 0.5)
    for side in (-1, 1):
        lapel = shape(curve([(384 + side * 94, 664), (384 + side * 150, 690), (384 + side * 120, 812),
                             (384 + side * 6, 878), (384 + side * 40, 780)]))
        picture.lay(lapel, ("#ffce3d", "#dd9410") if side < 0 else ("#d8930f", "#96580a"))
        picture.lay(stroke([(384 + side * 150, 690), (384 + side * 120, 812), (384 + side * 6, 878)], 3, 3),
                    "#7a4204",
                    0.7)
    picture.lay(stroke([(384, 872), (386, 950), (384, 1024)], 4, 4), "#6e3c04", 0.85)
    for y in (910, 978):
        picture.lay(disc(384, y, 12), "#5a4630")
        picture.lay(disc(381, y - 3, 5), "#d8c08c", 0.9)

    fringe = [
        [(384, 206), (300, 222), (252, 300), (238, 400), (244, 470), (262, 452), (272, 372), (318, 298),
         (384, 262)],
        [(384, 206), (468, 222), (518, 300), (532, 400), (524, 470), (506, 452), (496, 372), (456, 298),
         (384, 262)],
    ]
    crown = shape(curve([(384, 170), (478, 190), (530, 262), (536, 372), (516, 392), (490, 316), (440, 270),
                         (384, 252),
                         (328, 270), (278, 316), (252, 392), (232, 372), (238, 262), (290, 190)]))
    hair = ImageChops.lighter(crown, shape(*[curve(part) for part in fringe]))
    picture.lay(hair, ("#d8642a", "#9c3c1c"))
    locks = [[(384, 180), (316 - 9 * i, 214 + 9 * i), (262 - 4 * i, 300 + 12 * i),
              (250 - 2 * i, 452)] for i in range(5)]
    strands(picture, hair, locks, "#f7a356", 0.6)
    strands(picture, hair, [[(768 - x, y) for x, y in line] for line in locks], "#6e2414", 0.6)
    strands(picture, hair, [[(384, 172), (384, 214), (384, 258)]], "#5c1c10", 0.7, width=4)
    for line in ([(258, 380), (250, 470), (268, 560)], [(514, 390), (524, 470), (512, 548)],
                 [(330, 284), (282, 360), (284, 420)]):
        picture.lay(stroke(line, 4, 1.2), "#c8562a", 0.95)
    for index in range(8):
        y, x = 560 + index * 48, 254 - 26 * math.sin(index / 3) + (index > 5) * 3
        size = 34 - index * 1.6
        for side, colour in ((1, ("#a8421e", "#6e2414")), (-1, ("#e2733a", "#a8421e"))):
            lobe = shape(curve([(x + side * 4, y - 36), (x + side * size, y - 12),
                                (x + side * size * 0.8, y + 22),
                                (x - side * 6, y + 40), (x - side * 10, y + 8)]))
            picture.lay(lobe, colour)
            picture.lay(within(stroke([(x + side * 20, y - 16), (x + side * 12, y + 8),
                                       (x - side * 2, y + 30)], 4, 2),
                               lobe), "#f7a356" if side < 0 else "#4a160e", 0.6)
    picture.lay(shape(curve([(240, 934), (278, 934), (276, 952), (242, 952)])), "#1d4a50")
    picture.lay(stroke([(222, 300), (214, 420), (236, 540)], 5, 2, soft=1.5), "#ffdf92", 0.75)
    return picture


def ivo() -> Print:
    """IVO: the drowned husband. Black curls, sea-grey eyes, navy peacoat, moonlight and water."""
    picture = Print(("#0d2b36", "#2b5a60"))
    picture.lay(disc(590, 250, 150, soft=70), "#8fd0c8", 0.55)
    picture.lay(disc(590, 250, 104), "#d9f0e2")
    picture.lay(disc(566, 226, 20, 14, soft=4), "#b4d8cc", 0.8)
    picture.lay(disc(624, 286, 26, 18, soft=5), "#b4d8cc", 0.8)
    for index, y in enumerate(range(500, 820, 22)):
        wave = [(x, y + 5 * math.sin(x / 46 + index * 1.7)) for x in range(-40, 840, 40)]
        picture.lay(stroke(wave, 3 + index * 0.7, 2, soft=1), "#7fc0b8" if index % 3 else "#0d2b36", 0.3)
    rain(picture, 8, 170, "#d4efe8", 0.34)

    back = shape(curve([(384, 172), (470, 190), (528, 262), (530, 340), (500, 396), (268, 396), (238, 340),
                        (240, 262),
                        (298, 190)]))
    picture.lay(back, ("#141c28", "#0a1018"))
    for side in (-1, 1):
        picture.lay(shape(curve([(384 + side * 118, 388), (384 + side * 138, 380), (384 + side * 142, 424),
                                 (384 + side * 122, 456)])), "#a9bab0" if side > 0 else "#4f6c70")
    head = face(picture, skin=("#d5dccf", "#a3b5ab"), shade="#45666c", flush="#8a7f86",
                lips=("#5d5868", "#7d7480"), iris="#5d9aa0", ink="#10161f", white="#dfe8e2", lit_from=1)
    for x in (322, 446):
        picture.lay(within(disc(x, 424, 34, 12, soft=7), head), "#3d5a66", 0.6)
    for x, out in ((322, -1), (446, 1)):
        brow = [(x - 38 * out, 376), (x - 4 * out, 360), (x + 44 * out, 368)]
        picture.lay(stroke(brow, 13, 5, soft=1), "#0d131b", 0.95)
    beard = shape(curve([(262, 424), (278, 470), (318, 510), (352, 512), (384, 508), (416, 512), (450, 510),
                         (490, 470),
                         (506, 424), (508, 500), (470, 566), (424, 606), (384, 616), (344, 606), (298, 566),
                         (260, 500)]),
                  soft=0.8)
    lips = shape(curve([(334, 530), (362, 520), (384, 523), (406, 520), (434, 530), (408, 553), (384, 558),
                        (360, 553)]))
    beard = ImageChops.subtract(beard, lips)
    picture.lay(beard, ("#1c252e", "#11171f"))
    chance = random.Random(5)
    for _ in range(170):
        angle = chance.uniform(0.06, 0.94) * math.pi
        x = 384 + 112 * math.cos(angle) * chance.uniform(0.5, 1.04)
        y = 484 + 124 * math.sin(angle) * chance.uniform(0.5, 1)
        line = [(x, y), (x + (x - 384) * 0.05 + chance.uniform(-5, 5), y + 9), (x + (x - 384) * 0.04, y + 20)]
        tone = "#5b7078" if x > 392 else "#080d13"
        picture.lay(within(stroke(line, 2.4, 0.8), beard), tone, 0.7)

    collar = shape(curve([(316, 590), (384, 640), (452, 590), (474, 660), (470, 780), (410, 900), (358, 900),
                          (298, 780),
                           (294, 660)]))
    picture.lay(collar, ("#2a3e52", "#101a28"))
    for y in range(628, 900, 17):
        row = [(292, y - 14), (384, y + 22), (476, y - 14)]
        picture.lay(within(stroke(row, 3, 3, soft=0.8), collar), "#3c5468", 0.75)
    coat = shape(curve([(300, 740), (384, 850), (468, 740), (560, 690), (668, 742), (738, 880), (752, 1060),
                        (16, 1060),
                        (30, 880), (100, 742), (208, 690)]))
    picture.lay(coat, ("#1f3550", "#0c1626"))
    picture.lay(within(shape(curve([(20, 690), (330, 690), (350, 1060), (10, 1060)]), soft=26), coat),
                "#060c16", 0.6)
    for fold in ([(142, 770), (172, 870), (160, 1024)], [(626, 760), (604, 870), (630, 1024)],
                 [(552, 780), (560, 900), (540, 1020)]):
        picture.lay(within(stroke(fold, 5, 22, soft=6), coat), "#050a12", 0.7)
        picture.lay(within(stroke([(x + 16, y) for x, y in fold], 2, 6, soft=2), coat), "#5c86a4", 0.5)
    for side in (-1, 1):
        stand = shape([(384 + side * 66, 700), (384 + side * 92, 628), (384 + side * 134, 566),
                       (384 + side * 168, 590),
                       (384 + side * 192, 660), (384 + side * 200, 720), (384 + side * 116, 772),
                       (384 + side * 76, 750)])
        picture.lay(stand, ("#2f4d6c", "#16283e") if side > 0 else ("#182a40", "#0a1422"))
        lapel = shape([(384 + side * 74, 726), (384 + side * 204, 706), (384 + side * 232, 806),
                       (384 + side * 180, 796),
                       (384 + side * 186, 836), (384 + side * 6, 962), (384 + side * 24, 860)])
        picture.lay(lapel, ("#2c4a68", "#152740") if side > 0 else ("#15263a", "#0a1320"))
        for edge in ([(384 + side * 204, 706), (384 + side * 232, 806)],
                     [(384 + side * 186, 836), (384 + side * 6, 962)],
                     [(384 + side * 134, 568), (384 + side * 168, 592), (384 + side * 192, 660)]):
            picture.lay(stroke(edge, 2.4, 2.4), "#6f9ab4" if side > 0 else "#25405a", 0.7)
    picture.lay(stroke([(386, 944), (392, 1024)], 4, 4), "#04080e", 0.9)
    for x, y in ((318, 980), (452, 980)):
        picture.lay(disc(x, y, 17), "#6b5426")
        picture.lay(disc(x - 1, y - 1, 14), ("#f0d48a", "#a67c30"))
        picture.lay(disc(x, y, 8), "#8a6a2c", 0.8)
        picture.lay(disc(x + 5, y - 6, 3.4), "#fff6d2")

    crown = shape(curve([(384, 172), (466, 186), (524, 244), (530, 330), (520, 404), (506, 420), (502, 350),
                         (486, 306),
                         (440, 286), (384, 280), (328, 286), (282, 306), (266, 350), (262, 420), (248, 404),
                         (238, 330),
                         (244, 244), (302, 186)]))
    picture.lay(crown, ("#1d2834", "#0a1018"))
    curls = random.Random(21)
    rings = [(layer, math.radians(angle)) for layer in range(5) for angle in range(170 + 9 * layer % 7, 372,
                                                                                   11)]
    for layer, angle in rings:
        reach = 1.04 - layer * 0.115
        x, y = 384 + 146 * reach * math.cos(angle), 338 + 164 * reach * math.sin(angle)
        x, y, size = x + curls.uniform(-5, 5), y + curls.uniform(-5, 5), curls.uniform(14, 21)
        if y > 300 and abs(x - 384) < 116:
            continue
        turn = curls.uniform(0, 6.28)
        ring = [(x + size * math.cos(turn + a / 2) * (1 - a / 16),
                 y + size * math.sin(turn + a / 2) * (1 - a / 16))
                for a in range(10)]
        picture.lay(disc(x, y, size + 3), "#0b1119", 0.95)
        picture.lay(stroke(ring, 5, 2), "#56727e" if x > 410 else "#2b3946", 0.85)
    for line in ([(330, 280), (316, 318), (330, 352), (322, 372)],
                 [(412, 284), (424, 322), (412, 348), (420, 366)],
                 [(372, 286), (366, 318), (378, 340)]):
        picture.lay(stroke(line, 9, 2.5), "#0b1119")
        picture.lay(stroke([(x + 2, y) for x, y in line], 2.4, 1), "#6d8c98", 0.8)
    picture.lay(within(stroke([(500, 330), (506, 400), (498, 470)], 7, 3, soft=1.5), head), "#eafff6", 0.8)
    for x, y in ((298, 452), (338, 322), (472, 440), (430, 316), (356, 576), (488, 330), (306, 488)):
        picture.lay(within(stroke([(x, y - 16), (x, y)], 1.2, 5), ImageChops.lighter(head, beard)), "#f2fffb",
                    0.75)
        picture.lay(disc(x, y, 3.6, 4.8), "#f2fffb", 0.9)
    return picture


# --- places -------------------------------------------------------------------------------------------


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


FOLDER = Path(__file__).parent / "refs"
PICTURES = {
    "characters/MAREN.png": maren,
    "characters/IVO.png": ivo,
    "locations/LOC_LAMP_ROOM.png": lamp_room,
    "locations/LOC_QUAY.png": quay,
}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw().save(path)
        print(f"{name}: {path.stat().st_size // 1024} KB")
