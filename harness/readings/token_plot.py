"""Token plots: what a head reads of one sequence, and where its queries look, as plain data."""

from __future__ import annotations

from typing import Any, cast

from harness.readings.attention import Attention
from harness.readings.head import Head
from harness.records.address import ATTENTION


def token_plot(head: Head, ids: tuple[int, ...]) -> dict[str, Any]:
    """What a token plot shows: the triangle of qk, q, k, v and z beside it, and the attention among the positions."""
    model, reading = head.model, head(ids)
    attention = cast(Attention, head.component(ATTENTION)(ids)).weights[:, -len(ids) :]
    seen = {token for made in reading.values() for token in made.tokens.tolist()}
    return {
        "ids": list(ids),
        "input": model.text(ids),
        "rows": [list(row) for row in reading.qk.rows],
        "strings": {str(token): text for token, text in zip(sorted(seen), model.text(sorted(seen)), strict=True)},
        "near_ties": [row.tolist() for row in reading.qk.by_row(reading.qk.near_ties)],
        "attention": [[round(float(value), 4) for value in row[: i + 1]] for i, row in enumerate(attention)],
        **{name: reading[name].tokens.tolist() for name in ("q", "k", "v", "z")},
    }
