"""A head's facts: what it says, and where it attends, on specimens whose truth is known."""

import pytest

from harness.graphs.facts import COMMONEST, SEQUENCES, covering, facts, vocabulary
from harness.readings.reading import line
from harness.records.address import Address


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


def test_the_previous_token_head_attends_to_the_token_before(specimen):
    shares = [of(specimen, (layer, head))["attends"]["random"] for layer in range(2) for head in range(8)]
    assert max(one["the token before"] for one in shares) > 0.9
    assert max(one["what followed an earlier copy"] for one in shares) > 0.9


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
