"""A picture of a graph that stands alone: the drawing of the pages, with the little of their style that it needs."""

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from reports import text
from reports.drawing.graph import transition_graph
from reports.drawing.svg import tag
from reports.formats import counted
from reports.stored_documents import transitions

STYLE: Final = """
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


_LEAST_WIDTH: Final = 640
_FOOT: Final = 44


def picture(frozen: Mapping[str, Any], *, most_nodes: int, most_edges: int) -> str:
    """A frozen graph (see `harness.graphs.graph_json`) as the text of an SVG file, what it is said beneath it."""
    graph = transitions(frozen["component"], frozen)
    said = f"Head {frozen['head']} of {frozen['model']}"
    drawn = transition_graph(graph, said, most_nodes=most_nodes, most_edges=most_edges)
    width, height = max(drawn.width, _LEAST_WIDTH), drawn.height + _FOOT
    whole = f"{counted(len(graph.nodes), 'node')}, {counted(len(graph.edges), 'edge')}"
    part = f", the commonest {len(drawn.edges)} edges between {len(drawn.nodes)} nodes drawn"
    lines = (
        f"{said}: {whole}{part if len(drawn.edges) < len(graph.edges) else ''}",
        text.visible(frozen["caption"]),
    )
    parts = (
        tag("style", Markup(STYLE)),
        tag("defs", _tip()),
        tag("rect", width=width, height=height, class_="paper"),
        drawn.picture,
        *[tag("text", line, x=12, y=drawn.height + 14 + 17 * place, class_="foot") for place, line in enumerate(lines)],
    )
    box = f"0 0 {width} {height}"
    return f"{tag('svg', *parts, xmlns='http://www.w3.org/2000/svg', width=width, height=height, viewBox=box)}\n"


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
