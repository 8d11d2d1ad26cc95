"""Cover art: course id to picture. The same id gives the same picture, for ever.

The id is hashed (FNV-1a), the hash seeds a small generator (mulberry32), and both choose one of
eight engravings in one of five printings. Colours are CSS variables of the tenant, so a new brand
or the dark theme repaints every cover. Curves are written as quadratic splines and relative
coordinates: a cover is a few kilobytes, since a catalogue shows two dozen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

WIDTH, HEIGHT = 320, 200
TILE = 40

_MASK = 0xFFFFFFFF

Random = Callable[[], float]
# ground, line, second, third
Inks = tuple[str, str, str, str]
Point = tuple[float, float]

PRINTINGS: tuple[Inks, ...] = (
    ("paper", "ink", "tint", "straw"),
    ("straw", "deep", "ink", "paper"),
    ("deep", "tint", "straw", "ink"),
    ("ink", "paper", "deep", "straw"),
    ("tint", "deep", "paper", "ink"),
)


def fnv1a(text: str) -> int:
    """32-bit FNV-1a over code points (not bytes), as the drawings use it."""
    value = 2166136261
    for character in text:
        value = ((value ^ ord(character)) * 16777619) & _MASK
    return value


def mulberry32(seed: int) -> Random:
    """Tommy Ettinger's 32-bit generator; each call gives a number in [0, 1)."""
    state = seed & _MASK

    def draw() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & _MASK
        mixed = ((state ^ (state >> 15)) * (1 | state)) & _MASK
        mixed ^= (mixed + (((mixed ^ (mixed >> 7)) * (61 | mixed)) & _MASK)) & _MASK
        return ((mixed ^ (mixed >> 14)) & _MASK) / 4294967296

    return draw


