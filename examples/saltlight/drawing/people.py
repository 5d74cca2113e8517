"""The people: MAREN, the keeper, and IVO, the drowned husband."""

# A drawing is a long list of plain numbers, and its chance is seeded.
# ruff: noqa: C901, PLR0912, PLR0915, PLR2004, S311
# fmt: off

import math
import random
from collections.abc import Sequence

from PIL import Image, ImageChops

from drawing.ink import Colour, Point, Print, curve, disc, mirrored, rain, shape, stroke, within

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
