"""Funnel: from all laws that the screen finds obeyed to those worth confirming, each step counted.

What is left out is left out for one reason, the first that applies, in this order. Nothing is judged by hand, and no
threshold hangs on the model.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

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


@dataclass(frozen=True)
class Fact:
    """What is said once of a component, in place of many laws.

    Attributes:
        says: in plain English, of which the component is the subject.
        share: how nearly it is so.
    """

    head: str
    component: str
    says: str
    share: float


@dataclass
class Funnel:
    """What was left out, and what is left.

    Attributes:
        looked_at: cells of law and component that were screened.
        obeyed: those with a degree of at least `OBEYED`.
        left_out: how many were left out for each reason.
        facts: what is said once in place of many laws.
        kept: those worth confirming, by head, furthest above their nulls first.
    """

    looked_at: int = 0
    obeyed: int = 0
    left_out: dict[Reason, int] = field(default_factory=lambda: dict.fromkeys(Reason, 0))
    facts: list[Fact] = field(default_factory=list)
    kept: list[Candidate] = field(default_factory=list)

    @property
    def steps(self) -> list[tuple[str, int]]:
        """What is left after each step, from the top."""
        left, told = self.obeyed, [("obeyed", self.obeyed)]
        for reason, number in self.left_out.items():
            left -= number
            told.append((reason.value, left))
        return told


def funnel(
    tables: Mapping[Address, Mapping[str, Table]],
    known: Mapping[bool, Known],
    *,
    most: int,
    in_all: int,
    free: Collection[str] = (),
) -> Funnel:
    """Lead all tables through the funnel.

    Args:
        known: of lines (False) and of pairs (True).
        most: laws of one head that are kept at most.
        in_all: cells of all heads that are kept at most.
        free: components whose readings do not depend on the basis inside the head. Half of the cells are theirs, as
            long as there are enough.
    """
    made = Funnel()
    for head, parts in tables.items():
        found = []
        for part, table in parts.items():
            found += _of_component(made, head, part, table, known[part == "qk"])
        found.sort(key=lambda one: (len(one.shared_by), -one.excess, one.law.name))
        made.kept += found[:most]
        made.left_out[Reason.RANK] += len(found[most:])
    by_basis = [
        _law_by_law([one for one in made.kept if one.component in free]),
        _law_by_law([one for one in made.kept if one.component not in free]),
    ]
    in_turn = [one for pair in zip_longest(*by_basis) for one in pair if one is not None]
    first = {id(one) for one in in_turn[:in_all]}
    made.left_out[Reason.RANK] += len(made.kept) - len(first)
    made.kept = [one for one in made.kept if id(one) in first]
    return made


def _law_by_law(some: Sequence[Candidate]) -> list[Candidate]:
    """Order candidates so that each law's best head comes before the second of any, those that share no null first."""
    ranked = sorted(some, key=lambda one: (len(one.shared_by), -one.excess, one.head))
    rounds: dict[str, int] = {}
    placed = []
    for one in ranked:
        rounds[one.law.name] = rounds.get(one.law.name, -1) + 1
        placed.append((len(one.shared_by), rounds[one.law.name], one))
    return [one for _, _, one in sorted(placed, key=lambda entry: entry[:2])]


def _of_component(made: Funnel, head: Address, part: str, table: Table, known: Known) -> list[Candidate]:
    degree, *nulls = table.rows.T
    left = degree >= OBEYED
    made.looked_at += len(degree)
    made.obeyed += int(left.sum())

    def leave_out(reason: Reason, some: Bool[np.ndarray, " law"]) -> None:
        made.left_out[reason] += int((left & some).sum())
        left[some] = False

    if table.constant >= RESEMBLES:
        made.facts.append(Fact(str(head), part, "reads one token nearly always", round(table.constant, 4)))
        leave_out(Reason.CONSTANT, np.ones_like(left))
        return []
    leave_out(Reason.TAUTOLOGY, known.meanings.says_nothing)
    leave_out(Reason.BOOK, in_the_book(degree, known))
    random, rotated, surrogate = (np.where(np.isnan(one), 0.0, one) for one in nulls)
    leave_out(Reason.SURROGATE, degree - surrogate <= LEAST)
    leave_out(Reason.NULLS, (degree - random <= LEAST) & (degree - rotated <= LEAST))
    for said, share, reader in resembled(table, known.meanings):
        made.facts.append(Fact(str(head), part, said, round(share, 4)))
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


def spread(known: Iterable[Known]) -> dict[Law, tuple[int, int]]:
    """Return of each law how many components obey it at the screen, and how many of these lie above all their nulls."""
    found: dict[Law, tuple[int, int]] = {}
    for those in known:
        obeying = those.on_heads >= OBEYED
        above = obeying & (those.on_heads - np.nan_to_num(those.rows[..., 1:], nan=0.0).max(axis=-1) > LEAST)
        counts = zip(obeying.sum(axis=0).tolist(), above.sum(axis=0).tolist(), strict=True)
        found |= dict(zip(those.meanings.laws, counts, strict=True))
    return found
