"""Interpretation: what a law would mean, told by the simplest readers: those that see one fact alone.

A law whose degree is high rules out that the head reads any fact that changes between S and R, whatever else it does.
Which facts these are follows from the readers that see one fact each: those that break the law see one that changes.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.discovery.law import Law
from harness.discovery.meaning import Meanings
from harness.discovery.simple_readers import LINE_FACTS, PAIR_FACTS, SimpleReader


def interpretation(law: Law, meanings: Meanings) -> str:
    """Return one sentence: which facts a head that obeys a law cannot be reading alone, and which it may."""
    facts = PAIR_FACTS if law.pairs else LINE_FACTS
    row = meanings.obeying[meanings.laws.index(law)]
    obeying = [fact for fact in facts if row[meanings.readers.index(SimpleReader((fact,)))]]
    broken = [fact for fact in facts if fact not in obeying]
    if not broken:
        return "A head may obey it that reads any one simple fact alone."
    out = f"A head that reads {listed(broken)} alone would break it"
    return f"{out}; one that reads {listed(obeying)} alone would obey it." if obeying else f"{out}."


def listed(some: Sequence[str]) -> str:
    """Return phrases as an English list.

    >>> listed(["the token", "the place", "the distance"])
    'the token, the place or the distance'
    """
    return " or ".join([", ".join(some[:-1]), some[-1]] if len(some) > 1 else some)
