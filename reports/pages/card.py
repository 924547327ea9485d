"""A head's identity card: its facts, what deviates most, its nearest heads, and where it departs from what it says."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.records.cell import how_broken
from harness.records.comparison import BARRED, NULLS, Comparison, distance, explained
from harness.records.facts_in_words import KINDS, called, kind_of, shown_tokens
from reports.analysis.findings import LawKey, Neighbours
from reports.graph_views import Power
from reports.head_facts import Departure, Facts, Said
from reports.values import Estimate
from reports.views import Cell, Head, Report

DEVIATING: Final = 3
"""Cells that are told, those that deviate most."""
NEAREST: Final = 3
"""Heads that are told, the nearest."""
DIFFERENCES: Final = 3
"""Laws that are told of each of the nearest heads, those in which the two differ most."""
NULL_NAMES: Final[Mapping[str, str]] = {
    "random": "random weights",
    "rotated": "rotated weights",
    "surrogate": "tokens dealt out",
}
"""What each null is called on a page."""


@dataclass(frozen=True)
class Sentence:
    """What a component says: the kind of thing it is, by kind of sequence the counts, and the laws that follow."""

    component: str
    kind: str
    said: tuple[tuple[str, Said, int], ...]
    explained: tuple[Cell, ...]


@dataclass(frozen=True)
class Role:
    """A role, with the mean attention it gets on each kind of sequence."""

    name: str
    shares: tuple[float | None, ...]


@dataclass(frozen=True)
class Beside:
    """A null's part of a scale from 0 to 1: a tick for each of its heads, the mean degree, and the excess."""

    name: str
    comparison: Comparison


@dataclass(frozen=True)
class Deviation:
    """A cell that lies far from its nulls."""

    cell: Cell
    side: str
    distance: float
    holds: Estimate | None
    broken: str
    nulls: tuple[Beside, ...]


@dataclass(frozen=True)
class Neighbour:
    """A near head, with the laws in which the two differ most and both degrees, this head's first."""

    head: str
    apart: float
    differs: tuple[tuple[LawKey, float, float], ...]


@dataclass(frozen=True)
class Card:
    """What a head's page says first.

    Attributes:
        standing: how many cells stand out.
        compared: whether any cell was compared with all three nulls.
        called: what a head is called by its attention; nothing where no role gets much of it.
        reads_bos: the share of positions at which z reads BOS's own value, by kind of sequence.
    """

    sentences: tuple[Sentence, ...]
    called: str
    kinds: tuple[str, ...]
    reads_bos: tuple[tuple[str, float], ...]
    roles: tuple[Role, ...]
    powers: tuple[tuple[str, Power], ...]
    deviating: tuple[Deviation, ...]
    standing: int
    compared: bool
    neighbours: tuple[Neighbour, ...]
    departs: tuple[Departure, ...]
    sequences: int
    positions: int


Degrees = Mapping[LawKey, float]
"""A head's degrees by law."""


def card(
    head: Head, claims: Collection[tuple[str, str]], place: Neighbours | None, degrees: Mapping[str, Degrees]
) -> Card:
    """Return the card of a head.

    Args:
        claims: the conjectures that say something of heads; controls are none.
        place: where it stands among the heads.
        degrees: of every head, by law.
    """
    cells = [cell for cell in head.cells if cell.claim in claims]
    facts = head.facts
    told = [cell for cell in cells if explained(cell.comparisons, cell.flags)]
    kinds = tuple(kind for kind in KINDS if facts and kind in facts.attends)
    text = facts.says.get("z", {}).get("text") if facts else None
    return Card(
        sentences=tuple(_sentences(facts, told)),
        called=called(facts.attends.get("random", {})) if facts else "",
        kinds=kinds,
        reads_bos=tuple((KINDS[kind], facts.reads_bos[kind]) for kind in KINDS if facts and kind in facts.reads_bos),
        roles=tuple(_roles(facts, kinds)),
        powers=tuple((one.component, one.power) for one in head.growths if one.power is not None),
        deviating=tuple(deviation(cell) for cell in most_deviating(cells)[:DEVIATING]),
        standing=sum(bool(cell.stands_out) for cell in cells),
        compared=any(set(cell.comparisons) == set(NULLS) for cell in cells),
        neighbours=tuple(_neighbours(place, degrees)),
        departs=facts.departs if facts else (),
        sequences=facts.sequences if facts else 0,
        positions=text.positions if text else 0,
    )


def degrees(report: Report) -> dict[str, Degrees]:
    """Give every head's degrees by law, controls left out."""
    claims = report.claims
    return {
        head.address: {cell.law: cell.degree.value for cell in head.cells if cell.degree and cell.claim in claims}
        for head in report.singles
    }


def _sentences(facts: Facts | None, told: Sequence[Cell]) -> Iterator[Sentence]:
    for component, said in (facts.says if facts else {}).items():
        if "random" not in said:
            continue
        kind = kind_of(said["random"].covering)
        parts = tuple((KINDS[name], one, shown_tokens(one.covering)) for name, one in said.items())
        yield Sentence(component, kind, parts, tuple(cell for cell in told if cell.component == component))
    rest = [cell for cell in told if facts is None or cell.component not in facts.says]
    for component in dict.fromkeys(cell.component for cell in rest):
        yield Sentence(component, "", (), tuple(cell for cell in rest if cell.component == component))


def _roles(facts: Facts | None, kinds: Sequence[str]) -> Iterator[Role]:
    for name in dict.fromkeys(role for kind in kinds if facts for role in facts.attends[kind]):
        yield Role(name, tuple(facts.attends[kind].get(name) if facts else None for kind in kinds))


def most_deviating(cells: Iterable[Cell]) -> list[Cell]:
    """Return cells by how far they lie from the nearest null, those that stand out first; barred ones are left out."""
    open_ = [cell for cell in cells if BARRED.isdisjoint(cell.flags) and distance(cell.comparisons)]
    return sorted(open_, key=lambda cell: (not cell.stands_out, -abs(distance(cell.comparisons))))


def deviation(cell: Cell) -> Deviation:
    """Return a cell beside its nulls."""
    away = distance(cell.comparisons)
    return Deviation(
        cell=cell,
        side="above" if away > 0 else "below",
        distance=away,
        holds=holding(cell),
        broken=how_broken(cell.verdict, cell.violations or 0, cell.census_n or 0),
        nulls=tuple(Beside(NULL_NAMES[name], cell.comparisons[name]) for name in NULLS if name in cell.comparisons),
    )


def holding(cell: Cell) -> Estimate | None:
    """Return the share of the census's sequences that the claim holds of, with its interval; None where nothing was
    counted.

    >>> from reports.values import Estimate
    >>> class Counted:
    ...     violation_rate = Estimate(0.25, 0.2, 0.5, 8)
    >>> holding(Counted())
    Estimate(value=0.75, low=0.5, high=0.8, n=8)
    """
    rate = cell.violation_rate
    if rate is None:
        return None
    low, high = (None if end is None else 1 - end for end in (rate.high, rate.low))
    return Estimate(1 - rate.value, low, high, rate.n)


def _neighbours(place: Neighbours | None, degrees: Mapping[str, Degrees]) -> Iterator[Neighbour]:
    if place is None:
        return
    own = degrees.get(place.head, {})
    for other, apart in place.nearest[:NEAREST]:
        theirs = degrees.get(other, {})
        shared = [(law, own[law], theirs[law]) for law in own if law in theirs and own[law] != theirs[law]]
        shared.sort(key=lambda one: -abs(one[1] - one[2]))
        yield Neighbour(other, apart, tuple(shared[:DIFFERENCES]))
