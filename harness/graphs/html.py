"""HTML: what a graph shows of itself in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.graphs.study import Study


def graph(found: Study) -> str:
    """A graph of transitions, drawn."""
    from harness.graphs.formats import as_svg
    from harness.graphs.graph_json import frozen

    return as_svg(frozen(found))
