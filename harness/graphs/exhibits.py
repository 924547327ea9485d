"""Exhibits: a head's token plot for one sequence of each family, and graphs of its transitions, ready to be kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis.strategies import SearchStrategy

from harness.errors import HeadlawsError
from harness.graphs.plan import Drawn, Plan, drawn
from harness.graphs.study import Study, studied, walked
from harness.graphs.walks import Walk
from harness.laws.families import Extension, drawing_from, extensions, passages, periodics, repeats, words
from harness.laws.sampling import sample
from harness.readings.component_head import ComponentHead
from harness.readings.model import Model
from harness.records.address import Address
from harness.records.cell import Exhibit

PLOTTED = 12
"""Tokens of a plotted sequence."""

FAMILIES: dict[str, SearchStrategy[Any]] = {
    "words": words(min_length=PLOTTED, max_length=PLOTTED),
    "repeats": repeats(min_length=PLOTTED, max_length=PLOTTED),
    "periodic": periodics(min_period=3, max_period=3, min_periods=4, max_periods=4),
}
"""One plot each; of one length, so that they can be compared."""

TEXT: dict[str, SearchStrategy[Any]] = {"passages": passages(min_length=PLOTTED, max_length=PLOTTED)}
"""One more plot, of natural text."""

UNREAD: dict[str, SearchStrategy[Any]] = {"extensions": extensions(min_length=PLOTTED - 1, max_length=PLOTTED - 1)}
"""The plot in its place for a model that has no tokenizer."""

TRANSITIONS = {"words": 120, "repeats": 60, "periodic": 60}
"""Sequences of each family that a graph is counted on, and as many to try its claims on; one graph each."""

TOGETHER = 60
"""Of each family, the first ones, for a graph of all families together."""


def exhibits(
    model: Model,
    addresses: tuple[Address, ...],
    *,
    component: str,
    projection: str,
    bos: bool,
    seed: int,
    apart: bool = True,
) -> list[Exhibit]:
    """Return the exhibits of some heads: token plots, and the transitions of one component, by family and together.

    Args:
        apart: whether each family has a graph of its own too.
    """
    made: list[Exhibit] = []
    families = FAMILIES | (TEXT if len(model.lexicon.text) >= PLOTTED else UNREAD)
    with drawing_from(model.lexicon):
        sequences = {name: sample(family, seed=seed) for name, family in families.items()}
    numbers = TRANSITIONS if apart else dict.fromkeys(TRANSITIONS, TOGETHER)
    plans = [Plan(families=(name,), sequences=n, held_out=n, seed=seed) for name, n in numbers.items()]
    ways = [(plan, drawn(plan, model.lexicon)) for plan in plans]
    for address in addresses:
        head = model.head(address, projection=projection, bos=bos)
        with suppress(HeadlawsError):  # of a head that cannot be read nothing is shown; its cells say why
            plots = {name: head(_whole(one)).token_plot() for name, one in sequences.items()}
            graphs = [one.to_json() for one in studies(head.component(component), ways, apart=apart)]
            made += [Exhibit(str(address), "token_plot", name, plot) for name, plot in plots.items()]
            made += [Exhibit(str(address), "transitions", graph_name(graph), graph) for graph in graphs]
    return made


def graph_name(graph: dict[str, Any]) -> str:
    """Return what a graph goes by among a head's: its component and its families, as in `z words`."""
    return " ".join((graph["component"], *graph["families"]))


def studies(head: ComponentHead, ways: Sequence[tuple[Plan, Drawn]], *, apart: bool = True) -> Iterator[Study]:
    """Yield a study a plan where they are wanted apart, and one of their first sequences together; all are read
    once.
    """
    seen: list[Walk] = []
    others: list[Walk] = []
    for plan, sequences in ways:
        one, other = walked(head, plan, sequences)
        if apart:
            yield studied(head, plan, sequences, one, other)
        seen += one[:TOGETHER]
        others += other[:TOGETHER]
    plan, first = ways[0]
    together = Drawn(first.tokens, tuple(walk.ids for walk in seen), tuple(walk.ids for walk in others))
    names = tuple(name for one, _ in ways for name in one.families)
    whole = replace(plan, families=names, sequences=TOGETHER, held_out=TOGETHER)
    yield studied(head, whole, together, seen, others)


def _whole(one: tuple[int, ...] | Extension) -> tuple[int, ...]:
    return one.whole if isinstance(one, Extension) else one
