"""The matrix of heads and conjectures, one component at a time: what the templates walk through."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from harness.records.address import CLAIMED, PAIR, shown_place
from harness.records.cell import Verdict, dull
from harness.records.comparison import distance
from harness.records.words import FLAGS, VERDICTS
from reports.analysis.findings import Law, LawKey
from reports.formats import share
from reports.pages.steps import difference_step, share_step
from reports.views import Cell, Conjecture, Report


@dataclass(frozen=True)
class Column:
    """A conjecture that speaks of the component; ``anchor`` names its line on a head's page.

    ``component`` is said where the columns of a matrix speak of several; ``dull`` is a column all of whose cells have
    another reason than what the head has learnt.
    """

    anchor: str
    chapter: str
    conjecture: str
    component: str = ""
    dull: bool = False


@dataclass(frozen=True)
class Square:
    """One place of the matrix: classes for the style sheet and the filters, a sign, a degree, and letters for flags.

    The classes are the verdict's letter, the steps of the holding rate (h) and of the excess (d), and the flags (f).
    """

    classes: str
    sign: str
    degree: str
    letters: str


@dataclass(frozen=True)
class MatrixLine:
    """The line of a head, or of a pair of heads."""

    address: str
    layer: str
    squares: tuple[Square | None, ...]


@dataclass(frozen=True)
class Matrix:
    """All heads against all conjectures that speak of one component; ``filled`` counts the cells."""

    component: str
    page: str
    chapters: tuple[tuple[str, int], ...]
    columns: tuple[Column, ...]
    lines: tuple[MatrixLine, ...]
    ranking: tuple[Law, ...]
    filled: int


PAIRS: Final = "pairs"
"""What stands for a component where the lines are pairs of heads: all components of their claims together."""

MOST_IMPORTANT: Final = ("z", "qk", "v", "attn", "q", "k")
"""Which component the index shows: the first of these that was run and does not depend on a basis."""


Filed = Mapping[tuple[LawKey, str], Cell]
"""Cells by law and head."""


def matrices(report: Report) -> tuple[Matrix, ...]:
    """Return a matrix a component, that of the index first, and one of the pairs of heads; controls stand elsewhere."""
    claims = report.claims
    filed = {(cell.law, cell.head): cell for head in report.heads for cell in head.cells if cell.claim in claims}
    singles = {key: cell for key, cell in filed.items() if PAIR not in cell.head}
    pairs = {key: cell for key, cell in filed.items() if PAIR in cell.head}
    order = ordered_components(singles)
    made = [_matrix(report, part, _columns(report, [part], singles), singles) for part in order]
    if pairs:
        made.append(_matrix(report, PAIRS, _columns(report, CLAIMED, pairs), pairs))
    return tuple(made)


def ordered_components(filed: Filed) -> list[str]:
    """Return the components, the most important first; those that depend on the basis chosen inside the head come
    last.
    """
    present = sorted({component for (_, _, component), _ in filed}, key=shown_place)
    fixed = {law[2] for (law, _), cell in filed.items() if "gauge" not in cell.flags}
    first = [name for name in MOST_IMPORTANT if name in fixed][:1]
    rest = [name for name in present if name not in first]
    return first + sorted(rest, key=lambda name: name not in fixed)


def is_dull(cells: Iterable[Cell]) -> bool:
    """Return whether all of these cells are trivial, architectural, true untrained, or depend on a basis."""
    return all(dull(cell.flags) or "gauge" in cell.flags for cell in cells)


Claimed = tuple[Conjecture, str]
"""A conjecture and the component that a column is about."""


def _columns(report: Report, components: Sequence[str], filed: Filed) -> list[Claimed]:
    """What was tried, chapter by chapter."""
    tried = {law for law, _ in filed}
    found = [(one, part) for one in report.conjectures for part in components if (*one.key, part) in tried]
    chapters = list(dict.fromkeys(one.chapter for one, _ in found))
    return sorted(found, key=lambda column: chapters.index(column[0].chapter))


def _matrix(report: Report, component: str, columns: Sequence[Claimed], filed: Filed) -> Matrix:
    claims = report.claims
    present = {address for (_, _, part), address in filed if component in (part, PAIRS)}
    lines = []
    for head in report.heads:
        if head.address in present:
            cells = [filed.get(((*one.key, part), head.address)) for one, part in columns]
            squares = tuple(None if cell is None else square(cell) for cell in cells)
            lines.append(MatrixLine(head.address, head.layer, squares))
    chapters = [one.chapter for one, _ in columns]
    keys = {(*one.key, part) for one, part in columns}
    told: defaultdict[LawKey, list[Cell]] = defaultdict(list)
    for (law, _), cell in filed.items():
        told[law].append(cell)
    dull_ones = {key for key in keys if is_dull(told[key])}
    if dull_ones == keys:  # of a component that is dull throughout, all is shown
        dull_ones = set()
    return Matrix(
        component=component,
        page="",
        chapters=tuple((chapter, chapters.count(chapter)) for chapter in dict.fromkeys(chapters)),
        columns=tuple(
            Column(claims[one.key], *one.key, part if component == PAIRS else "", dull=(*one.key, part) in dull_ones)
            for one, part in columns
        ),
        lines=tuple(lines),
        ranking=tuple(law for law in report.laws if law.key in keys),
        filled=sum(found is not None for line in lines for found in line.squares),
    )


def square(cell: Cell) -> Square:
    """Return a cell of a run as a place of the matrix."""
    held = None if cell.violation_rate is None else share_step(1 - cell.violation_rate.value)
    excess = difference_step(distance(cell.comparisons)) if cell.comparisons else None
    return _square(cell.verdict, None if cell.degree is None else cell.degree.value, cell.flags, held, excess)


@lru_cache(maxsize=1 << 16)
def _square(
    verdict: Verdict, degree: float | None, flags: tuple[str, ...], held: int | None, excess: int | None
) -> Square:
    letters = "".join(FLAGS[flag].letter if flag in FLAGS else "*" for flag in flags)
    steps = ["" if held is None else f"h{held}", "" if excess is None else f"d{excess}"]
    kinds = [f"f{flag[0]}" if flag in FLAGS else "f*" for flag in flags]
    classes = " ".join(filter(None, (verdict.value[0], *steps, *kinds)))
    return Square(classes, VERDICTS[verdict].sign, "" if degree is None else share(degree), letters)