def _n(value: float) -> str:
    """A coordinate to a tenth, as short as it can be written."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _pair(x: float, y: float) -> str:
    """Two numbers; the minus sign separates where it can."""
    second = _n(y)
    return _n(x) + (second if second.startswith("-") else f" {second}")


def _steps(points: Sequence[Point], command: str) -> str:
    """Relative commands through the points, without letting rounding add up."""
    written: list[str] = []
    rounded = [(round(x, 1), round(y, 1)) for x, y in points]
    for (x0, y0), (x1, y1) in pairwise(rounded):
        written.append(command + _pair(x1 - x0, y1 - y0))
    return "".join(written)


def _even(point: Point) -> Point:
    """To a fifth of a unit, so that the middle of two points is exact to a tenth."""
    return round(point[0] * 5) / 5, round(point[1] * 5) / 5


def _spline(controls: Sequence[Point]) -> str:
    """A smooth path with these control points; it runs through the middles between them.

    `t` repeats the last control point mirrored, which for middles is exactly the next one.
    """
    points = [_even(point) for point in controls]
    middles = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in pairwise(points)]
    (x0, y0), (cx, cy), (x1, y1) = middles[0], points[1], middles[1]
    first = f"M{_pair(x0, y0)}q{_pair(cx - x0, cy - y0)} {_pair(x1 - x0, y1 - y0)}"
    return first + _steps(middles[1:], "t")


def _closed_spline(points: Sequence[Point]) -> str:
    return _spline([*points, *points[:2]]) + "z"


def _stroke(path: str, ink: str, width: float, extra: str = "") -> str:
    return f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{width}"{extra}/>'


def contours(draw: Random, inks: Inks) -> str:
    """A hill on a survey map."""
    x, y = WIDTH * (0.2 + draw() * 0.6), HEIGHT * (0.2 + draw() * 0.6)
    phase = [draw() * 6 for _ in range(3)]

    def ring(level: int) -> Iterator[Point]:
        count = 28
        for step in range(count):
            angle = step / count * math.tau
            swell = 0.17 * math.sin(2 * angle + phase[0])
            swell += 0.09 * math.sin(3 * angle + phase[1] + level * 0.09)
            swell += 0.05 * math.sin(5 * angle + phase[2])
            radius = level * 13 * (1 + swell)
            yield x + radius * math.cos(angle), y + radius * 0.82 * math.sin(angle)

    rings = {level: _closed_spline(list(ring(level))) for level in range(2, 19)}
    bold = "".join(path for level, path in rings.items() if level % 5 == 2 and level != 2)
    fine = "".join(path for level, path in rings.items() if level % 5 != 2)
    top = f'<path d="{rings[2]}" fill="{inks[3]}" stroke="{inks[1]}" stroke-width="2"/>'
    return top + _stroke(fine, inks[1], 0.9) + _stroke(bold, inks[1], 2)


def ridges(draw: Random, inks: Inks) -> str:
    """A horizon, drawn again and again; each one hides what lies behind it."""
    middle = WIDTH * (0.3 + draw() * 0.4)
    pitch, phase = 0.03 + draw() * 0.03, draw() * 9

    def height(x: float, line: int) -> float:
        bell = math.exp(-(((x - middle) / 78) ** 2))
        teeth = 26 * abs(math.sin(x * pitch + line * 0.7 + phase))
        return bell * (18 + teeth + 8 * math.sin(x * 0.11 + line * 2))

    paths: list[str] = []
    for line in range(17):
        base = 44 + line * 10.5
        points = [(-4.0, base)]
        points += [(float(x), base - height(x, line)) for x in range(0, WIDTH + 1, 5)]
        paths.append(f'<path d="M-4 {_n(base)}{_steps(points, "l")}L330 {_n(base)}V210H-4z"/>')
    return f'<g fill="{inks[0]}" stroke="{inks[1]}" stroke-width="1.3">{"".join(paths)}</g>'


_QUARTERS = "".join(f"M{q} 0A{q} {q} 0 0 1 0 {q}M{TILE - q} 40A{q} {q} 0 0 1 40 {TILE - q}" for q in (10, 20, 30))


def _tiles() -> Iterator[tuple[int, int]]:
    return ((x, y) for x in range(0, WIDTH, TILE) for y in range(0, HEIGHT, TILE))


def arcs(draw: Random, inks: Inks) -> str:
    """Truchet tiles."""
    written: list[str] = []
    for x, y in _tiles():
        turn = math.floor(draw() * 4) * 90
        leaf = ""
        if draw() < 0.3:
            ink = inks[3] if draw() < 0.3 else inks[2]
            leaf = f'<path d="M0 0H40A40 40 0 0 1 0 40Z" fill="{ink}" stroke="none"/>'
        place = f"translate({x} {y})" + (f" rotate({turn} 20 20)" if turn else "")
        written.append(f'<g transform="{place}">{leaf}<path d="{_QUARTERS}"/></g>')
    return f'<g fill="none" stroke="{inks[1]}" stroke-width="2">{"".join(written)}</g>'


def halftone(draw: Random, inks: Inks) -> str:
    """Printer's dots around a light. A dot is a line of no length with round ends."""
    x0, y0, gap = WIDTH * draw(), HEIGHT * draw(), 12.5
    dots: dict[float, list[str]] = {}
    row, y = 0, 4.0
    while y < HEIGHT + 6:
        x = (row % 2) * gap / 2
        while x < WIDTH + 6:
            far = math.hypot(x - x0, (y - y0) * 1.2)
            shade = min(1, 0.5 + 0.5 * math.cos(far / 34)) * (1 - far / 520)
            width = round(11.2 * max(0.1, shade) * 2.5) / 2.5
            dots.setdefault(width, []).append(f"M{_pair(x, y)}h0")
            x += gap
        row, y = row + 1, y + gap * 0.866
    paths = "".join(f'<path d="{"".join(each)}" stroke-width="{_n(width)}"/>' for width, each in dots.items())
    return f'<g stroke="{inks[1]}" stroke-linecap="round">{paths}</g>'


def spines(draw: Random, inks: Inks) -> str:
    """A shelf of books."""
    written: list[str] = []
    x = -6.0
    while x < WIDTH:
        # The width takes two draws even where the first alone decides.
        width = 5 + draw() * draw() * 34
        height = 150 if draw() < 0.14 else 200
        ink = (inks[1], inks[2], inks[3], inks[1], inks[2])[math.floor(draw() * 5)]
        written.append(f'<path d="M{_n(x)} {200 - height}h{_n(width)}v{height}h{_n(-width)}z" fill="{ink}"/>')
        if width > 14:
            band = f"M{_n(x)} {_n(26 + draw() * 20)}h{_n(width)}m{_n(-width)} 7h{_n(width)}"
            written.append(f'<path d="{band}" stroke="{inks[0]}" stroke-width="1.6"/>')
        x += width + 2.4
    return "".join(written)


