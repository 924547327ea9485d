"""What was read comes back as it was or not at all, whatever happens to its files; and nothing is read twice."""

import os
import signal
import subprocess
import sys

import pytest
import torch

from harness.errors import CacheError
from harness.models import cache
from harness.readings import remembered, room
from harness.readings.model import Model
from harness.readings.reading import line, triangle
from harness.readings.remembered import Remembered, reader
from tests.support.same import same

pytestmark = pytest.mark.slow

ROOM = 10_000_000
ONE, OTHER = line([3, 1, 3], near_ties=(1,)), line([5, 6])


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "readings"


def opened(folder, room=ROOM):
    """What a process that begins now knows."""
    return Remembered(folder, room=room)


def filled(folder, **readings):
    """Two readers' readings, each written by itself."""
    memory = opened(folder)
    for name, reading in readings.items():
        memory.put(name, reading)
        memory.keep()
    return sorted(folder.rglob("*.piece"))


# Files


def test_a_reading_is_found_at_once_and_by_later_processes_when_it_is_kept(folder):
    memory = opened(folder)
    assert memory.get("a", ONE.ids) is None
    memory.put("a", ONE)
    assert same(memory.get("a", ONE.ids), ONE)
    assert opened(folder).get("a", ONE.ids) is None
    memory.keep()
    for found in (memory, opened(folder)):
        assert same(found.get("a", ONE.ids), ONE)
        assert found.get("b", ONE.ids) is None
        assert found.get("a", OTHER.ids) is None


def test_the_first_reading_stays(folder):
    memory = opened(folder)
    memory.put("a", ONE)
    memory.keep()
    again = opened(folder)
    again.put("a", line([9, 9, 9]))
    again.keep()
    assert same(opened(folder).get("a", ONE.ids), ONE)
    assert len(list(folder.rglob("*.piece"))) == 1


def test_what_is_known_is_written_once(folder):
    memory = opened(folder)
    for _ in range(3):
        memory.put("a", ONE)
        memory.keep()
        memory.let_go()
    assert len(list(folder.rglob("*.piece"))) == 1


def test_much_is_written_before_anybody_asks(folder, monkeypatch):
    monkeypatch.setattr(remembered, "TOGETHER", ONE.nbytes + 1)
    memory = opened(folder)
    memory.put("a", ONE)
    memory.put("a", OTHER)
    assert same(opened(folder).get("a", ONE.ids), ONE)


def test_nothing_is_lost_where_little_may_be_held_in_memory(folder, monkeypatch):
    monkeypatch.setattr(remembered, "IN_MEMORY", 1)
    memory = opened(folder)
    for name in "abc":
        memory.put(name, ONE)
        memory.keep()
    assert all(same(memory.get(name, ONE.ids), ONE) for name in "abcabc")


@pytest.mark.parametrize("place", [0, 31, 32, 40, -1])
def test_a_changed_byte_is_noticed_and_nothing_but_its_piece_is_lost(folder, place):
    damaged, sound = filled(folder, a=ONE, b=ONE)
    content = bytearray(damaged.read_bytes())
    content[place] ^= 1
    damaged.write_bytes(content)
    assert opened(folder).get("a", ONE.ids) is None
    assert not damaged.exists()
    assert same(opened(folder).get("b", ONE.ids), ONE)
    assert sound.exists()
    memory = opened(folder)
    memory.put("a", OTHER)
    memory.put("a", ONE)
    memory.keep()
    assert same(opened(folder).get("a", ONE.ids), ONE)


@pytest.mark.parametrize("size", [0, 1, 40, -1])
def test_a_piece_that_was_cut_short_is_never_used(folder, size):
    damaged, _ = filled(folder, a=ONE, b=ONE)
    damaged.write_bytes(damaged.read_bytes()[:size])
    assert opened(folder).get("a", ONE.ids) is None
    assert same(opened(folder).get("b", ONE.ids), ONE)


