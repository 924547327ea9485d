"""The clock decides which of two ways is taken, and nothing else."""

import pytest
import torch

from harness.readings.decoding import top_two
from harness.readings.decoding.pace import AGAIN, TRIALS, Pace
from harness.readings.decoding.top_two import Precision, fold, top2


class Clock:
    """A clock that goes on by what is done."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def taking(self, seconds, made=None):
        def done(*given):
            self.now += seconds
            return made(*given) if made else None

        return done


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize("seconds", [(1.0, 3.0), (3.0, 1.0)])
def test_both_ways_are_tried_and_the_quicker_is_taken(clock, seconds):
    pace = Pace(clock)
    taken = []
    for _ in range(2 * TRIALS + 50):
        taken.append(pace.screens(8, "screen"))
        pace.timed(8, "screen", taken[-1], clock.taking(seconds[0] if taken[-1] else seconds[1]))
    assert sorted(taken[: 2 * TRIALS]) == [False] * TRIALS + [True] * TRIALS
    assert set(taken[2 * TRIALS :]) == {seconds[0] < seconds[1]}


def test_the_slower_way_is_tried_again_after_a_while(clock):
    pace = Pace(clock)
    taken = [True]
    for _ in range(3 * AGAIN):
        pace.timed(8, "screen", taken[-1], clock.taking(1.0 if taken[-1] else 3.0))
        taken.append(pace.screens(8, "screen"))
    assert taken[2 * TRIALS + 1 :].count(False) == 2


def test_what_a_vector_takes_by_the_whole_product_is_known_after_some_trials(clock):
    pace = Pace(clock)
    for number in range(TRIALS):
        assert pace.whole(600, "screen") == 0
        pace.timed(600, "screen", False, clock.taking(600.0 * (number + 1)))
    assert pace.whole(600, "screen") == 2
    pace.timed(600, "screen", True, clock.taking(300.0))
    assert pace.last(600, "screen") == 0.5


@pytest.mark.parametrize(("screened", "quicker"), [(2.0, "whole"), (0.5, "screen")])
def test_many_vectors_are_decoded_with_a_dear_screen_only_where_that_is_quicker(monkeypatch, clock, screened, quicker):
    generator = torch.Generator().manual_seed(0)
    folded = fold(torch.randn(64, 64, generator=generator), torch.randn(64, 8192, generator=generator), None)
    monkeypatch.setattr(top_two, "fastest", lambda: Precision.FLOAT32)
    monkeypatch.setattr(top_two, "PACE", Pace(clock))
    done = []
    for name, seconds in (("decode_screened", screened), ("decode_plainly", 1.0)):
        made = clock.taking(seconds, getattr(top_two, name))
        monkeypatch.setattr(top_two, name, lambda *given, name=name, made=made: done.append(name) or made(*given))
    for _ in range(8):
        vectors = torch.randn(600, 64, generator=generator)
        found = top2(vectors, folded, kind="z")
        scores = vectors.double() @ folded.matrix.double().T
        assert torch.equal(found.tokens, scores.argmax(1))
    (familiar,) = [folded.familiar("z")]
    assert familiar is not None
    assert not familiar.cheap
    last = {"whole": "decode_plainly", "screen": "decode_screened"}[quicker]
    assert set(done[-3:]) == {last}
