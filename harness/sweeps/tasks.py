"""Tasks: the cells of a sweep, cut into shards that are done together.

A shard is one conjecture, one component and one block of layers. Shards whose conjectures draw from one family, and
that are about the same layers, make a task: they share their sequences, and so runs of the model and readings. A task
is named by its content within the order, and may be done twice without harm: it gives the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from itertools import islice, pairwise, takewhile

from harness.laws.conjecture import Conjecture
from harness.records.address import Address, Pair
from harness.records.cell import Cell, Key
from harness.runs.session import Session
from harness.sweeps.plan import SweepOrder

Place = tuple[str, str, str, str]
"""A cell: head (or pair), component, chapter and conjecture."""


MOST = 20
"""Cells of a task in a run that waits for each: so many that they fill a run of the model, and so few that
answers come all the time, and no process waits long for another one."""

FEWEST = 5
"""Cells of a task at the end of such a run, where several processes share it."""


class Step(StrEnum):
    """What is done of a task.

    A sweep makes whole cells; a run that somebody waits for gives all verdicts first.
    """

    CELLS = "cells"
    VERDICTS = "verdicts"
    NULL_MODELS = "making the null models"
    NULLS = "counting on the null models"
    SHOWN = "drawing graphs"


@dataclass(frozen=True)
class Shard:
    """One conjecture, one component, and heads of one block of layers.

    Attributes:
        heads: what it is tried on, heads or pairs as they are written.
    """

    chapter: str
    conjecture: str
    component: str
    heads: tuple[str, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Its cells."""
        return tuple(place_of(self, head) for head in self.heads)


def place_of(shard: Shard, head: str) -> Place:
    """Return the place of one of a shard's cells."""
    return head, shard.component, shard.chapter, shard.conjecture


def keyed(place: Place, projection: str) -> Key:
    """Return what the cell at a place is known by from run to run."""
    head, component, chapter, conjecture = place
    return head, component, projection, chapter, conjecture


def placed(cell: Cell) -> Place:
    """Return the place of a cell that was tried."""
    return cell.head, cell.component, cell.chapter, cell.conjecture