def test_a_piece_in_another_reader_s_folder_is_never_used(folder):
    (piece,) = filled(folder, a=ONE)
    (folder / "b").mkdir()
    piece.replace(folder / "b" / piece.name)
    assert opened(folder).get("b", ONE.ids) is None


KILLED = """
import sys, time
from pathlib import Path
from harness.readings.reading import line
from harness.readings.remembered import Remembered

def half(path, whole, write=Path.write_bytes):
    if path.parent.name == "late":
        write(path, whole[: len(whole) // 2])
        print("half of it is written", flush=True)
        time.sleep(600)
    return write(path, whole)

Path.write_bytes = half
memory = Remembered(Path(sys.argv[1]), room=10_000_000)
memory.put("early", line([3, 1, 3]))
memory.keep()
memory.put("late", line([3, 1, 3]))
memory.keep()
"""


def test_who_is_killed_while_writing_loses_that_piece_alone(folder, monkeypatch):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("half")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    memory = opened(folder)
    assert same(memory.get("early", ONE.ids), line([3, 1, 3]))
    assert memory.get("late", ONE.ids) is None
    memory.put("late", ONE)
    memory.keep()
    assert same(opened(folder).get("late", ONE.ids), ONE)
    assert len(list(folder.rglob("*.part"))) == 1, "it may be another's, who is writing it"
    monkeypatch.setattr(remembered, "LEFT_BEHIND", -1.0)
    filled(folder, another=ONE)
    assert not list(folder.rglob("*.part"))


WRITER = """
import sys
from pathlib import Path
from harness.readings.reading import line
from harness.readings.remembered import Remembered

memory, mine = Remembered(Path(sys.argv[1]), room=10_000_000), int(sys.argv[2])
for i in range(1, 60):
    memory.put(sys.argv[2], line([mine] * i))
    memory.put("shared", line([7] * i))
    memory.keep()
    memory.let_go()
    assert memory.get("shared", tuple(range(i))).tokens.tolist() == [7] * i
"""


@pytest.mark.slow
def test_several_processes_write_at_once(folder):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(folder), name]) for name in "123"]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    memory = opened(folder)
    for i in range(1, 60):
        for name, token in (("1", 1), ("2", 2), ("3", 3), ("shared", 7)):
            assert same(memory.get(name, tuple(range(i))), line([token] * i))
    assert not list(folder.rglob("*.part"))


def test_the_oldest_go_first_and_what_was_used_is_not_old(folder):
    """A file is reckoned as one block at least: of sixteen blocks fifteen are left."""
    for i, piece in enumerate(filled(folder, **{f"reader-{i:02}": ONE for i in range(20)})):
        os.utime(piece, (i, i))
    assert same(opened(folder).get("reader-00", ONE.ids), ONE)
    late = opened(folder, room=16 * remembered.BLOCK)
    late.put("late", ONE)
    late.keep()
    left = {file.parent.name for file in folder.rglob("*.piece")}
    assert left == {"reader-00", "late", *(f"reader-{i:02}" for i in range(7, 20))}
    assert {place.name for place in folder.iterdir()} == left, "empty folders go as well"


def test_all_that_is_written_stays_within_the_bound(folder):
    room = 1_000_000
    memory = opened(folder, room=room)
    for i in range(120):
        memory.put(f"reader-{i}", triangle([[i] * n for n in range(1, 40)]))
        memory.keep()
        assert cache.size(folder) <= room
    assert cache.size(folder) > 0.8 * room


def test_where_nothing_can_be_written_nothing_fails(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "readings"):
        memory = opened(place)
        memory.put("a", ONE)
        memory.keep()
        assert same(memory.get("a", ONE.ids), ONE), "this process knows it all the same"
        assert opened(place).get("a", ONE.ids) is None


def test_set_aside_nothing_is_found_and_nothing_kept(folder):
    memory = opened(folder)
    memory.put("a", ONE)
    with memory.aside():
        assert memory.get("a", ONE.ids) is None
        memory.put("a", OTHER)
    assert same(memory.get("a", ONE.ids), ONE)
    assert memory.get("a", OTHER.ids) is None


