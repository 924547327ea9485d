"""Exhibits: what the report draws, as plain data that JSON can hold."""

import json

import pytest

from harness.graphs.exhibits import FAMILIES, TOGETHER, TRANSITIONS, exhibits
from harness.graphs.plan import ALPHABET, Plan, drawn
from harness.graphs.study import study
from harness.models.specimens.hand_built import expected
from harness.records.address import Address


@pytest.fixture(scope="module")
def made(specimen):
    return exhibits(specimen, (Address(0, 1), Address(0, 4)), component="z", projection="output", bos=True, seed=0)


GRAPHS = [*(f"z {family}" for family in TRANSITIONS), " ".join(("z", *TRANSITIONS))]


def test_every_head_has_a_plot_of_each_family_a_graph_of_each_and_one_of_all(made):
    assert [(each.head, each.kind, each.name) for each in made] == [
        (head, kind, name)
        for head in ("0.1", "0.4")
        for kind, name in [("token_plot", family) for family in (*FAMILIES, "passages")]
        + [("transitions", name) for name in GRAPHS]
    ]


def test_they_are_the_same_every_time_and_plain_data(made, specimen):
    again = exhibits(specimen, (Address(0, 1),), component="z", projection="output", bos=True, seed=0)
    assert again == made[:8]
    assert [json.loads(json.dumps(each.data)) for each in made] == [each.data for each in made]


def test_plots_of_one_length_can_be_compared(made):
    plots = [each.data for each in made if each.kind == "token_plot"]
    assert {len(plot["ids"]) for plot in plots} == {12}
    by_family = {each.name: each.data["ids"] for each in made[:4]}
    assert len(set(by_family["repeats"])) == 1
    assert by_family["periodic"] == by_family["periodic"][:3] * 4
    assert plots[0]["ids"] == plots[len(FAMILIES) + 1]["ids"], "every head on the same sequences"


def test_a_plot_shows_what_the_head_reads(specimen):
    ids = (1, 2, 1)
    plot = specimen.head("0.7")(ids).token_plot()
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
    graphs = {(each.head, each.name): each.data for each in made if each.kind == "transitions"}
    assert {node["text"] for node in graphs["0.4", "z words"]["nodes"]} == {"even", "odd"}
    assert len(graphs["0.1", "z words"]["nodes"]) <= ALPHABET
    for (_, name), graph in graphs.items():
        families = name.split()[1:]
        numbers = [TRANSITIONS[family] if len(families) == 1 else TOGETHER for family in families]
        assert graph["families"] == families
        assert graph["sequences"] == graph["held_out"] == sum(numbers)
        assert sum(edge["count"] for edge in graph["edges"]) == graph["statistics"]["support"]["steps"]
        assert {edge["source"] for edge in graph["edges"]} <= {node["id"] for node in graph["nodes"]}
        assert all(1 <= len(edge["examples"]) <= 3 for edge in graph["edges"])
        assert "component z" in graph["caption"]
    repeated = {(edge["source"], edge["target"]) for edge in graphs["0.1", "z repeats"]["edges"]}
    assert all(source == target for source, target in repeated), "an echo of one token moves nowhere"


@pytest.mark.parametrize("families", [("words",), ("repeats",), ("words", "repeats", "periodic")])
def test_a_graph_is_that_of_a_study_by_itself(families, made, specimen):
    number = TOGETHER if len(families) > 1 else TRANSITIONS[families[0]]
    plan = Plan(families=families, sequences=number, held_out=number, seed=0)
    alone = study(specimen.head("0.4").component("z"), plan, drawn(plan, specimen.lexicon)).to_json()
    name = " ".join(("z", *families))
    assert alone == next(each.data for each in made if (each.head, each.name) == ("0.4", name))


def test_of_many_heads_there_is_the_graph_of_all_families_alone(made, specimen):
    few = exhibits(specimen, (Address(0, 1),), component="z", projection="output", bos=True, seed=0, apart=False)
    assert few == [each for each in made[:8] if each.kind == "token_plot" or each.name == GRAPHS[-1]]
