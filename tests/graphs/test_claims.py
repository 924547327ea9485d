"""Claims about graphs: counts by brute force, intervals whose unit is the sequence, machines that cannot be smaller."""

from itertools import pairwise, product
from math import gcd
from random import Random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from harness.graphs.automaton import MOST_STATES, Automaton, NoAutomaton, automaton
from harness.graphs.determinism import determinism, entropy
from harness.graphs.estimate import difference, mean, rate
from harness.graphs.prediction import prediction
from harness.graphs.structure import structure
from harness.graphs.transitions import commonest, counts
from harness.graphs.walks import Walk


def walk(*path, labels=None):
    """A walk through states that are numbers, by labels that are numbers."""
    ids = tuple(labels or (0,) * len(path))
    return Walk(ids, ids, tuple((state,) for state in path))


PATHS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=7), max_size=6)


def test_the_interval_of_a_rate_is_clopper_and_pearsons():
    found = rate(7, 40)
    low, high = beta.ppf(1 - 0.975, 7, 34), beta.ppf(0.975, 8, 33)  # scipy's `binomtest` looks for them, to 2e-12
    assert (found.value, found.low, found.high, found.n) == (7 / 40, low, high, 40)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_a_difference_lies_in_its_interval_and_turns_round_with_its_sides(pairs):
    found, turned = difference(pairs), difference([(right, left) for left, right in pairs])
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.value == pytest.approx(mean([left for left, _ in pairs]).value - mean([r for _, r in pairs]).value)
    assert (turned.low, turned.high) == (pytest.approx(-found.high), pytest.approx(-found.low))


def test_a_difference_that_is_hardly_ever_there_has_a_narrow_interval():
    same = difference([(0.5, 0.5)] * 200)
    assert -0.03 < same.low < 0 < same.high < 0.03
    assert difference([(1.0, 0.0)] * 20 + [(0.5, 0.5)] * 180).low > 0


@settings(deadline=None)
@given(PATHS)
def test_determinism_counts_pairs_and_steps(paths):
    found = determinism(counts([walk(*path) for path in paths]), [])
    steps = [pair for path in paths for pair in pairwise(path)]
    successors = {a: [d for c, d in steps if c == a] for a, _ in steps}
    twice = [found for found in successors.values() if len(found) > 1]
    assert found.keys == len(twice)
    assert found.deterministic == sum(len(set(each)) == 1 for each in twice)
    assert found.steps == sum(map(len, twice))
    assert found.deterministic_steps == sum(len(each) for each in twice if len(set(each)) == 1)


def test_the_unit_of_a_tried_claim_is_the_sequence():
    """1 leads to 2 and back; of three long sequences held out one strays once, and one has no known step."""
    counted = counts([walk(1, 2, 1, 2, 1, 2)] * 3)
    others = [walk(1, 2, 1, 2, 1, 2), walk(1, 2, 1, 2, 1, 3), walk(7, 8, 9)]
    assert determinism(counted, others).held_out == rate(1, 2)
    (only,) = structure(counted, others).recurrent
    assert (only.period, only.stays) == (2, rate(1, 2))


def test_intervals_hold_where_whole_sequences_stray():
    """One sequence in five goes another way at every step: what steps would say too surely, sequences say rightly.

    True are 0.8 for the share of steps foretold and for the sequences that never stray.
    """
    random = Random(0)
    path = (1, 2, 3, 4, 1, 2, 3, 4, 1)
    seen = [walk(*path)] * 3
    within = 0
    for _ in range(300):
        others = [walk(*(path if random.random() < 0.8 else path[::-1])) for _ in range(40)]
        foretold = prediction(seen, others, seed=0).graph
        kept = determinism(counts(seen), others).held_out
        assert foretold.n == kept.n == 40
        within += foretold.low <= 0.8 <= foretold.high and kept.low <= 0.8 <= kept.high
    assert within >= 0.93 * 300


def test_entropy_of_a_fair_and_of_a_known_step():
    found = entropy(counts([walk(1, 2), walk(1, 3), walk(5, 6), walk(5, 6)]))
    assert (found.given_state, found.steps) == (0.5, 4)
    told = entropy(counts([walk(1, 2, labels=(0, 2)), walk(1, 3, labels=(0, 3))]))
    assert (told.given_state, told.given_both) == (1, 0)


def test_predictors_are_tried_on_the_same_known_steps():
    """Trained: label 7 leads from 1 to 2 twice and from 3 to 4 once; so label 7 alone says 2."""
    seen = [walk(1, 2, labels=(0, 7)), walk(1, 2, labels=(0, 7)), walk(3, 4, labels=(0, 7))]
    others = [walk(3, 4, labels=(0, 7)), walk(1, 2, labels=(0, 7)), walk(1, 2, labels=(0, 8)), walk(5)]
    found = prediction(seen, others, seed=0)
    assert (found.coverage.value, found.coverage.n) == (pytest.approx(2 / 3), 3)
    assert (found.graph.value, found.graph.n) == (1, 2)
    assert found.label.value == found.first_order.value == 0.5
    assert found.over_label.value == 0.5


def test_the_first_order_control_looks_at_t_and_the_label_control_at_the_label():
    by_token = [Walk((0, t), ("new", "new"), ((1,), (t,))) for t in (5, 5, 6)]
    found = prediction(by_token, by_token, seed=0)
    assert found.first_order.value == 1
    assert found.label.value == found.graph.value == pytest.approx(2 / 3)


