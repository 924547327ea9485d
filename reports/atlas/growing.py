"""Growing: how vocabularies grow, for a page, by one component."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from reports.atlas import drawings
from reports.atlas.drawings import Picture
from reports.atlas.source import Atlas, trained

KINDS: Final = ("compresses", "tracks", "expands", "undecided")


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
    """Gather one component's growth."""
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
