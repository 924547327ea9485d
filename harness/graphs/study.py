"""A study: the graph of one head over sequences of some families, with the claims about it tried on others.

plan          what is studied, and the sequences
walks         how the head walks along them
transitions   what was counted, and the graph
claims        determinism, structure, prediction, automaton
graph_json    the study as plain data, nodes placed; `formats` writes it for other programs
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.graphs.claims import Claims, claims
from harness.graphs.formats import as_svg
from harness.graphs.graph_json import graph_json
from harness.graphs.plan import Drawn, Plan
from harness.graphs.walks import Walk, walks
from harness.readings.component_head import ComponentHead


@dataclass(frozen=True)
class Study:
    """What was studied of a head, and what was found."""

    head: ComponentHead
    plan: Plan
    drawn: Drawn
    claims: Claims

    def to_json(self) -> dict[str, Any]:
        """Give all of it as plain data; `graph_json` says what it holds."""
        return graph_json(self.head, self.plan, self.drawn, self.claims)

    def _repr_html_(self) -> str:
        return as_svg(self.to_json())


def study(head: ComponentHead, plan: Plan, sequences: Drawn) -> Study:
    """Return the graph of a head, and what is claimed of it.

    Raises:
        SequenceError: for sequences that the model cannot read.
    """
    return studied(head, plan, sequences, *walked(head, plan, sequences))


def walked(head: ComponentHead, plan: Plan, sequences: Drawn) -> tuple[list[Walk], list[Walk]]:
    """Return how the head walks along a plan's sequences, and along those held out."""
    way: dict[str, Any] = {"abstraction": plan.abstraction, "labelling": plan.labelling}
    return walks(head, sequences.sequences, **way), walks(head, sequences.held_out, **way)


def studied(head: ComponentHead, plan: Plan, sequences: Drawn, seen: Sequence[Walk], others: Sequence[Walk]) -> Study:
    """Return the graph of some walks, and what is claimed of it, tried on the others."""
    return Study(head, plan, sequences, claims(seen, others, plan.abstraction, seed=plan.seed))
