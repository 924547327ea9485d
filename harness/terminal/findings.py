"""What a run found, for the last lines of a terminal: the facts of its heads, and the cells that stand out most."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.records import words
from harness.records.address import PAIR
from harness.records.cell import Cell, Verdict
from harness.records.comparison import NULLS
from harness.records.facts_in_words import KINDS, OF_COPIES, called, kind_of, shown_tokens
from harness.terminal.verdicts import cut
from harness.text import counted, sentence, word
from harness.trials.standing_out import explained_by_frequencies, furthest, most_telling

HEADS = 3
"""How many heads have their facts printed; the report has those of the others."""

MOST = 5
"""How many of the cells that stand out are printed."""

TIED = "\u00a0"
"""A space at which no line is broken."""

UNSURE = 3
"""Where fewer stand out, those furthest from their nulls are told as well, up to this number together."""

COLUMN = 26
"""Where the component and the law stand in a line about a cell."""

TELLING = 0.3
"""A role is told where a head gives it more than this share of its attention."""


def findings(cells: Sequence[Cell], facts: Mapping[str, Mapping[str, Any]], *, width: int) -> Iterator[str]:
    """Give the lines: facts head by head, what stands out, what frequencies explain, and the counts of verdicts."""
    for line in _findings(cells, facts, width=width):
        yield cut(line.replace(TIED, " "), width)


def _findings(cells: Sequence[Cell], facts: Mapping[str, Mapping[str, Any]], *, width: int) -> Iterator[str]:
    for head in [*facts][:HEADS]:
        yield from facts_of(head, facts[head], width=width)
    if len(facts) > HEADS:
        yield f"the report has the facts of {counted(len(facts) - HEADS, 'more head')}"
    for line in standing_out(cells):
        yield from textwrap.wrap(line, width, subsequent_indent=" " * (COLUMN if line[0] == " " else 0))
    told = Counter(cell.component for cell in cells if explained_by_frequencies(cell))
    if told:
        parts = ", ".join(f"{count} of {component}" for component, count in told.most_common())
        text = f"laws above or below both null models that the head's token frequencies explain: {parts}"
        yield from textwrap.wrap(text, width, subsequent_indent="  ")
    yield from textwrap.wrap(counts(cells), width, subsequent_indent="  ")


def facts_of(head: str, facts: Mapping[str, Any], *, width: int) -> Iterator[str]:
    """Give what a head says and where it attends, in a few lines.

    >>> said = {"positions": 100, "covering": 1, "commonest": [[3, " the", 0.97]]}
    >>> [*facts_of("0.1", {"says": {"z": {"random": said}}, "attends": {}}, width=80)]
    ['head 0.1: z is nearly constant: on random tokens "·the" 97\\xa0%']
    """
    lines = [_says(part, said) for part, said in facts.get("says", {}).items() if said and part == "z"]
    lines = lines or [_says(part, said) for part, said in facts.get("says", {}).items() if said]
    lines += _attends(facts)
    for place, line in enumerate(lines):
        begin = f"head {head}: " if place == 0 else "  "
        yield from textwrap.wrap(line, width, initial_indent=begin, subsequent_indent="    ")


def _says(part: str, said: Mapping[str, Any]) -> str:
    covering = said["random"]["covering"]
    shown = shown_tokens(covering)
    parts = [
        f"{KINDS[name]} "
        + ", ".join(f'"{word(text)}" {_percent(share)}' for _, text, share in one["commonest"][:shown])
        for name, one in said.items()
    ]
    return f"{part} {kind_of(covering)}: " + "; ".join(parts)


def _attends(facts: Mapping[str, Any]) -> list[str]:
    found = facts.get("attends", {}).get("random", {})
    ordered = sorted(found.items(), key=lambda one: -one[1])
    twice = dict.fromkeys(OF_COPIES, " (sequences said twice)")
    much = [f"{role} {_percent(share)}{twice.get(role, '')}" for role, share in ordered if share > TELLING]
    lines = []
    if much:
        name = called(found)
        lines.append(f"{f'{name}: ' if name else ''}attends to {', '.join(much)}")
    elif ordered:
        role, share = ordered[0]
        lines.append(f"attends widely, most to {role} {_percent(share)}")
    bos = facts.get("reads_bos", {}).get("random", 0.0)
    if bos > TELLING:
        lines.append(f"at {_percent(bos)} of positions z says what the value of BOS alone says (random tokens)")
    return ["; ".join(lines)] if lines else []


def standing_out(cells: Sequence[Cell]) -> Iterator[str]:
    """Give a line for each of the cells that stand out most: agreement, nulls, sequences, and the law in words."""
    found = most_telling(cells)
    if not any(set(cell.comparisons) == set(NULLS) for cell in cells):
        yield "nothing was compared with null models, so nothing can stand out"
        return
    more = f"; the {MOST} most telling" if len(found) > MOST else ""
    if found:
        yield f"{len(found)} of {counted(len(cells), 'cell')} {'stands' if len(found) == 1 else 'stand'} out{more}"
    else:
        yield "nothing stands out from all three nulls at the confidence of the run"
        if cannot := sum("gauge" in cell.flags.split() for cell in cells):
            yield f"{cannot} of {len(cells):,} cells cannot: they depend on a basis that the model does not fix"
    unsure = furthest(cells)[: max(0, UNSURE - len(found))]
    if found or unsure:
        yield "agreement; nearest head of each null: random, rotated, dealt out; sequences; law"
    several = len({cell.head for cell in cells if PAIR not in cell.head}) > 1
    for cell in found[:MOST]:
        yield _line(cell, "   ", named=several or PAIR in cell.head)
    for cell in unsure:
        yield _line(cell, " ? ", named=several or PAIR in cell.head)
    if unsure:
        yield " ? among the furthest from their nulls, but not for certain"


def _line(cell: Cell, mark: str, *, named: bool) -> str:
    nulls = " ".join(_nearest(cell, name) for name in NULLS)
    place = f"{cell.head}-{cell.component}" if named else cell.component
    n = cell.comparisons[NULLS[0]].n
    measured = f"{mark}{cell.degree or 0:.2f}  {nulls} {n:3d}"
    return f"{measured:<{COLUMN - 1}} {place} {sentence(cell.conjecture)}"


def _nearest(cell: Cell, null: str) -> str:
    """The agreement of the null's head that comes nearest, in hundredths; only 1 itself is written so."""
    degrees = cell.comparisons[null].degrees
    nearest = max(degrees) if cell.comparisons[null].excess > 0 else min(degrees)
    return "  1" if nearest == 1 else f"{min(nearest, 0.99):.2f}".removeprefix("0")


def counts(cells: Iterable[Cell]) -> str:
    """Give how many cells have each verdict; refuted ones by how often they are broken."""
    cells = list(cells)
    found = Counter(cell.verdict for cell in cells)
    kinds = Counter(cell.how_broken for cell in cells if cell.how_broken)
    parts = []
    for verdict in Verdict:
        if found[verdict]:
            split = f" ({', '.join(f'{n} {kind}' for kind, n in kinds.items())})" if verdict is Verdict.REFUTED else ""
            parts.append(f"{found[verdict]:,} {words.verdict(verdict)}{split if kinds else ''}")
    return f"{counted(len(cells), 'cell')}: " + ", ".join(parts)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}{TIED}%"
