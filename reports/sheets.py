"""A report arranged for reading: what the templates walk through, with nothing left to work out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reports.alignment import Grid, grid
from reports.drawing import Discovery, discoveries, token_plot
from reports.formats import counted
from reports.graph import transition_graph
from reports.rows import COMPONENTS
from reports.text import clip, token
from reports.views import Cell, Conjecture, Control, Counterexample, Edge, Head, Report, Token, TokenPlot, Transitions

Key = tuple[str, str]


@dataclass(frozen=True)
class Density:
    """How much of each head a page has room for.

    Attributes:
        unfolded: whether counterexamples stand open.
        tallest: triangles of more queries than this are cut to the one that matters.
        edges: that a graph's picture shows; the table beside it has twice as many.
    """

    unfolded: bool
    tallest: int
    edges: int


ROOMY: Final = Density(unfolded=True, tallest=8, edges=48)
CROWDED: Final = Density(unfolded=False, tallest=3, edges=16)
_ROOMY_UP_TO: Final = 40
"""Counterexamples on a page."""


@dataclass(frozen=True)
class Slot:
    """One place of the table of verdicts: a cell, or the reason why there is none."""

    cell: Cell | None
    absent: str
    anchor: str


@dataclass(frozen=True)
class Line:
    """One conjecture's line in the table of verdicts."""

    conjecture: Conjecture
    anchor: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Exposition:
    """A counterexample with its cell and conjecture, aligned for reading."""

    anchor: str
    cell: Cell
    conjecture: Conjecture
    counterexample: Counterexample
    grid: Grid


@dataclass(frozen=True)
class Plot:
    """A token plot, drawn, with what the picture says for those who cannot use it."""

    plot: TokenPlot
    picture: Markup
    discoveries: tuple[Discovery, ...]
    lines: tuple[tuple[str, tuple[Token, ...]], ...]


@dataclass(frozen=True)
class Way:
    """An edge for the table beside a graph: its ends, and how often its source was left in all."""

    source: Token
    target: Token
    edge: Edge
    leaving: int


@dataclass(frozen=True)
class Graph:
    """A graph of transitions, drawn, with the table of its edges."""

    graph: Transitions
    picture: Markup
    drawn_nodes: int
    drawn_edges: int
    ways: tuple[Way, ...]
    hidden_ways: int


@dataclass(frozen=True)
class Sheet:
    """One head's part of the page."""

    head: Head
    anchor: str
    columns: tuple[str, ...]
    chapters: tuple[tuple[str, tuple[Line, ...]], ...]
    expositions: tuple[Exposition, ...]
    unfolded: bool
    plots: tuple[Plot, ...]
    graphs: tuple[Graph, ...]


def sheets(report: Report) -> tuple[Sheet, ...]:
    """A sheet a head. Crowded pages show less of each; `report.json` has all of it."""
    broken = sum(cell.counterexample is not None for head in report.heads for cell in head.cells)
    density = ROOMY if broken <= _ROOMY_UP_TO else CROWDED
    return tuple(_sheet(head, report, number, density) for number, head in enumerate(report.heads))


def chapters(report: Report) -> tuple[tuple[str, tuple[Conjecture, ...]], ...]:
    """The conjectures by chapter, both in the order in which the book was read."""
    names = dict.fromkeys(conjecture.chapter for conjecture in report.conjectures)
    return tuple((name, tuple(one for one in report.conjectures if one.chapter == name)) for name in names)


def anchor_of(conjecture: Conjecture) -> str:
    """Where a conjecture is explained."""
    return f"c-{conjecture.chapter}-{conjecture.name}"


