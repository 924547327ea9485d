"""The graph of a head's transitions, drawn: its commonest nodes and edges, where they stand, and a picture of them.

A page's script draws what is laid out here; `picture` draws it as SVG that stands alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Final

from markupsafe import Markup

from harness.text import counted
from reports import text
from reports.drawing.layout import boxes
from reports.drawing.svg import tag
from reports.graph_views import Box, Edge, Node, Transitions

MOST_NODES: Final = 24
MOST_EDGES: Final = 48
"""A picture of more cannot be read."""

_NODE_COLUMNS: Final = 16
_NODE_HEIGHT: Final = 38.0
_THICKEST: Final = 6.0
_ALL_NUMBERED: Final = 20
"""With more edges than this, those seen once go without their number."""
_LEAST_WIDTH: Final = 640
_FOOT: Final = 44

_STYLE: Final = """
.paper { fill: #fdfcfa; }
.foot { fill: #5c626b; font-size: 11px; }
text { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.node { fill: #ffffff; stroke: #5c626b; stroke-width: 1.2; }
.name { fill: #1c1f24; font-size: 13px; text-anchor: middle; unicode-bidi: isolate; }
.count { fill: #5c626b; font-size: 10px; text-anchor: middle; }
.edge { fill: none; stroke: #1f5b99; stroke-opacity: .5; }
.edge:hover { stroke-opacity: 1; }
.tip { fill: #1f5b99; }
.times { fill: #1c1f24; font-size: 11px; text-anchor: middle; paint-order: stroke; stroke: #fdfcfa; stroke-width: 4px; }
"""


@dataclass(frozen=True)
class Layout:
    """What is drawn of a graph: the commonest nodes and edges, and the box of each node, by its id."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    boxes: Mapping[int, Box]


def layout(graph: Transitions) -> Layout:
    """Choose what is drawn of a graph, whose nodes and edges come commonest first, and give each node its box.

    Nodes that were given their boxes before keep them; a store of an older version has none.
    """
    nodes, edges = _commonest(graph)
    placed = {node.token.id: node.box for node in nodes if node.box is not None}
    if len(placed) < len(nodes):
        room = 180 * sqrt(len(nodes))
        sizes = {node.token.id: (_node_width(node), _NODE_HEIGHT) for node in nodes}
        placed = boxes(sizes, [(edge.source, edge.target) for edge in edges], 1.5 * room, 0.8 * room)
    return Layout(nodes, edges, placed)


def _commonest(graph: Transitions) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """The commonest edges with the nodes at their ends, and where there are none, the commonest node."""
    known = {node.token.id for node in graph.nodes}
    edges = tuple(edge for edge in graph.edges if edge.source in known and edge.target in known)[:MOST_EDGES]
    ends = list(dict.fromkeys(end for edge in edges for end in (edge.source, edge.target)))[:MOST_NODES]
    wanted = set(ends or [node.token.id for node in graph.nodes[:1]])
    nodes = tuple(node for node in graph.nodes if node.token.id in wanted)
    return nodes, tuple(edge for edge in edges if edge.source in wanted and edge.target in wanted)


def picture(graph: Transitions, label: str) -> str:
    """Draw a graph as the text of an SVG file, with what it is said beneath it.

    Args:
        label: says in words whose graph it is.
    """
    drawn = layout(graph)
    inner, width, height = _drawn(drawn, label)
    whole = f"{counted(len(graph.nodes), 'node')}, {counted(len(graph.edges), 'edge')}"
    part = f", the commonest {len(drawn.edges)} edges between {len(drawn.nodes)} nodes drawn"
    lines = (
        f"{label}: {whole}{part if len(drawn.edges) < len(graph.edges) else ''}",
        text.visible(graph.caption),
    )
    size = {"width": max(width, _LEAST_WIDTH), "height": height + _FOOT}
    parts = (
        tag("style", Markup(_STYLE)),
        tag("defs", _tip()),
        tag("rect", **size, class_="paper"),
        inner,
        *[tag("text", line, x=12, y=height + 14 + 17 * place, class_="foot") for place, line in enumerate(lines)],
    )
    box = f"0 0 {size['width']} {size['height']}"
    return f"{tag('svg', *parts, xmlns='http://www.w3.org/2000/svg', **size, viewBox=box)}\n"


def _drawn(layout: Layout, label: str) -> tuple[Markup, int, int]:
    """The graph alone, with its width and height; nothing of a graph without nodes."""
    if not layout.nodes:
        return Markup(""), 0, 0
    nodes, edges, placed = layout.nodes, layout.edges, layout.boxes
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
    made = tag(
        "svg",
        tag("title", label),
        tag("g", *parts, transform="translate(24 48)"),
        class_="graph",
        role="img",
        aria_label=label,
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
    )
    return made, width, height


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


def _edge(
    edge: Edge, placed: Mapping[int, Box], names: Mapping[int, str], most: int, *, bent: bool
) -> tuple[Markup, Markup]:
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


def _tip() -> Markup:
    """The head of the arrows."""
    return tag(
        "marker",
        tag("path", d="M0 0L9 4L0 8Z", class_="tip"),
        id="tip",
        markerUnits="userSpaceOnUse",
        markerWidth=9,
        markerHeight=8,
        refX=8,
        refY=4,
        orient="auto",
    )
