"""Streams on disk: a run goes on from where an earlier one stopped, bit for bit, and from nothing that is not whole."""

import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.models import bridge
from harness.profiling import Count, counted
from harness.readings.activation_source import ActivationSource
from harness.readings.streams import KeptStream, Streams

PARTS = ("q", "k", "v", "z", "pattern")
TOP = 2


@pytest.fixture(scope="module", params=["tiny_gpt2", "tiny_llama"])
def measured(request):
    """A network whose bits may depend on the company, as is measured here."""
    return bridge.folder(request.getfixturevalue(request.param), name="tiny")


@pytest.fixture
def network(measured, monkeypatch):
    """One that goes on in company whether they do or not."""
    monkeypatch.setitem(measured.__dict__, "alike_in_company", True)
    return measured


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "streams"


def source(network, folder=None, *, together, below=TOP + 1, **how):
    made = ActivationSource(network, together=together)
    made.runs.streams = None if folder is None else Streams(folder, below=below, **how)
    return made


def same(one, other):
    return all(torch.equal(getattr(one, part), getattr(other, part)) for part in PARTS)


SEQUENCES = [(1, 2, 3), (1, 2, 3, 4), (4,) * 9, (5, 6, 7), (9,)]


def runs(made, sequences, layer, **how):
    """What came of it, and how many layers were run."""
    counted()
    return made.of(sequences, layer, bos=True, **how), counted().get(Count.LAYER_RUNS, 0)


def test_a_block_of_layers_goes_on_where_the_one_below_stopped(network, folder):
    """Four runs, since one sequence begins with another: 2 layers each, then the second of them again and one more."""
    _, below = runs(source(network, folder, together={0, 1}), SEQUENCES, 0)
    found, above = runs(source(network, folder, together={2}), SEQUENCES, 2)
    wanted, from_the_bottom = runs(source(network, together={2}), SEQUENCES, 2)
    assert (below, above, from_the_bottom) == (8, 8, 12)
    assert all(same(one, other) for one, other in zip(found, wanted, strict=True))


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.data())
def test_whatever_is_asked_for_in_whatever_order_the_bits_are_those_of_runs_from_the_bottom(measured, folder, data):
    shutil.rmtree(folder, ignore_errors=True)
    some = st.lists(st.integers(0, 4), min_size=1, max_size=12).map(tuple)
    pool = data.draw(st.lists(some, min_size=1, max_size=6))
    pool += [ids[:-1] for ids in pool if len(ids) > 1]
    for _ in range(data.draw(st.integers(1, 4))):
        layer = data.draw(st.integers(0, TOP))
        together = data.draw(st.sets(st.integers(0, TOP))) | {layer}
        asked = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=8))
        how = {"bos": data.draw(st.booleans()), "own": data.draw(st.booleans())}
        backbone = measured.in_float64() if data.draw(st.booleans()) else measured
        made, plain = source(backbone, folder, together=together), source(backbone, together=together)
        made.shared_from = data.draw(st.sampled_from([1, 4]))
        for one, other in zip(made.of(asked, layer, **how), plain.of(asked, layer, **how), strict=True):
            assert same(one, other)


def test_what_one_head_alone_asks_for_goes_on_as_well_and_leaves_nothing(network, folder):
    source(network, folder, together={0, 1}).of(SEQUENCES, 0, bos=True)
    files = {path: path.read_bytes() for path in folder.iterdir()}
    _, layers = runs(source(network, folder, together={2}), [(5, 6, 7), (8, 8)], 2, own=True)
    assert layers == 2 + 3
    assert {path: path.read_bytes() for path in folder.iterdir()} == files


def test_anew_is_from_the_bottom(network, folder):
    source(network, folder, together={0, 1}).of(SEQUENCES, 0, bos=True)
    _, layers = runs(source(network, folder, together={2}), [(5, 6, 7)], 2, afresh=True)
    assert layers == 3


