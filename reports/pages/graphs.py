"""A head's graphs of transitions arranged for reading: what is drawn, the tables beside it, and the file that is drawn
from, which a page loads when a reader comes to it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports.drawing.graph import Layout, layout
from reports.graph_views import Edge, Recurrent, Transitions
from reports.text import clip, token
from reports.values import Token

MOST_WAYS: Final = 16
"""Edges in the table beside a graph."""
MOST_SETS: Final = 6
MOST_MEMBERS: Final = 8
"""Sets of nodes with a cycle in their table, and nodes named of each."""
MOST_STEPS: Final = 40
"""Transitions of an automaton in its table."""


@dataclass(frozen=True)
class EdgeRow:
    """An edge for the table beside a graph: its ends, and how often its source was left in all."""

    source: Token
    target: Token
    edge: Edge
    leaving: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class CycleRow:
    """A set of nodes among which a head can go round, the commonest of them named."""

    recurrent: Recurrent
    named: tuple[Token, ...]


@dataclass(frozen=True)
class MachineStep:
    """A transition of an automaton."""

    source: int
    label: str
    says: Token
    target: int


@dataclass(frozen=True)
class GraphSheet:
    """A graph of transitions with its tables."""

    graph: Transitions
    drawn: Layout
    ways: tuple[EdgeRow, ...]
    hidden_ways: int
    cycles: tuple[CycleRow, ...]
    hidden_cycles: int
    steps: tuple[MachineStep, ...]
    hidden_steps: int

    @property
    def together(self) -> bool:
        """Whether its sequences are of several families."""
        return " and " in self.graph.family

    @property
    def title(self) -> str:
        """Of which sequences it is."""
        return "all together" if self.together else self.graph.family or "one graph"


def graph_sheet(graph: Transitions) -> GraphSheet:
    """Return one graph's part of a head's page."""
    tokens = {node.token.id: node.token for node in graph.nodes}

    def named(id: int) -> Token:
        return tokens.get(id, Token(id, f"<{id}>"))

    leaving: dict[int, int] = {}
    for edge in graph.edges:
        leaving[edge.source] = leaving.get(edge.source, 0) + edge.count
    ways = [
        EdgeRow(
            source=named(edge.source),
            target=named(edge.target),
            edge=edge,
            leaving=leaving[edge.source],
            examples=tuple(clip(token(text), 12) for text in edge.examples),
        )
        for edge in graph.edges[:MOST_WAYS]
    ]
    recurrent = graph.structure.recurrent if graph.structure else ()
    machine = graph.structure.machine.transitions if graph.structure else ()
    return GraphSheet(
        graph=graph,
        drawn=layout(graph),
        ways=tuple(ways),
        hidden_ways=len(graph.edges) - len(ways),
        cycles=tuple(CycleRow(one, tuple(map(named, one.nodes[:MOST_MEMBERS]))) for one in recurrent[:MOST_SETS]),
        hidden_cycles=max(0, len(recurrent) - MOST_SETS),
        steps=tuple(MachineStep(one, label, named(says), to) for one, label, says, to in machine[:MOST_STEPS]),
        hidden_steps=max(0, len(machine) - MOST_STEPS),
    )


def graph_file(graphs: Sequence[GraphSheet]) -> str:
    """Return what a page's script draws graphs with, as a script of one call, since a page from a file may read no
    other data.

    `names` has each token once, as it is shown, with its id. A graph's nodes are place among the names, count, and
    centre; its edges are two places among its nodes, and a count.
    """
    names: dict[tuple[str, int], int] = {}
    packed: list[dict[str, Any]] = []
    for one in graphs:
        nodes = []
        for node in one.drawn.nodes:
            box = one.drawn.boxes[node.token.id]
            name = names.setdefault((token(node.token.text), node.token.id), len(names))
            nodes.append([name, node.count, round(box.x), round(box.y)])
        place = {node.token.id: number for number, node in enumerate(one.drawn.nodes)}
        edges = [[place[edge.source], place[edge.target], edge.count] for edge in one.drawn.edges]
        packed.append({"nodes": nodes, "edges": edges})
    data = {"names": list(names), "graphs": packed}
    return f"headlaws.graphs({json.dumps(data, separators=(',', ':'))});\n"
