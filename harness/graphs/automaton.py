"""Automaton: the smallest machine that does what a deterministic graph does.

The machine reads labels and says states: a Mealy machine, one that starts before the first token. Two of its states
are one where they say the same of everything that may follow, so their number is how much of the past the head keeps:
one state, and the reading is a function of the label alone; a counter up to 3 needs one for each count that still
matters. Made only where the graph foretells held-out steps almost always, and where it is small enough to say
something.

Minimised as a partial deterministic automaton over pairs of label and said state (automata-lib). A label that was
never met in a state is no step there; two states of which different labels are known are not put together, but for
the start, where the label `again` cannot be met: it is given up for a state that does the same and more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.graphs.estimate import Estimate, mean
from harness.graphs.labels import Label, rank
from harness.graphs.prediction import Prediction
from harness.graphs.states import State
from harness.graphs.transitions import Counts, commonest
from harness.graphs.walks import Walk

NEAR_ONE = 0.95
"""The graph's accuracy must surely be as large: the lower end of its interval."""

MOST_STATES = 32
"""A machine of more says no more than the graph."""

MOST_KEYS = 4_000
"""Pairs of state and label above which nothing is minimised: that takes seconds, and more is quadratic."""

START: State = ()
"""Where the machine is before the first token; a reading has an entry at the least, so no state is empty."""

Transition = tuple[int, Label, State, int]

Steps = Mapping[object, Mapping[tuple[Label, State], object]]


@dataclass(frozen=True)
class Automaton:
    """A minimal machine.

    Attributes:
        size: its states are 0 (where it starts) to size - 1, by breadth first.
        transitions: (from, label, what is said, to), in order.
        unmet: pairs of a machine's state and a label of which nothing is known.
        accuracy: held-out sequences foretold from their labels alone, from the first token on: the share of readings.
    """

    size: int
    transitions: tuple[Transition, ...]
    unmet: int
    accuracy: Estimate


@dataclass(frozen=True)
class NoAutomaton:
    """There is none, and why."""

    why: str


def automaton(
    walks: Sequence[Walk], counted: Counts, found: Prediction, held_out: Sequence[Walk]
) -> Automaton | NoAutomaton:
    """Return the minimal machine of some walks, tried on walks that are not among them; or why there is none."""
    accuracy = found.graph
    if accuracy.value is None:
        return NoAutomaton("the graph knows no held-out step, so nothing shows that it is deterministic")
    if accuracy.low < NEAR_ONE:
        return NoAutomaton(
            f"the graph predicts {accuracy.value:.3f} of held-out steps, surely {accuracy.low:.3f}: "
            f"less than {NEAR_ONE}"
        )
    function = _function(walks, counted)
    if len(function) > MOST_KEYS:
        return NoAutomaton(f"{len(function)} pairs of state and label; more than {MOST_KEYS} are not minimised")
    transitions = _minimal(function)
    size = 1 + max((max(source, target) for source, *_, target in transitions), default=0)
    if size > MOST_STATES:
        return NoAutomaton(f"the smallest has {size} states: more than {MOST_STATES} say no more than the graph")
    known = {label for _, label, *_ in transitions}
    return Automaton(size, transitions, size * len(known) - len(transitions), _runs(transitions, held_out))


def _function(walks: Sequence[Walk], counted: Counts) -> dict[tuple[State, Label], State]:
    """The commonest way from each state, and from the start, with each label."""
    first: dict[Label, Counter[State]] = {}
    for walk in walks:
        if walk.ids and walk.states[0] is not None:
            first.setdefault(walk.labels[0], Counter())[walk.states[0]] += 1
    start = {(START, label): commonest(targets) for label, targets in first.items()}
    return start | {key: commonest(targets) for key, targets in counted.by_key.items()}


def _minimal(function: Mapping[tuple[State, Label], State]) -> tuple[Transition, ...]:
    from automata.fa.dfa import DFA

    pairs = list(dict.fromkeys((label, said) for (_, label), said in function.items()))
    symbols = {pair: str(place) for place, pair in enumerate(pairs)}
    steps: dict[State, dict[str, State]] = {START: {}}
    for (source, label), said in function.items():
        steps.setdefault(source, {})[symbols[label, said]] = said
        steps.setdefault(said, {})
    whole = DFA(
        states=set(steps),
        input_symbols=set(symbols.values()),
        transitions=steps,
        initial_state=START,
        final_states=set(steps),
        allow_partial=True,
    )
    least = whole.minify()
    found: Steps = {
        state: {pairs[int(symbol)]: target for symbol, target in row.items()}
        for state, row in least.transitions.items()
    }
    return _in_order(_started(least.initial_state, found), found)


def _started(start: object, steps: Steps) -> object:
    """The start, or a state that does all that the start does and more."""
    alike = [state for state in steps if state != start and steps[start].items() <= steps[state].items()]
    return min(alike, key=lambda state: _in_order(state, steps), default=start)


def _in_order(start: object, steps: Steps) -> tuple[Transition, ...]:
    """Number the states as they are met, labels in order: the same machine gets the same numbers."""
    numbers = {start: 0}
    found: list[Transition] = []
    for state in (waiting := [start]):
        for (label, said), target in sorted(steps[state].items(), key=lambda item: (rank(item[0][0]), item[0][1])):
            if target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)
            found.append((numbers[state], label, said, numbers[target]))
    return tuple(found)


def _runs(transitions: Sequence[Transition], held_out: Sequence[Walk]) -> Estimate:
    """Sequences foretold without looking; from a label that the machine does not know in its state, all is wrong."""
    machine = {(source, label): (said, target) for source, label, said, target in transitions}
    shares = []
    for walk in held_out:
        state: int | None = 0
        right = []
        for label, actual in zip(walk.labels, walk.states, strict=True):
            said, state = machine.get((state, label), (None, None)) if state is not None else (None, None)
            if actual is not None:
                right.append(said == actual)
        if right:
            shares.append(sum(right) / len(right))
    return mean(shares)
