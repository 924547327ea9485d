"""Columns: what a row of a data set says.

A row is a pair of query and key, the key not after the query, by one head for one prompt.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

SHOWN = ("qk", "q", "k", "v", "z")
"""The components, in the order of their columns."""

_FIRST = {
    "prompt": (pa.int32(), "number of the prompt, from 0"),
    "layer": (pa.int16(), "layer of the head, from 0"),
    "head": (pa.int16(), "number of the head in its layer, from 0"),
    "query": (pa.int32(), "position of the query in the prompt, from 0; BOS has no position"),
    "key": (pa.int32(), "position of the key, from 0 to the query's"),
    "token": (pa.int32(), "id of the input token at the query's position"),
    "attn": (pa.float32(), "attention of the query to the key; attention to BOS is in no row"),
}
_OF = {
    "qk": "of query times key, element-wise",
    "q": "of the query, at the query's position",
    "k": "of the key, at the key's position",
    "v": "of the value, at the key's position",
    "z": "of the weighted sum of values, at the query's position",
}


def described(components: Sequence[str]) -> dict[str, str]:
    """Return each column's meaning, in order; `qk` has columns only where it is defined.

    >>> list(described(["q", "z"]))[-4:]
    ['q', 'z', 'q_margin', 'z_margin']
    """
    shown = [component for component in SHOWN if component in components]
    found = {name: meaning for name, (_type, meaning) in _FIRST.items()}
    found |= {component: f"attention token {_OF[component]}" for component in shown}
    found |= {margin(component): f"margin of the attention token {_OF[component]}" for component in shown}
    return found


def margin(component: str) -> str:
    """Return the name of the column with a component's margins."""
    return f"{component}_margin"


def schema(components: Sequence[str]) -> pa.Schema:
    """Return names, types and meanings of the columns; a field's metadata holds its meaning."""
    return pa.schema(
        [
            pa.field(name, _type(name, components), nullable=False, metadata={"description": meaning})
            for name, meaning in described(components).items()
        ]
    )


def _type(name: str, components: Sequence[str]) -> pa.DataType:
    if name in _FIRST:
        return _FIRST[name][0]
    return pa.int32() if name in components else pa.float64()
