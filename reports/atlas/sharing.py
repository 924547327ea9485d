"""Sharing: which tokens heads share, for a page, by one component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from reports.atlas import drawings
from reports.atlas.heatmap import data_uri, reordered
from reports.atlas.source import Atlas
from reports.values import Token

LISTED: Final = 40
EDGES: Final = 80
"""Of a network, the pairs that share most; more lines cannot be told apart."""


@dataclass(frozen=True)
class Sharing:
    """What heads share by a component, of one source.

    Attributes:
        spread: fewest, median, most tokens that a pair shares, and the share of pairs without any; with all tokens,
            then without those that all heads read.
        maps: title and picture of the heads by layer, by similarity, and both without common tokens.
        top: pairs that share most, without common tokens.
    """

    source: str
    component: str
    common: tuple[Token, ...]
    spread: tuple[tuple[str, int, int, int, float], ...]
    maps: tuple[tuple[str, str, int], ...]
    network: Markup
    top: tuple[tuple[str, str, int, int, tuple[Token, ...]], ...]


def sharing(atlas: Atlas, source: str, component: str) -> Sharing:
    """Gather what one source and component shares."""
    data = atlas.data["shared"][source][component]
    spread, maps = [], []
    for name, apart in (("all tokens", False), ("without common ones", True)):
        values = sorted(data["apart" if apart else "pairs"]) or [0]
        none = sum(value == 0 for value in values) / len(values)
        spread.append((name, values[0], values[len(values) // 2], values[-1], none))
        square = atlas.square(source, component, apart=apart)
        if apart and not data["common"]:
            continue  # the same pictures again
        maps.append((f"by layer, {name}", data_uri(square, values[-1]), values[-1]))
        maps.append((f"by similarity, {name}", data_uri(reordered(square, data["order"]), values[-1]), values[-1]))
    ranked = sorted(_pairs(atlas, data), key=lambda pair: (-pair[3], pair[0], pair[1]))[:EDGES]
    edges = [(atlas.heads[left], atlas.heads[right], apart) for left, right, _, apart in ranked if apart]
    common = set(data["common"])
    return Sharing(
        source,
        component,
        atlas.named(data["common"]),
        tuple(spread),
        tuple(maps),
        drawings.network(atlas.heads, edges),
        tuple(
            (
                atlas.heads[left],
                atlas.heads[right],
                both,
                apart,
                atlas.named(both_read(atlas, source, component, left, right, common)),
            )
            for left, right, both, apart in ranked[:LISTED]
        ),
    )


def _pairs(atlas: Atlas, data: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    size = len(atlas.heads)
    places = [(left, right) for left in range(size) for right in range(left + 1, size)]
    return [(*place, both, apart) for place, both, apart in zip(places, data["pairs"], data["apart"], strict=True)]


def both_read(atlas: Atlas, source: str, component: str, left: int, right: int, without: set[int]) -> list[int]:
    """Return the first twelve tokens that two heads share, those that the first reads most often first."""
    other = {id for id, _ in atlas.counts(source, component, right)}
    return [id for id, _ in atlas.counts(source, component, left) if id in other and id not in without][:12]


def lookup(atlas: Atlas) -> dict[str, Any]:
    """Return what the script looks pairs of heads up in: vocabularies of trained heads, tokens by their place in a
    list.
    """
    names = [name for name in ("natural", "random") if name in atlas.sources]
    place: dict[int, int] = {}
    vocabularies = {
        name: {
            part: [
                [place.setdefault(id, len(place)) for id in ids] for ids, _ in atlas.data["vocabularies"][name][part]
            ]
            for part in atlas.components
        }
        for name in names
    }
    return {
        "heads": atlas.heads,
        "components": atlas.components,
        "vocabularies": vocabularies,
        "tokens": [[id, drawings.short(atlas.token(id).text, 40)] for id in place],
        "common": {
            name: {part: atlas.data["shared"][name][part]["common"] for part in atlas.components} for name in names
        },
    }
