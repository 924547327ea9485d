"""The matrix of heads and conjectures, one component at a time: what the templates walk through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from harness.records.address import CLAIMED, PAIR, shown_place
from harness.records.cell import Verdict
from harness.records.claim import Control
from reports.analysis.findings import Law, LawKey
from reports.formats import share
from reports.pages.legend import FLAG_LETTERS, VERDICTS
from reports.views import Cell, Conjecture, Report


@dataclass(frozen=True)
class Column:
    """A conjecture that speaks of the component; ``anchor`` names its line on a head's page.

    ``component`` is said where the columns of a matrix speak of several.
    """

    anchor: str
    chapter: str
    conjecture: str
    component: str = ""


@dataclass(frozen=True)
class Square:
    """One place of the matrix: classes for the style sheet and the filters, a sign, a degree, and letters for flags."""

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

MOST_IMPORTANT: Final = ("qk", "z", "v", "q", "k", "attn")
"""Which component the index shows: the first of these that was run."""


Filed = Mapping[tuple[LawKey, str], Cell]
"""Cells by law and head."""


def matrices(report: Report) -> tuple[Matrix, ...]:
    """A matrix a component, that of the index first, and one of the pairs of heads; controls stand elsewhere."""
    claims = {one.key for one in report.conjectures if one.control is Control.NONE}
    filed = {(cell.law, cell.head): cell for head in report.heads for cell in head.cells if cell.claim in claims}
    singles = {key: cell for key, cell in filed.items() if PAIR not in cell.head}
    pairs = {key: cell for key, cell in filed.items() if PAIR in cell.head}
    present = {component for (_, _, component), _ in singles}
    first = [name for name in MOST_IMPORTANT if name in present][:1]
    order = [*first, *sorted(present - {*first}, key=shown_place)]
    made = [_matrix(report, part, _columns(report, [part], singles), singles) for part in order]
    if pairs:
        made.append(_matrix(report, PAIRS, _columns(report, CLAIMED, pairs), pairs))
    return tuple(made)


Claimed = tuple[Conjecture, str]
"""A conjecture and the component that a column is about."""


def _columns(report: Report, components: Sequence[str], filed: Filed) -> list[Claimed]:
    """What was tried, chapter by chapter."""
    tried = {law for law, _ in filed}
    found = [(one, part) for one in report.conjectures for part in components if (*one.key, part) in tried]
    chapters = list(dict.fromkeys(one.chapter for one, _ in found))
    return sorted(found, key=lambda column: chapters.index(column[0].chapter))


def _matrix(report: Report, component: str, columns: Sequence[Claimed], filed: Filed) -> Matrix:
    anchors = {one.key: f"c{place}" for place, one in enumerate(report.conjectures)}
    present = {address for (_, _, part), address in filed if component in (part, PAIRS)}
    lines = []
    for head in report.heads:
        if head.address in present:
            cells = [filed.get(((*one.key, part), head.address)) for one, part in columns]
            squares = tuple(None if cell is None else square(cell) for cell in cells)
            lines.append(MatrixLine(head.address, head.address.split(".")[0], squares))
    chapters = [one.chapter for one, _ in columns]
    keys = {(*one.key, part) for one, part in columns}
    return Matrix(
        component=component,
        page="",
        chapters=tuple((chapter, chapters.count(chapter)) for chapter in dict.fromkeys(chapters)),
        columns=tuple(Column(anchors[one.key], *one.key, part if component == PAIRS else "") for one, part in columns),
        lines=tuple(lines),
        ranking=tuple(law for law in report.laws if law.key in keys),
        filled=sum(found is not None for line in lines for found in line.squares),
    )


def square(cell: Cell) -> Square:
    """A cell of a run as a place of the matrix."""
    return _square(cell.verdict, None if cell.degree is None else cell.degree.value, cell.flags)


@lru_cache(maxsize=1 << 16)
def _square(verdict: Verdict, degree: float | None, flags: tuple[str, ...]) -> Square:
    letters = "".join(FLAG_LETTERS.get(flag, "*") for flag in flags)
    classes = " ".join((verdict.value[0], *(f"f{letter}" for letter in letters)))
    return Square(classes, VERDICTS[verdict].sign, "" if degree is None else share(degree), letters)
