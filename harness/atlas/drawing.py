"""Drawing: which prompts are drawn in full, as token plots of every head."""

from __future__ import annotations

from typing import Any

from harness.atlas.tokens import Tokens

POSITIONS = 16
"""Of a prompt, the first so many are drawn: what comes later does not change them, and would not be legible."""

PROMPTS = {"natural": 3}
"""Prompts drawn of a source; of any other, one."""


def drawn(source: str, found: Tokens) -> list[dict[str, Any]]:
    """Return each drawn prompt: its ids, and for each head what it reads (qk row after row) and attention in
    thousandths.
    """
    cut = found.cut(min(POSITIONS, found.length))
    plots = []
    for prompt in range(min(PROMPTS.get(source, 1), cut.prompts)):
        heads = [
            {name: ids[place, prompt].tolist() for name, ids in cut.read.items()}
            | {"attention": [round(1000 * float(a)) for a in cut.attention[place, prompt]]}
            for place in range(len(cut.heads))
        ]
        plots.append({"source": source, "prompt": prompt, "ids": cut.sequences[prompt].tolist(), "heads": heads})
    return plots
