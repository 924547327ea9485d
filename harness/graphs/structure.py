"""Structure: in which sets of states a head moves about, which of them it never leaves, and in what rhythm.

A strongly connected component is a set of states each of which can be reached from each other one. It is absorbing
where no step of the sample leaves it and some step stays in it; a state in which sequences merely ended absorbs
nothing. Whether it is left is then asked of held-out sequences. The period of a component is the greatest common
divisor of the lengths of its cycles: a head that says even and odd in turn has period 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import networkx as nx

from harness.graphs.estimate import Estimate, rate
from harness.graphs.states import State
from harness.graphs.transitions import Counts
from harness.graphs.walks import Walk


@dataclass(frozen=True)
class RecurrentSet:
    """States among which a head can go round.

    Attributes:
        states: in order, the commonest first.
        period: of its cycles.
        absorbing: whether the sample never leaves it.
        stays: of an absorbing one, the held-out sequences that never left it, of those that took a step from it.
    """

    states: tuple[State, ...]
    period: int
    absorbing: bool
    stays: Estimate | None


@dataclass(frozen=True)
class Structure:
    """Components of a graph.

    Attributes:
        strong: the number of strongly connected components, single states among them.
        recurrent: those with a cycle, the most visited first.
        ends: the states that no step left: sequences ended there.
    """

    strong: int
    recurrent: tuple[RecurrentSet, ...]
    ends: int

    @property
    def absorbing(self) -> tuple[RecurrentSet, ...]:
        """The components that the sample never leaves."""
        return tuple(component for component in self.recurrent if component.absorbing)


def structure(counted: Counts, held_out: Sequence[Walk]) -> Structure:
    """Return the components of some counts, their leaving tried on walks that are not among them."""
    graph: nx.DiGraph[State] = nx.DiGraph()
    graph.add_nodes_from(counted.visits)
    graph.add_edges_from((source, target) for source, _, target in counted.steps)
    strong = list(nx.strongly_connected_components(graph))
    recurrent = [_recurrent(graph, states, counted, held_out) for states in strong if _has_cycle(graph, states)]
    recurrent.sort(key=lambda found: (-sum(counted.visits[state] for state in found.states), found.states))
    ends = sum(1 for state in graph if graph.out_degree(state) == 0)
    return Structure(len(strong), tuple(recurrent), ends)


def _has_cycle(graph: nx.DiGraph[State], states: set[State]) -> bool:
    return len(states) > 1 or any(graph.has_edge(state, state) for state in states)


def _recurrent(graph: nx.DiGraph[State], states: set[State], counted: Counts, held_out: Sequence[Walk]) -> RecurrentSet:
    absorbing = all(target in states for state in states for target in graph.successors(state))
    return RecurrentSet(
        states=tuple(sorted(states, key=lambda state: (-counted.visits[state], state))),
        period=_period(graph, states),
        absorbing=absorbing,
        stays=_stays(states, held_out) if absorbing else None,
    )


def _period(graph: nx.DiGraph[State], states: set[State]) -> int:
    """The greatest common divisor of cycle lengths: of level(u) + 1 - level(v) over the edges, by breadth first."""
    root = min(states)
    level = nx.single_source_shortest_path_length(graph.subgraph(states), root)
    inside = graph.subgraph(states).edges
    return gcd(*(level[source] + 1 - level[target] for source, target in inside))


def _stays(states: set[State], held_out: Sequence[Walk]) -> Estimate:
    found = [[step.target in states for step in walk.steps if step.source in states] for walk in held_out]
    entered = [all(outcomes) for outcomes in found if outcomes]
    return rate(sum(entered), len(entered))