# What is said of it


def test_all_of_it_is_thrown_away_by_one_command(monkeypatch, tmp_path, capsys):
    from harness.cli import main

    def said(*arguments):
        monkeypatch.setattr(sys, "argv", ["headlaws", *arguments])
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().out

    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path))
    monkeypatch.setenv("HEADLAWS_READINGS", "7")
    memory = opened(room.folder())
    memory.put("a", triangle([[i] * n for i, n in enumerate(range(1, 400))]))
    memory.keep()
    assert "Remembered readings: 1 of at most 7 MB" in said("models")
    assert '"at_most": 7000000' in said("models", "--json")
    assert said("forget") == "1 MB of readings and verdicts deleted.\n"
    assert said("forget") == "Nothing is remembered.\n"
    assert not room.folder().exists()


@pytest.mark.parametrize("wrong", ["", "-1", "1.5", "much"])
def test_a_bound_that_is_no_number_is_refused_in_one_line(monkeypatch, wrong):
    monkeypatch.setenv("HEADLAWS_READINGS", wrong)
    with pytest.raises(CacheError, match=f"HEADLAWS_READINGS='{wrong}': this is not a number of megabytes"):
        room.room()


# Models


SEQUENCES = [(7, 9, 7), (3,), (11, 12, 13, 14, 15)]


class Like:
    """A backbone, but for what is said to be different."""

    def __init__(self, backbone, **different):
        self._backbone = backbone
        self.__dict__.update(different)

    def __getattr__(self, name):
        return getattr(self._backbone, name)

    def in_float64(self):
        return self._backbone.in_float64()


def model(specimen, folder, **different):
    """A model that has not read anything yet, and knows what others did."""
    return Model(Like(specimen.backbone, **different), memory=opened(folder))


def read(made, component="z", *, address="1.3", projection="output", bos=True, sequences=SEQUENCES):
    """The readings, and how many sequences had to go through the model for them."""
    before = made.source.forwards
    found = made.head(address, projection=projection, bos=bos).component(component).read(sequences)
    made.keep()
    return found, made.source.forwards - before


@pytest.fixture
def unable(specimen, monkeypatch):
    """From when it is called on, nothing can be run and no head folded."""

    def fail(*_arguments, **_named):
        raise AssertionError("something was computed")

    def begin():
        monkeypatch.setattr(type(specimen.backbone), "activations", fail)
        monkeypatch.setattr("harness.readings.decoder.fold", fail)

    return begin


@pytest.mark.parametrize("component", ["q", "k", "v", "z", "qk", "attn"])
def test_what_was_read_before_is_neither_run_nor_folded_again(specimen, folder, unable, component):
    def everything(made):
        head = made.head("1.3").component(component)
        readers = [head, head.in_float64, head.in_another_basis]
        found = [reading for one in readers for reading in one.read(SEQUENCES)]
        return found, head.gauge_free, (None if component == "attn" else head.vocabulary)

    first = model(specimen, folder)
    before = everything(first)
    first.keep()
    unable()
    after = everything(model(specimen, folder))
    assert all(same(one, other) for one, other in zip(before[0], after[0], strict=True))
    assert before[1:] == after[1:]


def test_a_sequence_more_costs_itself_alone(specimen, folder):
    read(model(specimen, folder))
    found, forwards = read(model(specimen, folder), sequences=[*SEQUENCES, (5, 5)])
    assert forwards == 1
    assert same(found[-1], specimen.head("1.3").component("z").read([(5, 5)])[0])


OTHERS = {
    "weights or preparation": ({"fingerprint": "another"}, {}),
    "configuration": ({"config_sha256": "another"}, {}),
    "device": ({"device": torch.device("meta")}, {}),
    "no BOS": ({}, {"bos": False}),
    "BOS": ({"bos": 5}, {}),
    "projection": ({}, {"projection": "circuit"}),
    "component": ({}, {"component": "v"}),
    "head": ({}, {"address": "1.4"}),
    "layer": ({}, {"address": "0.3"}),
    "ids": ({}, {"sequences": [(7, 9), (11, 12, 13), (15,)]}),
}


