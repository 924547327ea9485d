"""Graphs of the default language model: walks are what each beginning by itself reads, and graphs go with the text."""

import pytest

from harness.graphs.labels import Labelling
from harness.graphs.plan import Plan, drawn
from harness.graphs.states import Abstraction, states
from harness.graphs.study import study
from harness.graphs.walks import walks

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("head", "component"),
    [("0.0", "z"), *(pytest.param("18.6", one, marks=pytest.mark.thorough) for one in ("z", "qk"))],
)
@pytest.mark.parametrize("abstraction", Abstraction)
def test_a_walk_is_what_each_beginning_by_itself_reads(smollm2, head, component, abstraction):
    reader = smollm2.head(head).component(component)
    ids = drawn(Plan(sequences=3, held_out=1), smollm2.lexicon).sequences
    for walk in walks(reader, ids, abstraction=abstraction, labelling=Labelling.TOKEN):
        for i, state in enumerate(walk.states):
            alone = states(reader.afresh(walk.ids[: i + 1]), abstraction)[-1]
            assert state == alone or None in (state, alone), "but for near-ties"
    assert len({walk.states for walk in walks(reader, ids, abstraction=abstraction, labelling=Labelling.TOKEN)}) > (
        head != "0.0"
    )


def test_a_head_that_says_one_thing_and_one_that_does_not(smollm2):
    plan = Plan(sequences=80, held_out=80)  # fewer are not enough to be sure of a machine
    walked = drawn(plan, smollm2.lexicon)
    constant, deep = (study(smollm2.head(head).component("z"), plan, walked).to_json() for head in ("0.0", "18.6"))
    (only,) = constant["nodes"]
    assert only["text"] == smollm2.text(only["tokens"])[0]
    assert constant["statistics"]["automaton"]["size"] == 1
    assert len(deep["nodes"]) > 10
    assert deep["statistics"]["determinism"]["rate"] < 0.5
    assert "why_not" in deep["statistics"]["automaton"]
