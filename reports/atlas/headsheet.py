"""Headsheet: the page of one head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reports.atlas import drawings
from reports.atlas.drawings import Picture
from reports.atlas.sharing import both_read
from reports.atlas.source import Atlas, layer_of
from reports.values import Token

COMMONEST: Final = 40


@dataclass(frozen=True)
class AtlasHeadSheet:
    """A head's page: for each component the commonest tokens, and with each other head how many tokens it shares."""

    head: str
    layer: int
    distinct: tuple[tuple[str, tuple[int, ...]], ...]
    tokens: tuple[tuple[str, tuple[tuple[Token, int], ...], int], ...]
    others: tuple[tuple[str, tuple[int, ...], tuple[Token, ...]], ...]
    growth: Picture


def head_sheet(atlas: Atlas, place: int, squares: dict[str, list[list[int]]]) -> AtlasHeadSheet:
    """Return the page of a head, of natural text; `squares` are the shared counts by component."""
    head = atlas.heads[place]
    tokens, first = [], atlas.components[0]
    for component in atlas.components:
        counts = atlas.counts("natural", component, place)
        tokens.append((component, tuple((atlas.token(id), n) for id, n in counts[:COMMONEST]), len(counts)))
    curves = {
        component: [(float(n), v) for n, v in enumerate(atlas.data["growth"]["natural"][component][place][4], 1)]
        for component in atlas.components
    }
    return AtlasHeadSheet(
        head,
        layer_of(head),
        tuple(
            (name, tuple(len(atlas.counts(name, part, place)) for part in atlas.components)) for name in atlas.sources
        ),
        tuple(tokens),
        tuple(
            (
                other,
                tuple(squares[part][place][at] for part in atlas.components),
                atlas.named(both_read(atlas, "natural", first, place, at, set())),
            )
            for at, other in enumerate(atlas.heads)
            if at != place
        ),
        Picture(
            "Distinct tokens by positions read, natural text",
            drawings.curves(curves, across="positions", up="tokens"),
            "growth-curves",
        ),
    )
