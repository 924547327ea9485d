"""What a run prints for people: its counterexamples, and a line for each cell. Text only; no colour, no pytest."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from harness.records.cell import Cell, Verdict
from harness.records.counterexample import Counterexample, ShownReading
from harness.records.words import FLAGS, VERDICTS
from harness.text import counted, sentence, word

COLOURS = {
    Verdict.SATISFIED: "green",
    Verdict.MOSTLY: "cyan",
    Verdict.REFUTED: "yellow",
    Verdict.UNDECIDED: "purple",
    Verdict.VACUOUS: "purple",
    Verdict.ERROR: "red",
}


FEW = 0.01
"""A smaller share of near-tied entries is a letter in a cell's line."""

TIED = "≈"


def summary(cells: Iterable[Cell], *, width: int) -> Iterator[str]:
    """Yield what the columns are, then under each law's name a line per cell: verdict, agreement, interval, sequences
    that obey, nulls, counterexample, flags; and its message.
    """
    cells = list(cells)
    yield from legend(cells, width=width)
    chapter = conjecture = ""
    for cell in cells:
        if cell.chapter != chapter:
            yield cell.chapter
        if (cell.chapter, cell.conjecture) != (chapter, conjecture):
            yield from textwrap.wrap(sentence(cell.conjecture), width, initial_indent="  ", subsequent_indent="      ")
        chapter, conjecture = cell.chapter, cell.conjecture
        yield from _lines(cell, width)
        if cell.message:
            yield from textwrap.wrap(cell.message, width, initial_indent=" " * 8, subsequent_indent=" " * 8)


def legend(cells: Sequence[Cell], *, width: int) -> Iterator[str]:
    """Yield what the columns are, and what their letters stand for; nothing where no cell has any."""
    if any(cell.degree is not None for cell in cells):
        text = "agreement [interval], sequences that obey/drawn, nulls, #counterexample, flags"
        yield from textwrap.wrap(text, width, subsequent_indent="  ")
    met = {flag for cell in cells for flag in cell.flags.split()}
    told = [f"{flag.letter} {flag.word}" for flag in FLAGS.values() if flag.key in met]
    if any(map(_few_tied, cells)):
        told.append(f"{TIED} near-ties among its entries, under {_percent(FEW)}")
    if told:
        yield from textwrap.wrap(f"flags: {', '.join(told)}", width, subsequent_indent="  ")


def nulls_line(sequences: int, missing: str) -> str:
    """Return what was done about null models, for the end of a run.

    >>> nulls_line(60, "")
    'null: agreement on random weights / on rotated weights, over 60 sequences / its own tokens dealt out'
    """
    if missing:
        return f"null models: {missing}"
    number = counted(sequences, "sequence")
    return f"null: agreement on random weights / on rotated weights, over {number} / its own tokens dealt out"


def refutation(cell: Cell, *, width: int, options: str = "") -> Iterator[str]:
    """Yield a counterexample: its inputs, the readings aligned, the first difference marked, and the line that replays
    it.

    `options` are those that the replay needs, such as where the store is.
    """
    found = cell.counterexample
    if found is None:
        return
    yield cell.node
    yield from counterexample_lines(found, width=width)
    yield f"  replay: headlaws replay {found.id}{options}"


def counterexample_lines(found: Counterexample, *, width: int) -> Iterator[str]:
    """Yield the inputs, and the readings that the failing comparison set side by side, aligned."""
    given = ", ".join(f"{name} = {value}" for name, value in found.inputs.items())
    yield from textwrap.wrap(given, width, initial_indent="  ", subsequent_indent="    ")
    for reading, against in _sides(found):
        yield from (f"  {line}" for line in _table(reading, against, found.first_difference, width - 2))


def cut(text: str, width: int) -> str:
    """Cut to what fits: a character may take two columns of a terminal, as those of Chinese do."""
    return text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)) + "…"


