"""Graphs that are known by hand: what the specimen's definitions imply, derived on paper, against what is counted.

Sequences are all sixteen of four letters from a and b: 48 steps, in which the token before, the token and the token
after are independent and each as often a as b.
"""

from itertools import product

import pytest

from harness.graphs.automaton import Automaton, NoAutomaton, automaton
from harness.graphs.determinism import determinism, entropy
from harness.graphs.labels import Labelling
from harness.graphs.prediction import prediction
from harness.graphs.states import Abstraction
from harness.graphs.structure import structure
from harness.graphs.transitions import counts, graph
from harness.graphs.walks import walks
from harness.models.specimens.specimen_vocabulary import VOCABULARY

ALL = tuple(product((1, 2), repeat=4))
REPEATS = ((1,) * 7, (2,) * 7)


class Found:
    """Everything about a head over some sequences. Held out are the same, so that what is foretold is known exactly.

    They are told again and again, 128 of them in all: with sixteen nothing would be sure.
    """

    def __init__(self, specimen, head, component, sequences, label, abstraction):
        reader = specimen.head(head).component(component)
        self.walks = walks(reader, sequences, abstraction=Abstraction(abstraction), labelling=Labelling(label))
        self.counts = counts(self.walks)
        self.graph = graph(self.counts, Abstraction(abstraction))
        again = self.walks * (128 // len(self.walks))
        self.determinism = determinism(self.counts, again)
        self.entropy = entropy(self.counts)
        self.structure = structure(self.counts, again)
        self.prediction = prediction(self.walks, again, seed=0)
        self.automaton = automaton(self.walks, self.counts, self.prediction, again)

    @property
    def steps(self):
        """Steps as text, with counts."""
        return {
            f"{_text(source)} -{_text((label,))}-> {_text(target)}": count
            for (source, label, target), count in self.counts.steps.items()
        }

    @property
    def machine(self):
        """The automaton's transitions as text."""
        assert isinstance(self.automaton, Automaton)
        return [
            f"{source} -{_text((label,))}/{_text(said)}-> {target}"
            for source, label, said, target in self.automaton.transitions
        ]

    @property
    def accuracies(self):
        """Of graph, label alone, and t alone."""
        found = self.prediction
        return tuple(pytest.approx(each.value) for each in (found.graph, found.label, found.first_order))


def _text(state):
    return " ".join(VOCABULARY[part] if isinstance(part, int) else part for part in state)


@pytest.fixture
def of(specimen):
    def of(head, component="z", sequences=ALL, label="token", abstraction="last"):
        return Found(specimen, head, component, sequences, label, abstraction)

    return of


def test_constant_stays_where_it_is(of):
    found = of("0.0")
    assert found.steps == {"blank -a-> blank": 24, "blank -b-> blank": 24}
    assert found.machine == ["0 -a/blank-> 0", "0 -b/blank-> 0"]
    assert (found.entropy.given_state, found.entropy.given_both) == (0, 0)
    assert found.accuracies == (1, 1, 1)
    (only,) = found.structure.recurrent
    assert (only.states, only.period, only.absorbing, only.stays.value) == (((32,),), 1, True, 1)


def test_echo_goes_wherever_it_is_sent_and_needs_no_memory(of):
    found = of("0.1")
    assert found.steps == {f"{x} -{t}-> {t}": 12 for x in "ab" for t in "ab"}
    assert (found.determinism.rate, found.determinism.weighted, found.determinism.keys) == (1, 1, 4)
    assert (found.entropy.given_state, found.entropy.given_both) == (1, 0)
    assert found.accuracies == (1, 1, 1)
    assert found.machine == ["0 -a/a-> 0", "0 -b/b-> 0"]
    assert [(part.absorbing, part.period, len(part.states)) for part in found.structure.recurrent] == [(True, 1, 2)]


def test_parity_goes_to_and_fro(of):
    """The first letter stands at @1: odd, even, odd, even."""
    found = of("0.4")
    assert found.steps == {f"odd -{t}-> even": 16 for t in "ab"} | {f"even -{t}-> odd": 8 for t in "ab"}
    assert [(part.period, part.absorbing) for part in found.structure.recurrent] == [(2, True)]
    assert found.accuracies == (1, pytest.approx(2 / 3), pytest.approx(2 / 3)), "t alone says even"
    assert found.machine == ["0 -a/odd-> 1", "0 -b/odd-> 1", "1 -a/even-> 0", "1 -b/even-> 0"]


def test_previous_token_is_not_settled_by_its_reading_and_t(of):
    """It says x[i - 1], first <bos>; the next reading is x[i], which neither that nor x[i + 1] knows."""
    found = of("0.5")
    from_the_first = {f"<bos> -{t}-> {x}": 4 for x in "ab" for t in "ab"}
    assert found.steps == from_the_first | {f"{x} -{t}-> {y}": 4 for x in "ab" for t in "ab" for y in "ab"}
    assert (found.determinism.keys, found.determinism.deterministic) == (6, 0)
    assert (found.entropy.given_state, found.entropy.given_both) == (pytest.approx(1), pytest.approx(1))
    assert found.accuracies == (0.5, 0.5, 0.5)
    assert found.structure.strong == 2
    (inner,) = found.structure.recurrent
    assert (inner.states, inner.absorbing) == (((1,), (2,)), True)
    assert isinstance(found.automaton, NoAutomaton)
    assert "predicts 0.500" in found.automaton.why


def test_a_saturating_counter_climbs_and_stays(of):
    found = of("1.6", sequences=REPEATS)
    climb = {f"#{n} -{t}-> #{n + 1}": 1 for n in range(3) for t in "ab"}
    assert found.steps == climb | {f"#3 -{t}-> #3": 3 for t in "ab"}
    assert found.structure.strong == 4
    (top,) = found.structure.recurrent
    assert (_text(top.states[0]), top.absorbing, top.period) == ("#3", True, 1)
    assert found.accuracies == (1, pytest.approx(2 / 3), pytest.approx(2 / 3)), "t alone says #3, right 4 times in 6"
    # nothing said yet, #0, #1, and one state for #2 and #3, since both are followed by #3
    assert found.machine == [f"{n} -{t}/#{n}-> {min(n + 1, 3)}" for n in range(4) for t in "ab"]


def test_a_counter_without_end_never_returns(of):
    found = of("0.7", sequences=[(1,) * 6])
    assert found.steps == {f"#{n} -a-> #{n + 1}": 1 for n in range(5)}
    assert (found.structure.recurrent, found.structure.strong, found.structure.ends) == ((), 6, 1)
    assert found.determinism.rate is None, "nothing was met twice"


def test_a_running_count_is_not_settled_by_the_last_count(of):
    """After a b, the count of b says nothing of that of a."""
    found = of("0.7")
    assert found.determinism.weighted < 1
    assert found.entropy.given_both > 0
    assert found.prediction.graph.value < 1


def test_the_first_token_is_never_left(of):
    found = of("0.6")
    assert found.steps == {f"{x} -{t}-> {x}": 12 for x in "ab" for t in "ab"}
    assert [(part.states, part.absorbing) for part in found.structure.recurrent] == [(((1,),), True), (((2,),), True)]
    assert [part.stays.n for part in found.structure.recurrent] == [64, 64]
    assert found.machine == [
        "0 -a/a-> 1",
        "0 -b/b-> 2",
        *(f"{place} -{t}/{x}-> {place}" for place, x in ((1, "a"), (2, "b")) for t in "ab"),
    ]


def test_the_noisy_echo_needs_to_know_that_it_said_a(of):
    """b after a is blank. Said is a just where the letter was a, so the reading before and t settle it, t alone not."""
    found = of("1.7")
    after_b_or_blank = {"b -a-> a": 8, "b -b-> b": 8, "blank -a-> a": 4, "blank -b-> b": 4}
    assert found.steps == {"a -a-> a": 12, "a -b-> blank": 12} | after_b_or_blank
    assert found.determinism.rate == 1
    assert found.accuracies == (1, 0.75, 0.75)
    assert found.machine == ["0 -a/a-> 1", "0 -b/b-> 0", "1 -a/a-> 1", "1 -b/blank-> 0"]


def test_the_noisy_echo_is_not_deterministic_for_who_sees_only_what_kind_of_token_comes(of):
    found = of("1.7", label="kind")
    assert {step.split(" -")[1].split("-> ")[0] for step in found.steps} == {"marks"}
    assert (found.determinism.keys, found.determinism.deterministic) == (3, 0)
    assert isinstance(found.automaton, NoAutomaton)


def test_duplicate_goes_by_whether_the_token_is_new(of):
    """Counted by hand: at the second letter 8 and 8; at the third 8, 4 and 4; at the fourth 4, 10 and 2."""
    found = of("1.0", label="novelty")
    assert found.steps == {
        "new -again-> again": 20,
        "new -new-> new": 8,
        "again -again-> again": 14,
        "again -new-> new": 6,
    }
    assert found.accuracies[:2] == (1, 1)
    assert found.prediction.first_order.value < 1
    assert found.prediction.over_label.value == 0
    assert found.machine == ["0 -again/again-> 0", "0 -new/new-> 0"]


def test_the_alphabet_of_a_row_only_grows(of):
    """0.5 qk says the key's token: its last row is the sequence."""
    found = of("0.5", "qk", abstraction="alphabet")
    assert {(source, target) for source, _, target in found.counts.steps} == {
        ((1,), (1,)),
        ((1,), (1, 2)),
        ((2,), (2,)),
        ((2,), (1, 2)),
        ((1, 2), (1, 2)),
    }
    assert [(part.states, part.absorbing) for part in found.structure.recurrent] == [
        (((1, 2),), True),
        (((1,),), False),
        (((2,),), False),
    ]
    assert found.counts.steps == of("0.1", "z", abstraction="alphabet").counts.steps, "a line is one row"


def test_patterns_know_no_names(of):
    found = of("0.1", abstraction="pattern", label="novelty")
    assert dict(found.counts.visits)[(0,)] == 16
    assert {state for state in found.counts.visits if len(state) == 3} == {(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)}
    assert found.structure.recurrent == ()


@pytest.mark.parametrize("head", ["0.0", "0.1", "0.4", "0.5", "1.0", "1.6", "1.7"])
def test_the_networkx_graph_has_each_step_once_with_its_count(of, head):
    found = of(head)
    edges = {
        (found.graph.nodes[source]["state"], label, found.graph.nodes[target]["state"]): count
        for source, target, label, count in found.graph.edges(keys=True, data="count")
    }
    assert edges == dict(found.counts.steps)
    assert dict(found.graph.nodes(data="count")) == {state[0]: n for state, n in found.counts.visits.items()}
    assert sum(found.counts.visits.values()) == 64