def spoilt(whole: bytes) -> list[bytes]:
    flipped = [bytes([*whole[:place], whole[place] ^ 1, *whole[place + 1 :]]) for place in (0, 40, len(whole) - 1)]
    return [b"", whole[:20], whole[:-1], whole[: len(whole) // 2], whole + b"\0", *flipped]


def test_what_was_cut_short_or_changed_is_not_used(network, folder):
    source(network, folder, together={0, 1}).of(SEQUENCES, 0, bos=True)
    paths = {path: path.read_bytes() for path in folder.iterdir()}
    wanted = source(network, together={2}).of([(5, 6, 7)], 2, bos=True)[0]
    for number in range(len(spoilt(b"0" * 50))):
        for path, whole in paths.items():
            path.unlink()  # some are one file
            path.write_bytes(spoilt(whole)[number])
        (found,), layers = runs(source(network, folder, together={2}), [(5, 6, 7)], 2)
        assert layers == 3
        assert same(found, wanted)


def test_a_file_under_another_sequences_name_is_not_used(network, folder):
    source(network, folder, together={0, 1}).of([(5, 6), (7, 8), (1, 1), (2, 2)], 0, bos=True)
    some = [path.read_bytes() for path in sorted(folder.iterdir())]
    for path, whole in zip(sorted(folder.iterdir()), some[1:] + some[:1], strict=True):
        path.write_bytes(whole)
    assert runs(source(network, folder, together={2}), [(5, 6)], 2)[1] == 3


def test_where_bits_depend_on_the_company_a_sequence_goes_on_by_itself_alone(measured, folder, monkeypatch):
    monkeypatch.setitem(measured.__dict__, "alike_in_company", False)
    source(measured, folder, together={0, 1}).of(SEQUENCES, 0, bos=True)
    assert not folder.exists()
    one = source(measured, folder, together={0, 1})
    one.shared_from = 1
    one.of([(5, 6, 7)], 0, bos=True)
    assert runs(source(measured, folder, together={2}), [(5, 6, 7), (8, 8)], 2)[1] == 6
    assert runs(source(measured, folder, together={2}), [(5, 6, 7)], 2)[1] == 2


def test_another_network_another_dtype_and_no_bos_find_nothing(network, folder):
    source(network, folder, together={0, 1}).of(SEQUENCES, 0, bos=True)
    wide = source(network.in_float64(), folder, together={2})
    assert runs(wide, [(5, 6, 7)], 2)[1] == 3
    counted()
    source(network, folder, together={2}).of([(5, 6, 7)], 2, bos=False)
    assert counted()[Count.LAYER_RUNS] == 3


def test_a_layer_that_gives_no_numbers_leaves_no_stream(network, folder):
    streams = Streams(folder, below=9)
    for number in (float("nan"), float("inf")):
        residual = torch.ones(5, 32)
        residual[2, 3] = number
        streams.put(network, 0, KeptStream(1, (1, 2, 3, 4), residual), [(1, 2)])
    assert not folder.exists() or not [*folder.iterdir()]


def test_nothing_is_kept_beyond_its_room_where_nobody_will_ask_or_where_it_cannot_be_written(network, folder):
    for how in ({"room": 0}, {"below": 1}):
        source(network, folder, together={0, 1}, **how).of(SEQUENCES, 0, bos=True)
        assert not folder.exists()
    Path(folder).write_text("a file in the folder's place")
    found = source(network, folder, together={0, 1}).of(SEQUENCES, 0, bos=True)
    assert same(found[0], source(network, together={0, 1}).of(SEQUENCES, 0, bos=True)[0])


def test_a_full_disk_leaves_no_half_of_a_file(network, folder, monkeypatch):
    def full(path, whole):
        with path.open("wb") as file:
            file.write(whole[:30])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    source(network, folder, together={0, 1}).of(SEQUENCES, 0, bos=True)
    assert [*folder.iterdir()] == []
