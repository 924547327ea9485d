"""Words: what people read for a key. Terminal, pages and scripts take them from here; the reference has a table.

Stores, JSON files and Python keep their keys, so that programs that read them go on working. A cell that is filed as
`vacuous` is shown as "precondition rarely met".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harness.records.cell import Verdict


@dataclass(frozen=True)
class Word:
    """A word with its letter and its sign, so that colour is never all there is, and what it means.

    Attributes:
        key: what stores and JSON files have for it, which is also its class in a style sheet.
    """

    key: str
    word: str
    letter: str
    sign: str
    meaning: str


def _by_key(*words: Word) -> dict[str, Word]:
    return {one.key: one for one in words}


VERDICTS: Final[Mapping[str, Word]] = _by_key(
    Word(
        Verdict.SATISFIED,
        "satisfied",
        "S",
        "✓",
        "The search found no counterexample, and the census shows that at most a share epsilon of sequences break it.",
    ),
    Word(
        Verdict.MOSTLY,
        "mostly",
        "M",
        "◐",
        "A counterexample is known, but the census shows that at least a share 1 − delta of sequences obey it.",
    ),
    Word(
        Verdict.REFUTED,
        "refuted",
        "R",
        "✗",
        "A counterexample is known: made short, checked again in float64, and not a near-tie. It can be replayed.",
    ),
    Word(
        Verdict.UNDECIDED,
        "undecided",
        "U",
        "?",
        "There were too few sequences for the bound, or too many of the deciding tokens were nearly tied.",
    ),
    Word(
        Verdict.VACUOUS,
        "precondition rarely met",
        "P",
        "∅",
        "Too few sequences met the law’s own condition. A law that compares a reading with itself is filed here too; "
        "its message says so.",
    ),
    Word(Verdict.ERROR, "error", "E", "!", "headlaws failed here. This says nothing about the head."),
)

FLAGS: Final[Mapping[str, Word]] = _by_key(
    Word(
        "trivial",
        "trivial",
        "t",
        "",
        "The reading is constant, or is the token that the unembedding’s bias favours. Any such head obeys.",
    ),
    Word("architectural", "architectural", "a", "", "True of every model of this kind, whatever its weights."),
    Word("untrained", "also true untrained", "u", "", "Holds as well for a null model, which has learnt nothing."),
    Word("gauge", "basis-dependent", "b", "", "The reading depends on a basis inside the head that nothing fixes."),
)

CHECKS: Final[Mapping[str, Word]] = _by_key(
    Word(
        "right",
        "passed",
        "",
        "✓",
        "Every law whose truth is known beforehand came out as known, so the other verdicts can be trusted.",
    ),
    Word(
        "wrong",
        "FAILED",
        "",
        "✗",
        "A law whose truth is known beforehand came out otherwise. headlaws is at fault here, and the other verdicts "
        "of this run were thrown away.",
    ),
    Word(
        "not run",
        "not run",
        "",
        "?",
        "No law whose truth is known beforehand was tried, so nothing vouches for this run.",
    ),
)
"""How the known-answer checks of a run came out, by what a store has for it."""

NAMES: Final[Mapping[str, str]] = {
    "degree": "agreement",
    "controls": "known-answer checks",
    "control": "known-answer check",
    "conjecture": "law",
}
"""Other names, by the key that columns and JSON files have for them."""

SELFCHECKS: Final[Mapping[str, str]] = {"gauge": "basis", "controls": "known-answers"}
"""Checks of `headlaws selfcheck`, by the key that its JSON has for them."""


def verdict(key: str) -> str:
    """Return what people read for a verdict; a word that is none stays as it is.

    >>> verdict("refuted"), verdict("vacuous")
    ('refuted', 'precondition rarely met')
    """
    return VERDICTS[key].word if key in VERDICTS else key


def flags(keys: str) -> str:
    """Return what people read for a cell's flags.

    >>> flags("trivial gauge"), flags("")
    ('trivial, basis-dependent', '')
    """
    return ", ".join(FLAGS[key].word if key in FLAGS else key for key in keys.split())


def checks(key: str) -> str:
    """Return how the known-answer checks of a run came out.

    >>> checks("right"), checks("not run")
    ('known-answer checks passed', 'known-answer checks not run')
    """
    return f"{NAMES['controls']} {CHECKS[key].word}"


def changed() -> Iterator[tuple[str, str, str]]:
    """Give each key whose word is another, with the word, and with what it is a key of."""
    for kind, table in (("verdict", VERDICTS), ("flag", FLAGS), ("outcome of known-answer checks", CHECKS)):
        yield from ((one.key, one.word, kind) for one in table.values() if one.word != one.key)
    yield from ((key, word, "name") for key, word in NAMES.items())
    yield from ((key, word, "check of selfcheck") for key, word in SELFCHECKS.items())
