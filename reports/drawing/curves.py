"""Curves: the mean degree of a law against the checkpoints, a line a component, as SVG.

No colour: a line is told by how it is broken, by the shape of its points, and by the name at its end. The same figures
stand in the table of laws.
"""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from reports import text
from reports.drawing.svg import tag

WIDTH: Final = 340
HEIGHT: Final = 170
LEFT, RIGHT, TOP, BOTTOM = 34, 46, 10, 26
BROKEN: Final = ("none", "6 3", "2 3", "8 3 2 3", "1 2", "12 4")
SPACE: Final = 11
"""Pixels that the names at the lines' ends keep between them."""

Curve = tuple[str, Sequence[float | None]]
"""A component, and its degree at each checkpoint; nothing where there is none."""


def curves(title: str, lines: Sequence[Curve], names: Sequence[str]) -> Markup:
    """Return the picture of a law; a line is interrupted where a checkpoint has no degree.

    Args:
        names: of the checkpoints; the first and the last are written below.
    """
    drawn = [_axes(names)]
    labels: list[tuple[float, str, float]] = []
    for number, (component, degrees) in enumerate(lines):
        known = [(place, degree) for place, degree in enumerate(degrees) if degree is not None]
        for stretch in _stretches(degrees):
            points = " ".join(f"{_x(place, len(names)):.1f},{_y(degree):.1f}" for place, degree in stretch)
            drawn.append(tag("polyline", points=points, stroke_dasharray=BROKEN[number % len(BROKEN)]))
        drawn += [_mark(number, _x(place, len(names)), _y(degree)) for place, degree in known]
        if known:
            place, degree = known[-1]
            labels.append((_y(degree), component, _x(place, len(names))))
    drawn += _names(labels)
    said = f"Mean agreement at each checkpoint, {text.visible(title)}: components "
    f"{', '.join(name for name, _ in lines)}"
    label = f"{said}; the table has the numbers."
    size = f"0 0 {WIDTH} {HEIGHT}"
    return tag("svg", *drawn, class_="curves", role="img", aria_label=label, width=WIDTH, height=HEIGHT, viewBox=size)


def _x(place: int, of: int) -> float:
    return LEFT + 6 + (WIDTH - LEFT - RIGHT - 12) * (place / (of - 1) if of > 1 else 0.5)


def _y(degree: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - degree)


def _axes(names: Sequence[str]) -> Markup:
    lines = [
        tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=_y(value), y2=_y(value), class_="grid") for value in (0.0, 0.5, 1.0)
    ]
    numbers = [tag("text", f"{value:g}", x=LEFT - 5, y=_y(value) + 4, text_anchor="end") for value in (0.0, 0.5, 1.0)]
    ticks = [
        tag("line", x1=_x(place, len(names)), x2=_x(place, len(names)), y1=_y(0.0), y2=_y(0.0) + 4, class_="grid")
        for place in range(len(names))
    ]
    ends = [tag("text", text.clip(text.visible(names[0]), 22), x=LEFT, y=HEIGHT - 6)]
    if len(names) > 1:
        ends.append(
            tag("text", text.clip(text.visible(names[-1]), 22), x=WIDTH - RIGHT, y=HEIGHT - 6, text_anchor="end")
        )
    return tag("g", *lines, *ticks, *numbers, *ends)


def _stretches(degrees: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The parts of a line between its gaps.

    >>> _stretches([0.5, None, 0.25, 1.0])
    [[(0, 0.5)], [(2, 0.25), (3, 1.0)]]
    """
    found: list[list[tuple[int, float]]] = [[]]
    for place, degree in enumerate(degrees):
        if degree is None:
            found.append([])
        else:
            found[-1].append((place, degree))
    return [stretch for stretch in found if stretch]


def _mark(number: int, x: float, y: float) -> Markup:
    """A point, by shapes in turn: disc, square, triangle, ring, diamond, cross."""
    match number % 6:
        case 0:
            return tag("circle", cx=x, cy=y, r=3, class_="full")
        case 1:
            return tag("rect", x=x - 2.7, y=y - 2.7, width=5.4, height=5.4, class_="full")
        case 2:
            return tag("path", d=f"M{x:.1f} {y - 3.6:.1f}l3.6 6.4h-7.2z", class_="full")
        case 3:
            return tag("circle", cx=x, cy=y, r=3)
        case 4:
            return tag("path", d=f"M{x:.1f} {y - 4:.1f}l4 4l-4 4l-4 -4z")
        case _:
            return tag("path", d=f"M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6")


def _names(labels: list[tuple[float, str, float]]) -> list[Markup]:
    """Names at the ends of lines, moved down where they would be one on another, and up from the bottom."""
    placed: list[tuple[float, str, float]] = []
    for y, name, x in sorted(labels):
        placed.append((max(y, placed[-1][0] + SPACE) if placed else y, name, x))
    over = max(0.0, placed[-1][0] - (HEIGHT - BOTTOM)) if placed else 0.0
    return [tag("text", name, x=x + 8, y=max(TOP, y - over) + 4, class_="lab") for y, name, x in placed]
