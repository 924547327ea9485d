"""Exhibits: a head's token plot for one sequence of each family, and one graph of its transitions, ready to be kept."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy

from harness.graphs.transitions import transitions
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
"""Extensions that a graph is drawn from; of a small alphabet, so that states come back."""

ALPHABET = 8


def exhibits(
    model: Model, addresses: tuple[Address, ...], *, component: str, projection: str, bos: bool, seed: int
) -> list[Exhibit]:
    """The exhibits of some heads: token plots, and the transitions of one component."""
    made = []
    with speaking(model.lexicon):
        sequences = {name: sample(family, seed=seed) for name, family in FAMILIES.items()}
        few = sample(words(min_length=ALPHABET, max_length=ALPHABET), seed=seed)
        extended = [sample(extensions(max_length=8, alphabet=few), seed=seed + i) for i in range(TRANSITIONS)]
    for address in addresses:
        head = model.head(address, projection=projection, bos=bos)
        for name, drawn in sequences.items():
            ids = drawn.whole if isinstance(drawn, Extension) else drawn
            made.append(Exhibit(str(address), "token_plot", name, token_plot(head, ids)))
        made.append(Exhibit(str(address), "transitions", component, _graph(head, component, extended)))
    return made


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


def _graph(head: Head, component: str, extended: list[Extension]) -> dict[str, Any]:
    model = head.model
    graph = transitions(head.component(component), extended)
    return {
        "nodes": [
            {"id": token, "text": model.text([token])[0], "count": data["count"]}
            for token, data in graph.nodes(data=True)
        ],
        "edges": [
            {"source": source, "target": target, "count": data["count"], "examples": model.text(data["examples"])}
            for source, target, data in graph.edges(data=True)
        ],
        "sequences": len(extended),
        "family": "extensions",
        "caption": f"last reading of S to last reading of S + t, component {component}, "
        f"{len(extended)} extensions over {ALPHABET} tokens, S of 2 to 8",
    }
