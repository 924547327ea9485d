"""What the marks on a page mean: verdicts, flags, the outcome of the controls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harness.records.cell import Verdict
from reports.views import Controls


@dataclass(frozen=True)
class Mark:
    """A word with a sign, so that colour is never all there is, and what it says."""

    word: str
    sign: str
    meaning: str


VERDICTS: Final[Mapping[Verdict, Mark]] = {
    Verdict.SATISFIED: Mark(
        "satisfied",
        "✓",
        "The search found no counterexample, and the census bounds the share of violating sequences by epsilon.",
    ),
    Verdict.MOSTLY: Mark(
        "mostly",
        "◐",
        "False as a universal claim, yet the census says that it holds at a rate of at least 1 − delta.",
    ),
    Verdict.REFUTED: Mark(
        "refuted", "✗", "A counterexample stands: shrunk, replayable, checked again in float64, and not a near-tie."
    ),
    Verdict.UNDECIDED: Mark(
        "undecided",
        "?",
        "Too few sequences for the bound that was asked, nothing but near-ties against it, or too many to rest on.",
    ),
    Verdict.VACUOUS: Mark("vacuous", "∅", "The claim's precondition was met too seldom to say anything."),
    Verdict.ERROR: Mark("error", "!", "The harness failed here; this says nothing about the head."),
}

FLAGS: Final[Mapping[str, str]] = {
    "trivial": "The reading is constant, or is what the unembedding's bias favours: the verdict has a dull reason.",
    "architectural": "True of every model of this kind, whatever its weights; causality, for one.",
    "untrained": "Holds as well on a null model, which has learnt nothing: training is not what makes it hold.",
    "gauge": "The component under this projection depends on the basis chosen inside the head, which nothing fixes.",
}

FLAG_LETTERS: Final[Mapping[str, str]] = {flag: flag[0] for flag in FLAGS}
"""What stands for a flag where there is room for a letter."""

CONTROLS: Final[Mapping[Controls, Mark]] = {
    Controls.RIGHT: Mark(
        "Controls: right",
        "✓",
        "Every claim whose truth is known beforehand came out as known, so the instrument measured what it says.",
    ),
    Controls.WRONG: Mark(
        "Controls: WRONG. No verdicts filed",
        "✗",
        "A claim whose truth is known beforehand came out otherwise. The instrument is at fault, and whatever else it "
        "said in this run was thrown away.",
    ),
    Controls.NOT_RUN: Mark(
        "Controls: not run",
        "?",
        "No claim whose truth is known beforehand was tried in this run: nothing vouches for the instrument.",
    ),
}
