r"""Formats: a study as GraphML, DOT, JSON or SVG, by the file's ending.

Vocabulary entries are hostile: each is made visible first (`harness.text`), so that no control character or lone
surrogate is left, and then escaped as the format asks. The ids stand beside the text, so nothing is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import networkx as nx

from harness.errors import HeadlawsError
from harness.text import token, visible
from reports.drawing.graph import picture
from reports.stored_documents import transitions

Document = dict[str, Any]
"""A study as plain data (see `graph_json`)."""


def check(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is computed.

    Raises:
        HeadlawsError: for an ending that is no format, or a folder that is not there.
    """
    if path.suffix.lower() not in WRITERS:
        raise HeadlawsError(
            f"--out {str(path)!r}: the name's ending gives the format; use one of {', '.join(WRITERS)}."
        )
    if path.is_dir() or not path.parent.is_dir():
        raise HeadlawsError(
            f"--out {str(path)!r}: this is a folder, or its folder does not exist; name a file in one that exists."
        )


def write(path: Path, document: Document) -> None:
    """Write a study in the format that the file's ending says.

    Raises:
        HeadlawsError: where the file cannot be written.
    """
    try:
        path.write_text(WRITERS[path.suffix.lower()](document), encoding="utf-8", newline="\n")
    except OSError as error:
        raise HeadlawsError(
            f"--out {str(path)!r}: the file cannot be written ({error.strerror}); name another."
        ) from error


def as_json(document: Document) -> str:
    """Return the document itself, in ASCII: a lone surrogate stays what it was."""
    return json.dumps(document, allow_nan=False, indent=1) + "\n"


def as_graphml(document: Document) -> str:
    """Write the graph for networkx, Gephi and yEd: an edge for each two nodes and label, undrawn ones too.

    Nodes have `text`, `tokens` (ids between spaces) and `count`; edges `label` (an id or a class), `text` and `count`.
    """
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(caption=visible(document["caption"]))
    for node in document["nodes"]:
        place = node.get("place")
        where = {"x": place["x"], "y": place["y"]} if place else {}
        tokens = " ".join(map(str, node["tokens"]))
        graph.add_node(node["id"], text=token(node["text"]), tokens=tokens, count=node["count"], **where)
    texts = {entry["id"]: token(entry["text"]) for entry in document["alphabet"]}
    for edge in document["edges"]:
        for label, count in edge["labels"]:
            said = {"label": str(label), "text": texts.get(label, label), "count": count}
            graph.add_edge(edge["source"], edge["target"], key=str(label), **said)
    written = BytesIO()
    nx.write_graphml(graph, written, encoding="utf-8", named_key_ids=True)
    return written.getvalue().decode("utf-8")


def as_dot(document: Document) -> str:
    """Write the graph for Graphviz: an edge for each two nodes, with its count and its commonest labels."""
    lines = [f"// {visible(document['caption'])}", "digraph {", "  node [shape=box, style=rounded];"]
    lines += [
        f"  {node['id']} [label={_quoted(token(node['text']))}, tooltip={_quoted(str(node['count']))}];"
        for node in document["nodes"]
    ]
    most = max((edge["count"] for edge in document["edges"]), default=1)
    for edge in document["edges"]:
        more = "" if len(edge["labels"]) <= len(edge["examples"]) else " …"
        said = " ".join(token(text) for text in edge["examples"]) + more
        label = _quoted(f"{edge['count']}: {said}")
        width = 1 + 4 * edge["count"] / most
        lines.append(f"  {edge['source']} -> {edge['target']} [label={label}, penwidth={width:.2f}];")
    return "\n".join([*lines, "}", ""])


def as_svg(document: Document) -> str:
    """Return a picture of the commonest nodes and edges that stands alone."""
    said = f"Head {document['head']} of {document['model']}"
    return picture(transitions(document["component"], document), said)


def _quoted(text: str) -> str:
    r"""A string of DOT: Graphviz reads backslashes and HTML's entities even between quotation marks.

    >>> print(_quoted('a"b\\n&lt;'))
    "a\"b\\n&amp;lt;"
    """
    escaped = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


WRITERS: dict[str, Callable[[Document], str]] = {
    ".graphml": as_graphml,
    ".dot": as_dot,
    ".json": as_json,
    ".svg": as_svg,
}
