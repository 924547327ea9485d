"""Equal rows of a batch are computed once, and nothing that is asked for shows it."""

import pytest
import torch

from harness.models import bridge
from harness.models.equal_rows import LEAST, EqualRows, rows_of
from harness.readings.batches import batches

PARTS = ("q", "k", "v", "z")
LENGTHS = [12, 12, 7, 3]


@pytest.fixture(params=["tiny_llama", "tiny_gpt2"])
def network(request):
    made = bridge.folder(request.getfixturevalue(request.param), name="tiny")
    made.__dict__["alike_in_company"] = True  # it is of the Llama, and in what follows of the GPT-2
    return made


@pytest.fixture
def ids():
    found = torch.randint(50, (4, 12), generator=torch.Generator().manual_seed(1))
    found[1, :9] = found[0, :9]
    found[2, :7] = found[0, :7]
    return found


def asked(made, lengths=LENGTHS):
    for row, upto in enumerate(lengths):
        yield from (getattr(made, part)[row, :upto] for part in PARTS)
        yield made.pattern[row, :, :upto, :upto]


def test_every_bit_that_is_asked_for_is_that_of_a_run_of_all_rows(network, ids):
    assert network.shares_rows
    whole, some = network.activations(ids, [0, 1, 2]), network.activations(ids, [0, 1, 2], rows_of(ids, LENGTHS))
    for layer in whole:
        assert all(torch.equal(one, other) for one, other in zip(asked(whole[layer]), asked(some[layer]), strict=True))


def test_a_beginning_is_computed_once_and_a_filling_not_at_all(ids):
    rows = rows_of(ids, LENGTHS)
    assert len(rows.computed) == 12 + 3 + 3  # the second adds what follows its nine, the third nothing
    assert rows_of(ids[:1], [2]).computed.tolist() == list(
        range(LEAST)
    )  # few rows are filled up, as they are rounded otherwise


def test_fewer_rows_go_through_the_mlp_and_nothing_of_it_stays(network, ids):
    mlp = network.bridge.blocks[0].mlp
    before, seen = dict(mlp.__dict__), []
    mlp.hook_in.register_forward_hook(lambda _module, _given, made: seen.append(made[..., 0].numel()))
    assert network.shares_rows
    seen.clear()
    network.activations(ids, [2], rows_of(ids, LENGTHS))
    network.activations(ids, [2])
    assert seen == [len(rows_of(ids, LENGTHS).computed), ids.numel()]
    assert mlp.__dict__.keys() == before.keys()


def test_rows_that_ought_to_be_equal_and_are_not_are_all_computed(network, ids):
    """As in a network that looks at what comes after: nobody gets another sequence's numbers."""

    def differ(_module, given):
        found = given[0].clone()
        found[1] += 1.0
        return (found, *given[1:])

    handle = network.bridge.blocks[0].mlp.register_forward_pre_hook(differ)
    try:
        whole, some = network.activations(ids, [1]), network.activations(ids, [1], rows_of(ids, LENGTHS))
    finally:
        handle.remove()
    assert not torch.equal(whole[1].v[0, :9], whole[1].v[1, :9])
    assert all(
        torch.equal(one, other) for one, other in zip(asked(whole[1], [12, 12]), asked(some[1], [12, 12]), strict=True)
    )


def test_a_network_whose_mlp_mixes_positions_shares_no_rows(network, monkeypatch):
    mlp = network.bridge.blocks[0].mlp
    plain = mlp.forward
    monkeypatch.setitem(mlp.__dict__, "forward", lambda given: plain(given.cumsum(1)))
    monkeypatch.setattr("harness.models.continuing._FOUND", {})
    assert not network.shares_rows
    assert mlp.__dict__["forward"] is not plain, "what it was given is in its place again"


def test_what_begins_alike_goes_together():
    sequences = [(1, 2, 3), (9, 9, 9), (1, 2, 4), (9, 8, 9)]
    assert batches(sequences, most=5, room=50, step=2, once=True) == [[(1, 2, 3), (1, 2, 4)], [(9, 8, 9)], [(9, 9, 9)]]


def test_a_part_that_gives_more_than_rows_is_run_whole_and_tried_once(network, ids, monkeypatch):
    """As an MLP of experts that hands on how it chose them."""
    mlp = network.bridge.blocks[0].mlp
    plain, seen = mlp.forward, []
    monkeypatch.setitem(mlp.__dict__, "forward", lambda given: (seen.append(given.shape[:2]), plain(given))[1:])
    parts = EqualRows(network.bridge.blocks)
    given, rows = torch.randn(1, 12, 32).repeat(4, 1, 1), rows_of(ids, [1] * 4)
    for _ in range(2):
        with parts.computing(rows, upto=0):
            (found,) = mlp(given)
        assert found.shape == given.shape
    assert seen == [(1, len(rows.computed)), (4, 12), (4, 12)]
