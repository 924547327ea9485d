"""The JSON documents in a store's rows, turned into views: counterexamples, token plots, transitions."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from reports.graph_views import Box, Edge, Growth, Machine, Node, Power, Recurrent, Structure, Transitions
from reports.values import Estimate, Token
from reports.views import Counterexample, Difference, Draw, Reading, TokenPlot

PLACES: Final = 5
"""Places after the point that a report keeps of a share: a hundredth of the narrowest interval of 200 sequences."""


def estimate(value: float | None, low: float | None, high: float | None, n: int | None) -> Estimate | None:
    """Return a share with its interval and its n; nothing where there is no n, since a share of nothing is no share."""
    share, low, high = (None if one is None else rounded(one) for one in map(number, (value, low, high)))
    return Estimate(share, low, high, n) if share is not None and n else None


def rounded(share: float) -> float:
    """Round a share to `PLACES` places, so that a report of many heads stays small; only 0 and 1 become these.

    >>> rounded(1 / 3), rounded(1 - 1e-9), rounded(1.0)
    (0.33333, 0.99999, 1.0)
    """
    least = 10**-PLACES
    return share if share in (0, 1) else round(min(max(share, least), 1 - least), PLACES)


def counterexample(data: Mapping[str, Any]) -> Counterexample | None:
    """Return what `cells.counterexample` holds."""
    if not data:
        return None
    where = data.get("first_difference")
    return Counterexample(
        id=str(data["id"]),
        inputs=tuple((str(name), str(value)) for name, value in data["inputs"].items()),
        readings=tuple(_reading(reading) for reading in data["readings"]),
        first_difference=Difference(tuple(where["reading"]), tuple(where["at"])) if where else None,
        length=data.get("length"),
    )


def _reading(data: Mapping[str, Any]) -> Reading:
    rows, tokens, strings = (data.get(key) for key in ("rows", "tokens", "strings"))
    triangle = line = None
    if rows is not None:
        triangle = tuple(_tokens(row, text) for row, text in zip(rows, strings or [None] * len(rows), strict=True))
    elif tokens is not None:
        line = _tokens(tokens, strings)
    return Reading(
        label=str(data["label"]),
        start=int(data.get("start", 0)),
        sequence=_tokens(data["ids"], data.get("text")),
        tokens=line,
        rows=triangle,
    )


def _tokens(ids: list[int], texts: list[str] | None) -> tuple[Token, ...]:
    texts = [f"<{id}>" for id in ids] if texts is None else texts
    if len(ids) != len(texts):
        raise ValueError(f"{len(ids)} ids with {len(texts)} texts")
    return tuple(map(_token, map(int, ids), map(str, texts)))


@lru_cache(maxsize=1 << 17)  # a run says the same tokens a million times
def _token(id: int, text: str) -> Token:
    return Token(id, text)


def token_plot(family: str, data: Mapping[str, Any]) -> TokenPlot:
    """Return what an exhibit of kind `token_plot` holds; its name is the family."""
    texts = data["strings"]

    def named(ids: Iterable[int]) -> tuple[Token, ...]:
        return tuple(_token(int(id), texts.get(str(id), f"<{id}>")) for id in ids)

    rows = tuple(named(row) for row in data["rows"])
    return TokenPlot(
        family=family,
        sequence=_tokens(data["ids"], data["input"]),
        rows=rows,
        near_ties=tuple(tuple(map(bool, row)) for row in data.get("near_ties") or [[False] * len(row) for row in rows]),
        attention=tuple(tuple(map(number, row)) for row in data["attention"]),
        q=named(data["q"]),
        k=named(data["k"]),
        v=named(data["v"]),
        z=named(data.get("z", ())),
    )


def transitions(component: str, data: Mapping[str, Any]) -> Transitions:
    """Return what an exhibit of kind `transitions` holds; its name begins with the component."""
    nodes = (Node(Token(int(node["id"]), str(node["text"])), int(node["count"]), _box(node)) for node in data["nodes"])
    edges = (
        Edge(int(edge["source"]), int(edge["target"]), int(edge["count"]), tuple(map(str, edge.get("examples") or ())))
        for edge in data["edges"]
    )
    return Transitions(
        component=component,
        nodes=tuple(sorted(nodes, key=lambda node: (-node.count, node.token.id))),
        edges=tuple(sorted(edges, key=lambda edge: (-edge.count, edge.source, edge.target))),
        sequences=int(data["sequences"]),
        family=str(data.get("family", "")),
        caption=str(data.get("caption", "")),
        claims=tuple(_claims(data.get("statistics") or {})),
        structure=_structure(data),
    )


def _box(node: Mapping[str, Any]) -> Box | None:
    place = node.get("place")
    return place and Box(*(float(place[key]) for key in ("x", "y", "width", "height")))


def _claims(statistics: Mapping[str, Any]) -> Iterator[tuple[str, Estimate]]:
    """The shares among the statistics of a graph, by what a page calls them."""
    foretold = statistics.get("prediction") or {}
    found = (
        ("steps whose node and label were met before", (statistics.get("support") or {}).get("coverage")),
        (
            "sequences in which every known step went the commonest way",
            (statistics.get("determinism") or {}).get("held_out"),
        ),
        ("predicted by the graph", foretold.get("graph")),
        ("predicted by the label alone", foretold.get("label")),
        ("predicted by t alone, first order", foretold.get("first_order")),
        ("predicted by a graph with shuffled steps", foretold.get("shuffled")),
        (
            "predicted by the smallest automaton, from the labels alone",
            (statistics.get("automaton") or {}).get("accuracy"),
        ),
    )
    for name, share in found:
        shown = _share(share)
        if shown is not None:
            yield name, shown


def _structure(data: Mapping[str, Any]) -> Structure | None:
    said = data.get("statistics")
    if not said:
        return None
    found, determined, entropy = said["structure"], said["determinism"], said["entropy"]
    return Structure(
        strong=int(found["strong"]),
        ends=int(found["ends"]),
        recurrent=tuple(
            Recurrent(tuple(map(int, one["nodes"])), int(one["period"]), bool(one["absorbing"]), _share(one["stays"]))
            for one in found["recurrent"]
        ),
        pairs=int(determined["pairs"]),
        deterministic=int(determined["deterministic"]),
        given_state=float(entropy["given_state"]),
        given_both=float(entropy["given_both"]),
        machine=_machine(said["automaton"], {entry["id"]: str(entry["text"]) for entry in data["alphabet"]}),
    )


def _machine(data: Mapping[str, Any], alphabet: Mapping[int, str]) -> Machine:
    """Of labels that are tokens, the vocabulary entries."""
    if "why_not" in data:
        return Machine(0, 0, None, (), str(data["why_not"]))
    steps = tuple(
        (int(one["from"]), str(alphabet.get(one["label"], one["label"])), int(one["says"]), int(one["to"]))
        for one in data["transitions"]
    )
    return Machine(int(data["size"]), int(data["unmet"]), _share(data["accuracy"]), steps, "")


def _share(data: Mapping[str, Any] | None) -> Estimate | None:
    return None if data is None else estimate(data["value"], data["low"], data["high"], data["n"])


def growth(component: str, data: Mapping[str, Any]) -> Growth:
    """Return what an exhibit of kind `growth` holds; its name is the component."""
    return Growth(
        component=component,
        sequences=int(data["sequences"]),
        curves=tuple((str(family), tuple(map(float, curve))) for family, curve in data["curves"].items()),
        power=_power(data.get("power")),
        vocabulary=tuple((Token(int(id), str(text)), int(count)) for id, text, count in data["vocabulary"]),
        distinct=int(data["distinct"]),
        readings=int(data["readings"]),
    )


def _power(data: Mapping[str, Any] | None) -> Power | None:
    if not data:
        return None
    return Power(str(data["kind"]), *(float(data[key]) for key in ("power", "low", "high")))


def draws(data: Mapping[str, Any]) -> tuple[Draw, ...]:
    """Return what an exhibit of kind `draws` holds; its name is the claim."""
    return tuple(
        Draw(
            inputs=tuple((str(name), str(value)) for name, value in draw["inputs"].items()),
            sequences=tuple((str(one["name"]), _tokens(one["ids"], one["text"])) for one in draw["sequences"]),
        )
        for draw in data["draws"]
    )


def number(value: float | None) -> float | None:
    """Return a number that JSON can hold, or nothing."""
    return None if value is None or not math.isfinite(value) else float(value)


def stored(text: str) -> Any:
    """Return the value of a JSON text without NaN and infinity, which JSON does not know though Python writes them.

    >>> stored('{"a": [1, NaN]}')
    {'a': [1, None]}
    """
    return json.loads(text, parse_constant=lambda _: None)
