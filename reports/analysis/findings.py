"""What a report finds across heads, laws and runs, as frozen records: measures, kinship, implications, history."""

from collections.abc import Mapping
from dataclasses import dataclass

LawKey = tuple[str, str, str]
"""Chapter, conjecture, component."""


@dataclass(frozen=True)
class Law:
    """A conjecture about one component, over all heads that it was tried on.

    Attributes:
        heads: on which it came out as satisfied, mostly or refuted; ``held`` of them not as refuted.
        learnt: of those that it holds of, the ones without the flags trivial, architectural and untrained.
        bits: the binary entropy of the share ``learnt / heads``: how well the law tells heads apart, beyond what
            heads do that have learnt nothing. 1 at half of the heads, 0 where it holds of none or of all.
        degree, null_random, null_rotated: means over the heads that have all of these, and ``spread`` the standard
            deviations of the first and the last.
    """

    chapter: str
    conjecture: str
    component: str
    heads: int
    held: int
    learnt: int
    bits: float
    degree: float | None
    null_random: float | None
    null_rotated: float | None
    spread: float | None
    null_spread: float | None

    @property
    def key(self) -> LawKey:
        """What it is about."""
        return self.chapter, self.conjecture, self.component


@dataclass(frozen=True)
class Trait:
    """What sets a family of heads apart: a law's mean degree among them, and among all other heads."""

    chapter: str
    conjecture: str
    component: str
    inside: float
    outside: float


@dataclass(frozen=True)
class Family:
    """Heads of like signatures. ``typical`` is the one nearest to the others on average."""

    name: str
    heads: tuple[str, ...]
    typical: str
    traits: tuple[Trait, ...]


@dataclass(frozen=True)
class Neighbours:
    """A head's place among the heads: its family, the heads nearest to it with their distances, and a point."""

    head: str
    family: str
    nearest: tuple[tuple[str, float], ...]
    x: float
    y: float


@dataclass(frozen=True)
class Kinship:
    """Heads by likeness of signature.

    Distance: the mean difference of degree over the laws tried on both. ``silhouette`` says how clearly the families
    stand apart: near 1 clearly, near 0 not at all; None where there are too few heads to ask.
    """

    families: tuple[Family, ...]
    heads: tuple[Neighbours, ...]
    silhouette: float | None


@dataclass(frozen=True)
class Implication:
    """Of the ``support`` heads that ``law`` holds of and ``implied`` was decided of, all but ``exceptions`` obey both.

    Attributes:
        at_most: upper bound of the share of exceptions, at 0.95, were these heads a sample.
        base: the share of all heads that ``implied`` holds of.
        breaking: the first few heads that are exceptions.
    """

    law: LawKey
    implied: LawKey
    support: int
    exceptions: int
    at_most: float
    base: float
    breaking: tuple[str, ...]


@dataclass(frozen=True)
class EquivalentLaws:
    """Laws that are one law as far as these heads tell: decided on the same heads, with the same outcome on each."""

    laws: tuple[LawKey, ...]
    heads: int
    held: int


@dataclass(frozen=True)
class Night:
    """A run among the runs of the same model. ``differs``: in what from the run before, a line each."""

    run_id: str
    started: str
    controls: str
    heads: int
    counts: Mapping[str, int]
    differs: tuple[str, ...]
    flips: int


@dataclass(frozen=True)
class Flip:
    """A verdict that is another one than when the cell was last tried. ``causes``: what differed between the runs."""

    run_id: str
    since: str
    head: str
    component: str
    chapter: str
    conjecture: str
    before: str
    after: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """Runs of the same model up to this one, oldest first, and the newest flips. ``unchanged``: cells tried again."""

    nights: tuple[Night, ...]
    flips: tuple[Flip, ...]
    flips_in_all: int
    since: str
    changed: int
    unchanged: int
    new: int
    gone: int


@dataclass(frozen=True)
class Missing:
    """Cells of this run that were not filed, and why. ``heads`` says how many."""

    chapter: str
    conjecture: str
    component: str
    heads: int
    why: str
