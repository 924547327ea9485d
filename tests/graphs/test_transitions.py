"""Transitions: every extension is one step along one edge."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.graphs.transitions import EXAMPLES, transitions
from harness.laws.families import Extension
from harness.readings.reading import line, triangle


class Scripted:
    """A head by a rule on the ids."""

    def __init__(self, rule):
        self.rule = rule

    def read(self, sequences, *, afresh=False):
        return [replace(line(self.rule(ids)), ids=tuple(ids), sequence=tuple(ids)) for ids in sequences]


SMALL = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)
EXTENDED = st.lists(st.builds(Extension, SMALL, st.integers(1, 6)), max_size=25)
ECHO = Scripted(list)
COUNTING = Scripted(lambda ids: [len(ids)] * len(ids))


@settings(max_examples=60, deadline=None)
@given(EXTENDED, st.sampled_from([ECHO, COUNTING]))
def test_each_extension_is_counted_once(extended, head):
    graph = transitions(head, extended)
    assert sum(count for *_, count in graph.edges(data="count")) == len(extended)
    assert sum(count for _, count in graph.nodes(data="count")) == 2 * len(extended)
    for node, count in graph.nodes(data="count"):
        steps = sum(c for *_, c in graph.in_edges(node, data="count")) + sum(
            c for *_, c in graph.out_edges(node, data="count")
        )
        assert count == steps


@settings(max_examples=60, deadline=None)
@given(EXTENDED)
def test_edges_of_an_echo_go_from_the_last_token_to_the_one_appended(extended):
    graph = transitions(ECHO, extended)
    assert set(graph.edges) == {(extension.S[-1], extension.t) for extension in extended}
    for _, target, examples in graph.edges(data="examples"):
        assert examples == [target]


def test_an_edge_remembers_the_first_few_tokens_that_led_along_it():
    graph = transitions(COUNTING, [Extension((1, 1), t) for t in (7, 8, 7, 9, 5)])
    assert dict(graph.edges) == {(2, 3): {"count": 5, "examples": [7, 8, 9]}}
    assert EXAMPLES == 3


def test_of_a_triangle_the_last_pair_stands_for_the_sequence():
    class Pairs:
        def read(self, sequences):
            return [triangle([[10 * i + j for j in range(i + 1)] for i in range(len(ids))]) for ids in sequences]

    assert list(transitions(Pairs(), [Extension((1, 2), 3)]).edges) == [(11, 22)]


@pytest.mark.parametrize(
    ("head", "edges"),
    [
        ("0.0", {(32, 32)}),  # constant: blank to blank
        ("0.1", {(1, 2), (2, 2)}),  # echo
        ("0.4", {(30, 31), (31, 30)}),  # parity: even and odd in turn
        ("0.5", {(1, 1), (1, 2)}),  # previous token: what stood last but one, then what stood last
    ],
)
def test_the_specimens_heads_step_as_they_are_built_to(specimen, head, edges):
    extended = [Extension((1, 1), 2), Extension((1, 1, 2), 2)]
    assert set(transitions(specimen.head(head).component("z"), extended).edges) == edges
