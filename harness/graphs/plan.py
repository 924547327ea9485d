"""Plans: what is to be studied of a head, and the sequences that this asks for."""

from __future__ import annotations

from dataclasses import dataclass

from harness.graphs.labels import Labelling
from harness.graphs.states import Abstraction
from harness.graphs.walks import FAMILIES, alphabet, draw
from harness.laws.families import Ids
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


def drawn(plan: Plan, lexicon: Lexicon) -> Drawn:
    """Return the sequences of a plan, drawn from a model's lexicon.

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
