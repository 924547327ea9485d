"""Meaning: which simple readers obey a law of the grammar, or a claim of the book.

A law implies another where every simple reader that obeys it obeys the other, and no head that was screened obeys it
and breaks the other. That is no proof: it is what two hundred readers by rule and the heads themselves cannot refute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from harness.discovery.degrees import by_rule, degrees
from harness.discovery.law import Law
from harness.discovery.samples import Sample
from harness.discovery.simple_readers import AsHead, Eyes, SimpleReader, readers
from harness.laws.conjecture import Conjecture
from harness.readings.lexicon import Lexicon
from harness.trials.census import census

OBEYED = 0.95
"""The degree from which a law is obeyed, as far as the screen tells."""

BROKEN = 0.9
"""The degree below which it is broken."""

REFUTED = 0.8
"""The degree below which a head breaks what it would have to obey. Of 48 sequences, one in thousands of heads that obey
a law on 19 of 20 falls below it by chance; at `BROKEN` many do, and hardly any law would imply another."""

DRAWS = 12
"""Sequences on which a claim of the book is asked of each simple reader; a rule obeys on nearly all or on few."""

Obeying = Bool[np.ndarray, "law reader"]


@dataclass(frozen=True, eq=False)
class Meanings:
    """The laws of lines, or of pairs, and which simple readers obey each.

    Attributes:
        laws: in the order of the heads' tables.
        readers: the two lawless first.
    """

    laws: tuple[Law, ...]
    readers: tuple[SimpleReader, ...]
    obeying: Obeying

    @property
    def says_nothing(self) -> Bool[np.ndarray, " law"]:
        """Whether both readers without any law obey it: one never repeats a token, the other has few tokens."""
        lawless = [place for place, reader in enumerate(self.readers) if reader.lawless]
        return np.asarray(self.obeying[:, lawless].all(axis=1))

    def obeyed_by(self, reader: SimpleReader) -> Bool[np.ndarray, " law"]:
        """Return which laws a simple reader obeys."""
        found: np.ndarray = self.obeying[:, self.readers.index(reader)]
        return found


def meanings(samples: Sequence[Sample], eyes: Eyes, *, pairs: bool) -> Meanings:
    """Return what the laws of some settings mean."""
    those = readers(pairs=pairs)
    found = [
        one for sample in samples for one in degrees(sample, by_rule(sample, those, eyes, pairs=pairs), pairs=pairs)
    ]
    return Meanings(tuple(one.law for one in found), those, np.array([one.of >= OBEYED for one in found]))


def of_claims(
    claims: Iterable[Conjecture], eyes: Eyes, *, pairs: bool, seed: int, lexicon: Lexicon
) -> Mapping[str, Bool[np.ndarray, " reader"]]:
    """Return which simple readers obey each claim of the book that speaks of lines, or of pairs.

    One that asks for more than readings, such as attention or another component, is left out: no law of the grammar
    says the like. So is one that lawless readers obey, or hardly any reader.
    """
    found = {}
    for claim in claims:
        spoken = "qk" in claim.components if pairs else {"q", "k", "v", "z"} & set(claim.components)
        if claim.control or claim.subject != "head" or not spoken:
            continue
        try:
            obeying = np.array(
                [_obeys(claim, AsHead(one, eyes, pairs=pairs), seed, lexicon) for one in readers(pairs=pairs)]
            )
        except Exception:  # it asks a reader for what it has not; the claim itself is tried elsewhere
            continue
        if not obeying[:2].all() and obeying.sum() > 1:
            found[claim.name] = obeying
    return found


def _obeys(claim: Conjecture, reader: AsHead, seed: int, lexicon: Lexicon) -> bool:
    degree = census(claim, reader, number=DRAWS, seed=seed, lexicon=lexicon).degree
    return degree is not None and degree >= OBEYED


def implies(obeying: Obeying, on_heads: Float[np.ndarray, "reading law"]) -> Bool[np.ndarray, "law law"]:
    """Return whether each law (a row) implies each other, as far as the simple readers and the heads tell.

    >>> obeying = np.array([[True, False], [True, True]])
    >>> implies(obeying, np.array([[0.99, 0.99]])).tolist()
    [[True, True], [False, True]]
    """
    escaping = (obeying.astype(np.float32) @ (~obeying).astype(np.float32).T) > 0
    refuted = ((on_heads >= OBEYED).astype(np.float32).T @ (on_heads < REFUTED).astype(np.float32)) > 0
    found: np.ndarray = ~escaping & ~refuted
    return found
