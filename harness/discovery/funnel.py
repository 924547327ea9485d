"""Funnel: from all laws that the screen finds obeyed to those worth confirming, each step counted.

What is left out is left out for one reason, the first that applies, in this order. Nothing is judged by hand, and no
threshold hangs on the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool

from harness.discovery.filters import RESEMBLES, Known, Reason, in_the_book, pruned, resembled
from harness.discovery.law import Law
from harness.discovery.meaning import OBEYED
from harness.discovery.screen import Table
from harness.records.address import Address
from harness.records.comparison import LEAST


@dataclass(frozen=True)
class Candidate:
    """A law that one component of one head obeys, as far as the screen tells.

    Attributes:
        degree: on the screen's sequences.
        nulls: the largest degree of each null there, by name.
        under: names of laws that say no more than this one does.
    """

    head: str
    component: str
    law: Law
    degree: float
    nulls: Mapping[str, float]
    under: tuple[str, ...] = ()

    @property
    def shared_by(self) -> tuple[str, ...]:
        """The nulls that obey it nearly as well."""
        return tuple(name for name, degree in self.nulls.items() if self.degree - degree <= LEAST)

    @property
    def excess(self) -> float:
        """How far it lies above the nearest of its nulls that do not share it."""
        apart = [self.degree - degree for name, degree in self.nulls.items() if name not in self.shared_by]
        return min(apart, default=0.0)


@dataclass
class Funnel:
    """What was left out, and what is left.

    Attributes:
        looked_at: cells of law and component that were screened.
        obeyed: those with a degree of at least `OBEYED`.
        left_out: how many were left out for each reason.
        facts: what is said once in place of many laws, in plain English.
        kept: those worth confirming, by head, furthest above their nulls first.
    """

    looked_at: int = 0
    obeyed: int = 0
    left_out: dict[Reason, int] = field(default_factory=lambda: dict.fromkeys(Reason, 0))
    facts: list[str] = field(default_factory=list)
    kept: list[Candidate] = field(default_factory=list)

    @property
    def steps(self) -> list[tuple[str, int]]:
        """What is left after each step, from the top."""
        left, told = self.obeyed, [("obeyed", self.obeyed)]
        for reason, number in self.left_out.items():
            left -= number
            told.append((reason.value, left))
        return told


def funnel(tables: Mapping[Address, Mapping[str, Table]], known: Mapping[bool, Known], *, most: int) -> Funnel:
    """Lead all tables through the funnel.

    Args:
        known: of lines (False) and of pairs (True).
        most: laws of one head that are kept at most.
    """
    made = Funnel()
    for head, parts in tables.items():
        found = []
        for part, table in parts.items():
            found += _of_component(made, head, part, table, known[part == "qk"])
        found.sort(key=lambda one: (len(one.shared_by), -one.excess, one.law.name))
        made.kept += found[:most]
        made.left_out[Reason.RANK] += len(found[most:])
    return made


def _of_component(made: Funnel, head: Address, part: str, table: Table, known: Known) -> list[Candidate]:
    degree, *nulls = table.rows.T
    left = degree >= OBEYED
    made.looked_at += len(degree)
    made.obeyed += int(left.sum())

    def leave_out(reason: Reason, some: Bool[np.ndarray, " law"]) -> None:
        made.left_out[reason] += int((left & some).sum())
        left[some] = False

    if table.constant >= RESEMBLES:
        made.facts.append(f"{head} {part} reads one token nearly always ({table.constant:.2f})")
        leave_out(Reason.CONSTANT, np.ones_like(left))
        return []
    leave_out(Reason.TAUTOLOGY, known.meanings.says_nothing)
    leave_out(Reason.BOOK, in_the_book(degree, known))
    random, rotated, surrogate = (np.where(np.isnan(one), 0.0, one) for one in nulls)
    leave_out(Reason.SURROGATE, degree - surrogate <= LEAST)
    leave_out(Reason.NULLS, (degree - random <= LEAST) & (degree - rotated <= LEAST))
    for said, share, reader in resembled(table, known.meanings):
        made.facts.append(f"{head} {part} {said} ({share:.2f})")
        leave_out(Reason.SIMPLE, known.meanings.obeyed_by(reader))
    names = ("random", "rotated", "surrogate")
    beside = {name: one for name, one in zip(names, nulls, strict=True) if not np.isnan(one).all()}
    obeyed = np.flatnonzero(left)
    kept, left_out = pruned(obeyed, table.rows, known.meanings, known.on_heads)
    for reason, number in left_out.items():
        made.left_out[reason] += number
    return [
        Candidate(
            str(head),
            part,
            known.meanings.laws[place],
            round(float(degree[place]), 4),
            {name: round(float(one[place]), 4) for name, one in beside.items()},
            tuple(known.meanings.laws[other].name for other in under),
        )
        for place, under in kept.items()
    ]
