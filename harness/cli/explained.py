"""Which changes save a claim, as a grid for a terminal and as plain data for a program."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from harness.cli.grid import Row, line_grid
from harness.text import counted, word
from harness.trials.explanation import Edit, EditKind, Explanation, InputPart
from harness.trials.judge import Outcome

Text = Callable[[Iterable[int]], list[str]]

SIGNS = {Outcome.HOLDS: "+", Outcome.VIOLATED: ".", Outcome.NEAR_TIE: "~", Outcome.DISCARDED: "-"}
LEGEND = "+ saves the law, . does not, ~ near-tie, - precondition not met; ^ a token that matters"
LEFT_OUT = "left out"


def explained_lines(found: Explanation, text: Text, *, width: int) -> Iterator[str]:
    """Yield a small grid for each sequence: a column a token, a row a change, the tokens that matter marked beneath
    them.
    """
    yield ""
    yield from textwrap.wrap(f"one change at a time: {LEGEND}", width)
    for part in found.parts:
        if part.is_count:
            yield _count(part, found)
            continue
        words = [word(entry) for entry in text(part.ids)]
        marks = ["^" if found.matters(part, i) else "" for i in range(len(part.ids))]
        header = [Row(f"{part.name.rpartition('.')[2]} =", words)] + ([Row("", marks)] if any(marks) else [])
        yield ""
        yield from line_grid(header, list(_rows(part, found, text)), width)
    yield ""
    yield from textwrap.wrap(_needs(found), width)


def explained_plain(found: Explanation, text: Text) -> dict[str, Any]:
    """Return the same for a program: every change with its outcome, and the positions that matter."""
    return {
        "changes": [
            {
                "part": change.part,
                "position": change.position,
                "kind": change.kind.value,
                "by": change.by,
                "text": text([change.by])[0] if change.kind is EditKind.REPLACED and change.by is not None else None,
                "outcome": change.outcome.value,
                "saves": change.saves,
            }
            for change in found.changes
        ],
        "matters": {
            part.name: [i for i in range(len(part.ids)) if found.matters(part, i)]
            for part in found.parts
            if not part.is_count
        },
    }


def _rows(part: InputPart, found: Explanation, text: Text) -> Iterator[Row]:
    by_label: dict[int | None, dict[int, Edit]] = {}
    for change in sorted(found.of(part), key=lambda change: change.kind is not EditKind.DELETED):
        by_label.setdefault(change.by, {})[change.position] = change
    for by, changes in by_label.items():
        label = LEFT_OUT if by is None else word(text([by])[0])
        signs = [SIGNS[changes[i].outcome] if i in changes else "" for i in range(len(part.ids))]
        yield Row(label, signs)


def _count(part: InputPart, found: Explanation) -> str:
    tried = ", ".join(f"{change.by} {SIGNS[change.outcome]}" for change in found.of(part))
    return f"\n{part.name} = {part.ids[0]}; {tried}"


def _needs(found: Explanation) -> str:
    sequences = [part for part in found.parts if not part.is_count]
    total = sum(len(part.ids) for part in sequences)
    needed = [
        f"{part.name}[{i}]" if part.is_sequence else part.name
        for part in sequences
        for i in range(len(part.ids))
        if found.matters(part, i)
    ]
    if not needed:
        return f"changing any one of its {counted(total, 'token')} does not save the law"
    return f"{len(needed)} of {counted(total, 'token')} matter: {', '.join(needed)}"
