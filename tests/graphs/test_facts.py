"""A head's facts: what it says, and where it attends, on specimens whose truth is known."""

from dataclasses import replace

import pytest

from harness.graphs.facts import COMMONEST, DEPARTURES, SEQUENCES, covering, departures, facts, vocabulary
from harness.readings.reading import line
from harness.records.address import Address
from harness.records.facts_in_words import called


def of(model, address, parts=("q", "k", "v", "z", "qk", "attn"), **more):
    (found,) = facts(model, [Address(*address)], parts=parts, projection="output", bos=True, seed=0, **more)
    assert (found.head, found.kind, found.name) == (str(Address(*address)), "facts", "")
    return found.data


def test_the_constant_head_says_one_token(specimen):
    said = of(specimen, (0, 0))["says"]["z"]["random"]
    assert (said["covering"], said["distinct"], said["entropy"]) == (1, 1, 0.0)
    assert said["commonest"][0][2] == 1.0


def test_the_echo_says_as_many_tokens_as_it_reads(specimen):
    said = of(specimen, (0, 1))["says"]["v"]["random"]
    assert said["covering"] > 20
    assert said["entropy"] > 4
    assert len(said["commonest"]) == COMMONEST
    assert said["positions"] > SEQUENCES


@pytest.mark.slow
def test_the_previous_token_head_attends_to_the_token_before(specimen):
    shares = [of(specimen, (layer, head))["attends"]["random"] for layer in range(2) for head in range(8)]
    assert max(one["the token before"] for one in shares) > 0.9
    assert max(one["what followed an earlier copy"] for one in shares) > 0.9


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ((0, 5), "a previous-token head"),
        ((1, 0), "a duplicate-token head"),
        ((1, 1), "an induction head"),
        ((0, 0), ""),
    ],
)
def test_heads_are_called_by_their_attention(specimen, head, name):
    assert called(of(specimen, head)["attends"]["random"]) == name


def test_components_that_are_not_in_play_are_left_out(specimen):
    assert set(of(specimen, (0, 1), parts=("v", "q"))["says"]) == {"v"}


def test_tokens_are_counted_with_their_shares():
    found = vocabulary([line([5, 5, 7]), line([5])], lambda ids: [f"<{id}>" for id in ids])
    assert found == {
        "positions": 4,
        "distinct": 2,
        "covering": 2,
        "entropy": pytest.approx(0.8113, abs=1e-4),
        "commonest": [[5, "<5>", 0.75], [7, "<7>", 0.25]],
    }


@pytest.mark.parametrize(("counts", "number"), [([100], 1), ([94, 6], 2), ([95, 5], 1), ([1] * 40, 38), ([], 0)])
def test_how_many_cover_nearly_all(counts, number):
    assert covering(counts) == number


@pytest.mark.real
def test_head_0_0_of_the_default_model_is_a_switch_between_two_tokens(smollm2):
    found = of(smollm2, (0, 0))
    said = found["says"]["z"]
    assert said["random"]["covering"] == 2
    assert [text for _, text, _ in said["random"]["commonest"][:2]] == [" affili", " strugg"]
    assert said["random"]["commonest"][0][2] > 0.85
    assert {text for _, text, _ in said["text"]["commonest"][:2]} == {" affili", " strugg"}
    assert found["reads_bos"]["random"] > 0.85


def said(tokens, near=(), ids=None):
    made = line(tokens, near_ties=tuple(near))
    return replace(made, ids=tuple(ids or range(len(tokens))))


def test_it_departs_where_it_says_what_it_rarely_says():
    common = [said([5] * 30) for _ in range(3)]
    found = departures([*common, said([5, 5, 7, 7]), said([5, 8])], lambda ids: [f"<{id}>" for id in ids])
    assert [(one["at"], one["count"], one["z"][one["at"]]) for one in found] == [(1, 1, [8, "<8>"]), (2, 2, [7, "<7>"])]
    assert found[0]["text"] == ["<0>", "<1>"]


def test_a_near_tie_a_common_token_and_a_constant_reading_are_no_departure():
    common = [said([5] * 50), said([6] * 50)]
    assert departures([*common, said([5, 7], near=[1])], lambda ids: [str(id) for id in ids]) == []
    assert departures(common[:1], lambda ids: [str(id) for id in ids]) == []


def test_head_facts_say_where_it_departs_only_on_text(specimen):
    found = of(specimen, (0, 1))
    assert len(found["departs"]) <= DEPARTURES
    assert of(specimen, (0, 1), parts=("v",))["departs"] == []
