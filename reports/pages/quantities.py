"""Quantities: the numbers of every head that the index draws on a map and in a scatter, each with its scale."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from harness.records import words
from harness.records.comparison import distance
from harness.records.facts_in_words import KINDS
from harness.text import sentence
from reports.analysis.findings import LawKey
from reports.pages.matrix import MOST_IMPORTANT
from reports.views import Cell, Head, Report

PLACES: Final = 3
"""Digits after the point on a page; `report.json` has all."""


class Scale(StrEnum):
    """What the colours of a quantity run over."""

    SHARE = "share"
    DIFFERENCE = "difference"
    NUMBER = "number"


@dataclass(frozen=True)
class Quantity:
    """A number a head.

    Attributes:
        key: names it in the address of the page.
        group: the heading under which it is offered.
        values: in the order of the heads; None where there is none.
        verdicts: of a law, the letter of each head's verdict, or a blank where it was not tried.
        anchor: of a law, where its line is on a head's page.
    """

    key: str
    group: str
    name: str
    scale: Scale
    values: tuple[float | None, ...]
    verdicts: str = ""
    anchor: str = ""

    @property
    def packed(self) -> list[Any]:
        """For the page's script."""
        values = [None if one is None else round(one, PLACES) for one in self.values]
        return [self.key, self.group, self.name, self.scale.value, values, self.verdicts, self.anchor]


COPYING: Final = (
    "excess-z-components.the_output_reads_as_one_of_the_values",
    "attends-random-an_earlier_copy",
)
"""Which heads copy: they hand on one of the values that they hold, more than by chance; or they attend to a copy."""


def copying(found: Iterable[Quantity]) -> str:
    """Return the key of the quantity that says which heads copy, or nothing."""
    keys = {one.key for one in found}
    return next((key for key in COPYING if key in keys), "")


def quantities(report: Report) -> tuple[tuple[str, ...], tuple[Quantity, ...]]:
    """Return the heads, and what can be shown of them: roles first, then what they say, growth, and each law twice."""
    heads = report.singles
    found = [*_of_facts(heads), *_of_growth(heads), *_of_laws(report, heads)]
    return tuple(head.address for head in heads), tuple(one for one in found if set(one.values) != {None})


def _of_facts(heads: list[Head]) -> Iterator[Quantity]:
    facts = [head.facts for head in heads]
    roles = dict.fromkeys(role for one in facts if one for kind in one.attends.values() for role in kind)
    for role in roles:
        for kind, said in KINDS.items():
            shares = [one.attends.get(kind, {}).get(role) if one else None for one in facts]
            key = f"attends-{kind}-{role.replace(' ', '_')}"
            yield Quantity(key, "Mean attention", f"to {role}, {said}", Scale.SHARE, tuple(shares))
    for kind, said in KINDS.items():
        shares = [one.reads_bos.get(kind) if one else None for one in facts]
        yield Quantity(
            f"bos-{kind}", "What it says", f"z says what the value of BOS says, {said}", Scale.SHARE, tuple(shares)
        )
    for part in dict.fromkeys(part for one in facts if one for part in one.says):
        for kind, where in KINDS.items():
            counted = [one.says.get(part, {}).get(kind) if one else None for one in facts]
            for key, name in (("covering", "tokens that cover 95 %"), ("entropy", "entropy in bits")):
                values = tuple(None if said is None else float(getattr(said, key)) for said in counted)
                yield Quantity(f"{key}-{part}-{kind}", "What it says", f"{part}: {name}, {where}", Scale.NUMBER, values)


def _of_growth(heads: list[Head]) -> Iterator[Quantity]:
    powers = [{one.component: one.power.power for one in head.growths if one.power is not None} for head in heads]
    for part in dict.fromkeys(part for one in powers for part in one):
        values = tuple(one.get(part) for one in powers)
        yield Quantity(f"growth-{part}", "What it says", f"{part}: power of growth", Scale.NUMBER, values)


def _of_laws(report: Report, heads: list[Head]) -> Iterator[Quantity]:
    claims = report.claims
    places = {key: place for place, key in enumerate(claims)}
    filed: defaultdict[LawKey, dict[str, Cell]] = defaultdict(dict)
    for head in heads:
        for cell in head.cells:
            if cell.claim in claims:
                filed[cell.law][head.address] = cell
    order = sorted(filed, key=lambda law: (MOST_IMPORTANT.index(law[2]), places[law[:2]]))
    for law in order:
        cells = [filed[law].get(head.address) for head in heads]
        verdicts = "".join(" " if cell is None else cell.verdict.value[0] for cell in cells)
        name, key = f"{law[2]}: {sentence(law[1])}", f"{law[2]}-{law[0]}.{law[1]}"
        anchor = claims[law[:2]]
        excess = tuple(distance(cell.comparisons) if cell and cell.comparisons else None for cell in cells)
        degree = tuple(cell.degree.value if cell and cell.degree else None for cell in cells)
        yield Quantity(f"excess-{key}", "Excess over the nulls", name, Scale.DIFFERENCE, excess, verdicts, anchor)
        yield Quantity(f"degree-{key}", words.NAMES["degree"].capitalize(), name, Scale.SHARE, degree, verdicts, anchor)
