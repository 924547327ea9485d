"""What is drawn of a graph of transitions where a page's script draws it: the commonest nodes and edges, and places."""

from dataclasses import dataclass
from typing import Final

from reports.drawing.graph import commonest, places
from reports.views import Edge, Node, Transitions

MOST_NODES: Final = 24
MOST_EDGES: Final = 48


@dataclass(frozen=True)
class Drawing:
    """The commonest nodes and edges, and ``at``, the centre of each node, in pixels."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    at: tuple[tuple[int, int], ...]


def drawing(graph: Transitions) -> Drawing:
    """What is drawn of a graph, whose nodes and edges come commonest first; a picture of more cannot be read."""
    nodes, edges = commonest(graph, most_nodes=MOST_NODES, most_edges=MOST_EDGES)
    placed = places(nodes, edges) if nodes else {}
    centres = [placed[node.token.id] for node in nodes]
    return Drawing(nodes, edges, tuple((round(box.x), round(box.y)) for box in centres))
