"""Frequencies: how often tokens are read, for a page, by one component."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reports.atlas import drawings
from reports.atlas.drawings import Picture
from reports.atlas.source import Atlas, layer_of
from reports.values import Token

COMMONEST: Final = 40


@dataclass(frozen=True)
class Frequencies:
    """A component's tokens: by rank, by layer, by head, and the commonest of all heads."""

    component: str
    ranks: Picture
    heads: Picture
    by_layer: Picture
    layers: tuple[tuple[int, tuple[int, ...]], ...]
    commonest: tuple[tuple[Token, tuple[int, ...]], ...]


def frequencies(atlas: Atlas, component: str) -> Frequencies:
    """Gather one component's frequencies; sources stay in their order."""
    by_source = {name: atlas.whole(name, component) for name in atlas.sources}
    ranks = {name: [(float(rank), float(n)) for rank, (_id, n) in _thinned(many)] for name, many in by_source.items()}
    counts = {name: dict(many) for name, many in by_source.items()}
    layers = []
    for layer in atlas.layers:
        own = [place for place, head in enumerate(atlas.heads) if layer_of(head) == layer]
        layers.append(
            (
                layer,
                tuple(
                    len({id for place in own for id, _ in atlas.counts(name, component, place)})
                    for name in atlas.sources
                ),
            )
        )
    return Frequencies(
        component,
        Picture(
            f"{component}: how often a token is read, by its rank",
            drawings.curves(ranks, across="rank", up="times read", logarithmic=True),
            "frequencies-natural",
        ),
        Picture(
            f"{component}: distinct tokens by head, from the first layer to the last",
            drawings.curves(
                {name: list(enumerate(map(float, atlas.distinct(name, component)), 1)) for name in atlas.sources},
                across="head",
                up="tokens",
            ),
            "distinct",
        ),
        Picture(
            f"{component}: distinct tokens by layer",
            drawings.curves(
                {
                    name: [(float(layer), float(n[place])) for layer, n in layers]
                    for place, name in enumerate(atlas.sources)
                },
                across="layer",
                up="tokens",
            ),
            "layers",
        ),
        tuple(layers),
        tuple(
            (atlas.token(id), tuple(counts[name].get(id, 0) for name in atlas.sources))
            for id, _ in by_source["natural"][:COMMONEST]
        ),
    )


def _thinned(many: list[tuple[int, int]]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Ranks from 1; of high ones a few, which is all that a logarithmic scale can show."""
    last = 0
    for rank, one in enumerate(many, 1):
        if rank < 20 or rank >= last * 1.05 or rank == len(many):
            last = rank
            yield rank, one
