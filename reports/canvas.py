"""What a page's script draws a graph of transitions with: the commonest nodes and edges, and their places."""

from dataclasses import dataclass
from typing import Any, Final

from reports import text
from reports.graph import commonest, places
from reports.views import Edge, Node, Transitions

MOST_NODES: Final = 24
MOST_EDGES: Final = 48


@dataclass(frozen=True)
class Drawing:
    """The commonest nodes and edges, and what the script is given: nodes with centres, edges by place."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    data: dict[str, Any]


def drawing(graph: Transitions) -> Drawing:
    """What is drawn of a graph, whose nodes and edges come commonest first; a picture of more cannot be read."""
    nodes, edges = commonest(graph, most_nodes=MOST_NODES, most_edges=MOST_EDGES)
    if not nodes:
        return Drawing((), (), {"nodes": [], "edges": []})
    placed = places(nodes, edges)
    place = {node.token.id: number for number, node in enumerate(nodes)}
    data = {
        "nodes": [
            [text.token(node.token.text), node.token.id, node.count, placed[node.token.id].x, placed[node.token.id].y]
            for node in nodes
        ],
        "edges": [[place[edge.source], place[edge.target], edge.count] for edge in edges],
    }
    return Drawing(nodes, edges, data)
