"""Activations: batched, remembered, and the same whichever way they came about."""

import numpy as np
import pytest
import torch

from harness.errors import ModelError, SequenceError
from harness.readings.activation_source import ActivationSource


@pytest.fixture
def source(specimen):
    return ActivationSource(specimen.backbone)


def same(one, other):
    return all(torch.allclose(getattr(one, part), getattr(other, part), atol=1e-5) for part in "qkvz")


SEQUENCES = [(1, 2, 3), (4,), (1, 2, 3), (5, 6, 7), (8, 9)]


def test_a_sequence_among_others_is_as_it_is_by_itself(source, specimen):
    together = source.of(SEQUENCES, 0, bos=True)
    for made, ids in zip(together, SEQUENCES, strict=True):
        assert made.q.shape == (len(ids), 8, specimen.backbone.shape.d_head), "BOS has no entry"
        assert same(made, ActivationSource(specimen.backbone).of([ids], 0, bos=True)[0])


def test_a_batch_that_is_cut_in_pieces_is_still_in_order(source, specimen):
    in_pieces = ActivationSource(specimen.backbone)
    in_pieces.runs.most = 1
    pairs = zip(source.of(SEQUENCES, 0, bos=True), in_pieces.of(SEQUENCES, 0, bos=True), strict=True)
    assert all(same(one, other) for one, other in pairs)
    assert (source.forwards, in_pieces.forwards) == (4, 4)


def test_where_memory_runs_out_the_batch_is_halved_until_it_fits(specimen):
    source, sizes = ActivationSource(specimen.backbone), []

    class Small:
        """A device with room for two sequences."""

        def __getattr__(self, name):
            return getattr(specimen.backbone, name)

        def activations(self, ids, layers, lengths=None):
            sizes.append(len(ids))
            if len(ids) > 2:
                raise torch.OutOfMemoryError("out of memory")
            return specimen.backbone.activations(ids, layers)

    small = ActivationSource(Small())
    sequences = [(i, i + 1) for i in range(7)]
    pairs = zip(small.of(sequences, 0, bos=True), source.of(sequences, 0, bos=True), strict=True)
    assert all(torch.equal(one.q, other.q) and torch.equal(one.z, other.z) for one, other in pairs)
    assert sizes == [7, 3, 1, 2, 4, 2, 2]
    assert small.runs.most < source.runs.most, "what comes next is cut beforehand"


def test_a_sequence_that_does_not_fit_by_itself_is_an_error(specimen, monkeypatch):
    source = ActivationSource(specimen.backbone)

    def never(*_):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(type(specimen.backbone), "activations", never)
    with pytest.raises(torch.OutOfMemoryError):
        source.of([(1, 2), (3, 4)], 0, bos=True)


def test_what_was_run_is_remembered_once(source):
    source.of(SEQUENCES, 0, bos=True)
    assert source.forwards == 4
    first, *_ = source.of(SEQUENCES, 0, bos=True)
    assert source.forwards == 4
    assert source.of([(1, 2, 3)], 0, bos=True)[0] is first


def test_a_sequence_that_another_begins_with_is_read_from_its_run_bit_for_bit(source, specimen):
    longer = [(1, 2, 3, 4), (5, 6, 7, 8)]
    shorter = [ids[:3] for ids in longer]
    together = source.of([*shorter, *longer, (1,) * 9], 0, bos=True)
    assert source.forwards == 3
    for one, other in zip(together, ActivationSource(specimen.backbone).of(shorter, 0, bos=True), strict=False):
        assert all(torch.equal(getattr(one, part), getattr(other, part)) for part in ("q", "k", "v", "z", "pattern"))


def test_afresh_nothing_is_read_from_anothers_run(source):
    source.of([(1, 2), (1, 2, 3)], 0, bos=True, afresh=True)
    assert source.forwards == 2


def test_afresh_neither_uses_nor_leaves_a_memory(source):
    source.of([(1, 2)], 0, bos=True, afresh=True)
    source.of([(1, 2)], 0, bos=True)
    assert source.forwards == 2
    kept = source.of([(1, 2)], 0, bos=True)[0]
    assert source.of([(1, 2)], 0, bos=True, afresh=True)[0] is not kept
    assert source.of([(1, 2)], 0, bos=True)[0] is kept


def test_one_run_afresh_serves_each_component_once(source):
    source.together = frozenset({0})
    source.of([(1, 2)], 0, bos=True)
    for whose, forwards in (("q", 2), ("z", 2), ("q", 3), ("z", 3), ("z", 4), (None, 5)):
        source.of([(1, 2)], 0, bos=True, afresh=True, whose=whose)
        assert source.forwards == forwards
    alone = source.of([(1, 2)], 0, bos=True, afresh=True, whose="k")[0]
    among = source.of([(1, 2), (3, 4)], 0, bos=True, afresh=True, whose="k")[0]
    assert source.forwards == 7
    assert same(alone, among)
    source.of([(1, 2)], 1, bos=True, afresh=True, whose="q")
    assert source.forwards == 8


def test_what_was_run_afresh_is_not_used_after_it_was_written_to(source):
    source.together = frozenset({0})
    source.of([(1, 2)], 0, bos=True, afresh=True, whose="q")[0].z.zero_()
    with pytest.raises(ModelError, match="were written to"):
        source.of([(1, 2)], 0, bos=True, afresh=True, whose="z")


