"""The page of an exhaustion: which tokens a head reads alike, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.environment import environment
from reports.values import Token

CLASSES = 60
"""Classes that are shown of one table, the largest."""

MEMBERS = 60
"""Tokens that are shown of one class."""

ENTRIES = 300
"""Near-ties that are shown of one table."""


def page(data: Mapping[str, Any]) -> str:
    """Render the page; every text of the model is made visible and escaped."""
    texts = data["texts"]

    def named(id: int) -> Token | None:
        return Token(id, texts[id]) if 0 <= id < len(texts) else None

    tables = [_table(one) for one in data["tables"]]
    context = None if data["context"] is None else [named(id) for id in data["context"]]
    return (
        environment()
        .get_template("token_classes.html")
        .render(**{**data, "tables": tables, "named": named, "context": context})
    )


def _table(one: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of one table, and how much is not."""
    classes = one["classes"]
    several = [kept for kept in classes if len(kept["members"]) > 1]
    return {
        **one,
        "number": len(classes),
        "alone": len(classes) - len(several),
        "shown": [
            {"token": kept["token"], "size": len(kept["members"]), "members": kept["members"][:MEMBERS]}
            for kept in several[:CLASSES]
        ],
        "more": max(0, len(several) - CLASSES),
        "ties": one["near_ties"][:ENTRIES],
        "apart_ids": [*one["special"], *one["holes"]][:ENTRIES],
    }
