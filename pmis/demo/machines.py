"""People and machines of the drawn sites, in units of a drawing 1000 wide and 750 high."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeAlias

from PIL import ImageDraw

Colour: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]

WHITE: Colour = (238, 238, 234)
YELLOW: Colour = (232, 176, 34)
DARK: Colour = (44, 46, 50)
VESTS: tuple[Colour, ...] = ((226, 96, 30), (170, 200, 40), (236, 120, 40))
HELMETS: tuple[Colour, ...] = (WHITE, (236, 190, 40), (60, 110, 170))


def shade(colour: Colour, factor: float) -> Colour:
    """Return the colour made lighter (above 1) or darker."""
    red, green, blue = (max(0, min(255, round(part * factor))) for part in colour)
    return red, green, blue


class Pen:
    """Draws in the drawing's own units on a canvas of any fineness."""

    def __init__(self, draw: ImageDraw.ImageDraw, scale: float) -> None:
        self.draw, self.scale = draw, scale

    def _points(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def _box(self, x0: float, y0: float, x1: float, y1: float) -> list[Point]:
        left, right = sorted((x0 * self.scale, x1 * self.scale))
        top, bottom = sorted((y0 * self.scale, y1 * self.scale))
        return [(left, top), (right, bottom)]

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        """Fill a rectangle."""
        self.draw.rectangle(self._box(x0, y0, x1, y1), fill=fill)

    def oval(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        """Fill an ellipse."""
        self.draw.ellipse(self._box(x0, y0, x1, y1), fill=fill)

    def ring(
        self, x0: float, y0: float, x1: float, y1: float, colour: Colour, width: float
    ) -> None:
        """Draw the outline of an ellipse."""
        box = self._box(x0, y0, x1, y1)
        self.draw.ellipse(box, outline=colour, width=round(width * self.scale))

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self.draw.polygon(self._points(points), fill=fill)

    def line(self, points: Sequence[Point], fill: Colour, width: float) -> None:
        """Draw a line through points."""
        thick = max(1, round(width * self.scale))
        self.draw.line(self._points(points), fill=fill, width=thick, joint="curve")


def worker(pen: Pen, x: float, y: float, size: float, rng: random.Random) -> None:
    """Draw somebody `size` high who stands on (x, y), with helmet and vest."""
    vest, helmet, legs = rng.choice(VESTS), rng.choice(HELMETS), (52, 60, 78)
    u = size / 10
    lean = rng.uniform(-0.6, 0.6) * u
    pen.oval(x - 2 * u, y - 0.4 * u, x + 2 * u, y + 0.4 * u, (70, 66, 60))
    for side in (-0.7, 0.7):
        pen.line([(x + side * u * 0.7, y - 4.4 * u), (x + side * u, y)], legs, 1.1 * u)
    pen.shape(
        [(x - 1.2 * u, y - 4.2 * u), (x + 1.2 * u, y - 4.2 * u),
         (x + 1.3 * u + lean, y - 7.6 * u), (x - 1.3 * u + lean, y - 7.6 * u)], vest,
    )  # fmt: skip
    pen.box(x - 1.25 * u, y - 5.7 * u, x + 1.25 * u, y - 5.3 * u, (232, 232, 210))
    reach = rng.uniform(-1.5, 2.2) * u
    for side in (-1, 1):
        shoulder = (x + side * 1.3 * u + lean, y - 7.2 * u)
        pen.line([shoulder, (x + side * 2 * u, y - 5.4 * u), (x + reach, y - 4.6 * u)],
                 shade(vest, 0.85), 0.75 * u)  # fmt: skip
    head = x + lean * 1.3
    pen.oval(head - 0.8 * u, y - 9.3 * u, head + 0.8 * u, y - 7.5 * u, (206, 168, 138))
    pen.shape(
        [(head - 1.1 * u, y - 8.5 * u), (head - 0.9 * u, y - 9.6 * u), (head, y - 10 * u),
         (head + 0.9 * u, y - 9.6 * u), (head + 1.2 * u, y - 8.5 * u)], helmet,
    )  # fmt: skip


def barrier(pen: Pen, x: float, y: float, size: float) -> None:
    """Draw a barrier, orange and white."""
    height = size * 0.5
    for number in range(4):
        colour = (226, 96, 30) if number % 2 == 0 else WHITE
        left = x + number * size / 4
        pen.box(left, y - height, left + size / 4, y - height * 0.45, colour)
    for leg in (x + size * 0.12, x + size * 0.84):
        pen.box(leg, y - height, leg + size * 0.05, y, (110, 112, 116))


def excavator(
    pen: Pen, x: float, y: float, size: float, rng: random.Random, arm: bool = True
) -> None:
    """Draw an excavator whose tracks stand on y."""
    body = rng.choice((YELLOW, (222, 110, 36), (226, 188, 60)))
    s = size
    pen.oval(x - 10 * s, y - 42 * s, x + 190 * s, y, DARK)
    pen.oval(x + 6 * s, y - 32 * s, x + 174 * s, y - 10 * s, (84, 86, 90))
    pen.box(x, y - 108 * s, x + 170 * s, y - 46 * s, body)
    pen.box(x, y - 66 * s, x + 170 * s, y - 52 * s, shade(body, 0.75))
    pen.shape(
        [(x + 100 * s, y - 108 * s), (x + 108 * s, y - 178 * s), (x + 160 * s, y - 178 * s),
         (x + 170 * s, y - 108 * s)], body,
    )  # fmt: skip
    pen.box(x + 112 * s, y - 168 * s, x + 152 * s, y - 116 * s, (150, 186, 200))
    if arm:
        knee = (x + (270 + rng.uniform(-20, 20)) * s, y - (250 + rng.uniform(-30, 20)) * s)
        wrist = (x + 330 * s, y - (110 + rng.uniform(-40, 50)) * s)
        pen.line([(x + 150 * s, y - 100 * s), knee], body, 26 * s)
        pen.line([knee, wrist], shade(body, 0.9), 20 * s)
        pen.shape(
            [wrist, (wrist[0] + 26 * s, wrist[1] + 10 * s),
             (wrist[0] + 6 * s, wrist[1] + 62 * s), (wrist[0] - 50 * s, wrist[1] + 48 * s)],
            (70, 72, 76),
        )  # fmt: skip


def truck(pen: Pen, x: float, y: float, size: float, rng: random.Random) -> None:
    """Draw a tipper lorry without a number plate."""
    s, cab = size, rng.choice(((60, 96, 140), (196, 60, 50), (230, 230, 226)))
    pen.shape(
        [(x, y - 130 * s), (x + 170 * s, y - 130 * s), (x + 156 * s, y - 44 * s),
         (x + 10 * s, y - 44 * s)], (120, 122, 126),
    )  # fmt: skip
    pen.shape([(x + 10 * s, y - 130 * s), (x + 80 * s, y - 160 * s), (x + 160 * s, y - 130 * s)],
              (142, 112, 80))  # fmt: skip
    pen.box(x + 176 * s, y - 140 * s, x + 246 * s, y - 36 * s, cab)
    pen.box(x + 196 * s, y - 128 * s, x + 238 * s, y - 88 * s, (160, 190, 202))
    for wheel in (24, 74, 198):
        pen.oval(x + wheel * s, y - 46 * s, x + (wheel + 44) * s, y - 2 * s, DARK)
        pen.oval(
            x + (wheel + 13) * s, y - 33 * s, x + (wheel + 31) * s, y - 15 * s, (150, 152, 154)
        )


def roller(pen: Pen, x: float, y: float, size: float) -> None:
    """Draw a road roller."""
    s = size
    for drum in (0, 120):
        pen.oval(x + drum * s, y - 72 * s, x + (drum + 72) * s, y, (92, 94, 98))
        pen.oval(x + (drum + 20) * s, y - 52 * s, x + (drum + 52) * s, y - 20 * s, (140, 142, 146))
    pen.box(x + 30 * s, y - 118 * s, x + 168 * s, y - 58 * s, YELLOW)
    pen.box(x + 60 * s, y - 182 * s, x + 140 * s, y - 172 * s, DARK)
    for post in (62, 134):
        pen.line([(x + post * s, y - 176 * s), (x + post * s, y - 116 * s)], DARK, 5 * s)


def crane(pen: Pen, x: float, y: float, size: float, rng: random.Random) -> None:
    """Draw a tower crane that reaches over the site."""
    s, colour = size, rng.choice((YELLOW, (206, 70, 48)))
    top = y - 330 * s
    for side in (-9, 9):
        pen.line([(x + side * s, y), (x + side * s, top)], colour, 4 * s)
    for step in range(16):
        level = y - step * 20.6 * s
        pen.line([(x - 9 * s, level), (x + 9 * s, level - 20 * s)], colour, 2.4 * s)
    towards = -1 if x > 500 else 1
    end = x + towards * 300 * s
    pen.line([(x - towards * 90 * s, top), (end, top)], colour, 8 * s)
    pen.line([(x, top - 46 * s), (end, top)], colour, 2.4 * s)
    pen.line([(x, top - 46 * s), (x - towards * 90 * s, top)], colour, 2.4 * s)
    pen.box(x - towards * 90 * s - 14 * s, top, x - towards * 90 * s + 14 * s, top + 30 * s, DARK)
    hook = x + towards * rng.uniform(120, 280) * s
    pen.line([(hook, top), (hook, top + rng.uniform(90, 190) * s)], (60, 62, 66), 2)


def pump_truck(pen: Pen, x: float, y: float, size: float, rng: random.Random) -> None:
    """Draw a lorry with the boom of a concrete pump."""
    truck(pen, x, y, size, rng)
    s = size
    points = [
        (x + 60 * s, y - 130 * s),
        (x + 180 * s, y - rng.uniform(330, 370) * s),
        (x + 430 * s, y - rng.uniform(300, 340) * s),
        (x + 560 * s, y + 60 * s),
    ]
    pen.line(points, (226, 222, 210), 13 * s)
    pen.line(points, (190, 60, 46), 4 * s)


def beam(pen: Pen, x: float, y: float, width: float, height: float, colour: Colour) -> None:
    """Draw a steel girder with flanges and stiffeners."""
    pen.box(x, y, x + width, y + height, colour)
    pen.box(x - 6, y, x + width + 6, y + height * 0.12, shade(colour, 1.2))
    pen.box(x - 6, y + height * 0.88, x + width + 6, y + height, shade(colour, 0.75))
    for number in range(1, 12):
        at = x + number * width / 12
        pen.box(at - 2, y + height * 0.12, at + 2, y + height * 0.88, shade(colour, 0.8))
