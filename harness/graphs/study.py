"""A study: the graph of one head over sequences of some families, with the claims about it tried on others.

walks         sequences, and how the head walks along them
transitions   what was counted, and the graph
determinism, structure, prediction, automaton   the claims
frozen        the study as plain data, nodes placed; `formats` writes it for other programs
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx

from harness.graphs.automaton import Automaton, NoAutomaton, automaton
from harness.graphs.determinism import Determinism, Entropy, determinism, entropy
from harness.graphs.labels import Ids, Labelling
from harness.graphs.prediction import Prediction, prediction
from harness.graphs.states import Abstraction
from harness.graphs.structure import Structure, structure
from harness.graphs.transitions import Counts, counts, graph
from harness.graphs.walks import FAMILIES, Walk, alphabet, draw, walks
from harness.readings.component_head import ComponentHead
from harness.readings.lexicon import Lexicon

SEQUENCES = 200
"""Of each family, to count; and as many held out."""

ALPHABET = 8
"""Tokens that sequences are made of."""


@dataclass(frozen=True)
class Plan:
    """What is to be studied.

    Attributes:
        families: names among `walks.FAMILIES`; several are drawn together, equally many of each.
        sequences: of each family, for the graph.
        held_out: of each family, for trying its claims.
        alphabet: how many tokens the sequences are made of.
    """

    abstraction: Abstraction = Abstraction.LAST
    labelling: Labelling = Labelling.TOKEN
    families: tuple[str, ...] = ("words",)
    sequences: int = SEQUENCES
    held_out: int = SEQUENCES
    alphabet: int = ALPHABET
    seed: int = 0


@dataclass(frozen=True)
class Drawn:
    """The sequences of a plan: the same for every head of a model."""

    tokens: Ids
    sequences: tuple[Ids, ...]
    held_out: tuple[Ids, ...]


@dataclass(frozen=True)
class Study:
    """A graph and its claims; `held_out` is what the claims were tried on."""

    head: ComponentHead
    plan: Plan
    drawn: Drawn
    counts: Counts
    held_out: Counts
    graph: nx.MultiDiGraph[int]
    determinism: Determinism
    entropy: Entropy
    structure: Structure
    prediction: Prediction
    automaton: Automaton | NoAutomaton

    def _repr_html_(self) -> str:
        from harness.graphs import html

        return html.graph(self)


def drawn(plan: Plan, lexicon: Lexicon) -> Drawn:
    """The sequences of a plan, drawn from a model's lexicon.

    Raises:
        SequenceError: for an alphabet larger than the lexicon.
    """
    tokens = alphabet(lexicon, size=plan.alphabet, seed=plan.seed)

    def all_families(purpose: str, number: int) -> tuple[Ids, ...]:
        chosen = [name for name in FAMILIES if name in plan.families]
        return tuple(
            ids for name in chosen for ids in draw(name, tokens, number=number, seed=plan.seed, purpose=purpose)
        )

    return Drawn(tokens, all_families("graph", plan.sequences), all_families("held out", plan.held_out))


def study(head: ComponentHead, plan: Plan, sequences: Drawn) -> Study:
    """The graph of a head, and what is claimed of it.

    Raises:
        SequenceError: for sequences that the model cannot read.
    """
    return studied(head, plan, sequences, *walked(head, plan, sequences))


def walked(head: ComponentHead, plan: Plan, sequences: Drawn) -> tuple[list[Walk], list[Walk]]:
    """How the head walks along a plan's sequences, and along those held out."""
    way: dict[str, Any] = {"abstraction": plan.abstraction, "labelling": plan.labelling}
    return walks(head, sequences.sequences, **way), walks(head, sequences.held_out, **way)


def studied(head: ComponentHead, plan: Plan, sequences: Drawn, seen: Sequence[Walk], others: Sequence[Walk]) -> Study:
    """The graph of some walks, and what is claimed of it, tried on the others."""
    counted = counts(seen)
    foretold = prediction(seen, others, seed=plan.seed)
    return Study(
        head=head,
        plan=plan,
        drawn=sequences,
        counts=counted,
        held_out=counts(others),
        graph=graph(counted, plan.abstraction),
        determinism=determinism(counted, others),
        entropy=entropy(counted),
        structure=structure(counted, others),
        prediction=foretold,
        automaton=automaton(seen, counted, foretold, others),
    )
