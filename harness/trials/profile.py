"""The default numbers, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import ConjectureError
from harness.laws.families import MAX_LENGTH, MIN_LENGTH
from harness.text import counted
from harness.trials.multiplicity import sequences_needed

FIRST_ON_NULLS = 16
"""Sequences of the first stage of a null's census; it goes on only while the claim may still hold there. Several heads
of each null are counted, so that its degree rests on as many readings as a head's own."""

COMPARED = 96
"""Sequences that a cell is compared with its nulls on where it may stand out; for the others the first stage does."""


@dataclass(frozen=True)
class Profile:
    """How much is tried, and how sure a verdict must be.

    Attributes:
        search: examples that Hypothesis may try.
        census: independent sequences that are counted.
        epsilon: `satisfied` bounds the violation rate by this.
        delta: `mostly` bounds the rate of holding by one minus this.
        confidence: of every interval and bound, before the correction for multiplicity.
        hits: sequences that must meet a claim's precondition, or the verdict is `vacuous`.
        seed: of search and census alike.
        nulls: independent sequences that are counted on each null model, at least; 0 leaves the nulls out.
        first: the census's first stage, which gives every cell its degree; a cell goes on to the whole of it only
            where that could still make it `satisfied` or `mostly`. 0: all at once, and the degree is that of the whole.
        length: ids of the longest sequences, where a claim does not say otherwise.
    """

    search: int = 100
    census: int = 200
    epsilon: float = 0.05
    delta: float = 0.05
    confidence: float = 0.95
    hits: int = 20
    seed: int = 0
    nulls: int = 60
    first: int = 32
    length: int = MAX_LENGTH

    @classmethod
    def of_options(cls, given: Mapping[str, Any], *, seed: int) -> Profile:
        """Take the numbers that a command line gives, and the default for each that it does not.

        A larger epsilon alone takes delta with it, which must not be smaller.

        >>> Profile.of_options({"epsilon": 0.2, "census": None, "no_nulls": True}, seed=7)
        Profile(search=100, census=200, epsilon=0.2, delta=0.2, confidence=0.95, hits=20, seed=7, nulls=0, first=32, \
length=24)
        """
        names = ("search", "first", "census", "epsilon", "delta", "confidence", "length")
        numbers = {name: given[name] for name in names if given.get(name) is not None}
        if "epsilon" in numbers:
            numbers.setdefault("delta", max(cls.delta, numbers["epsilon"]))
        if given["no_nulls"]:
            numbers["nulls"] = 0
        return cls(seed=seed, **numbers)

    def __post_init__(self) -> None:
        for name in ("search", "census", "nulls", "first"):
            if getattr(self, name) < 0:
                raise ConjectureError(f"--{name} {getattr(self, name)}: this is a number of examples; give 0 or more.")
        if self.length < MIN_LENGTH:
            raise ConjectureError(
                f"--length {self.length}: sequences have at least {MIN_LENGTH} ids; give this or more."
            )
        for name in ("epsilon", "delta", "confidence"):
            if not 0 < getattr(self, name) < 1:
                raise ConjectureError(
                    f"--{name} {getattr(self, name)}: this is a share of sequences; give a number between 0 and 1, as "
                    "in 0.05 for a bound or 0.95 for a confidence."
                )
        if self.epsilon > self.delta:
            raise ConjectureError(
                f"--epsilon {self.epsilon}: it is above --delta {self.delta}, so `satisfied` would be weaker than "
                "`mostly`; give an epsilon of at most delta."
            )

    @property
    def alpha(self) -> float:
        """The chance of error that is allowed: one minus the confidence."""
        return 1 - self.confidence

    @property
    def about(self) -> str:
        """What verdicts are about: which sequences were tried. All that shows verdicts says it in these words."""
        return (
            f"verdicts are about sequences of {MIN_LENGTH} to {self.length} ids, unless a law says otherwise; ids are "
            "drawn uniformly from the model's lexicon, and all heads and laws of a family share one draw of "
            f"{counted(self.census, 'sequence')} (seed {self.seed})"
        )

    @property
    def on_nulls(self) -> int:
        """How many sequences are counted on each null: as many as epsilon needs when none speaks against the claim.

        >>> Profile().on_nulls, Profile(epsilon=0.01).on_nulls, Profile(nulls=0).on_nulls
        (60, 299, 0)
        """
        needed = sequences_needed(bound=self.epsilon, confidence=self.confidence)
        return max(self.nulls, needed) if self.nulls else 0

    @property
    def first_on_nulls(self) -> int:
        """How many of these are the first stage, which gives a null its degree: the same in every run, so that what was
        counted is remembered for all.

        >>> Profile().first_on_nulls, Profile(nulls=20, epsilon=0.3, delta=0.3).first_on_nulls
        (16, 16)
        """
        return min(FIRST_ON_NULLS, self.on_nulls)

    @property
    def compared(self) -> int:
        """How many sequences a cell that may stand out is compared with its nulls on, the first stage among them.

        >>> Profile().compared, Profile(census=40).compared
        (96, 40)
        """
        return max(self.first_on_nulls, min(COMPARED, self.census))

    @property
    def comparing(self) -> tuple[int, ...]:
        """How many sequences it is compared on, step by step, for as long as that leaves open whether it stands out.

        >>> Profile().comparing, Profile(census=40).comparing
        ((16, 32, 64, 96), (16, 32, 40))
        """
        steps = [self.first_on_nulls]
        while steps[-1] < self.compared:
            steps.append(min(2 * steps[-1], self.compared))
        return tuple(steps)

    @property
    def opening(self) -> int:
        """How many sequences the first stage of a census has, which gives a cell its degree.

        >>> Profile().opening, Profile(first=0).opening
        (32, 200)
        """
        return min(self.first or self.census, self.census)

    def counting(self, family: int) -> Profile:
        """Return the same with a census as large as a family of so many cells needs, where this one is smaller.

        >>> Profile().counting(41).census, Profile(epsilon=0.01).counting(41).census
        (200, 668)
        """
        needed = sequences_needed(bound=self.epsilon, confidence=self.confidence, family=family)
        return replace(self, census=max(self.census, needed))