def test_with_and_without_bos_are_not_mistaken_for_each_other(source):
    (front,), (bare,) = source.of([(1, 2)], 0, bos=True), source.of([(1, 2)], 0, bos=False)
    assert source.forwards == 2
    assert len(front.q) == len(bare.q) == 2
    assert not same(front, bare)


def test_a_small_budget_changes_nothing_but_the_work(specimen):
    poor = ActivationSource(specimen.backbone, budget=0)
    rich = ActivationSource(specimen.backbone)
    for _ in range(2):
        assert all(
            same(a, b) for a, b in zip(poor.of(SEQUENCES, 0, bos=True), rich.of(SEQUENCES, 0, bos=True), strict=True)
        )
    assert (poor.forwards, rich.forwards) == (8, 4)


def test_attention_is_among_the_sequences_own_positions(source):
    attention = source.attention((1, 2, 3), 0, 5, bos=True)
    assert attention.shape == (3, 3)
    assert torch.equal(attention, attention.tril())
    assert attention[2, 1] > 0.9, "the head that looks at the token before"


# What is a sequence


@pytest.mark.parametrize(
    "ids", [[1, 2], (1, 2), range(1, 3), np.array([1, 2]), torch.tensor([1, 2]), iter([1, 2]), (np.int64(1), 2)]
)
def test_any_row_of_whole_numbers_is_a_sequence(source, ids):
    checked = source.check(ids, bos=True)
    assert checked == (1, 2)
    assert [type(id) for id in checked] == [int, int]


@pytest.mark.parametrize("ids", ["12", "ab", 5, None, (1.0, 2.0), (1.9,), ("1",), ((1, 2), 3), "", np.array([1.5])])
def test_what_is_no_row_of_whole_numbers_is_refused_and_never_rounded_or_parsed(source, ids):
    with pytest.raises(SequenceError) as refused:
        source.check(ids, bos=True)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("id", [-1, 124, 10**12])
def test_an_id_outside_the_vocabulary_is_told_its_bounds(source, id):
    with pytest.raises(SequenceError, match=f"id {id}: it is outside the vocabulary; specimen has ids 0-123"):
        source.check((1, id), bos=True)


def test_too_many_ids_are_told_how_many_fit_and_bos_needs_its_place(source):
    assert len(source.check((1,) * 64, bos=False)) == 64
    for ids, bos, room in (((1,) * 65, False, 64), ((1,) * 64, True, 63), ((), True, 63)):
        with pytest.raises(SequenceError, match=f"{len(ids)} ids: specimen reads 1 to {room};"):
            source.check(ids, bos=bos)


def test_numbers_that_are_none_are_refused(source, monkeypatch):
    broken = source.of([(1, 2)], 0, bos=True)[0].q * float("nan")

    class Broken:
        def __getattr__(self, name):
            return getattr(source.backbone, name)

        def activations(self, ids, layers, lengths=None):
            parts = dict.fromkeys(("q", "k", "v", "z"), broken[None].expand(len(ids), -1, -1, -1))
            return {0: type("Layer", (), {**parts, "pattern": torch.ones(len(ids), 1, 2, 2)})()}

    with pytest.raises(ModelError, match="layer 0 gives NaN or infinity"):
        ActivationSource(Broken()).of([(1, 2)], 0, bos=False)


def test_layers_that_are_read_together_take_one_run_of_the_model(specimen):
    sequences = [(i, i + 1, i) for i in range(6)]
    apart, together = (ActivationSource(specimen.backbone) for _ in range(2))
    together.together = frozenset({0, 1})
    for layer in (0, 1):
        found = zip(apart.of(sequences, layer, bos=True), together.of(sequences, layer, bos=True), strict=True)
        assert all(torch.equal(getattr(a, part), getattr(b, part)) for a, b in found for part in ("q", "k", "v", "z"))
    assert (apart.forwards, together.forwards) == (12, 6)


def test_a_single_sequence_is_read_for_its_own_layer_alone(specimen):
    source = ActivationSource(specimen.backbone)
    source.together = frozenset({0, 1})
    source.of([(3, 4)], 0, bos=True)
    source.of([(3, 4)], 1, bos=True)
    assert source.forwards == 2


def test_the_sequence_that_is_unsound_is_named_whatever_else_is_run_with_it(specimen, monkeypatch):
    source = ActivationSource(specimen.backbone)
    sound = type(specimen.backbone).activations

    def spoilt(backbone, ids, layers, lengths=None):
        found = sound(backbone, ids, layers)
        for made in found.values():
            for i, row in enumerate(ids.tolist()):
                if row[1:3] == [5, 6]:  # and what it is filled with
                    made.z[i] = float("nan")
        return found

    monkeypatch.setattr(type(specimen.backbone), "activations", spoilt)
    for batch in ([(1, 2), (5, 6)], [(5, 6), (1, 2)], [(5, 6)]):
        with pytest.raises(ModelError, match=r"layer 0 gives NaN or infinity for \(5, 6\);"):
            source.of(batch, 0, bos=True)
