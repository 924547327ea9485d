"""Exhibits: what the report draws, as plain data that JSON can hold."""

import json

import pytest

from harness.graphs.exhibits import FAMILIES, TRANSITIONS, exhibits, token_plot
from harness.graphs.study import ALPHABET
from harness.models.specimens import expected
from harness.readings.address import Address


@pytest.fixture(scope="module")
def made(specimen):
    return exhibits(specimen, (Address(0, 1), Address(0, 4)), component="z", projection="output", bos=True, seed=0)


def test_every_head_has_a_plot_of_each_family_and_one_graph(made):
    assert [(each.head, each.kind, each.name) for each in made] == [
        (head, kind, name)
        for head in ("0.1", "0.4")
        for kind, name in [*(("token_plot", family) for family in FAMILIES), ("transitions", "z")]
    ]


def test_they_are_the_same_every_time_and_plain_data(made, specimen):
    again = exhibits(specimen, (Address(0, 1),), component="z", projection="output", bos=True, seed=0)
    assert again == made[:5]
    assert [json.loads(json.dumps(each.data)) for each in made] == [each.data for each in made]


def test_plots_of_one_length_can_be_compared(made):
    plots = [each.data for each in made if each.kind == "token_plot"]
    assert {len(plot["ids"]) for plot in plots} == {12}
    by_family = {each.name: each.data["ids"] for each in made[:4]}
    assert len(set(by_family["repeats"])) == 1
    assert by_family["periodic"] == by_family["periodic"][:3] * 4
    assert plots[0]["ids"] == plots[4]["ids"], "every head on the same sequences"


def test_a_plot_shows_what_the_head_reads(specimen):
    ids = (1, 2, 1)
    plot = token_plot(specimen.head("0.7"), ids)
    assert plot["rows"] == [list(row) for row in expected("0.7", "qk", ids)]
    for component in "qkvz":
        assert tuple(plot[component]) == expected("0.7", component, ids)
    assert plot["input"] == ["a", "b", "a"]
    assert plot["strings"][str(plot["z"][2])] == "#1"
    assert (
        [len(row) for row in plot["rows"]]
        == [len(row) for row in plot["near_ties"]]
        == [len(row) for row in plot["attention"]]
        == [1, 2, 3]
    )
    assert all(0 <= share <= 1 for row in plot["attention"] for share in row)


def test_every_token_shown_has_its_text(made):
    for plot in (each.data for each in made if each.kind == "token_plot"):
        shown = {token for row in plot["rows"] for token in row}.union(*(plot[part] for part in "qkvz"))
        assert {str(token) for token in shown} == set(plot["strings"])


def test_a_graph_counts_its_steps_and_says_what_it_is(made):
    echo, parity = (each.data for each in made if each.kind == "transitions")
    assert {node["text"] for node in parity["nodes"]} == {"even", "odd"}
    assert len(echo["nodes"]) <= ALPHABET
    for graph in (echo, parity):
        assert graph["sequences"] == graph["held_out"] == TRANSITIONS
        assert sum(edge["count"] for edge in graph["edges"]) == graph["statistics"]["support"]["steps"]
        assert {edge["source"] for edge in graph["edges"]} <= {node["id"] for node in graph["nodes"]}
        assert all(1 <= len(edge["examples"]) <= 3 for edge in graph["edges"])
        assert "component z" in graph["caption"]
