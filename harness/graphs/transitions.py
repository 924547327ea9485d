"""Transitions: how one more token moves a head from state to state, counted.

`Counts` is what the claims about a graph are made of; `graph` is the same as a networkx graph, for drawing and for
other programs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import networkx as nx

from harness.graphs.labels import Label, rank
from harness.graphs.states import Abstraction, State
from harness.graphs.walks import Walk

StateAndLabel = tuple[State, Label]

Graph: TypeAlias = "nx.MultiDiGraph[int]"


@dataclass(frozen=True)
class Counts:
    """What some walks have shown.

    Attributes:
        steps: how often each step (state, label, next state) was taken.
        visits: how often each state was walked through, the first and the last of a sequence among them.
        sequences: the walks.
        doubtful: the steps left out, since a near-tie stands at an end.
    """

    steps: Mapping[tuple[State, Label, State], int]
    visits: Mapping[State, int]
    sequences: int
    doubtful: int

    @property
    def by_key(self) -> dict[StateAndLabel, Counter[State]]:
        """The next states of each state and label, with counts."""
        found: dict[StateAndLabel, Counter[State]] = {}
        for (source, label, target), count in self.steps.items():
            found.setdefault((source, label), Counter())[target] += count
        return found


def counts(walks: Iterable[Walk]) -> Counts:
    """Return what some walks show."""
    walked = list(walks)
    steps = Counter((step.source, step.label, step.target) for walk in walked for step in walk.steps)
    visits = Counter(state for walk in walked for state in walk.states if state is not None)
    return Counts(steps, visits, len(walked), sum(walk.doubtful for walk in walked))


def commonest(targets: Mapping[State, int]) -> State:
    """Return the state with the largest count; of equal ones the smallest.

    >>> commonest({(9,): 2, (7,): 2, (5,): 1})
    (7,)
    """
    return min(targets, key=lambda state: (-targets[state], state))


def graph(counted: Counts, abstraction: Abstraction) -> Graph:
    """Return the graph of all steps: an edge for each two states and label.

    A node is the attention token itself where the last reading is kept, else a number, the commonest first. Every
    node has `state` and `count`, every edge `label` (also its key) and `count`.
    """
    order = sorted(counted.visits, key=lambda state: (-counted.visits[state], state))
    names = {state: state[0] if abstraction is Abstraction.LAST else place for place, state in enumerate(order)}
    made: Graph = nx.MultiDiGraph()
    for state in order:
        made.add_node(names[state], state=state, count=counted.visits[state])
    taken = sorted(counted.steps.items(), key=lambda item: (-item[1], item[0][0], rank(item[0][1]), item[0][2]))
    for (source, label, target), count in taken:
        made.add_edge(names[source], names[target], key=label, label=label, count=count)
    return made
