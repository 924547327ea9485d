"""Calibration: are verdicts and intervals as sure as they say? Counted on simulated heads, whose true rates are known.

A simulated head violates a claim at a true rate p. Its census is a binomial count of n independent sequences, and
each example of its search violates at p by itself (`trial` does the same with real readings; tests hold it to that).
All that follows is what a run goes through: `figures` for each cell, and `corrected` for the family. In one scenario
half of the violations cannot be told from near-ties.

What is counted, and what it must be:

    families with a false verdict    at most alpha (false: `satisfied` at epsilon or more, `mostly` at delta or more)
    intervals that hold the truth    at least the confidence
    heads at less than epsilon       satisfied or mostly at least where no violation is counted
    heads at twice delta             all but all refuted

A count is noisy. It is called wrong where it lies so far out that a share which is just right would get there once in
`1 / CHANCE` times. `families_needed` says how many families then tell alpha from a worse share: 4,845 tell 5 % from
8 %, 314 from 20 %. The interval of the degree holds for every distribution on [0, 1] and is wider than most need, so
that its coverage shows gross errors alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from scipy.stats import binom

from harness.records.cell import Cell, Verdict
from harness.trials.census import Census
from harness.trials.profile import Profile
from harness.trials.verdict import corrected, figures

CHANCE = 1e-5
"""How often a share that is just right is called wrong."""

FAMILY = 1000
"""Cells that are filed together."""

FULL = 4845
"""Families that tell 5 % from 8 %."""

_CENSUSES = 40_000
"""For the coverage of a rate's interval."""

_DEGREES = 2_000
"""The same for a degree's at the most: hardly two of its means are equal, so each takes an interval of its own."""

_BLANK = Cell("0.0", "z", "output", "simulated", "a_claim", Verdict.UNDECIDED)


@dataclass(frozen=True)
class Instrument:
    """How counts become what is filed: the way of a run, unless a test puts another in its place to be caught."""

    figures: Callable[..., Cell] = figures
    corrected: Callable[..., list[Cell]] = corrected


OWN = Instrument()


@dataclass(frozen=True)
class Finding:
    """A share that was counted.

    Attributes:
        least, most: the counts that are right.
    """

    what: str
    hits: int
    n: int
    least: int
    most: int

    @property
    def right(self) -> bool:
        """Whether the count is one that a sound instrument gives."""
        return self.least <= self.hits <= self.most

    def __str__(self) -> str:
        allowed = f"at most {self.most:,}" if self.most < self.n else f"at least {self.least:,}"
        return f"{self.what}: {self.hits:,} of {self.n:,} ({self.hits / self.n:.2%}), {allowed} allowed"


