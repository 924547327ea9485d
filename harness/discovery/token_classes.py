"""Token classes: the sets of tokens that a component of a head reads alike, as plain data and in sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int

from harness.models.backbone import Backbone
from harness.readings.exhaustion import Part, Table
from harness.readings.token_setting import ANYWHERE, AT_A_PLACE, IN_A_CONTEXT, Setting
from harness.text import counted, word

TOLD = 3
"""Classes that a line in the terminal names."""

_CLAIMS = {
    ANYWHERE: "In any context and at any place, a token exchanged for another of its class leaves what {} reads.",
    AT_A_PLACE: "At place {place}, whatever stands before, a token exchanged for another of its class leaves what {} "
    "reads there.",
    IN_A_CONTEXT: "Right behind this context, a token exchanged for another of its class leaves what {} reads there.",
}


class TokenClass(NamedTuple):
    """Tokens that read alike, and what they read as."""

    token: int
    members: list[int]


def classes(table: Table, ids: Int[np.ndarray, " some"]) -> list[TokenClass]:
    """Return the classes of some ids, the largest first; near-ties belong to none."""
    certain = ids[~table.near_ties[ids]]
    members: defaultdict[int, list[int]] = defaultdict(list)
    for id, token in zip(certain.tolist(), table.tokens[certain].tolist(), strict=True):
        members[token].append(id)
    return sorted((TokenClass(*one) for one in members.items()), key=lambda one: (-len(one.members), one.token))


def kinds(backbone: Backbone, vocab: int) -> dict[str, list[int]]:
    """Return the ids by kind: tokens, control tokens (special), and ids that no token bears (holes)."""
    special = sorted(id for id in backbone.special if id < vocab)
    holes = [id for id in range(vocab) if id not in backbone.special and backbone.token(id) == f"<{id}>"]
    if len(holes) + len(special) == vocab:  # it came without a tokenizer, so that nothing is known of any id
        holes = []
    apart = {*special, *holes}
    return {"tokens": [id for id in range(vocab) if id not in apart], "special": special, "holes": holes}


def of_table(part: Part, table: Table, setting: Setting, by_kind: dict[str, list[int]]) -> dict[str, Any]:
    """Return what is known of one component of one head, as plain data."""
    address, component = part
    name = f"{component} of {address}"
    return {
        "head": str(address),
        "component": component,
        "claim": _CLAIMS[setting.name].format(f"{component} of head {address}", place=setting.place),
        "name": name,
        "apart": table.apart,
        "classes": [
            {"token": one.token, "members": one.members}
            for one in classes(table, np.array(by_kind["tokens"], dtype=np.int64))
        ],
        "near_ties": [_entry(table, id) for id in np.flatnonzero(table.near_ties).tolist()],
        "settled_in_float64": np.flatnonzero(table.settled).tolist(),
        "special": [_entry(table, id) for id in by_kind["special"]],
        "holes": [_entry(table, id) for id in by_kind["holes"]],
    }


def _entry(table: Table, id: int) -> dict[str, Any]:
    margin = float(table.margins[id])
    return {
        "id": id,
        "token": int(table.tokens[id]),
        "runner_up": int(table.runners_up[id]),
        "margin": margin if np.isfinite(margin) else None,
        "near_tie": bool(table.near_ties[id]),
    }


def line(found: dict[str, Any], setting: Setting, tokens: Collection[int], text: Callable[[int], str]) -> str:
    """Return what is known of one component of one head as a line for people."""
    some = found["classes"]
    largest = ", ".join(f"{word(text(one['token']))} ({counted(len(one['members']), 'token')})" for one in some[:TOLD])
    alone = sum(len(one["members"]) == 1 for one in some)
    parts = [
        f"{found['name']} sorts {counted(len(tokens), 'token')} into {len(some):,} "
        f"{'class' if len(some) == 1 else 'classes'} {setting.says}"
    ]
    parts += [f"the largest: {largest}"] if largest else []
    parts += [f"{alone:,} of one token", counted(len(found["near_ties"]), "near-tie")]
    settled = len(found["settled_in_float64"])
    parts += [f"{settled:,} more settled in float64"] if settled else []
    return "; ".join(parts)
