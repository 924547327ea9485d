"""Prediction: does the graph say where a sequence goes that it has never seen, better than less would?

Four predictors are made of the same steps and tried on the same held-out steps, those whose pair of state and label
the graph knows; how many that are is its coverage.

    graph         the commonest next state of the state and the label
    label         that of the label alone: what a graph must beat for its states to mean anything
    first order   that of the token t alone; the same where t is the label
    shuffled      as the graph, but with the next states of all its steps dealt out at random: what counts alone give
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from harness.graphs.estimate import Estimate, difference, mean
from harness.graphs.states import State
from harness.graphs.transitions import commonest
from harness.graphs.walks import Walk


@dataclass(frozen=True)
class Prediction:
    """Accuracies on held-out sequences: the share of known steps foretold, one share a sequence.

    Attributes:
        coverage: the share of held-out steps whose pair of state and label is known.
        graph, label, first_order, shuffled: the predictors' accuracy.
        over_label, over_first_order, over_shuffled: the graph's less the control's, sequence by sequence; the graph
            says more than the control where the interval lies above 0.
    """

    coverage: Estimate
    graph: Estimate
    label: Estimate
    first_order: Estimate
    shuffled: Estimate
    over_label: Estimate
    over_first_order: Estimate
    over_shuffled: Estimate


def prediction(walks: Sequence[Walk], held_out: Sequence[Walk], *, seed: int) -> Prediction:
    """Return how well walks foretell others; `seed` is that of the shuffled control."""
    steps = [step for walk in walks for step in walk.steps]
    dealt = [step.target for step in steps]
    Random(f"{seed}:shuffled").shuffle(dealt)  # statistics, not secrets
    by_key = _function((step.key, step.target) for step in steps)
    by_label = _function((step.label, step.target) for step in steps)
    by_token = _function((step.token, step.target) for step in steps)
    by_chance = _function((step.key, target) for step, target in zip(steps, dealt, strict=True))

    walked = [steps for walk in held_out if (steps := list(walk.steps))]
    known = [found for steps in walked if (found := [step for step in steps if step.key in by_key])]
    graph = [_share(step.target == by_key[step.key] for step in steps) for steps in known]
    label = [_share(step.target == by_label[step.label] for step in steps) for steps in known]
    first = [_share(step.target == by_token.get(step.token) for step in steps) for steps in known]
    chance = [_share(step.target == by_chance[step.key] for step in steps) for steps in known]
    return Prediction(
        coverage=mean([_share(step.key in by_key for step in steps) for steps in walked]),
        graph=mean(graph),
        label=mean(label),
        first_order=mean(first),
        shuffled=mean(chance),
        over_label=difference(list(zip(graph, label, strict=True))),
        over_first_order=difference(list(zip(graph, first, strict=True))),
        over_shuffled=difference(list(zip(graph, chance, strict=True))),
    )


def _function(pairs: Iterable[tuple[Hashable, State]]) -> dict[Hashable, State]:
    found: dict[Hashable, Counter[State]] = {}
    for key, target in pairs:
        found.setdefault(key, Counter())[target] += 1
    return {key: commonest(targets) for key, targets in found.items()}


def _share(outcomes: Iterable[bool]) -> float:
    counted = list(outcomes)
    return sum(counted) / len(counted)
