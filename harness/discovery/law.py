"""Law: a transformation, what it is done to, and a relation between the readings before and after.

Each has a name, a sentence and its code, all made of the phrases of its parts: code is what is confirmed, and what a
reader is told is what is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hypothesis.strategies import SearchStrategy

from harness.discovery import exchanging, lengthening, reordering, shortening
from harness.discovery.relation import RELATIONS, Relation
from harness.discovery.transformation import FEW, RANDOM, TEXT, TRANSFORMATIONS, Transformation
from harness.laws.families import Ids, few_token_sequences, passages, words

GRAMMAR = (lengthening, shortening, reordering, exchanging)
"""The modules of transformations; whoever imports one more has its transformations in the grammar."""

SHORTEST, LONGEST = 4, 12
"""Lengths of S: every place that a transformation names is there, and what is appended leaves a short sequence."""


@dataclass(frozen=True)
class Sequences:
    """What S may be.

    Attributes:
        suffix: what a law's name ends with; nothing for random tokens.
        says: a sentence without its full stop.
        code: the strategy as it is written in a chapter.
        word: the family's name.
    """

    suffix: str
    says: str
    strategy: SearchStrategy[Ids]
    code: str
    word: str


_LENGTHS = f"min_length={SHORTEST}, max_length={LONGEST}"

SEQUENCES = {
    RANDOM: Sequences(
        "",
        f"S is {SHORTEST} to {LONGEST} random tokens",
        words(min_length=SHORTEST, max_length=LONGEST),
        f"words({_LENGTHS})",
        "words",
    ),
    FEW: Sequences(
        "_over_few_tokens",
        f"S has {SHORTEST} to {LONGEST} positions over two to six distinct tokens, in any order",
        few_token_sequences(min_length=SHORTEST, max_length=LONGEST),
        f"few_token_sequences({_LENGTHS})",
        "few_token_sequences",
    ),
    TEXT: Sequences(
        "_in_text",
        f"S is a passage of {SHORTEST} to {LONGEST} tokens of English text",
        passages(min_length=SHORTEST, max_length=LONGEST),
        f"passages({_LENGTHS})",
        "passages",
    ),
}


HOME = "harness"


def _module(name: str) -> str:
    return HOME if name.partition(".")[0] == HOME else name


class Setting(NamedTuple):
    """A transformation, and what it is done to."""

    transformation: str
    over: str


class Law(NamedTuple):
    """A law of lines (q, k, v and z), or of the last row of pairs (qk)."""

    setting: Setting
    relation: int
    pairs: bool

    @property
    def made_by(self) -> Transformation:
        """What is done to S."""
        return TRANSFORMATIONS[self.setting.transformation]

    @property
    def sequences(self) -> Sequences:
        """What S may be."""
        return SEQUENCES[self.setting.over]

    @property
    def compared(self) -> Relation:
        """How readings are compared."""
        return RELATIONS[self.relation]

    @property
    def name(self) -> str:
        """A sentence, which names it in a chapter."""
        told = self.compared.pairs_name if self.pairs else self.compared.name
        return f"{self.made_by.name}_{told}{self.sequences.suffix}"

    @property
    def title(self) -> str:
        """The name as a sentence."""
        return f"{self.name.replace('_', ' ').capitalize()}."

    @property
    def says(self) -> str:
        """The claim in full."""
        told = self.compared.pairs_says if self.pairs else self.compared.says
        return f"When {self.made_by.says}, {told}."

    @property
    def words(self) -> dict[str, str]:
        """The names that its code needs, each with the module that a chapter has it from."""
        ours = (*self.compared.comparison.words, self.sequences.word)
        theirs = {self.made_by.name: self.made_by.make, self.compared.places.name: self.compared.places.choose}
        return dict.fromkeys(ours, HOME) | {name: _module(made.__module__) for name, made in theirs.items()}

    @property
    def components(self) -> tuple[str, ...]:
        """Of which components it speaks."""
        return ("qk",) if self.pairs else ("q", "k", "v", "z")


def settings(*, text: bool) -> tuple[Setting, ...]:
    """Return what the screen does to which sequences; natural text is left out where the model has none."""
    return tuple(
        Setting(one.name, over) for one in TRANSFORMATIONS.values() for over in one.over if text or over != TEXT
    )


def laws(setting: Setting) -> Iterator[Law]:
    """Return the laws of a setting."""
    for place, relation in enumerate(RELATIONS):
        if relation.name:
            yield Law(setting, place, pairs=False)
        if relation.pairs_name:
            yield Law(setting, place, pairs=True)