def _lines(cell: Cell, width: int) -> Iterator[str]:
    """The columns, then near-ties and the counterexample's inputs where there is room; near-ties below where not."""
    said = VERDICTS[cell.verdict]
    line = f"    {said.letter} {said.word:<9} {cell.head}-{cell.component:<2} "
    if cell.degree is None or cell.degree_low is None or cell.degree_high is None:
        yield cut(line + "agreement not measured", width)
        return
    broken = cell.counterexample
    columns = (
        f"{cell.degree:.3f} {f'[{_hundredths(cell.degree_low)}, {_hundredths(cell.degree_high)}]':<10}",
        f"{f'{cell.census_n - cell.violations:,}/{cell.census_n:,}':>7}",
        _beside(cell),
        f"#{broken.id}" if broken else "",
        "".join(FLAGS[flag].letter for flag in cell.flags.split()) + TIED * _few_tied(cell),
    )
    line += " ".join(part for part in columns if part)
    ties = counted(cell.near_ties, "near-tie") if cell.near_ties else ""
    if cell.near_tied and not _few_tied(cell):
        ties = ", ".join(filter(None, (ties, f"near-tied entries {_percent(cell.near_tied)}")))
    below = ties if cell_len(line) + len(ties) + 2 > width else ""
    given = " ".join(f"{name}={value}" for name, value in broken.inputs.items()) if broken else ""
    behind = ("" if below else ties, f"by {counted(broken.length, 'token')}: {given}" if broken else "")
    for part in filter(None, behind):
        if cell_len(f"{line}, {part}") <= width:
            line += f", {part}"
    yield cut(line, width)
    yield from textwrap.wrap(below, width, initial_indent=" " * 8, subsequent_indent=" " * 8)


def _beside(cell: Cell) -> str:
    """The agreement on random weights, on rotated weights, and with its own tokens dealt out."""
    degrees = (cell.null_random, cell.null_rotated, cell.null_surrogate)
    if degrees == (None, None, None):
        return ""
    return f"null {'/'.join('-' if found is None else _hundredths(found) for found in degrees)}"


def _few_tied(cell: Cell) -> bool:
    return cell.near_tied is not None and 0 < cell.near_tied < FEW


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _hundredths(share: float) -> str:
    """A share in hundredths; only 0 and 1 themselves are written so."""
    return f"{share:g}" if share in (0, 1) else f"{min(max(share, 0.01), 0.99):.2f}".removeprefix("0")


def _sides(found: Counterexample) -> Iterator[tuple[ShownReading, ShownReading | None]]:
    if len(found.readings) == 2:
        left, right = found.readings
        yield left, right
        return
    for reading in found.readings:
        yield reading, None


def _table(left: ShownReading, right: ShownReading | None, where: tuple[int, ...] | None, width: int) -> Iterator[str]:
    """Input and readings in columns, one a position; of triangles, the row where they first differ."""
    query = None if left.rows is None else (where[0] if where else len(left.rows) - 1)
    column = where[-1] if where else None
    rows = [(left.label, _input(left, query), _names(left, query))]
    if right is not None and (query is None or query < len(right.strings)):
        rows.append((right.label, _input(right, query), _names(right, query)))
    if query is not None:
        yield f"row {query + left.start} of the triangle (query {query + left.start}, keys from {left.start})"
    cells: list[tuple[str, list[str]]] = []
    for label, given, names in rows:
        if not cells or given != cells[0][1]:
            cells.append(("input", given))
        cells.append((label, names))
    count = max(len(row) for _, row in cells)
    if column is not None:
        cells.append(("", ["^" if i == column else "" for i in range(count)]))
    yield from _columns(cells, count, column, width)
    if (
        right is not None and len(rows) == 1
    ):  # it has no such row, so nothing to align: what it reads at all is what counts
        read = sorted({word(name) for row in right.strings for name in row})
        yield cut(f"{right.label} reads {' '.join(read)}", width)


def _columns(cells: list[tuple[str, list[str]]], count: int, column: int | None, width: int) -> Iterator[str]:
    gutter = min(26, max(len(label) for label, _ in cells)) + 1
    widths = [min(12, max((cell_len(row[i]) for _, row in cells if i < len(row)), default=1)) for i in range(count)]
    first = 0
    if column is not None:  # keep the difference in sight where not all columns fit
        while first < column and gutter + sum(w + 1 for w in widths[first : column + 1]) > width - 4:
            first += 1
    for label, row in cells:
        line = f"{cut(label, gutter - 1):<{gutter}}" + ("… " if first else "")
        for i in range(first, count):
            entry = cut(row[i], widths[i]) if i < len(row) else ""
            if cell_len(line) + widths[i] + 1 > width - 2:
                line += "…"
                break
            line += set_cell_size(entry, widths[i]) + " "
        yield line.rstrip()


def _input(shown: ShownReading, query: int | None) -> list[str]:
    texts = [word(text) for text in shown.text]
    return texts if query is None else texts[: query + 1]


def _names(shown: ShownReading, query: int | None) -> list[str]:
    names = shown.strings if query is None else (shown.strings[query] if query < len(shown.strings) else [])
    return [word(name) for name in names]