@pytest.mark.parametrize("other", OTHERS)
def test_nothing_is_used_for_what_is_different_in_anything(specimen, folder, other):
    read(model(specimen, folder))
    different, asked = OTHERS[other]
    assert read(model(specimen, folder), **{"component": "z"})[1] == 0
    assert read(model(specimen, folder, **different), **asked)[1] == 3


def test_another_instrument_s_readings_are_not_used(specimen, folder, monkeypatch):
    read(model(specimen, folder))
    monkeypatch.setattr(remembered, "code_sha256", lambda *rooms: "another")
    assert read(model(specimen, folder))[1] == 3


def test_a_reader_is_known_by_the_code_that_reads_and_no_other(monkeypatch):
    asked = []
    monkeypatch.setattr(remembered, "code_sha256", lambda *rooms: asked.append(rooms))
    reader(head="0.0")
    assert asked == [("models", "readings")]


@pytest.mark.slow
def test_prepared_in_another_way_a_model_is_another(tiny_gpt2, tmp_path, monkeypatch):
    from harness import load_model

    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path))
    monkeypatch.setenv("HEADLAWS_READINGS", "8")
    for preparation, dtype in (("default", "float32"), ("none", "float32"), ("default", "float64")):
        made = load_model(str(tiny_gpt2), preparation=preparation, dtype=dtype, remembering=True)
        assert read(made, sequences=[(7, 9, 7), (3,)])[1] == 2
    made = load_model(str(tiny_gpt2), remembering=True)
    assert read(made, sequences=[(7, 9, 7), (3,)])[1] == 0
    assert read(load_model(str(tiny_gpt2)), sequences=[(7, 9, 7), (3,)])[1] == 2, "without being asked to"


def test_the_same_weights_used_in_another_way_are_another_model(tiny_llama, tmp_path):
    """A folder's fingerprint says nothing of its config.json."""
    import json
    import shutil

    from harness import load_model

    other = shutil.copytree(tiny_llama, tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    config["rms_norm_eps"] = 0.5
    (other / "config.json").write_text(json.dumps(config))
    moved = shutil.copytree(tiny_llama, tmp_path / "moved")
    one, two, three = (load_model(str(folder)).backbone for folder in (tiny_llama, other, moved))
    assert one.config_sha256 == three.config_sha256 != two.config_sha256


def test_afresh_neither_uses_nor_leaves_anything(specimen, folder):
    first = model(specimen, folder)
    first.head("1.3").component("z").read(SEQUENCES, afresh=True)
    first.keep()
    assert not folder.exists()
    read(model(specimen, folder))
    later = model(specimen, folder)
    later.head("1.3").component("z").read(SEQUENCES, afresh=True)
    assert later.source.forwards == 3


def test_anew_neither_uses_nor_leaves_anything_but_in_this_process(specimen, folder):
    read(model(specimen, folder))
    later = model(specimen, folder)
    assert read(later, sequences=[SEQUENCES[0]])[1] == 0
    with later.reading_anew():
        assert read(later)[1] == 3
        assert read(later, component="v")[1] == 0, "the run of the model just now serves this one too"
        head = later.head("1.3").component("z")
        head.in_float64.read(SEQUENCES)
        head.in_another_basis.read(SEQUENCES)
    assert later.in_float64.source.forwards == later.regauged.source.forwards == 3
    last = model(specimen, folder)
    assert read(last, component="v")[1] == 3


def test_what_was_read_anew_is_remembered_when_it_is_asked_for_otherwise(specimen, folder):
    first = model(specimen, folder)
    with first.reading_anew():
        read(first)
    assert read(first)[1] == 0
    assert read(model(specimen, folder))[1] == 0
