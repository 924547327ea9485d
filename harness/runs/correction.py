"""Correction: when all cells of a run are there, their verdicts are corrected as one family."""

from __future__ import annotations

from dataclasses import replace

from harness.records.cell import Cell, Verdict
from harness.runs.session import Session
from harness.trials.standing_out import standing_out
from harness.trials.verdict import corrected, unfinished

BESIDE = ("null_random", "null_rotated", "null_surrogate", "comparisons", "p_above", "p_below")
"""What a cell has of its nulls, but for whether its claim holds there."""


def correct(session: Session) -> None:
    """Correct a run's verdicts as one family, and decide which cells stand out.

    To be called once, before they are shown, when they have been compared with their nulls.

    Cells whose census ended early are first tried to the end where the correction could raise them, so that ending
    early changes no verdict. The session's `raised` then holds the cells whose verdict the correction changed, each
    with the verdict before.
    """
    alpha = session.request.profile.alpha
    for place in unfinished(session.cells, alpha=alpha):
        session.cells[place] = to_the_end(session, session.cells[place])
    final = corrected(session.cells, alpha=alpha)
    pairs = zip(session.cells, final, strict=True)
    session.raised = [(before.verdict, after) for before, after in pairs if before.verdict is not after.verdict]
    session.cells = standing_out(final, alpha=alpha)


def to_the_end(session: Session, cell: Cell) -> Cell:
    """Return the cell with its whole census, where its claim is at hand; what was searched, shown and told stays."""
    claim = session.claims.get((cell.chapter, cell.conjecture))
    in_play = [] if claim is None else session.request.in_play(claim)
    place = next((one for one in in_play if (str(one[0]), one[1]) == (cell.head, cell.component)), None)
    if claim is None or place is None:
        return cell
    known = None if cell.counterexample is None else cell.counterexample.inputs
    found = session.verdict_on(claim, session.head(*place), shrinking=False, known=known, ending=1)
    if found.verdict is Verdict.ERROR:
        return cell
    counted = cell.null_random is not None or cell.null_rotated is not None
    holds = counted and session.holds_on_nulls(claim, session.head(*place))
    if holds is None:
        return cell
    return replace(
        found,
        search_n=cell.search_n,
        counterexample=cell.counterexample or found.counterexample,
        margin=cell.margin if cell.counterexample else found.margin,
        **{name: getattr(cell, name) for name in BESIDE},
        holds_on_null=holds,
        started=cell.started,
        seconds=round(cell.seconds + found.seconds, 3),
    ).ruled(found.verdict)
