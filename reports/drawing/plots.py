"""Token plots: a sequence as a head reads it, its attention tokens in order of discovery; a script draws them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from reports.drawing.colormap import in_order, is_dark
from reports.values import Token
from reports.views import TokenPlot


@dataclass(frozen=True)
class Discovery:
    """An attention token of a plot: when it first appeared, in which colour, in how many cells."""

    order: int
    token: Token
    cells: int
    colour: str
    dark: bool


def discoveries(plot: TokenPlot) -> tuple[Discovery, ...]:
    """Return the plot's attention tokens by first appearance, query by query, key by key."""
    cells = Counter(token.id for row in plot.rows for token in row)
    first = {token.id: token for row in reversed(plot.rows) for token in reversed(row)}
    order = list(dict.fromkeys(token.id for row in plot.rows for token in row))
    colours = [in_order(place, len(order)) for place in range(len(order))]
    return tuple(
        Discovery(place, first[id], cells[id], colours[place], is_dark(colours[place]))
        for place, id in enumerate(order)
    )


def plot_data(plot: TokenPlot) -> dict[str, Any]:
    """Return what the script is given beside the tables of the page, where it finds the tokens: cells by number of
    discovery,
    attention in thousandths, the places of near-ties.
    """
    order = {one.token.id: one.order for one in discoveries(plot)}
    return {
        "rows": [[order[token.id] for token in row] for row in plot.rows],
        "attention": [[None if a is None else round(1000 * a) for a in row] for row in plot.attention],
        "near_ties": [[i, j] for i, row in enumerate(plot.near_ties) for j, tie in enumerate(row) if tie],
    }
