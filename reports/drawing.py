"""The token plot of a head, as SVG that stands in the page; `reports.graph` draws the transitions in the same manner.

Computed here and finished when the page is written: nothing is left to a script. Colours that depend on the reader's
light or dark are classes of the page's style sheet.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reports import text
from reports.colour import in_order, is_dark
from reports.svg import tag, together
from reports.views import Token, TokenPlot

CELL_WIDTH: Final = 46
CELL_HEIGHT: Final = 24
ATTENTION_STEPS: Final = 10
_FRAME: Final = 1.5  # of the cell's own colour, around the border: a white border must not melt into a white page
_SIDE: Final = 128  # room for the axes' labels
_ROOF: Final = 104
_CELL_COLUMNS: Final = 7
_LABEL_COLUMNS: Final = 13


@dataclass(frozen=True)
class Discovery:
    """An attention token of a plot: when it first appeared, in which colour, in how many cells."""

    order: int
    token: Token
    cells: int
    colour: str
    dark: bool


def definitions() -> Markup:
    """What the drawings of a page share; it must stand in the page once, rendered but of no size."""
    borders = []
    for tone in "ld":
        for step in range(1, ATTENTION_STEPS + 1):
            thick = 0.5 + 3.5 * step / ATTENTION_STEPS
            rect = tag(
                "rect",
                id=f"a{tone}{step}",
                class_=f"at{tone}",
                x=thick / 2 + _FRAME,
                y=thick / 2 + _FRAME,
                width=CELL_WIDTH - 1 - 2 * _FRAME - thick,
                height=CELL_HEIGHT - 1 - 2 * _FRAME - thick,
                stroke_width=thick,
                stroke_opacity=0.35 + 0.65 * step / ATTENTION_STEPS,
            )
            borders.append(rect)
    return tag("svg", tag("defs", together(borders), tip()), width=0, height=0, aria_hidden="true", class_="defs")


def tip() -> Markup:
    """The head of the arrows of graphs."""
    return tag(
        "marker",
        tag("path", d="M0 0L9 4L0 8Z", class_="tip"),
        id="tip",
        markerUnits="userSpaceOnUse",
        markerWidth=9,
        markerHeight=8,
        refX=8,
        refY=4,
        orient="auto",
    )


def discoveries(plot: TokenPlot) -> tuple[Discovery, ...]:
    """The plot's attention tokens by first appearance, query by query, key by key."""
    cells = Counter(token.id for row in plot.rows for token in row)
    first = {token.id: token for row in reversed(plot.rows) for token in reversed(row)}
    order = list(dict.fromkeys(token.id for row in plot.rows for token in row))
    colours = [in_order(place, len(order)) for place in range(len(order))]
    return tuple(
        Discovery(place, first[id], cells[id], colours[place], is_dark(colours[place]))
        for place, id in enumerate(order)
    )


def token_plot(plot: TokenPlot, name: str, label: str) -> Markup:
    """The lower triangle of a sequence, a cell a pair of query and key, with the four axes around it.

    Args:
        plot: what to draw.
        name: begins the ids of this drawing's own parts; once a page.
        label: says in words what the picture is.
    """
    found = discoveries(plot)
    tones = {one.token.id: ("d" if one.dark else "l", one.order) for one in found}
    rows = [_row(plot, i, name, tones) for i in range(len(plot.rows))]
    grid = tag("g", *rows, transform=f"translate({_SIDE} {_ROOF})")
    size = len(plot.rows)
    return tag(
        "svg",
        tag("title", label),
        tag("defs", *[_swatch(one, name) for one in found]),
        _axes(plot),
        grid,
        class_="plot",
        role="img",
        aria_label=label,
        width=2 * _SIDE + size * CELL_WIDTH,
        height=2 * _ROOF + size * CELL_HEIGHT,
        viewBox=f"0 0 {2 * _SIDE + size * CELL_WIDTH} {2 * _ROOF + size * CELL_HEIGHT}",
    )


def _swatch(found: Discovery, name: str) -> Markup:
    shown = text.clip(text.token(found.token.text), _CELL_COLUMNS)
    return tag(
        "g",
        tag("rect", width=CELL_WIDTH - 1, height=CELL_HEIGHT - 1, fill=found.colour),
        tag("text", shown, x=CELL_WIDTH / 2, y=CELL_HEIGHT / 2 + 3.5, class_="cd" if found.dark else "cl"),
        id=f"{name}-{found.order}",
    )


def _row(plot: TokenPlot, i: int, name: str, tones: dict[int, tuple[str, int]]) -> Markup:
    parts: list[Markup] = []
    for j, token in enumerate(plot.rows[i]):
        tone, order = tones[token.id]
        attention, tie = plot.attention[i][j], plot.near_ties[i][j]
        said = f"{i}, {j}: {text.token(token.text)} ({token.id})"
        said += "" if attention is None else f", attention {attention:.3f}"
        x = j * CELL_WIDTH
        parts.append(tag("use", tag("title", said + (", near-tie" if tie else "")), href=f"#{name}-{order}", x=x))
        step = round((attention or 0) * ATTENTION_STEPS)
        if step > 0:
            parts.append(tag("use", href=f"#a{tone}{min(step, ATTENTION_STEPS)}", x=x))
        if tie:
            parts.append(tag("text", "≈", x=x + CELL_WIDTH - 9, y=9, class_=f"tie c{tone}"))
    return tag("g", *parts, transform=f"translate(0 {i * CELL_HEIGHT})")


def _axes(plot: TokenPlot) -> Markup:
    """The four axes: what they are called, and a label a position."""
    size = len(plot.rows)
    width, height = size * CELL_WIDTH, size * CELL_HEIGHT
    names = (
        tag("text", "query", x=_SIDE + width / 2, y=13, class_="axis"),
        _upright("value", 2 * _SIDE + width - 8, _ROOF + height / 2, 90),
        tag("text", "key", x=_SIDE + width / 2, y=2 * _ROOF + height - 5, class_="axis"),
        _upright("input", 12, _ROOF + height / 2, -90),
    )
    columns = [_SIDE + (j + 0.5) * CELL_WIDTH + 3 for j in range(size)]
    rows = [_ROOF + (i + 0.5) * CELL_HEIGHT + 3.5 for i in range(size)]
    labels = (
        _labels(plot.q, [f"translate({x} {_ROOF - 8}) rotate(-52)" for x in columns], "start"),
        _labels(plot.v, [f"translate({_SIDE + width + 8} {y})" for y in rows], "start"),
        _labels(plot.k, [f"translate({x} {_ROOF + height + 14}) rotate(-52)" for x in columns], "end"),
        _labels(plot.sequence, [f"translate({_SIDE - 8} {y})" for y in rows], "end"),
    )
    return together([*names, *labels])


def _upright(name: str, x: float, y: float, angle: int) -> Markup:
    return tag("text", name, transform=f"translate({x} {y}) rotate({angle})", class_="axis")


def _labels(tokens: Sequence[Token], places: Sequence[str], anchor: str) -> Markup:
    drawn = []
    for token, place in zip(tokens, places, strict=False):
        full = text.token(token.text)
        shown = text.clip(full, _LABEL_COLUMNS)
        whole = () if shown == full else (tag("title", full),)
        drawn.append(tag("text", *whole, shown, transform=place))
    return tag("g", *drawn, text_anchor=anchor, class_="lab")
