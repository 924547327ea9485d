"""Exhibits: a head's token plot for one sequence of each family, and one graph of its transitions, ready to be kept."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis.strategies import SearchStrategy

from harness.errors import HeadlawsError
from harness.graphs.frozen import frozen
from harness.graphs.study import Plan, drawn, study
from harness.laws.families import Extension, extensions, periodics, repeats, speaking, words
from harness.laws.sampling import sample
from harness.readings.address import Address
from harness.readings.head import Head
from harness.readings.model import Model
from harness.trials.cell import Exhibit

FAMILIES: dict[str, SearchStrategy[Any]] = {
    "words": words(min_length=12, max_length=12),
    "repeats": repeats(min_length=12, max_length=12),
    "periodic": periodics(min_period=3, max_period=3, min_periods=4, max_periods=4),
    "extensions": extensions(min_length=11, max_length=11),
}
"""One plot each; of one length, so that they can be compared."""

TRANSITIONS = 120
"""Sequences that a graph is counted on, and as many to try its claims on."""


def exhibits(
    model: Model, addresses: tuple[Address, ...], *, component: str, projection: str, bos: bool, seed: int
) -> list[Exhibit]:
    """The exhibits of some heads: token plots, and the transitions of one component."""
    made: list[Exhibit] = []
    with speaking(model.lexicon):
        sequences = {name: sample(family, seed=seed) for name, family in FAMILIES.items()}
    plan = Plan(sequences=TRANSITIONS, held_out=TRANSITIONS, seed=seed)
    walked = drawn(plan, model.lexicon)
    for address in addresses:
        head = model.head(address, projection=projection, bos=bos)
        with suppress(HeadlawsError):  # of a head that cannot be read nothing is shown; its cells say why
            plots = {name: token_plot(head, _whole(one)) for name, one in sequences.items()}
            graph = study(head.component(component), plan, walked)
            made += [Exhibit(str(address), "token_plot", name, plot) for name, plot in plots.items()]
            made.append(Exhibit(str(address), "transitions", component, frozen(graph)))
    return made


def _whole(one: tuple[int, ...] | Extension) -> tuple[int, ...]:
    return one.whole if isinstance(one, Extension) else one


def token_plot(head: Head, ids: tuple[int, ...]) -> dict[str, Any]:
    """What a token plot shows: the triangle of qk, q, k, v and z beside it, and the attention among the positions."""
    model, reading = head.model, head(ids)
    attention = model.source.attention(ids, head.address.layer, head.address.head, bos=head.bos)
    seen = {token for made in reading.values() for token in made.tokens.tolist()}
    return {
        "ids": list(ids),
        "input": model.text(ids),
        "rows": [list(row) for row in reading.qk.rows],
        "strings": {str(token): text for token, text in zip(sorted(seen), model.text(sorted(seen)), strict=True)},
        "near_ties": [row.tolist() for row in reading.qk.by_row(reading.qk.near_ties)],
        "attention": [[round(float(value), 6) for value in row[: i + 1]] for i, row in enumerate(attention)],
        **{name: reading[name].tokens.tolist() for name in ("q", "k", "v", "z")},
    }
