"""Pictures of building sites, drawn: nobody and no place in them exists."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pmis.demo.dice import dice
from pmis.demo.machines import (
    WHITE,
    YELLOW,
    Colour,
    Pen,
    beam,
    crane,
    excavator,
    pump_truck,
    roller,
    shade,
    truck,
    worker,
)
from pmis.demo.surroundings import (
    ASPHALT,
    EARTH,
    GREEN,
    GREY,
    HEIGHT,
    WIDTH,
    crew,
    fence,
    ground,
    open_air,
    room,
    skyline,
    tree,
)

#: Pixels of a picture; drawn twice as fine and reduced.
SIZE = (800, 600)
FINE = 2

Scene: TypeAlias = Callable[[Pen, random.Random, float], None]

SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((96, 150, 205), (206, 224, 236)),
    ((126, 166, 204), (232, 230, 220)),
    ((158, 170, 180), (212, 214, 212)),
    ((120, 140, 165), (240, 206, 170)),
)
NIGHT: tuple[Colour, Colour] = ((14, 20, 40), (60, 62, 88))


def draw_picture(scene: str, variant: int) -> Image.Image:
    """Return the picture of a scene; the same for the same scene and variant."""
    rng = dice("picture", scene, variant)
    image = _background(rng, NIGHT if scene in ("night", "tunnel") else rng.choice(SKIES))
    pen = Pen(ImageDraw.Draw(image), SIZE[0] * FINE / WIDTH)
    SCENES[scene](pen, rng, rng.uniform(395, 455))
    image = image.resize(SIZE, Image.Resampling.BOX)
    return _stamp(_as_photographed(image, rng), rng)


def _background(rng: random.Random, sky: tuple[Colour, Colour]) -> Image.Image:
    """Return a sky that fades towards the horizon."""
    height = SIZE[1] * FINE
    steps = np.linspace(0, 1, height)[:, None] ** 0.8
    rows = np.array(sky[0]) * (1 - steps) + np.array(sky[1]) * steps
    pixels = np.repeat(rows[:, None, :], SIZE[0] * FINE, axis=1)
    return Image.fromarray(pixels.astype(np.uint8))


def _as_photographed(image: Image.Image, rng: random.Random) -> Image.Image:
    """Return the drawing with grain, soft edges, a darker border and a colour cast."""
    noise = np.random.default_rng(rng.randrange(2**32))
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.6))).astype(np.float32)
    y, x = np.mgrid[-1 : 1 : SIZE[1] * 1j, -1 : 1 : SIZE[0] * 1j]
    pixels *= (1.06 - 0.2 * (x * x + y * y) / 2)[:, :, None]
    pixels *= np.array([rng.uniform(0.96, 1.05) for _ in range(3)])
    pixels += noise.normal(0, 5, pixels.shape[:2])[:, :, None]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _stamp(image: Image.Image, rng: random.Random) -> Image.Image:
    """Say in the picture itself that it is invented."""
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=17)
    draw.rectangle((0, SIZE[1] - 30, 268, SIZE[1]), fill=(20, 32, 30))
    draw.text((10, SIZE[1] - 26), "CCS DEMO · INVENTED", fill=(255, 255, 255), font=font)
    return image


# -- Scenes -------------------------------------------------------------------------------------


def before(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw the place before work: cracked paving, a measuring staff."""
    skyline(pen, rng, horizon)
    ground(pen, rng, horizon, GREY)
    for _ in range(9):
        x, y = rng.uniform(0, WIDTH), rng.uniform(horizon + 40, HEIGHT)
        points = [(x, y)]
        for _ in range(5):
            points.append(
                (points[-1][0] + rng.uniform(-70, 90), points[-1][1] + rng.uniform(4, 30))
            )
        pen.line(points, shade(GREY, 0.55), 3)
    x = rng.uniform(200, 800)
    for step in range(8):
        pen.box(x, 640 - step * 42, x + 16, 682 - step * 42, (200, 60, 40) if step % 2 else WHITE)
    fence(pen, rng, HEIGHT - 90, 130)


