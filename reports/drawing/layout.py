"""Where the nodes of a graph stand: near to those they lead to, no box on another, the same on every machine."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import sqrt
from typing import Final

import networkx as nx

from reports.graph_views import Box

_ROUNDS: Final = 400
_SWEEPS: Final = 100
_GAP_X: Final = 34.0
_GAP_Y: Final = 44.0  # a self-loop stands above its box


def boxes(
    sizes: Mapping[int, tuple[float, float]], edges: Sequence[tuple[int, int]], width: float, height: float
) -> dict[int, Box]:
    """Return a place for each node's box, in all about ``width`` by ``height`` and more where boxes would overlap.

    Distances in the picture follow the number of steps between nodes (see `_unfolded`); parts of the graph that
    no edge joins stand one step farther apart than the longest way within them.

    >>> placed = boxes({1: (40, 20), 2: (40, 20), 3: (40, 20)}, [(1, 2)], 300, 200)
    >>> min(box.x - box.width / 2 for box in placed.values()) >= 0
    True
    """
    nodes = sorted(sizes)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((source, target) for source, target in sorted(edges) if source != target)
    places = dict(zip(nodes, _unfolded(graph, nodes), strict=True))
    reach = max(max(abs(x), abs(y)) for x, y in places.values()) or 1.0
    centres = {node: [x / reach * width / 2, y / reach * height / 2] for node, (x, y) in places.items()}
    _pushed_apart(centres, sizes)
    left = min(centres[node][0] - sizes[node][0] / 2 for node in nodes)
    top = min(centres[node][1] - sizes[node][1] / 2 for node in nodes)
    return {
        node: Box(round(centres[node][0] - left, 1), round(centres[node][1] - top, 1), *sizes[node]) for node in nodes
    }


def _unfolded(graph: "nx.Graph[int]", nodes: Sequence[int]) -> list[list[float]]:
    """Places in the plane whose distances follow the steps between nodes, by stress majorization.

    Gansner, Koren and North 2004, "Graph drawing by stress majorization", equation 11. Each node moves to the weighted
    mean of where the others want it. Written with sums, products and square roots alone, one after another, which
    every processor rounds in the same way.
    """
    steps = dict(nx.all_pairs_shortest_path_length(graph))
    apart = max(max(found.values()) for found in steps.values()) + 1
    wanted = [[steps[node].get(other, apart) for other in nodes] for node in nodes]
    pulls = [[(j, away, 1 / (away * away)) for j, away in enumerate(row) if j != i] for i, row in enumerate(wanted)]
    totals = [sum(weight for _, _, weight in row) for row in pulls]
    places = _around(len(nodes), radius=apart / 2)
    for _ in range(_SWEEPS):
        for i, row in enumerate(pulls):
            x = y = 0.0
            here_x, here_y = places[i]
            for j, away, weight in row:
                other_x, other_y = places[j]
                across, down = here_x - other_x, here_y - other_y
                reach = away / max(sqrt(across * across + down * down), 1e-9)
                x += weight * (other_x + across * reach)
                y += weight * (other_y + down * reach)
            if totals[i]:
                places[i] = [x / totals[i], y / totals[i]]
    middle = [(min(axis) + max(axis)) / 2 for axis in zip(*places, strict=True)]
    return [[x - middle[0], y - middle[1]] for x, y in places]


def _around(number: int, *, radius: float) -> list[list[float]]:
    """Points at equal ways along a square that stands on a corner, one after another."""
    found = []
    for place in range(number):
        side, along = divmod(4 * place / number, 1.0)
        x, y = 1 - along, along
        for _ in range(int(side)):
            x, y = -y, x
        found.append([radius * x, radius * y])
    return found


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
