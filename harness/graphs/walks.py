"""Walks: each sequence of a family as a walk of a head from state to state, one step for each token appended.

Sequences are independent draws, as in a census: draw i depends on the seed, the family and i alone. They are made of
few tokens, the same few in all of them, so that states come back; those are drawn with the seed too, and what is found
is found of sequences over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis.strategies import SearchStrategy

from harness.errors import SequenceError
from harness.graphs.labels import Label, Labelling, labels
from harness.graphs.states import Abstraction, State, states
from harness.laws.families import Ids, periodics, repeats, words
from harness.laws.sampling import sample
from harness.readings.component_head import ComponentHead
from harness.readings.lexicon import Lexicon

FAMILIES: dict[str, Callable[..., SearchStrategy[Any]]] = {"words": words, "repeats": repeats, "periodic": periodics}
"""Random sequences, one token again and again, and a random word again and again; lengths as in the book."""


@dataclass(frozen=True)
class Step:
    """From the state of S to that of S + t."""

    source: State
    token: int
    label: Label
    target: State

    @property
    def key(self) -> tuple[State, Label]:
        """What a deterministic graph would settle the target by."""
        return self.source, self.label


@dataclass(frozen=True)
class Walk:
    """One sequence as a head walks along it.

    Attributes:
        ids: the sequence.
        labels: what each token is labelled with.
        states: where the head is after each token; None where that rests on a near-tie.
    """

    ids: Ids
    labels: tuple[Label, ...]
    states: tuple[State | None, ...]

    @property
    def steps(self) -> Iterator[Step]:
        """The steps between states that are both sure."""
        for i in range(1, len(self.ids)):
            source, target = self.states[i - 1], self.states[i]
            if source is not None and target is not None:
                yield Step(source, self.ids[i], self.labels[i], target)

    @property
    def doubtful(self) -> int:
        """The steps that are left out, since a near-tie stands at an end."""
        return len(self.ids) - 1 - sum(1 for _ in self.steps)


def walks(
    head: ComponentHead, sequences: Sequence[Ids], *, abstraction: Abstraction, labelling: Labelling
) -> list[Walk]:
    """Return how a head walks along some sequences."""
    return [
        Walk(ids, labels(ids, labelling, head.model.text), states(reading, abstraction))
        for ids, reading in zip(sequences, head.read(sequences), strict=True)
    ]


def alphabet(lexicon: Lexicon, *, size: int, seed: int) -> Ids:
    """Return the few tokens that sequences are made of: different ones, uniform among all such choices.

    Raises:
        SequenceError: for more than the lexicon has.
    """
    if not 1 <= size <= len(lexicon.words):
        raise SequenceError(
            f"--alphabet {size}: give 1 to {len(lexicon.words):,}, the number of tokens of this model that sequences "
            "are made of."
        )
    return tuple(Random(f"{seed}:alphabet").sample(lexicon.words, size))  # statistics, not secrets


def draw(family: str, tokens: Ids, *, number: int, seed: int, purpose: str) -> list[Ids]:
    """Draw independent sequences of a family over some tokens; those of another purpose are independent of them."""
    strategy = FAMILIES[family](alphabet=tokens)
    return [tuple(sample(strategy, seed=seed, name=f"{purpose}:{family}:{i}")) for i in range(number)]
