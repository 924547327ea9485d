"""Where the nodes of a graph stand: near to those they lead to, no box on another, the same in every build."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import networkx as nx

_ROUNDS: Final = 400
_GAP_X: Final = 34.0
_GAP_Y: Final = 44.0  # a self-loop stands above its box


@dataclass(frozen=True)
class Box:
    """A node's place: its centre and its size."""

    x: float
    y: float
    width: float
    height: float


def boxes(
    sizes: Mapping[int, tuple[float, float]], edges: Sequence[tuple[int, int]], width: float, height: float
) -> dict[int, Box]:
    """A place for each node's box, in all about ``width`` by ``height`` and more where boxes would overlap.

    Distances in the picture follow the number of steps between nodes (Kamada and Kawai 1989); parts of the graph that
    no edge joins stand one step farther apart than the longest way within them.

    >>> placed = boxes({1: (40, 20), 2: (40, 20), 3: (40, 20)}, [(1, 2)], 300, 200)
    >>> min(box.x - box.width / 2 for box in placed.values()) >= 0
    True
    """
    nodes = sorted(sizes)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((source, target) for source, target in sorted(edges) if source != target)
    places = _unfolded(graph, nodes)
    centres = {node: [places[node][0] * width / 2, places[node][1] * height / 2] for node in nodes}
    _pushed_apart(centres, sizes)
    left = min(centres[node][0] - sizes[node][0] / 2 for node in nodes)
    top = min(centres[node][1] - sizes[node][1] / 2 for node in nodes)
    return {
        node: Box(round(centres[node][0] - left, 1), round(centres[node][1] - top, 1), *sizes[node]) for node in nodes
    }


def _unfolded(graph: "nx.Graph[int]", nodes: Sequence[int]) -> dict[int, tuple[float, float]]:
    if len(nodes) == 1:
        return {nodes[0]: (0.0, 0.0)}
    steps = dict(nx.all_pairs_shortest_path_length(graph))
    apart = max(max(found.values()) for found in steps.values()) + 1
    distances = {node: {other: steps[node].get(other, apart) for other in nodes} for node in nodes}
    laid = nx.kamada_kawai_layout(graph, dist=distances, pos=nx.circular_layout(graph))
    return {node: (float(x), float(y)) for node, (x, y) in laid.items()}


def _pushed_apart(centres: dict[int, list[float]], sizes: Mapping[int, tuple[float, float]]) -> None:
    """Move overlapping boxes along the shorter way out, half each, until none overlap."""
    for _ in range(_ROUNDS):
        moved = False
        for one, other in combinations(sorted(centres), 2):
            apart = [centres[other][axis] - centres[one][axis] for axis in (0, 1)]
            needed = [(sizes[one][axis] + sizes[other][axis]) / 2 + gap for axis, gap in enumerate((_GAP_X, _GAP_Y))]
            lacking = [needed[axis] - abs(apart[axis]) for axis in (0, 1)]
            if min(lacking) > 0.1:
                axis = 0 if lacking[0] < lacking[1] else 1
                step = lacking[axis] / 2 * (1 if apart[axis] >= 0 else -1)
                centres[one][axis] -= step
                centres[other][axis] += step
                moved = True
        if not moved:
            return
