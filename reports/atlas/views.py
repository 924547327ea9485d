"""What the pages of an atlas show, as frozen records; templates arrange them and compute nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from reports.atlas import drawings
from reports.atlas.heatmap import data_uri, reordered
from reports.atlas.source import Atlas, layer_of
from reports.views import Token

COMMONEST: Final = 40
EDGES: Final = 80
"""Of a network, the pairs that share most; more lines cannot be told apart."""
KINDS: Final = ("compresses", "tracks", "expands", "undecided")


def trained(atlas: Atlas) -> tuple[str, ...]:
    """The sources that the model itself read, not one with random weights."""
    return tuple(name for name in atlas.sources if "untrained" not in name)


@dataclass(frozen=True)
class Picture:
    """A drawing with the file of its figures."""

    title: str
    drawing: Markup
    table: str


@dataclass(frozen=True)
class Frequencies:
    """A component's tokens: by rank, by layer, by head, and the commonest of all heads."""

    component: str
    ranks: Picture
    layers: tuple[tuple[int, tuple[int | None, ...]], ...]
    commonest: tuple[tuple[Token, tuple[int, ...]], ...]


def frequencies(atlas: Atlas, component: str) -> Frequencies:
    """Of one component; sources in their order."""
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
    """Of one source and component."""
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
                atlas.named(_both(atlas, source, component, left, right, common)),
            )
            for left, right, both, apart in ranked[:COMMONEST]
        ),
    )


def _pairs(atlas: Atlas, data: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    size = len(atlas.heads)
    places = [(left, right) for left in range(size) for right in range(left + 1, size)]
    return [(*place, both, apart) for place, both, apart in zip(places, data["pairs"], data["apart"], strict=True)]


def _both(atlas: Atlas, source: str, component: str, left: int, right: int, without: set[int]) -> list[int]:
    other = {id for id, _ in atlas.counts(source, component, right)}
    return [id for id, _ in atlas.counts(source, component, left) if id in other and id not in without][:12]


@dataclass(frozen=True)
class Growing:
    """How heads grow by one component.

    Attributes:
        covered: distinct tokens of all heads as prompts are added.
        closed: source, power of growth over the second half of the prompts.
        kinds: source, heads of each class.
        stable: heads that are of one and the same decided class on all sources of the trained model.
        heads: address, and the class with its power for each source.
    """

    component: str
    covered: Picture
    closed: tuple[tuple[str, float | None], ...]
    kinds: tuple[tuple[str, tuple[int, ...]], ...]
    stable: int
    heads: tuple[tuple[str, tuple[tuple[str, float | None, float | None, float | None], ...]], ...]


def growing(atlas: Atlas, component: str) -> Growing:
    """Of one component."""
    covered = atlas.data["coverage"]
    big = [name for name in atlas.sources if name not in ("repeat", "periodic")]
    lines = {name: [(float(n), v) for n, v in enumerate(covered[name][component]["curve"], 1)] for name in big}
    grown = {name: atlas.data["growth"][name][component] for name in atlas.sources}
    rows = tuple(
        (head, tuple((one[3], one[0], one[1], one[2]) for one in (grown[name][place] for name in trained(atlas))))
        for place, head in enumerate(atlas.heads)
    )
    alike = (len({kind for kind, *_ in cells}) == 1 and cells[0][0] != "undecided" for _head, cells in rows)
    return Growing(
        component,
        Picture(
            f"{component}: distinct tokens of all heads as prompts are added",
            drawings.curves(lines, across="prompts", up="tokens"),
            "coverage",
        ),
        tuple((name, covered[name][component]["power"]) for name in big),
        tuple((name, _of_each_kind(many)) for name, many in grown.items()),
        sum(alike),
        rows,
    )


def _of_each_kind(many: list[Any]) -> tuple[int, ...]:
    found = Counter(one[3] for one in many)
    return tuple(found[kind] for kind in KINDS)


@dataclass(frozen=True)
class HeadSheet:
    """A head's page: for each component the commonest tokens, and with each other head how many tokens it shares."""

    head: str
    layer: int
    distinct: tuple[tuple[str, tuple[int, ...]], ...]
    tokens: tuple[tuple[str, tuple[tuple[Token, int], ...], int], ...]
    others: tuple[tuple[str, tuple[int, ...], tuple[Token, ...]], ...]
    growth: Picture


def head_sheet(atlas: Atlas, place: int, squares: dict[str, list[list[int]]]) -> HeadSheet:
    """The page of a head, of natural text; `squares` are the shared counts by component."""
    head = atlas.heads[place]
    tokens, first = [], atlas.components[0]
    for component in atlas.components:
        counts = atlas.counts("natural", component, place)
        tokens.append((component, tuple((atlas.token(id), n) for id, n in counts[:COMMONEST]), len(counts)))
    curves = {
        component: [(float(n), v) for n, v in enumerate(atlas.data["growth"]["natural"][component][place][4], 1)]
        for component in atlas.components
    }
    return HeadSheet(
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
                atlas.named(_both(atlas, "natural", first, place, at, set())),
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


@dataclass(frozen=True)
class Plots:
    """The token plots of a layer.

    Attributes:
        shown: title of a prompt, its tokens, and for each head the small plot and what is read by position.
        data: what the script draws the large one from.
    """

    layer: int
    heads: tuple[str, ...]
    shown: tuple[
        tuple[str, tuple[Token, ...], tuple[tuple[str, Markup, tuple[tuple[str, tuple[Token, ...]], ...]], ...]], ...
    ]
    data: dict[str, Any]


def plots(atlas: Atlas, layer: int) -> Plots | None:
    """Of one layer; None where the component qk was not read."""
    if "qk" not in atlas.components:
        return None
    places = [place for place, head in enumerate(atlas.heads) if layer_of(head) == layer]
    lines = [part for part in ("q", "k", "v", "z") if part in atlas.components]
    shown, given, used = [], [], set[int]()
    for plot in atlas.data["plots"]:
        title = f"{plot['source']}, prompt {plot['prompt']}"
        heads = [plot["heads"][place] for place in places]
        used.update(plot["ids"], *(one[part] for one in heads for part in (*lines, "qk")))
        given.append({"title": title, "ids": plot["ids"], "heads": heads})
        shown.append(
            (
                title,
                atlas.named(plot["ids"]),
                tuple(
                    (
                        atlas.heads[place],
                        drawings.small(one["qk"], one["attention"], f"{atlas.heads[place]}, {title}"),
                        tuple((part, atlas.named(one[part])) for part in lines),
                    )
                    for place, one in zip(places, heads, strict=True)
                ),
            )
        )
    names = tuple(atlas.heads[place] for place in places)
    data = {
        "heads": names,
        "plots": given,
        "tokens": {str(id): drawings.short(atlas.token(id).text, 40) for id in sorted(used)},
    }
    return Plots(layer, names, tuple(shown), data)


def lookup(atlas: Atlas) -> dict[str, Any]:
    """What the script looks pairs of heads up in: vocabularies of trained heads, tokens by their place in a list."""
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
