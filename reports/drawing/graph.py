"""The graph of a head's transitions, as SVG that stands alone; on a page a script draws it (see `canvas`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Final

from markupsafe import Markup

from reports import text
from reports.drawing.layout import Box, boxes
from reports.drawing.svg import tag
from reports.formats import counted
from reports.views import Edge, Node, Transitions

_NODE_COLUMNS: Final = 16
_NODE_HEIGHT: Final = 38.0
_THICKEST: Final = 6.0
_ALL_NUMBERED: Final = 20
"""With more edges than this, those seen once go without their number."""


@dataclass(frozen=True)
class DrawnGraph:
    """A picture of the commonest transitions, and how much of the graph it shows."""

    picture: Markup
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: int = 0
    height: int = 0


def transition_graph(graph: Transitions, label: str, *, most_nodes: int, most_edges: int) -> DrawnGraph:
    """The commonest nodes and edges of a head's transitions.

    Args:
        graph: what to draw; its nodes and edges come commonest first.
        label: says in words what the picture is.
        most_nodes: a picture of more than a few dozen cannot be read.
        most_edges: likewise.
    """
    nodes, edges = commonest(graph, most_nodes=most_nodes, most_edges=most_edges)
    if not nodes:
        return DrawnGraph(Markup(""), (), ())
    placed = places(nodes, edges)
    names = {node.token.id: text.token(node.token.text) for node in nodes}
    pairs = {(edge.source, edge.target) for edge in edges}
    most = max((edge.count for edge in edges), default=1)
    lines = [_edge(edge, placed, names, most, bent=(edge.target, edge.source) in pairs) for edge in edges]
    width = round(max(box.x + box.width / 2 for box in placed.values()) + 48)
    height = round(max(box.y + box.height / 2 for box in placed.values()) + 68)
    parts = [line for line, _ in lines]
    parts += [
        mark for edge, (_, mark) in zip(edges, lines, strict=True) if edge.count > 1 or len(edges) <= _ALL_NUMBERED
    ]
    parts += [_node(node, placed[node.token.id]) for node in nodes]
    drawn = tag("g", *parts, transform="translate(24 48)")
    picture = tag(
        "svg",
        tag("title", label),
        drawn,
        class_="graph",
        role="img",
        aria_label=label,
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
    )
    return DrawnGraph(picture, nodes, edges, width, height)


def commonest(graph: Transitions, *, most_nodes: int, most_edges: int) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """The commonest edges with the nodes at their ends, and where there are none, the commonest node."""
    known = {node.token.id for node in graph.nodes}
    edges = tuple(edge for edge in graph.edges if edge.source in known and edge.target in known)[:most_edges]
    ends = list(dict.fromkeys(end for edge in edges for end in (edge.source, edge.target)))[:most_nodes]
    wanted = set(ends or [node.token.id for node in graph.nodes[:1]])
    nodes = tuple(node for node in graph.nodes if node.token.id in wanted)
    return nodes, tuple(edge for edge in edges if edge.source in wanted and edge.target in wanted)


def places(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[int, Box]:
    """The box of each node, by id: the same boxes wherever the same nodes and edges are drawn."""
    room = 180 * sqrt(len(nodes))
    sizes = {node.token.id: (_node_width(node), _NODE_HEIGHT) for node in nodes}
    return boxes(sizes, [(edge.source, edge.target) for edge in edges], 1.5 * room, 0.8 * room)


def _node_width(node: Node) -> float:
    shown = text.clip(text.token(node.token.text), _NODE_COLUMNS)
    return max(46.0, text.columns(shown) * 7.8 + 22)


def _node(node: Node, box: Box) -> Markup:
    full = text.token(node.token.text)
    return tag(
        "g",
        tag("title", f"{full} ({node.token.id}), {node.count} readings"),
        tag("rect", x=-box.width / 2, y=-box.height / 2, width=box.width, height=box.height, rx=9, class_="node"),
        tag("text", text.clip(full, _NODE_COLUMNS), y=-1, class_="name"),
        tag("text", str(node.count), y=13, class_="count"),
        transform=f"translate({box.x} {box.y})",
    )


def _edge(edge: Edge, placed: dict[int, Box], names: dict[int, str], most: int, *, bent: bool) -> tuple[Markup, Markup]:
    """The line, and the count on it, which stands above all lines and beneath all nodes."""
    source, target = placed[edge.source], placed[edge.target]
    if edge.source == edge.target:
        top, half = source.y - source.height / 2, 14
        out, back = f"{source.x - 30:.1f} {top - 38:.1f}", f"{source.x + 30:.1f} {top - 38:.1f}"
        path = f"M{source.x - half:.1f} {top:.1f}C{out} {back} {source.x + half:.1f} {top - 1:.1f}"
        middle = (source.x, top - 28)
    else:
        across, down = target.x - source.x, target.y - source.y
        length = hypot(across, down) or 1.0
        bow = min(60.0, 0.22 * length) if bent else 0.06 * length
        control = ((source.x + target.x) / 2 - down / length * bow, (source.y + target.y) / 2 + across / length * bow)
        start, end = _border(source, control, 0), _border(target, control, 3)
        path = f"M{start[0]:.1f} {start[1]:.1f}Q{control[0]:.1f} {control[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
        middle = ((start[0] + 2 * control[0] + end[0]) / 4, (start[1] + 2 * control[1] + end[1]) / 4)
    said = f"{names[edge.source]} → {names[edge.target]}: {counted(edge.count, 'time')}"
    thick = 1 + _THICKEST * edge.count / most
    line = tag("path", tag("title", said), d=path, class_="edge", stroke_width=thick, marker_end="url(#tip)")
    return line, tag("text", str(edge.count), x=middle[0], y=middle[1] + 3.5, class_="times")


def _border(box: Box, towards: tuple[float, float], gap: float) -> tuple[float, float]:
    """Where the line from a box's centre leaves it, ``gap`` outside."""
    across, down = towards[0] - box.x, towards[1] - box.y
    share = min(
        (box.width / 2 + gap) / abs(across) if across else float("inf"),
        (box.height / 2 + gap) / abs(down) if down else float("inf"),
        1.0,
    )
    return box.x + across * share, box.y + down * share