def test_the_shuffled_control_knows_no_more_than_chance():
    """Ten states in a ring: the graph foretells all, dealt out at random about one in ten."""
    seen = [walk(*(i % 10 for i in range(start, start + 9))) for start in range(10)] * 4
    found = prediction(seen, seen, seed=0)
    assert found.graph.value == 1
    assert found.shuffled.value < 0.4
    assert prediction(seen, seen, seed=0) == found
    assert prediction(seen, seen, seed=1).shuffled != found.shuffled
    assert found.over_shuffled.low > 0.3


def test_the_commonest_of_equal_ones_is_the_smallest():
    assert commonest({(9,): 2, (3,): 2, (1,): 1}) == (3,)


@settings(max_examples=150, deadline=None)
@given(PATHS)
def test_structure_against_brute_force(paths):
    found = structure(counts([walk(*path) for path in paths]), [])
    edges = {pair for path in paths for pair in pairwise(path)}
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(state for path in paths for state in path)
    reach = {a: {b for b in graph if nx.has_path(graph, a, b)} for a in graph}
    sets = {frozenset(b for b in graph if b in reach[a] and a in reach[b]) for a in graph}
    assert found.strong == len(sets)
    assert found.ends == sum(not list(graph.successors(a)) for a in graph)
    cycles = list(nx.simple_cycles(graph))
    for part in found.recurrent:
        states = {state for (state,) in part.states}
        inside = [len(cycle) for cycle in cycles if set(cycle) <= states]
        assert frozenset(states) in sets
        assert inside
        assert part.period == gcd(*inside)
        assert part.absorbing == all(b in states for a, b in edges if a in states)
    assert sum(len(part.states) for part in found.recurrent) == len({state for cycle in cycles for state in cycle})


@st.composite
def machines(draw):
    """A complete Mealy machine over two labels: (state, label) to (what is said, next state), every state reached."""
    size = draw(st.integers(1, 5))
    return {
        (state, label): (draw(st.integers(0, 2)), draw(st.integers(0, size - 1)))
        for state in range(size)
        for label in (0, 1)
    }


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(machines())
def test_a_machine_is_rebuilt_with_as_few_states_as_tell_apart(machine):
    """A head whose state is what the machine says and where it then is: as large as it can be, and minimised again."""
    told, where = {}, {}
    walked = []
    for word in product((0, 1), repeat=7):
        state, path = 0, []
        for label in word:
            said, state = machine[state, label]
            path.append(said)
            where[len(path), word[: len(path)]] = state
        told[word] = tuple(path)
    # the walk's states: said and where, so that state and label settle the next one
    for word in product((0, 1), repeat=7):
        path = [told[word][i] * 10 + where[i + 1, word[: i + 1]] for i in range(7)]
        walked.append(walk(*path, labels=word))
    counted = counts(walked)
    found = automaton(walked, counted, prediction(walked, walked, seed=0), walked)
    assert isinstance(found, Automaton)
    assert found.accuracy.value == 1
    assert found.unmet == 0

    full = {(s, a): (said * 10 + to, to) for (s, a), (said, to) in machine.items()}
    reached = {0} | set(where.values())

    def behaviour(state):
        answers = []
        for word in product((0, 1), repeat=6):
            here, path = state, []
            for label in word:
                said, here = full[here, label]
                path.append(said)
            answers.append(tuple(path))
        return tuple(answers)

    assert found.size == len({behaviour(state) for state in reached})


def test_no_machine_where_nothing_is_known_or_sure_or_small():
    def tried(seen, others):
        return automaton(seen, counts(seen), prediction(seen, others, seed=0), others)

    assert tried([walk(1, 2)], [walk(8, 9)]) == NoAutomaton(
        "the graph knows no held-out step, so nothing shows that it is deterministic"
    )
    unsure = tried([walk(1, 2)] * 3, [walk(1, 2)] * 3)
    assert isinstance(unsure, NoAutomaton)
    assert "the graph predicts 1.000 of held-out steps, surely 0." in unsure.why
    chain = [walk(*range(MOST_STATES + 2))] * 200
    large = tried(chain, chain)
    assert isinstance(large, NoAutomaton)
    assert f"the smallest has {MOST_STATES + 3} states: more than {MOST_STATES}" in large.why


def test_a_machine_foretells_from_labels_alone_and_counts_what_it_does_not_know_as_wrong():
    seen = [walk(5, 6, 5, labels=(1, 1, 1))] * 200
    found = automaton(seen, counts(seen), prediction(seen, seen, seed=0), [walk(5, 6, 7, 5, labels=(1, 1, 2, 1))])
    assert isinstance(found, Automaton)
    assert found.accuracy.value == 0.5


def test_what_was_never_met_in_a_state_is_counted():
    """Label 1 at the start, then label 2, then the end: of three states and two labels two pairs were met."""
    seen = [walk(5, 6, labels=(1, 2))] * 200
    found = automaton(seen, counts(seen), prediction(seen, seen, seed=0), seen)
    assert isinstance(found, Automaton)
    assert (found.size, found.unmet, found.transitions) == (3, 4, ((0, 1, (5,), 1), (1, 2, (6,), 2)))