@dataclass(frozen=True)
class Task:
    """Shards that are done together.

    Attributes:
        layers: from the first to the last of its block.
        control: whether its claims are controls.
        cells: those that are to be counted on the null models, by their places, with their verdicts.
    """

    layers: tuple[int, ...]
    shards: tuple[Shard, ...]
    control: bool
    step: Step = Step.CELLS
    cells: Mapping[Place, Cell] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is, in one line; no other task of the order has the same."""
        where = f"{self.layers[0]}-{self.layers[-1]}" if len(self.layers) > 1 else f"{self.layers[0]}"
        return f"{self.family} layers {where}"

    @property
    def family(self) -> str:
        """The first of its conjectures, which names those that are tried together; the same in every block."""
        if not self.shards:
            return self.step.value
        first = self.shards[0]
        if self.step is Step.CELLS:
            return f"{first.chapter}::{first.conjecture}"
        return f"{self.step.value}: {first.chapter}::{first.conjecture} {first.component}"

    @property
    def folder(self) -> str:
        """The name of a folder for what its family has in common."""
        return sha256(f"{self.family} {self.control}".encode()).hexdigest()[:16]

    @property
    def places(self) -> tuple[Place, ...]:
        """Its cells."""
        return tuple(place for shard in self.shards for place in shard.places)

    @property
    def halves(self) -> tuple[Task, Task]:
        """Its cells in two tasks, neither of them empty."""
        cut = len(self.shards) // 2
        if cut:
            return self._of(self.shards[:cut]), self._of(self.shards[cut:])
        (shard,) = self.shards
        cut = len(shard.heads) // 2
        first, second = (replace(shard, heads=heads) for heads in (shard.heads[:cut], shard.heads[cut:]))
        return self._of((first,)), self._of((second,))

    def _of(self, shards: tuple[Shard, ...]) -> Task:
        """The same of some of its cells."""
        places = {place for shard in shards for place in shard.places}
        return replace(
            self, shards=shards, cells={place: cell for place, cell in self.cells.items() if place in places}
        )

    def __len__(self) -> int:
        """Its cells; what has none counts as one."""
        return sum(len(shard.heads) for shard in self.shards) or 1


def tasks(order: SweepOrder, session: Session) -> tuple[Task, ...]:
    """Return an order's tasks, controls first. Controls are tried on the first head of each block alone.

    Every cell of the order is in one task: a control on the block's other heads is no cell of it.
    """
    families: dict[tuple[bool, str], list[tuple[str, str]]] = {}
    for place, claim in order.claims.items():
        families.setdefault((bool(claim.control), claim.draws_as), []).append(place)
    made = []
    for control, family in sorted(families, key=lambda key: not key[0]):
        for layers in session.request.blocks:
            shards = [
                shard
                for place in families[control, family]
                for shard in _shards(order, session, place, layers, control=control)
            ]
            if shards:
                made.append(Task(layers, tuple(shards), control))
    return tuple(made)


def _shards(
    order: SweepOrder, session: Session, place: tuple[str, str], layers: Sequence[int], *, control: bool
) -> list[Shard]:
    claim = order.claims[place]
    by_component: dict[str, list[Address | Pair]] = {}
    for head, component in session.request.in_play(claim):
        if head.layer in layers:
            by_component.setdefault(component, []).append(head)
    return [
        Shard(*place, component, tuple(str(head) for head in (heads[:1] if control else heads)))
        for component, heads in by_component.items()
    ]


def next_task(ahead: Sequence[Task], running: Iterable[Task]) -> Task | None:
    """Return the first task whose family nobody is at, or else the first, or None.

    Where a family's blocks are tried one after another, each goes on from where the model was run for the one before.
    """
    under_way = {task.family for task in running}
    return next((task for task in ahead if task.family not in under_way), ahead[0] if ahead else None)


def exhibit_tasks(session: Session) -> tuple[Task, ...]:
    """Return what is to be looked at of the heads when their cells are there, a task for each layer."""
    layers = dict.fromkeys(address.layer for address in session.request.addresses)
    return tuple(Task((layer,), (), control=False, step=Step.SHOWN) for layer in layers)


def small_tasks(
    cells: Iterable[tuple[Conjecture, Address | Pair, str]], session: Session, *, workers: int = 1
) -> tuple[Task, ...]:
    """Return the tasks of a run that waits for its cells in this order: small ones, the first of them a cell by itself.

    Cells of one family and one block of layers share their sequences, so they are tried together or one after another.

    Args:
        workers: of several, none should be at the last task for long when the others have nothing left to do.
    """
    families: dict[tuple[bool, tuple[int, ...]], dict[str, list[Shard]]] = {}
    for claim, head, component in cells:
        layers = next(block for block in session.request.blocks if head.layer in block)
        alike = families.setdefault((bool(claim.control), layers), {}).setdefault(claim.draws_as, [])
        alike.append(Shard(claim.chapter, claim.name, component, (str(head),)))
    made: list[Task] = []
    for (control, layers), by_family in families.items():
        shards = [shard for alike in by_family.values() for shard in alike]
        ends = [0] if made else [0, 1]
        while (start := ends[-1]) < len(shards):
            size = _of_one_claim(shards, start) if control else _size(len(shards) - start, workers)
            ends.append(min(start + size, len(shards)))
        made += [Task(layers, tuple(shards[start:stop]), control, Step.VERDICTS) for start, stop in pairwise(ends)]
    return tuple(made)


def _size(left: int, workers: int) -> int:
    """How many cells the next task has, of those that are left: fewer and fewer towards the end.

    >>> [_size(left, 2) for left in (170, 60, 21, 3)], _size(21, 1)
    ([20, 15, 5, 5], 20)
    """
    return MOST if workers == 1 else min(MOST, max(FEWEST, left // (2 * workers)))


def _of_one_claim(shards: Sequence[Shard], start: int) -> int:
    """How many from there on are of one claim: the components of a control share the runs that are made anew."""
    first = shards[start]
    some = islice(shards, start, start + MOST)
    return sum(
        1 for _ in takewhile(lambda one: (one.chapter, one.conjecture) == (first.chapter, first.conjecture), some)
    )


def null_tasks(
    cells: Iterable[tuple[Conjecture, Address | Pair, str]],
    session: Session,
    known: Mapping[Place, Cell],
    *,
    workers: int = 1,
) -> tuple[Task, ...]:
    """Return the same cells, with their verdicts, to be counted on the null models."""
    return tuple(
        replace(task, step=Step.NULLS, cells={place: known[place] for place in task.places})
        for task in small_tasks(cells, session, workers=workers)
    )