def _sheet(head: Head, report: Report, number: int, density: Density) -> Sheet:
    filed = {(cell.chapter, cell.conjecture, cell.component, cell.projection): cell for cell in head.cells}
    columns = sorted({(cell.component, cell.projection) for cell in head.cells}, key=_column)
    expositions = _expositions(head, {(one.chapter, one.name): one for one in report.conjectures}, number, density)
    anchors = {id(one.cell): one.anchor for one in expositions}
    lines = [_line(conjecture, columns, filed, anchors) for conjecture in report.conjectures]
    several = len({projection for _, projection in columns}) > 1
    return Sheet(
        head=head,
        anchor=f"head-{head.address}",
        columns=tuple(f"{component} · {projection}" if several else component for component, projection in columns),
        chapters=tuple(
            (name, tuple(line for line in lines if line.conjecture.chapter == name)) for name, _ in chapters(report)
        ),
        expositions=expositions,
        unfolded=density.unfolded,
        plots=tuple(_plot(plot, head, f"p{number}-{i}") for i, plot in enumerate(head.token_plots)),
        graphs=tuple(_graph(graph, head, density.edges) for graph in head.transitions),
    )


def _column(column: tuple[str, str]) -> tuple[str, int, str]:
    component, projection = column
    return projection, COMPONENTS.index(component) if component in COMPONENTS else len(COMPONENTS), component


def _line(
    conjecture: Conjecture,
    columns: list[tuple[str, str]],
    filed: Mapping[tuple[str, str, str, str], Cell],
    anchors: Mapping[int, str],
) -> Line:
    slots = []
    for component, projection in columns:
        cell = filed.get((conjecture.chapter, conjecture.name, component, projection))
        absent = "not run" if component in conjecture.components else "not claimed"
        slots.append(Slot(cell, absent, anchors.get(id(cell), "")))
    return Line(conjecture, anchor_of(conjecture), tuple(slots))


def _expositions(
    head: Head, conjectures: Mapping[Key, Conjecture], number: int, density: Density
) -> tuple[Exposition, ...]:
    """Those of the book's claims first; that a control breaks as it must says nothing new."""
    controls_last = sorted(conjectures, key=lambda key: conjectures[key].control is not Control.NONE)
    order = {key: place for place, key in enumerate(controls_last)}
    broken = [
        cell
        for cell in head.cells
        if cell.counterexample is not None and (cell.chapter, cell.conjecture) in conjectures
    ]
    broken.sort(key=lambda cell: (order[cell.chapter, cell.conjecture], _column((cell.component, cell.projection))))
    return tuple(
        Exposition(
            anchor=f"x{number}-{place}",
            cell=cell,
            conjecture=conjectures[cell.chapter, cell.conjecture],
            counterexample=cell.counterexample,
            grid=grid(cell.counterexample, density.tallest),
        )
        for place, cell in enumerate(broken)
        if cell.counterexample is not None
    )


def _plot(plot: TokenPlot, head: Head, name: str) -> Plot:
    found = discoveries(plot)
    label = (
        f"Token plot of head {head.address} for a sequence of the family {plot.family}: "
        f"{counted(len(plot.rows), 'position')}, {counted(len(found), 'attention token')}"
    )
    lines = (("input", plot.sequence), ("q", plot.q), ("k", plot.k), ("v", plot.v), ("z", plot.z))
    return Plot(plot, token_plot(plot, name, label), found, tuple((name, tokens) for name, tokens in lines if tokens))


def _graph(graph: Transitions, head: Head, most_edges: int) -> Graph:
    label = (
        f"Transitions of head {head.address}, component {graph.component}: "
        f"{counted(len(graph.nodes), 'attention token')}, {counted(len(graph.edges), 'edge')}"
    )
    drawn = transition_graph(graph, label, most_nodes=24, most_edges=most_edges)
    tokens = {node.token.id: node.token for node in graph.nodes}
    leaving: dict[int, int] = {}
    for edge in graph.edges:
        leaving[edge.source] = leaving.get(edge.source, 0) + edge.count
    ways = [
        Way(
            source=tokens.get(edge.source, Token(edge.source, f"<{edge.source}>")),
            target=tokens.get(edge.target, Token(edge.target, f"<{edge.target}>")),
            edge=edge,
            leaving=leaving[edge.source],
        )
        for edge in graph.edges[: 2 * most_edges]
    ]
    return Graph(graph, drawn.picture, len(drawn.nodes), len(drawn.edges), tuple(ways), len(graph.edges) - len(ways))


def examples(way: Way) -> tuple[str, ...]:
    """The tokens t of an edge that were kept, readable."""
    return tuple(clip(token(text), 12) for text in way.edge.examples)
