"""Transitions: how one more token moves a head from attention token to attention token.

Nodes are attention tokens. An edge goes from the last reading of S to the last reading of S + t; its count says how
often that was seen. Of qk, whose last reading is a row, the pair of the last position with itself stands for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import networkx as nx

from harness.laws.families import Extension
from harness.readings.head import ComponentHead
from harness.readings.reading import Reading

EXAMPLES = 3
"""How many appended tokens an edge remembers."""


def transitions(head: ComponentHead, extended: Sequence[Extension]) -> nx.DiGraph[int]:
    """The graph of a head's transitions over some extensions.

    Every node has `count`; every edge has `count` and `examples`, the first few tokens t that led along it.
    """
    before = head.read([extension.S for extension in extended])
    after = head.read([extension.whole for extension in extended])
    graph: nx.DiGraph[int] = nx.DiGraph()
    seen = Counter(_last_token(reading) for reading in (*before, *after))
    for token, count in sorted(seen.items()):
        graph.add_node(token, count=count)
    for left, right, extension in zip(before, after, extended, strict=True):
        source, target = _last_token(left), _last_token(right)
        if not graph.has_edge(source, target):
            graph.add_edge(source, target, count=0, examples=[])
        edge = graph.edges[source, target]
        edge["count"] += 1
        if extension.t not in edge["examples"] and len(edge["examples"]) < EXAMPLES:
            edge["examples"].append(extension.t)
    return graph


def _last_token(reading: Reading) -> int:
    return int(reading.tokens[-1])
