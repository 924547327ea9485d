"""Tasks: the cells of a sweep, cut into shards that are done together.

A shard is one conjecture, one component and one block of layers. Shards whose conjectures draw from one family, and
that are about the same layers, make a task: they share their sequences, and so runs of the model and readings. A task
is named by its content within the order, and may be done twice without harm: it gives the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.readings.address import Address, Pair
from harness.session import Session
from harness.sweep.order import Order

Place = tuple[str, str, str, str]
"""A cell: head (or pair), component, chapter and conjecture."""


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
        return tuple((head, self.component, self.chapter, self.conjecture) for head in self.heads)


@dataclass(frozen=True)
class Task:
    """Shards that are done together.

    Attributes:
        layers: from the first to the last of its block.
        control: whether its claims are controls.
    """

    layers: tuple[int, ...]
    shards: tuple[Shard, ...]
    control: bool

    @property
    def name(self) -> str:
        """What it is, in one line; no other task of the order has the same."""
        where = f"{self.layers[0]}-{self.layers[-1]}" if len(self.layers) > 1 else f"{self.layers[0]}"
        return f"{self.family} layers {where}"

    @property
    def family(self) -> str:
        """The first of its conjectures, which names those that are tried together; the same in every block."""
        first = self.shards[0]
        return f"{first.chapter}::{first.conjecture}"

    @property
    def places(self) -> tuple[Place, ...]:
        """Its cells."""
        return tuple(place for shard in self.shards for place in shard.places)

    def __len__(self) -> int:
        return sum(len(shard.heads) for shard in self.shards)


def tasks(order: Order, session: Session) -> tuple[Task, ...]:
    """An order's tasks, controls first. Controls are tried on the first head of each block alone.

    Every cell of the order is in one task: a control on the block's other heads is no cell of it.
    """
    families: dict[tuple[bool, str], list[tuple[str, str]]] = {}
    for place, claim in order.claims.items():
        families.setdefault((bool(claim.control), claim.draws_as), []).append(place)
    made = []
    for control, family in sorted(families, key=lambda key: not key[0]):
        for layers in session.blocks:
            shards = [
                shard
                for place in families[control, family]
                for shard in _shards(order, session, place, layers, control=control)
            ]
            if shards:
                made.append(Task(layers, tuple(shards), control))
    return tuple(made)


def _shards(
    order: Order, session: Session, place: tuple[str, str], layers: Sequence[int], *, control: bool
) -> list[Shard]:
    claim = order.claims[place]
    by_component: dict[str, list[Address | Pair]] = {}
    for head, component in session.in_play(claim):
        if head.layer in layers:
            by_component.setdefault(component, []).append(head)
    return [
        Shard(*place, component, tuple(str(head) for head in (heads[:1] if control else heads)))
        for component, heads in by_component.items()
    ]
