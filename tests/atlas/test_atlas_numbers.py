"""The atlas's numbers on readings made by hand, and against slow ways of computing them."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from harness.atlas.claims import claims, few
from harness.atlas.coverage import curve, power
from harness.atlas.judging import ClaimOutcome, jackknife, whole
from harness.atlas.overlap import halves
from harness.atlas.plane import chosen, plane
from harness.atlas.shared import of_both, shared
from harness.atlas.vocabularies import Vocabulary, vocabulary
from harness.graphs.growth_exponent import distinct, growth
from tests.support.atlases import invented, sources


def test_pairs_share_what_sets_say():
    found = invented(seed=1)
    words = vocabulary(found.heads, found.read["qk"])
    result = shared(words)
    for left, right in combinations(range(len(found.heads)), 2):
        both = set(found.read["qk"][left].ravel().tolist()) & set(found.read["qk"][right].ravel().tolist())
        assert result.counts[left, right] == len(both) == len(of_both(words, left, right))
        assert result.apart[left, right] == len(both - set(result.common))
    assert set(result.common) == {0, 1, 2, 3}, "what the smallest vocabulary has, all have"
    assert sorted(result.order) == list(range(len(found.heads)))


def test_heads_that_are_alike_stand_together():
    sets = ({1: 1, 2: 1}, {8: 1, 9: 1}, {1: 1, 2: 1}, {8: 1, 9: 1})
    order = shared(Vocabulary(("0.0", "0.1", "0.2", "0.3"), sets)).order
    assert abs(order.index(0) - order.index(2)) == 1 == abs(order.index(1) - order.index(3))


@pytest.mark.parametrize(
    ("read", "triangle", "kind"),
    [
        (np.full((4, 20), 3), False, "compresses"),
        (np.arange(80).reshape(4, 20), False, "tracks"),
        (np.arange(4 * 210).reshape(4, 210), True, "expands"),
        (np.array([[1] * 20, list(range(20))]), False, "undecided"),
    ],
)
def test_growth_has_its_class(read, triangle, kind):
    assert growth(read, triangle=triangle).kind == kind


def test_a_token_a_pair_grows_as_the_number_of_pairs():
    assert distinct(np.arange(21), triangle=True).tolist() == [1, 3, 6, 10, 15, 21]


def test_coverage_is_the_mean_over_all_orders_of_the_prompts():
    read = invented(seed=3, prompts=5, length=4).read["v"]
    found = curve(read)
    for m in range(1, 6):
        sets = [set(read[:, list(some)].ravel().tolist()) for some in combinations(range(5), m)]
        assert found[m - 1] == pytest.approx(sum(map(len, sets)) / comb(5, m))


def test_a_closed_vocabulary_grows_at_no_power_and_a_new_one_at_one():
    assert power(curve(np.full((2, 8, 3), 5))) == pytest.approx(0)
    assert power(curve(np.arange(48).reshape(2, 8, 3))) == pytest.approx(1)


def test_halves_are_every_other_prompt():
    found = invented(seed=0, prompts=4)
    left, right = found.read["q"][:, ::2], found.read["q"][:, 1::2]
    assert halves(found, "q").both == len(np.intersect1d(left, right))
    assert halves(found.only([0]), "q") is None


def test_the_plane_is_the_same_each_time_and_knows_layers_of_regions_of_their_own():
    words = Vocabulary(("0.0", "1.0"), (dict.fromkeys(range(20), 2), dict.fromkeys(range(10, 40), 1)))
    ids, layers = chosen(words)
    assert sorted(ids) == list(range(40))
    assert dict(zip(ids, layers, strict=True)) == {id: int(id >= 20) for id in range(40)}
    vectors = np.random.default_rng(0).normal(size=(40, 6)) + 9 * np.array(layers)[:, None] * np.eye(6)[0]
    first, again = plane(ids, layers, vectors), plane(ids, layers, vectors)
    assert (first.places == again.places).all()
    assert first.neighbours > 0.9 > first.dealt[2]
    assert plane(ids[:3], layers[:3], vectors[:3]).places.shape == (3, 2)


def test_the_jackknife_knows_a_mean():
    found = invented(seed=0, prompts=12)
    _value, low, high = jackknife(found, lambda some: float(some.sequences.mean()))
    error = found.sequences.mean(axis=1).std(ddof=1) / 12**0.5
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=1e-3)
    assert jackknife(found.only([0]), whole("q"))[1:] == (float("-inf"), float("inf"))


def judgements(found, **kinds):
    near = {"qk": (0.9, (0.5, 0.4, 0.6)), "q": (0.5, (0.5, 0.4, 0.6))}
    growths = {"qk": {"compresses": 1, "tracks": 1, "expands": 1} | kinds}
    return {one.name: one.judgement for one in claims(found, growths, near, 60)}


def test_claims_come_out_both_ways():
    lot = sources()
    found = judgements(lot)
    assert found["every pair shares a token"] is ClaimOutcome.HOLDS, "four tokens are everywhere"
    assert found["no pair shares more than four"] is ClaimOutcome.NOT
    assert found["a common set"] is ClaimOutcome.HOLDS
    assert found["few tokens for 16 inputs"] is ClaimOutcome.HOLDS, "the first head has four tokens"
    assert found["three classes of heads"] is ClaimOutcome.HOLDS
    assert found["layers in the plane"] is ClaimOutcome.PART
    assert found["positions"] is ClaimOutcome.UNTESTED
    apart = {name: one.only(range(5)) for name, one in lot.items()}
    for one in apart.values():
        for part in one.read:
            one.read[part] = one.read[part] + 1000 * np.arange(len(one.heads))[:, None, None]
    other = judgements(apart, tracks=0)
    assert other["every pair shares a token"] is ClaimOutcome.NOT
    assert other["no pair shares more than four"] is ClaimOutcome.HOLDS
    assert other["a common set"] is ClaimOutcome.NOT
    assert other["three classes of heads"] is ClaimOutcome.PART


def test_few_tokens_are_counted_in_sixteen_positions():
    assert few(invented(seed=0, length=16)) == 1
    lot = {name: one.cut(8) for name, one in sources().items()}
    assert judgements(lot)["few tokens for 16 inputs"] is ClaimOutcome.UNTESTED


def test_what_random_weights_show_too_was_not_learnt():
    def why(found):
        return next(
            one.why
            for one in claims(found, {}, {"q": (0.5, (0.5, 0.4, 0.6))}, 60)
            if one.name == "invariant to the input"
        )

    lot = sources()
    assert why(lot).endswith("so it was not learnt.")
    assert "random weights" not in why({name: one for name, one in lot.items() if "untrained" not in name})
    lot["untrained random"].read["v"] = lot["untrained random"].read["v"] * 0
    assert "not learnt" not in why(lot)
