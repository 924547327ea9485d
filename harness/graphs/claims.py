"""Claims: what is claimed of a head's transitions, counted on some walks and tried on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.graphs.automaton import Automaton, NoAutomaton, automaton
from harness.graphs.determinism import Determinism, Entropy, determinism, entropy
from harness.graphs.prediction import Prediction, prediction
from harness.graphs.states import Abstraction
from harness.graphs.structure import Structure, structure
from harness.graphs.transitions import Counts, Graph, counts, graph
from harness.graphs.walks import Walk


@dataclass(frozen=True)
class Claims:
    """A graph and its claims; `held_out` is what the claims were tried on."""

    counts: Counts
    held_out: Counts
    graph: Graph
    determinism: Determinism
    entropy: Entropy
    structure: Structure
    prediction: Prediction
    automaton: Automaton | NoAutomaton


def claims(seen: Sequence[Walk], others: Sequence[Walk], abstraction: Abstraction, *, seed: int) -> Claims:
    """Count some walks, claim what they show, and try it on the others."""
    counted = counts(seen)
    foretold = prediction(seen, others, seed=seed)
    return Claims(
        counts=counted,
        held_out=counts(others),
        graph=graph(counted, abstraction),
        determinism=determinism(counted, others),
        entropy=entropy(counted),
        structure=structure(counted, others),
        prediction=foretold,
        automaton=automaton(seen, counted, foretold, others),
    )
