"""Determinism: is the next state a function of the state and the label? And how much is left open where it is not?

What the sample says: of the pairs of state and label that were met at least twice, so that they could contradict
themselves, how many went one way only. Such pairs share sequences, so no interval is exact for their share. What is
tested on sequences that the graph has never seen: how many of them take, at every step whose pair is known, the way
that was the commonest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from harness.graphs.estimate import Estimate, rate
from harness.graphs.states import State
from harness.graphs.transitions import Counts, StateAndLabel, commonest
from harness.graphs.walks import Walk


@dataclass(frozen=True)
class Determinism:
    """How far a graph is deterministic.

    Attributes:
        keys: pairs of state and label met at least twice.
        deterministic: those of them with one next state.
        steps: the steps from such pairs.
        deterministic_steps: those of them from pairs with one next state.
        held_out: the held-out sequences whose every known step went the commonest way, of those that have a known step.
    """

    keys: int
    deterministic: int
    steps: int
    deterministic_steps: int
    held_out: Estimate

    @property
    def rate(self) -> float | None:
        """The share of pairs; nothing where no pair was met twice."""
        return self.deterministic / self.keys if self.keys else None

    @property
    def weighted(self) -> float | None:
        """The share of steps."""
        return self.deterministic_steps / self.steps if self.steps else None


def determinism(counted: Counts, held_out: Iterable[Walk]) -> Determinism:
    """Return how far some counts are deterministic, tried on walks that are not among them."""
    by_key = counted.by_key
    twice = [targets for targets in by_key.values() if targets.total() > 1]
    one_way = [targets for targets in twice if len(targets) == 1]
    function = {key: commonest(targets) for key, targets in by_key.items()}
    kept = [all(outcome) for walk in held_out if (outcome := _followed(function, walk))]
    return Determinism(
        keys=len(twice),
        deterministic=len(one_way),
        steps=sum(targets.total() for targets in twice),
        deterministic_steps=sum(targets.total() for targets in one_way),
        held_out=rate(sum(kept), len(kept)),
    )


def _followed(function: Mapping[StateAndLabel, State], walk: Walk) -> Sequence[bool]:
    return [function[step.key] == step.target for step in walk.steps if step.key in function]


@dataclass(frozen=True)
class Entropy:
    """How many bits a step the next state holds, once something is known; too few where support is thin.

    Attributes:
        given_state: once the state is known: the entropy rate of the walk as a Markov chain.
        given_both: once the state and the label are known: 0 where the graph is deterministic.
        steps: what it was counted on.
    """

    given_state: float
    given_both: float
    steps: int


def entropy(counted: Counts) -> Entropy:
    """Return the entropy of the next state, weighted as states and labels were met."""
    return Entropy(
        given_state=_conditional(counted, lambda source, label: source),
        given_both=_conditional(counted, lambda source, label: (source, label)),
        steps=sum(counted.steps.values()),
    )


def _conditional(counted: Counts, known: Callable[[State, Hashable], Hashable]) -> float:
    groups: dict[Hashable, Counter[State]] = {}
    for (source, label, target), count in counted.steps.items():
        groups.setdefault(known(source, label), Counter())[target] += count
    total = sum(counted.steps.values())
    bits = sum(
        count / total * log2(targets.total() / count) for targets in groups.values() for count in targets.values()
    )
    return float(bits)
