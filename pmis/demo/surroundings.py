"""What stands around on the drawn building sites: city, ground, trees, people, fences, rooms."""

from __future__ import annotations

import random

import numpy as np

from pmis.demo.machines import Colour, Pen, barrier, shade, worker

#: The drawing's own units.
WIDTH, HEIGHT = 1000, 750
#: Colours of the ground and what grows on it.
EARTH, GREY, ASPHALT, GREEN = (150, 118, 84), (166, 164, 158), (74, 76, 80), (98, 140, 72)


def skyline(pen: Pen, rng: random.Random, horizon: float, dark: bool = False) -> None:
    """Draw the houses of a city behind the site."""
    x = -20.0
    while x < WIDTH:
        width, height = rng.uniform(50, 130), rng.uniform(60, 250)
        wall = (44, 48, 64) if dark else shade((186, 190, 192), rng.uniform(0.82, 1.06))
        pen.box(x, horizon - height, x + width, horizon + 5, wall)
        window = (240, 214, 140) if dark else shade(wall, 0.78)
        for column in np.arange(x + 8, x + width - 10, 16):
            for row in np.arange(horizon - height + 10, horizon - 14, 20):
                if not dark or rng.random() < 0.35:
                    pen.box(column, row, column + 8, row + 11, window)
        x += width + rng.choice((0, 4, 30))
    for _ in range(rng.randrange(3, 9)):
        tree(pen, rng.uniform(0, WIDTH), horizon + 6, rng.uniform(30, 60), rng)


def ground(pen: Pen, rng: random.Random, horizon: float, colour: Colour) -> None:
    """Draw the ground to the lower edge, nearer parts lighter and rougher."""
    bands = 26
    for band in range(bands):
        top = horizon + (HEIGHT - horizon) * (band / bands) ** 1.6
        pen.box(0, top, WIDTH, HEIGHT, shade(colour, 0.82 + 0.3 * band / bands))
    for _ in range(260):
        y = horizon + (HEIGHT - horizon) * rng.random() ** 0.6
        size = 1 + 7 * (y - horizon) / (HEIGHT - horizon)
        x = rng.uniform(0, WIDTH)
        pen.oval(x, y, x + size * 2.4, y + size * 0.7, shade(colour, rng.uniform(0.7, 1.2)))


def tree(pen: Pen, x: float, y: float, size: float, rng: random.Random) -> None:
    """Draw a tree of `size` that stands on (x, y)."""
    pen.box(x - size * 0.05, y - size * 0.5, x + size * 0.05, y, (96, 74, 52))
    for _ in range(7):
        dx, dy, r = rng.uniform(-0.25, 0.25), rng.uniform(-1, -0.45), rng.uniform(0.18, 0.28)
        leaf = shade(GREEN, rng.uniform(0.7, 1.15))
        centre_x, centre_y = x + dx * size, y + dy * size
        pen.oval(centre_x - r * size, centre_y - r * size, centre_x + r * size,
                 centre_y + r * size, leaf)  # fmt: skip


def crew(pen: Pen, rng: random.Random, horizon: float, count: int) -> None:
    """Draw people at work, the farther the smaller."""
    for _ in range(count):
        y = rng.uniform(horizon + 60, HEIGHT - 60)
        worker(pen, rng.uniform(60, WIDTH - 60), y, 40 + 90 * (y - horizon) / 300, rng)


def fence(pen: Pen, rng: random.Random, y: float, size: float) -> None:
    """Draw a line of barriers across the picture."""
    for x in np.arange(rng.uniform(-60, 0), WIDTH, size * 1.15):
        barrier(pen, x, y, size)


def open_air(pen: Pen, rng: random.Random, horizon: float, colour: Colour) -> None:
    """Draw city, ground and a fence: the stage of most scenes."""
    skyline(pen, rng, horizon)
    ground(pen, rng, horizon, colour)
    fence(pen, rng, horizon + 28, 62)


def room(pen: Pen, rng: random.Random, wall: Colour, floor: Colour) -> None:
    """Draw an empty room with lamps."""
    pen.box(0, 0, WIDTH, HEIGHT, shade(wall, 0.8))
    pen.box(60, 120, 940, 580, wall)
    pen.shape([(0, HEIGHT), (60, 580), (940, 580), (WIDTH, HEIGHT)], floor)
    pen.shape([(0, 0), (60, 120), (940, 120), (WIDTH, 0)], shade(wall, 0.92))
    for number in range(4):
        x = 160 + number * 200
        pen.box(x, 40, x + 110, 66, (255, 252, 236))
    for _ in range(80):
        x, y = rng.uniform(0, WIDTH), rng.uniform(590, HEIGHT)
        pen.oval(x, y, x + 9, y + 3, shade(floor, rng.uniform(0.8, 1.15)))