def calibrate(
    *, families: int, profile: Profile | None = None, seed: int = 0, instrument: Instrument = OWN
) -> Iterator[Finding]:
    """Count everything that can be counted, for so many families in each scenario; each finding as it is made."""
    profile = (profile or Profile()).counting(FAMILY)
    bound = profile.epsilon
    most = 2 * profile.delta
    mixture = [rate for rate in (0.0, bound / 2, bound, most) for _ in range(FAMILY // 4)]
    scenarios = {f"families all at {rate:g}": ([rate] * FAMILY, 0.0) for rate in (bound, profile.delta)}
    scenarios[f"families all at {bound:g}, half of it near-ties"] = ([bound] * FAMILY, 0.5)
    scenarios[f"families of rates from 0 to {most:g}"] = (mixture, 0.0)
    for what, (rates, hidden) in scenarios.items():
        false, tally = filed(rates, profile=profile, families=families, hidden=hidden, seed=seed, instrument=instrument)
        yield at_most(f"with a false verdict: {what}", false, families, share=profile.alpha)
    yield from _power(tally, profile)  # of the last one, the mixture
    for rate in sorted({*mixture}):
        yield coverage_of_rate(rate, profile=profile, seed=seed, instrument=instrument)
    runs = min(families, _DEGREES)
    for name in DEGREES:
        yield coverage_of_degree(name, profile=profile, runs=runs, seed=seed, instrument=instrument)


def filed(
    rates: Sequence[float],
    *,
    profile: Profile,
    families: int,
    hidden: float = 0.0,
    seed: int = 0,
    instrument: Instrument = OWN,
) -> tuple[int, Counter[tuple[float, Verdict]]]:
    """Return families of one cell for each true rate: how many of them hold a false verdict, and how often each was
    filed.

    Args:
        hidden: the share of violations that cannot be told from near-ties.
    """
    known = _Filed(instrument, profile, family=len(rates))
    generator = np.random.default_rng([seed, len(rates), families])
    truth = np.array(rates)
    certain = truth * (1 - hidden)
    doubtful = truth * hidden / (1 - certain)  # of the sequences that do not violate for certain
    tally: Counter[tuple[float, Verdict]] = Counter()
    false = 0
    for _ in range(families):
        violations = generator.binomial(profile.census, certain)
        near_ties = generator.binomial(profile.census - violations, doubtful)
        broken = (violations > 0) | (generator.binomial(profile.search, certain) > 0)
        outcomes = zip(violations.tolist(), near_ties.tolist(), broken.tolist(), strict=True)
        cells = instrument.corrected([known[outcome] for outcome in outcomes], alpha=profile.alpha)
        tally.update(family := list(zip(rates, (cell.verdict for cell in cells), strict=True)))
        false += any(_is_false(rate, verdict, profile) for rate, verdict in set(family))
    return false, tally


def coverage_of_rate(rate: float, *, profile: Profile, seed: int = 0, instrument: Instrument = OWN) -> Finding:
    """Return how often the interval of the violation rate holds the true one."""
    known = _Filed(instrument, profile, family=FAMILY)
    counts = np.random.default_rng([seed, 1]).binomial(profile.census, rate, size=_CENSUSES)
    hits = 0
    for violations, times in zip(*np.unique(counts, return_counts=True), strict=True):
        low, high = _pair(known[int(violations), 0, bool(violations)], "rate")
        hits += int(times) if low <= rate <= high else 0
    return at_least(f"rate {rate:g} inside its interval", hits, _CENSUSES, share=profile.confidence)


DEGREES: dict[str, tuple[Callable[[np.random.Generator, tuple[int, int]], np.ndarray], float]] = {
    "all ones and zeros": (lambda generator, size: generator.random(size) < 0.9, 0.9),
    "uniform": (lambda generator, size: generator.random(size), 0.5),
    "beta(8, 2)": (lambda generator, size: generator.beta(8, 2, size), 0.8),
    "beta(1/5, 1/10)": (lambda generator, size: generator.beta(0.2, 0.1, size), 2 / 3),
}
"""Distributions of a sequence's share of agreement, each with its mean."""


def coverage_of_degree(
    name: str, *, profile: Profile, runs: int, seed: int = 0, instrument: Instrument = OWN
) -> Finding:
    """Return how often the interval of the degree holds the true mean, for one of `DEGREES`."""
    draw, mean = DEGREES[name]
    degrees = draw(np.random.default_rng([seed, 2]), (runs, profile.census)).mean(axis=1)
    hits = 0
    for degree in degrees.tolist():
        low, high = _pair(_figures(instrument, profile, FAMILY, 0, 0, False, degree), "degree")
        hits += low <= mean <= high
    return at_least(f"agreement, {name}, inside its interval", hits, runs, share=profile.confidence)


def at_most(what: str, hits: int, n: int, *, share: float) -> Finding:
    """Return a count whose true share must be no more than this.

    >>> at_most("of a thousand", 91, 1000, share=0.05).right, at_most("of a thousand", 60, 1000, share=0.05).right
    (False, True)
    """
    return Finding(what, hits, n, least=0, most=_most(n, share))


def at_least(what: str, hits: int, n: int, *, share: float) -> Finding:
    """Return a count whose true share must be no less than this.

    >>> at_least("of a thousand", 909, 1000, share=0.95).right, at_least("of a thousand", 940, 1000, share=0.95).right
    (False, True)
    """
    return Finding(what, hits, n, least=n - _most(n, 1 - share), most=n)


def families_needed(*, share: float, worse: float) -> int:
    """Return how many families tell one share of false ones from a worse one, but once in `1 / CHANCE` times, either
    way.

    >>> families_needed(share=0.05, worse=0.5)
    57
    """
    step = 1
    while binom.cdf(_most(step, share), step, worse) > CHANCE:
        step *= 2
    return next(n for n in count(step // 2 + 1) if binom.cdf(_most(n, share), n, worse) <= CHANCE)


class _Filed(dict[tuple[int, int, bool], Cell]):
    """The cell of each outcome, filed when it is first met: equal counts are filed alike."""

    def __init__(self, instrument: Instrument, profile: Profile, *, family: int) -> None:
        self.instrument, self.profile, self.family = instrument, profile, family

    def __missing__(self, outcome: tuple[int, int, bool]) -> Cell:
        violations, near_ties, broken = outcome
        degree = 1 - violations / self.profile.census
        cell = _figures(self.instrument, self.profile, self.family, violations, near_ties, broken, degree)
        self[outcome] = cell
        return cell


def _figures(
    instrument: Instrument, profile: Profile, family: int, violations: int, near_ties: int, broken: bool, degree: float
) -> Cell:
    counted = Census(profile.census, violations, near_ties, discarded=0, degree=degree, violating=(), constant=False)
    return instrument.figures(
        _BLANK, counterexample=broken, tried=profile.search, counted=counted, profile=profile, family=family
    )


def _is_false(rate: float, verdict: Verdict, profile: Profile) -> bool:
    return (verdict is Verdict.SATISFIED and rate >= profile.epsilon) or (
        verdict is Verdict.MOSTLY and rate >= profile.delta
    )


def _pair(cell: Cell, of: str) -> tuple[float, float]:
    low, high = getattr(cell, f"{of}_low"), getattr(cell, f"{of}_high")
    return (1.0, 0.0) if low is None or high is None else (low, high)  # no interval holds nothing


def _power(tally: Counter[tuple[float, Verdict]], profile: Profile) -> list[Finding]:
    def decided(what: str, rate: float, verdicts: tuple[Verdict, ...], share: float) -> Finding:
        heads = sum(times for (other, _), times in tally.items() if other == rate)
        return at_least(f"heads at rate {rate:g} {what}", sum(tally[rate, one] for one in verdicts), heads, share=share)

    half = profile.epsilon / 2
    clean = (1 - half) ** profile.census
    return [
        decided("satisfied", 0.0, (Verdict.SATISFIED,), 1.0),
        decided("satisfied or mostly", half, (Verdict.SATISFIED, Verdict.MOSTLY), clean),
        decided("refuted", 2 * profile.delta, (Verdict.REFUTED,), 0.999),
    ]


def _most(n: int, share: float) -> int:
    return int(binom.isf(CHANCE, n, share))