def orbits(draw: Random, inks: Inks) -> str:
    """Venn, for ever."""
    angle, radius = draw() * 6, 62 + draw() * 16
    centres = [(160 + 52 * math.cos(angle + i * 2.094), 100 + 40 * math.sin(angle + i * 2.094)) for i in range(3)]
    discs = "".join(
        f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{ink}" fill-opacity="{opacity}"/>'
        for (x, y), ink, opacity in zip(centres, (inks[2], inks[3], inks[1]), (0.8, 0.8, 0.35), strict=True)
    )
    rings = "".join(
        f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius * step / 6)}"/>' for x, y in centres for step in range(1, 7)
    )
    return f'{discs}<g fill="none" stroke="{inks[1]}" stroke-width=".9">{rings}</g>'


def hatch(draw: Random, inks: Inks) -> str:
    """An engraver's squares. The hatching of a tile is one broad line, dashed lengthwise."""
    written: list[str] = []
    for x, y in _tiles():
        turn = (0, 45, 90, 135)[math.floor(draw() * 4)]
        gap = (3, 4, 5, 8)[math.floor(draw() * 4)]
        ground = f'<path d="M-20-20h40v40h-40z" fill="{inks[3]}"/>' if draw() < 0.16 else ""
        # Lines every `gap`, the first at -30: half a line is cut off so that they stay centred.
        dashes = f'stroke-dasharray="1.1 {_n(gap - 1.1)}" stroke-dashoffset=".55"'
        lines = f'<path d="M0-30V30" {dashes}' + (f' transform="rotate({turn})"/>' if turn else "/>")
        written.append(f'<svg x="{x}" y="{y}" width="40" height="40" viewBox="-20 -20 40 40">{ground}{lines}</svg>')
    return f'<g stroke="{inks[1]}" stroke-width="60">{"".join(written)}</g>'.replace(
        f'fill="{inks[3]}"', f'fill="{inks[3]}" stroke="none"'
    )


def tide(draw: Random, inks: Inks) -> str:
    """Two wave fields, slightly out of step."""
    swell, length, phase = 8 + draw() * 10, 60 + draw() * 60, draw() * 9

    def wave(field: int, line: int) -> str:
        points = [
            (
                float(x),
                line * 9 + swell * math.sin(x / length * 2 + phase + field * 0.9 + line * 0.11) + field * 3,
            )
            for x in range(-24, WIDTH + 49, 24)
        ]
        return _spline(points)

    fields = ["".join(wave(field, line) for line in range(-3, 26)) for field in (0, 1)]
    return _stroke(fields[0], inks[1], 1.3) + _stroke(fields[1], inks[2], 2.4)


ENGRAVINGS: tuple[Callable[[Random, Inks], str], ...] = (
    contours,
    ridges,
    arcs,
    halftone,
    spines,
    orbits,
    hatch,
    tide,
)


@lru_cache(maxsize=1024)
def cover_svg(course_id: str) -> str:
    """The picture of a course as an inline SVG element, about 2 to 9 kB."""
    seed = fnv1a(course_id)
    engraving = ENGRAVINGS[(seed >> 8) % len(ENGRAVINGS)]
    return _print(engraving, seed, PRINTINGS[seed % len(PRINTINGS)])


@lru_cache(maxsize=64)
def frontispiece_svg(name: str) -> str:
    """The large dark picture beside a sign-in form: a survey map that differs by name."""
    return _print(contours, fnv1a(name), PRINTINGS[2])


def _print(engraving: Callable[[Random, Inks], str], seed: int, printing: Inks) -> str:
    ground, line, second, third = printing
    inks = (f"var(--cv-{ground})", f"var(--cv-{line})", f"var(--cv-{second})", f"var(--cv-{third})")
    picture = engraving(mulberry32(seed), inks)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice"'
        f' aria-hidden="true"><path d="M0 0h{WIDTH}v{HEIGHT}H0z" fill="{inks[0]}"/>{picture}</svg>'
    )