def after(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw the finished street with markings and trees."""
    skyline(pen, rng, horizon)
    ground(pen, rng, horizon, ASPHALT)
    _street_lines(pen, horizon)
    for side in (0.06, 0.94):
        for step in range(4):
            y = horizon + 20 + step * step * 26
            x = WIDTH / 2 + (side - 0.5) * WIDTH * (0.35 + step * 0.28)
            tree(pen, x, y, 60 + step * 46, rng)


def _street_lines(pen: Pen, horizon: float) -> None:
    for step in range(7):
        near, far = horizon + 8 + step * step * 7.4, horizon + 8 + (step + 0.5) ** 2 * 7.4
        width = 1 + step * 1.6
        pen.shape(
            [(500 - width, near), (500 + width, near), (500 + width * 1.2, far),
             (500 - width * 1.2, far)], WHITE,
        )  # fmt: skip
    for end in (-260, 1260):
        pen.line([(500, horizon), (end, HEIGHT)], (236, 214, 120), 6)


def toolbox(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw the meeting before work: a board and a half circle of people."""
    open_air(pen, rng, horizon, EARTH)
    pen.box(400, horizon - 40, 640, horizon + 110, (230, 232, 228))
    pen.box(400, horizon - 40, 640, horizon - 8, (18, 92, 84))
    for line in range(5):
        pen.box(420, horizon + 8 + line * 19, rng.uniform(540, 620), horizon + 14 + line * 19,
                (120, 124, 122))  # fmt: skip
    for number in range(rng.randrange(6, 10)):
        worker(pen, 120 + number * 98, horizon + 190 + 60 * abs(number - 4) / 4, 120, rng)


def earth(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw digging: a pit, heaps, an excavator and a lorry."""
    open_air(pen, rng, horizon, EARTH)
    pit = [(180, horizon + 120), (760, horizon + 110), (900, 700), (60, 720)]
    pen.shape(pit, shade(EARTH, 0.62))
    pen.shape([(240, horizon + 160), (710, horizon + 152), (800, 690), (150, 700)],
              shade(EARTH, 0.78))  # fmt: skip
    for _ in range(3):
        x, size = rng.uniform(20, 900), rng.uniform(60, 130)
        pen.shape([(x - size, horizon + 110), (x, horizon + 110 - size * 0.6),
                   (x + size, horizon + 110)], shade(EARTH, rng.uniform(0.9, 1.1)))  # fmt: skip
    excavator(pen, rng.uniform(260, 560), horizon + 250, rng.uniform(1.0, 1.3), rng)
    truck(pen, rng.choice((60, 700)), horizon + 150, rng.uniform(0.8, 1.0), rng)
    crew(pen, rng, horizon, 3)


def pipe(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw a trench with pipes, more along the side."""
    open_air(pen, rng, horizon, GREY)
    pen.shape([(450, horizon + 40), (540, horizon + 40), (700, HEIGHT), (230, HEIGHT)],
              shade(EARTH, 0.6))  # fmt: skip
    blue = rng.choice(((60, 100, 150), (150, 152, 150), (70, 74, 78)))
    for step in range(6):
        y, r = horizon + 70 + step * step * 9, 10 + step * 11
        x = 494 - step * 5
        pen.oval(x - r, y - r, x + r, y + r, blue)
        pen.oval(x - r * 0.75, y - r * 0.75, x + r * 0.75, y + r * 0.75, shade(blue, 0.35))
    for row in range(3):
        for column in range(3 - row):
            x, y = 760 + column * 66 + row * 33, 640 - row * 56
            pen.oval(x, y, x + 64, y + 64, shade(blue, 1.05))
            pen.oval(x + 10, y + 10, x + 54, y + 54, shade(blue, 0.4))
    excavator(pen, rng.uniform(40, 150), horizon + 200, 0.95, rng)
    crew(pen, rng, horizon, 3)


def paving(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw paving: fresh asphalt under a roller, or blocks being laid."""
    skyline(pen, rng, horizon)
    if rng.random() < 0.55:
        ground(pen, rng, horizon, GREY)
        pen.shape([(420, horizon), (560, horizon), (1150, HEIGHT), (120, HEIGHT)], (52, 53, 56))
        roller(pen, rng.uniform(380, 560), horizon + 210, 1.25)
        crew(pen, rng, horizon, 4)
    else:
        ground(pen, rng, horizon, shade(EARTH, 1.15))
        _blocks(pen, rng, horizon + 90)
        crew(pen, rng, horizon, 3)
    fence(pen, rng, horizon + 30, 66)


def _blocks(pen: Pen, rng: random.Random, top: float) -> None:
    colours = [(178, 150, 132), (196, 186, 172), (150, 146, 140)]
    y, height = top, 9.0
    while y < HEIGHT:
        reach = 620 - (y - top) * 0.3
        x = -rng.uniform(0, 30)
        while x < reach:
            width = height * 3.2
            pen.box(x, y, x + width - 1.5, y + height - 1.5, shade(rng.choice(colours), 1))
            x += width
        y += height
        height *= 1.14


def night(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw work at night under lamps."""
    skyline(pen, rng, horizon, dark=True)
    ground(pen, rng, horizon, (58, 58, 66))
    for x in (180, 520, 840):
        height = rng.uniform(210, 280)
        pen.line([(x, horizon + 80), (x, horizon + 80 - height)], (120, 122, 128), 7)
        top = horizon + 80 - height
        for ring in range(7, 0, -1):
            r = ring * 16
            glow = shade((250, 226, 160), 0.32 + 0.1 * (7 - ring))
            pen.oval(x - r * 0.6, top - r * 0.5, x + r * 0.6, top + r * 0.5, glow)
        pen.shape([(x - 8, top + 12), (x + 8, top + 12), (x + 120, horizon + 150),
                   (x - 120, horizon + 150)], (104, 98, 84))  # fmt: skip
    crew(pen, rng, horizon, 3)
    fence(pen, rng, HEIGHT - 80, 120)


def planting(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw trees and shrubs being set."""
    skyline(pen, rng, horizon)
    ground(pen, rng, horizon, rng.choice((GREEN, EARTH)))
    for step in range(rng.randrange(4, 7)):
        x, y = 90 + step * 160 + rng.uniform(-30, 30), horizon + 70 + rng.uniform(0, 150)
        pen.oval(x - 46, y - 10, x + 46, y + 18, shade(EARTH, 0.6))
        tree(pen, x, y, rng.uniform(150, 230), rng)
        for side in (-1, 1):
            pen.line([(x + side * 40, y + 6), (x, y - 80)], (170, 140, 100), 4)
    for _ in range(60):
        x, y = rng.uniform(0, WIDTH), rng.uniform(HEIGHT - 130, HEIGHT)
        pen.oval(x, y, x + 34, y + 22, shade((70, 120, 64), rng.uniform(0.7, 1.3)))
    crew(pen, rng, horizon, 3)


def rebar(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw a grid of reinforcing steel and those who tie it."""
    open_air(pen, rng, horizon, GREY)
    steel = (122, 84, 62)
    for step in range(34):
        x = -500 + step * 60
        pen.line([(500 + (x - 500) * 0.3, horizon + 60), (x, HEIGHT)], shade(steel, 1), 4)
    y, gap = horizon + 60, 6.0
    while y < HEIGHT:
        pen.line([(0, y), (WIDTH, y)], shade(steel, 0.85), 2 + gap / 14)
        y += gap
        gap *= 1.16
    for x in np.arange(80, 940, rng.uniform(70, 110)):
        pen.line([(x, horizon + 90), (x, horizon - rng.uniform(60, 120))], steel, 5)
    crane(pen, rng.choice((120, 860)), horizon + 30, 1.0, rng)
    crew(pen, rng, horizon, 4)


def formwork(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw walls of panels with their props and a scaffold."""
    open_air(pen, rng, horizon, GREY)
    top, left = horizon - rng.uniform(120, 190), rng.uniform(120, 220)
    panel = rng.choice(((196, 158, 96), (90, 120, 150), (180, 146, 100)))
    for column in range(8):
        x = left + column * 82
        pen.box(x, top, x + 78, horizon + 120, shade(panel, rng.uniform(0.9, 1.08)))
        for row in range(4):
            y = top + 30 + row * 70
            pen.box(x, y, x + 78, y + 7, shade(panel, 0.6))
        pen.line([(x + 40, horizon - 20), (x - 20, horizon + 190)], (140, 142, 146), 6)
    _scaffold(pen, left - 60, top - 40, left + 700, horizon + 130)
    crew(pen, rng, horizon, 4)


def _scaffold(pen: Pen, left: float, top: float, right: float, bottom: float) -> None:
    for x in np.arange(left, right, 92):
        pen.line([(x, top), (x, bottom)], (128, 132, 138), 4)
    for y in np.arange(top + 20, bottom, 78):
        pen.line([(left, y), (right, y)], (150, 152, 156), 4)
        pen.box(left, y + 26, right, y + 33, (176, 150, 104))


def concrete(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw concrete being poured from a pump."""
    open_air(pen, rng, horizon, GREY)
    pen.shape([(120, horizon + 130), (880, horizon + 110), (1000, 700), (0, 730)], (150, 152, 152))
    pen.shape([(120, horizon + 130), (560, horizon + 118), (500, 715), (0, 730)], (118, 122, 124))
    pump_truck(pen, 30, horizon + 110, 1.0, rng)
    crew(pen, rng, horizon + 40, 5)


def steel(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw a girder being lifted between two piers."""
    skyline(pen, rng, horizon)
    ground(pen, rng, horizon, (120, 136, 130))
    colour = rng.choice(((150, 60, 48), (70, 104, 120), (140, 142, 136)))
    for x in (150, 780):
        pen.box(x, horizon - 130, x + 80, horizon + 140, (176, 176, 172))
        pen.box(x - 26, horizon - 156, x + 106, horizon - 126, (190, 190, 186))
    lift = rng.uniform(0, 120)
    beam(pen, 130, horizon - 216 - lift, 780, 62, colour)
    crane(pen, rng.choice((60, 930)), horizon + 140, 1.5, rng)
    crew(pen, rng, horizon + 60, 4)


def deck(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw the deck of a bridge with its railing."""
    skyline(pen, rng, horizon)
    ground(pen, rng, horizon, (104, 132, 142))
    pen.shape([(440, horizon), (560, horizon), (1000, HEIGHT), (0, HEIGHT)], (176, 174, 168))
    for side in (-1, 1):
        for step in range(12):
            x = 500 + side * (62 + step * step * 3.2)
            y = horizon + step * step * 2.4
            pen.line([(x, y), (x, y - 20 - step * 9)], (90, 98, 104), 2 + step * 0.4)
        for level in (0.5, 1.0):
            near = (500 + side * 520, horizon + 348 - 128 * level)
            pen.line([(500 + side * 62, horizon - 20 * level), near], (90, 98, 104), 5)
    crew(pen, rng, horizon + 60, 4)


def pile(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw a drilling rig and the heads of finished piles."""
    open_air(pen, rng, horizon, EARTH)
    for _ in range(9):
        x, y = rng.uniform(60, 940), rng.uniform(horizon + 130, HEIGHT - 30)
        r = 10 + 26 * (y - horizon) / 300
        pen.box(x - r, y - r * 1.6, x + r, y, (168, 166, 160))
        pen.oval(x - r, y - r * 2, x + r, y - r * 1.2, (196, 194, 188))
    x = rng.uniform(330, 640)
    excavator(pen, x - 150, horizon + 190, 1.1, rng, arm=False)
    pen.box(x, horizon - 320, x + 26, horizon + 190, (206, 150, 40))
    for step in range(13):
        y = horizon - 300 + step * 36
        pen.line([(x, y), (x + 26, y + 30)], (120, 86, 30), 4)
    pen.box(x + 30, horizon - 60, x + 48, horizon + 210, (96, 98, 102))
    crew(pen, rng, horizon, 3)


def machine(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw a plant room: pumps, pipes, cabinets."""
    room(pen, rng, (198, 202, 200), (150, 152, 150))
    blue = rng.choice(((46, 96, 140), (60, 120, 90), (150, 96, 50)))
    for number in range(3):
        x = 120 + number * 270 + rng.uniform(-20, 20)
        pen.box(x, 420, x + 120, 640, blue)
        pen.oval(x - 6, 380, x + 126, 460, shade(blue, 1.15))
        pen.oval(x + 20, 570, x + 190, 690, shade(blue, 0.85))
        pen.line([(x + 60, 400), (x + 60, 220), (WIDTH, 220)], (176, 180, 184), 34)
    for number in range(4):
        x = 640 + number * 84
        pen.box(x, 300, x + 78, 560, (214, 212, 204))
        pen.box(x + 14, 330, x + 60, 370, (60, 70, 80))
    crew(pen, rng, 480, 2)


def interior(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw rooms being finished: studs, boards, ladder."""
    room(pen, rng, rng.choice(((222, 216, 204), (206, 210, 214))), (168, 160, 148))
    for number in range(5):
        x = 90 + number * 60
        pen.box(x, 190, x + 54, 560, shade((232, 230, 224), rng.uniform(0.94, 1.03)))
    for number in range(6):
        x = 520 + number * 62
        pen.line([(x, 180), (x, 580)], (150, 156, 164), 7)
    pen.shape([(700, 690), (760, 330), (776, 330), (728, 690)], (216, 160, 60))
    pen.line([(776, 330), (860, 690)], (196, 140, 50), 8)
    crew(pen, rng, 470, 3)


def frame(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw the frame of a building growing floor by floor."""
    open_air(pen, rng, horizon, EARTH)
    floors, bays = rng.randrange(2, 6), rng.randrange(4, 7)
    base, left, width = horizon + 150, rng.uniform(120, 220), 600
    for floor in range(floors):
        y = base - floor * 92
        pen.box(left - 10, y - 92, left + width + 10, y - 78, (176, 174, 168))
        for bay in range(bays + 1):
            x = left + bay * width / bays
            pen.box(x - 9, y - 80, x + 9, y, (160, 158, 152))
            if bay < bays and floor < floors - 2:
                glass = shade((120, 160, 180), rng.uniform(0.85, 1.1))
                pen.box(x + 12, y - 72, x + width / bays - 12, y - 6, glass)
    for bay in range(bays * 3):
        x = left + bay * width / bays / 3
        pen.line([(x, base - floors * 92), (x, base - floors * 92 - 26)], (122, 84, 62), 3)
    crane(pen, left + width + 90, base, 1.7, rng)
    crew(pen, rng, horizon + 90, 4)


def play(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw a playground taking shape."""
    skyline(pen, rng, horizon)
    ground(pen, rng, horizon, (190, 160, 120))
    pen.oval(120, horizon + 110, 900, 720, rng.choice(((196, 110, 70), (90, 140, 150))))
    for x in (330, 480, 630):
        pen.box(x - 8, horizon - 60, x + 8, horizon + 200, (150, 116, 76))
    pen.box(318, horizon + 40, 642, horizon + 56, (176, 140, 92))
    pen.shape([(300, horizon - 60), (405, horizon - 140), (510, horizon - 60)], (70, 130, 110))
    pen.shape([(630, horizon + 44), (660, horizon + 44), (850, 640), (800, 650)], (226, 170, 50))
    pen.line([(90, horizon + 200), (170, horizon + 20), (250, horizon + 200)], (90, 96, 104), 8)
    for side in (-14, 14):
        pen.line([(170 + side, horizon + 24), (170 + side, horizon + 150)], (60, 62, 66), 2)
    pen.box(150, horizon + 148, 192, horizon + 156, (40, 42, 46))
    crew(pen, rng, horizon, 3)


def tunnel(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw the heading of a tunnel with ribs and lamps."""
    pen.box(0, 0, WIDTH, HEIGHT, (40, 36, 34))
    for step in range(9):
        r = 480 - step * 44
        tone = shade((136, 128, 118), 1 - step * 0.075)
        pen.oval(500 - r, 430 - r, 500 + r, 430 + r, tone)
        pen.ring(500 - r, 430 - r, 500 + r, 430 + r, shade((84, 86, 92), 1 - step * 0.06), 7)
    pen.oval(400, 330, 600, 530, (52, 44, 38))
    pen.shape([(430, 520), (570, 520), (1000, HEIGHT), (0, HEIGHT)], (104, 94, 84))
    for step in range(6):
        x = 500 - (330 - step * 50) * 0.9
        pen.oval(x - 8, 260 + step * 26, x + 8, 276 + step * 26, (255, 240, 190))
    excavator(pen, rng.uniform(330, 480), 600, 0.9, rng)
    crew(pen, rng, 500, 3)


def track(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw rails on their sleepers."""
    tunnel_like = rng.random() < 0.5
    if tunnel_like:
        pen.box(0, 0, WIDTH, HEIGHT, (96, 98, 102))
        pen.oval(120, -120, 880, 900, (150, 152, 154))
    else:
        skyline(pen, rng, horizon)
    ground(pen, rng, horizon, (140, 138, 134))
    for step in range(13):
        y, half = horizon + step * step * 2.1, 36 + step * step * 3
        pen.box(500 - half, y, 500 + half, y + 3 + step * 1.6, (118, 112, 106))
    for side in (-1, 1):
        far = [(500 + side * 22, horizon), (500 + side * 25, horizon)]
        near = [(500 + side * 330, HEIGHT), (500 + side * 292, HEIGHT)]
        pen.shape([*far, *near], (84, 74, 70))
    crew(pen, rng, horizon, 3)


def inspection(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw a test: people around a gauge, a tape and a board."""
    open_air(pen, rng, horizon, GREY)
    pen.box(360, horizon + 120, 640, horizon + 250, (60, 100, 150))
    pen.oval(440, horizon - 10, 560, horizon + 110, (236, 236, 232))
    pen.ring(440, horizon - 10, 560, horizon + 110, (50, 54, 58), 7)
    pen.line([(500, horizon + 50), (500 + rng.uniform(-40, 40), horizon + 14)], (190, 50, 40), 5)
    pen.line([(100, 700), (900, 690)], YELLOW, 9)
    for x in (230, 310, 700, 790):
        worker(pen, x, horizon + 270, 150, rng)


def aerial(pen: Pen, rng: random.Random, horizon: float) -> None:
    """Draw a site from above, among roofs and streets."""
    pen.box(0, 0, WIDTH, HEIGHT, (150, 158, 140))
    for column in range(-1, 9):
        for row in range(-1, 8):
            x, y = column * 130 + row * 22, row * 112
            roof = shade(rng.choice(((176, 172, 166), (146, 110, 92), (110, 130, 140))), 1)
            pen.box(x, y, x + rng.uniform(70, 104), y + rng.uniform(56, 86), roof)
    pen.shape([(300, 200), (720, 170), (780, 560), (260, 590)], shade(EARTH, 1.1))
    pen.shape([(380, 270), (650, 250), (690, 490), (350, 510)], (178, 176, 170))
    for step in range(rng.randrange(3, 7)):
        pen.box(380 + step * 46, 290, 404 + step * 46, 480, (140, 150, 156))
    pen.line([(0, 660), (WIDTH, 610)], ASPHALT, 56)
    pen.line([(0, 660), (WIDTH, 610)], (230, 226, 210), 3)


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        before, after, toolbox, earth, pipe, paving, night, planting, rebar, formwork, concrete,
        steel, deck, pile, machine, interior, frame, play, tunnel, track, inspection, aerial,
    )
}  # fmt: skip


def pool(count: int) -> Sequence[tuple[str, int]]:
    """Return `count` pictures as (scene, variant), all scenes about equally often."""
    names = sorted(SCENES)
    return [(names[number % len(names)], number // len(names)) for number in range(count)]
