"""Small pictures as SVG: curves, points in the plane, networks of heads, token plots without words."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
from markupsafe import Markup

from reports.drawing.colormap import in_order
from reports.drawing.svg import tag
from reports.text import clip, token


@dataclass(frozen=True)
class Picture:
    """A drawing with the file of its figures."""

    title: str
    drawing: Markup
    table: str


WIDTH, HEIGHT = 560, 350
LEFT, RIGHT, TOP, BOTTOM = 76, 14, 62, 40
DASHES = ("none", "7 4", "2 3", "9 3 2 3", "4 4", "1 4")

Curve = Sequence[tuple[float, float]]


def curves(lines: Mapping[str, Curve], *, across: str, up: str, logarithmic: bool = False) -> Markup:
    """Return lines told apart by dashes, each named where it ends; scales are logarithmic in both or in none."""
    points = [point for line in lines.values() for point in line]
    scale = math.log10 if logarithmic else float
    most_x = max((x for x, _ in points), default=1.0)
    most_y = max((y for _, y in points), default=1.0) or 1.0
    least = 1.0 if logarithmic else 0.0

    def at(x: float, y: float) -> tuple[float, float]:
        wide = (scale(max(x, least)) - scale(least)) / ((scale(most_x) - scale(least)) or 1)
        high = (scale(max(y, least)) - scale(least)) / ((scale(most_y) - scale(least)) or 1)
        return LEFT + wide * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - high * (HEIGHT - TOP - BOTTOM)

    drawn: list[str] = []
    for value in _ticks(least, most_x, logarithmic=logarithmic):
        x, y = at(value, least)
        drawn += [tag("line", x1=x, x2=x, y1=TOP, y2=y, class_="g"), _label(x, y + 15, f"{value:,.0f}", "middle")]
    for value in _ticks(least, most_y, logarithmic=logarithmic):
        x, y = at(least, value)
        drawn += [
            tag("line", x1=x, x2=WIDTH - RIGHT, y1=y, y2=y, class_="g"),
            _label(x - 6, y + 4, f"{value:,.0f}", "end"),
        ]
    for place, (name, line) in enumerate(lines.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in line))
        drawn.append(
            tag(
                "polyline",
                tag("title", name),
                points=path,
                class_=f"c c{place % 6}",
                stroke_dasharray=DASHES[place % 6],
            )
        )
    for place, name in enumerate(lines):
        x, y = LEFT + 170 * (place % 3), 18 + 18 * (place // 3)
        path = f"{x},{y - 4} {x + 30},{y - 4}"
        drawn.append(tag("polyline", points=path, class_=f"c c{place % 6}", stroke_dasharray=DASHES[place % 6]))
        drawn.append(_label(x + 36, y, name, "start"))
    drawn.append(_label(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 6, across, "middle"))
    drawn.append(
        tag("text", up, transform=f"translate(14 {(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)", text_anchor="middle")
    )
    return _picture(drawn, WIDTH, HEIGHT, f"{up} by {across}: {', '.join(lines)}")


def plane(points: Sequence[tuple[float, float]], names: Sequence[str], layers: Sequence[int]) -> Markup:
    """Return points coloured by layer, the first layer dark, the last bright; each says its token."""
    size, edge = 460, 12
    order = {layer: place for place, layer in enumerate(sorted(set(layers)))}
    by_colour = defaultdict(list)
    for (x, y), name, layer in zip(points, names, layers, strict=True):
        dot = tag(
            "circle",
            tag("title", f"{token(name)}, layer {layer}"),
            cx=edge + x * (size - 2 * edge),
            cy=edge + y * (size - 2 * edge),
            r=3,
        )
        by_colour[in_order(order[layer], len(order))].append(dot)
    drawn = [tag("g", *dots, fill=colour) for colour, dots in by_colour.items()]
    return _picture(drawn, size, size, f"{len(points)} tokens in the plane, coloured by layer")


def network(heads: Sequence[str], edges: Sequence[tuple[str, str, int]]) -> Markup:
    """Return heads joined where they share much; wide lines share most. Heads that are joined to none are left out."""
    graph: nx.Graph[str] = nx.Graph()
    for left, right, number in edges:
        graph.add_edge(left, right, weight=number)
    if not graph:
        return Markup("")
    places = nx.spring_layout(graph, seed=0, iterations=80, k=2.2 / math.sqrt(len(graph)))
    wide, high, edge = 860, 520, 30
    xs, ys = [float(x) for x, _ in places.values()], [float(y) for _, y in places.values()]

    def at(head: str) -> tuple[float, float]:
        x, y = places[head]
        return (
            edge + (float(x) - min(xs)) / ((max(xs) - min(xs)) or 1) * (wide - 2 * edge),
            edge + (float(y) - min(ys)) / ((max(ys) - min(ys)) or 1) * (high - 2 * edge),
        )

    most = max(number for _, _, number in edges)
    drawn: list[str] = []
    for left, right, number in edges:
        (x1, y1), (x2, y2) = at(left), at(right)
        said = tag("title", f"{left} and {right} share {number}")
        drawn.append(tag("line", said, x1=x1, y1=y1, x2=x2, y2=y2, class_="e", stroke_width=0.6 + 3 * number / most))
    for head in graph:
        x, y = at(head)
        drawn.append(tag("text", head, x=x, y=y + 4, text_anchor="middle", class_="n"))
    return _picture(drawn, wide, high, f"Network of {len(graph)} of {len(heads)} heads")


def small(qk: Sequence[int], attention: Sequence[int], label: str) -> Markup:
    """Return a token plot without words: a cell a pair, coloured by order of discovery, attention as a white frame."""
    size = int((math.sqrt(8 * len(qk) + 1) - 1) // 2)
    order = {id: place for place, id in enumerate(dict.fromkeys(qk))}
    cells: dict[int, list[str]] = defaultdict(list)
    frames: list[str] = []
    place = 0
    for i in range(size):
        for j in range(i + 1):
            cells[order[qk[place]]].append(f"M{j} {i}h1v1h-1z")
            if attention[place] >= 100:
                frames.append(f"M{j}.15 {i}.15h.7v.7h-.7z")
            place += 1
    drawn = [tag("path", d="".join(paths), fill=in_order(number, len(order))) for number, paths in cells.items()]
    drawn.append(tag("path", d="".join(frames), class_="a"))
    return tag("svg", *drawn, viewBox=f"0 0 {size} {size}", role="img", aria_label=label, class_="tiny")


def short(text: str, most: int = 14) -> str:
    """Return a token's text, visible and cut."""
    return clip(token(text), most)


def _ticks(least: float, most: float, *, logarithmic: bool) -> list[float]:
    if logarithmic:
        return [10.0**power for power in range(int(math.log10(max(most, 1))) + 1)]
    step = 10 ** math.floor(math.log10(max(most, 1)))
    step = step / 5 if most / step < 2 else step / 2 if most / step < 5 else step
    return [least + step * number for number in range(int((most - least) / step) + 1)] if step >= 1 else [least, most]


def _label(x: float, y: float, said: str, anchor: str) -> Markup:
    return tag("text", said, x=x, y=y, text_anchor=anchor)


def _picture(drawn: Sequence[str], width: int, height: int, label: str) -> Markup:
    return tag(
        "svg",
        *drawn,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
        class_="chart-svg",
    )
