"""Counterexamples: ready to be kept, shown, and run again."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.laws.families import Extension
from harness.laws.relations import agree, ends_alike
from harness.readings.reading import line, triangle
from harness.trials.counterexample import Whose, counterexample, revived
from harness.trials.judge import Judgement, Outcome

quick = settings(max_examples=60, deadline=None)
IDS = st.lists(st.integers(0, 50_000), max_size=6).map(tuple)


def text(ids):
    return [f"<{id}>" for id in ids]


def of(ids, made):
    return replace(made, ids=tuple(ids), sequence=tuple(ids))


def violated(*readings, deciding=None):
    return Judgement(Outcome.VIOLATED, 0.5, deciding, readings)


def shown(inputs, judgement, cell="c"):
    return counterexample(cell, inputs, judgement, text)


@quick
@given(
    st.dictionaries(
        st.sampled_from(["S", "word", "times", "t", "extension"]),
        IDS
        | st.integers(-5, 5)
        | st.booleans()
        | st.builds(Extension, IDS, st.integers(0, 99))
        | st.lists(IDS)
        | st.none(),
    )
)
def test_inputs_come_back_as_they_were_drawn(inputs):
    kept = json.loads(shown(inputs, violated()).to_json())
    back = revived(kept["inputs"])
    assert back == inputs
    assert [type(value) for value in back.values()] == [type(value) for value in inputs.values()]


def test_the_id_is_that_of_cell_and_inputs():
    one = shown({"S": (1, 2)}, violated())
    assert one.id == shown({"S": (1, 2)}, violated(of((1,), line([9])))).id
    assert len({one.id, shown({"S": (2, 1)}, violated()).id, shown({"S": (1, 2)}, violated(), cell="d").id}) == 3


@pytest.mark.parametrize(
    ("inputs", "ids", "label"),
    [
        ({"word": (1, 2)}, (1, 2), "head(word)"),
        ({"word": (1, 2), "times": 3}, (1, 2, 1, 2, 1, 2), "head(word * 3)"),
        ({"t": 5, "times": 3}, (5, 5, 5), "head(t * 3)"),
        ({"extension": Extension((1, 2), 7)}, (1, 2), "head(S)"),
        ({"extension": Extension((1, 2), 7)}, (1, 2, 7), "head(S + t)"),
        ({"extension": Extension((1, 2), 7)}, (1, 2, 7, 7), "head(S + t + t)"),
        ({"S": (1, 2), "a": 3, "b": 4, "t": 5}, (1, 2, 4, 3, 5), "head(S + b + a + t)"),
        ({"S": (1, 2)}, (2, 1), "head(2 tokens)"),
    ],
)
def test_a_reading_is_named_by_what_its_sequence_is_made_of(inputs, ids, label):
    (reading,) = shown(inputs, violated(of(ids, line([0] * len(ids))))).readings
    assert (reading.label, reading.ids, reading.text) == (label, list(ids), text(ids))


def test_a_stretch_and_a_row_say_which():
    ids = (4, 5, 6)
    made = of(ids, triangle([[1], [1, 2], [1, 2, 3]]))
    flat = of(ids, line([1, 2, 3]))
    labels = [
        reading.label
        for reading in shown({"S": ids}, violated(made[1:], made.last, made.last[:2], flat[1:], flat.last)).readings
    ]
    assert labels == ["head(S)[1:3]", "head(S), row 2", "head(S), row 2[0:2]", "head(S)[1:3]", "head(S)[2:3]"]


def test_readings_of_other_components_and_heads_are_named_by_what_they_are():
    ids = (4, 5)

    def labels(whose, *asked):
        made = [replace(of(ids, line([1, 2])), asked=one) for one in asked]
        found = counterexample("c", {"S": ids}, violated(*made), text, whose=whose)
        return [reading.label for reading in found.readings]

    assert labels(Whose("0.1", "z"), "", "v") == ["z(S)", "v(S)"]
    assert labels(Whose("0.1", "qk"), "", "q", "k") == ["qk(S)", "q(S)", "k(S)"]
    assert labels(Whose("0.1+0.4", "z"), "", "right") == ["head 0.1(S)", "head 0.4(S)"]
    assert labels(Whose("0.1", "z"), "", "in another basis") == ["z(S)", "in another basis(S)"]
    assert labels(Whose("0.1", "z"), "", "") == ["head(S)", "head(S)"]


def test_a_reading_of_its_own_reading_says_how_often_the_head_was_asked():
    chain = [of(ids, line(read)) for ids, read in (((1, 2), [3, 4]), ((3, 4), [5, 6]), ((5, 6), [7, 7]))]
    found = shown({"S": (1, 2)}, violated(*chain, of((8, 8), line([0, 0]))))
    assert [reading.label for reading in found.readings] == ["head(S)", "head^2(S)", "head^3(S)", "head(2 tokens)"]
    sides = shown({"S": (1, 2)}, violated(*chain, deciding=agree(chain[2], chain[1])))
    assert [reading.label for reading in sides.readings] == ["head^3(S)", "head^2(S)"]
    assert shown({"S": (1, 2)}, violated(of((3, 4), line([5, 6])))).readings[0].label == "head(2 tokens)"


def test_of_a_failed_comparison_its_two_sides_are_shown_and_where_they_differ():
    left, right = of((1, 2), line([7, 8])), of((1, 3), line([7, 9]))
    found = shown({"S": (1, 2)}, violated(of((5, 5, 5), line([0, 0, 0])), left, right, deciding=agree(left, right)))
    assert [reading.tokens for reading in found.readings] == [[7, 8], [7, 9]]
    assert (found.first_difference, found.margin, found.length) == ((1,), 1.0, 3)
    assert json.loads(found.to_json())["first_difference"] == {"reading": [0, 1], "at": [1]}


def test_a_triangle_is_kept_in_rows_and_a_line_in_one():
    pair, flat = shown({}, violated(of((1, 2), triangle([[3], [4, 5]])), of((1, 2), line([3, 4])))).readings
    assert (pair.tokens, pair.rows, pair.strings) == (None, [[3], [4, 5]], [["<3>"], ["<4>", "<5>"]])
    assert (flat.tokens, flat.rows, flat.strings) == ([3, 4], None, ["<3>", "<4>"])
    assert pair.margins == [[1.0], [1.0, 1.0]]


def test_hostile_text_is_kept_as_it_is():
    hostile = ["</script>", "\ud800", "\x00", "\u202e"]
    made = of((0, 1, 2, 3), line([0, 1, 2, 3]))
    kept = counterexample("c", {}, violated(made), lambda ids: [hostile[id] for id in ids]).to_json()
    kept.encode("ascii")
    assert json.loads(kept)["readings"][0]["text"] == hostile


def test_of_a_claim_that_compares_by_itself_all_its_readings_are_shown():
    left, right = of((1,), line([7])), of((1, 2), line([7, 8]))
    found = shown({"S": (1,)}, violated(left, right))
    assert (len(found.readings), found.first_difference, found.margin) == (2, None, None)
    assert json.loads(found.to_json())["first_difference"] is None


def test_last_rows_are_aligned_at_the_first_key():
    left, right = of((1,), triangle([[3]])), of((1, 2), triangle([[9], [4, 5]]))
    found = shown({}, violated(left, right, deciding=ends_alike(left, right)))
    assert found.first_difference == (0,)
    assert [reading.tokens for reading in found.readings] == [[3], [4]]
