"""What is remembered comes back as it was or not at all, whatever happens to its file."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from harness.records.value_cache import ValueCache


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "memory.db"


def test_a_value_comes_back_in_this_and_any_other_process(path):
    memory = ValueCache(path)
    assert memory.get("key") is None
    memory.put("key", "value")
    memory.put("other", "another")
    memory.put("key", "newer")
    assert (memory.get("key"), ValueCache(path).get("other"), memory.get("none")) == ("newer", "another", None)


def change(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def garbage(path):
    path.write_bytes(b"no database" * 1000)


def cut(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(path.read_bytes()[:5000])


def emptied(path):
    path.write_bytes(b"")


def other_columns(path):
    change(path, "DROP TABLE remembered")
    change(path, "CREATE TABLE remembered (something TEXT)")


def another_value(path):
    change(path, "UPDATE remembered SET value = 'forged'")


def another_key(path):
    change(path, "UPDATE remembered SET key = 'key' WHERE key = 'other'")


@pytest.mark.parametrize("damage", [garbage, cut, emptied, other_columns, another_value, another_key])
def test_damage_is_never_read_and_the_file_is_good_again(path, damage):
    memory = ValueCache(path)
    memory.put("other", "value")
    for i in range(60):
        memory.put(str(i), "value" * 20)
    for file in path.parent.glob("memory.db-*"):
        file.unlink()
    damage(path)
    assert memory.get("key") is None
    assert memory.get("other") in (None, "value")
    memory.put("key", "new")
    assert ValueCache(path).get("key") == "new"


def test_where_nothing_can_be_written_nothing_fails(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "memory.db", tmp_path):
        memory = ValueCache(path)
        memory.put("key", "value")
        assert memory.get("key") is None
    assert (tmp_path / "file").read_text() == ""


def test_a_memory_in_use_by_another_is_no_damage(path, monkeypatch):
    monkeypatch.setattr("harness.records.value_cache.PATIENCE", 0.05)
    memory = ValueCache(path)
    memory.put("key", "value")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        memory.put("late", "value")
        assert path.exists()
        other.execute("COMMIT")
    assert (memory.get("key"), memory.get("late")) == ("value", None)


WRITER = """
import sys
from pathlib import Path
from harness.records.value_cache import ValueCache
memory, mine = ValueCache(Path(sys.argv[1])), sys.argv[2]
for i in range(60):
    memory.put(f"{mine}-{i}", mine * 50)
    memory.put("shared", mine * 50)
    assert memory.get("shared") in ("a" * 50, "b" * 50, "c" * 50)
"""


@pytest.mark.parametrize("damaged", [False, True])
def test_several_processes_write_at_once(path, damaged):
    """Where the file is damaged when they start, what one has written before another took it away may be lost."""
    path.parent.mkdir()
    if damaged:
        garbage(path)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "abc"]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    memory = ValueCache(path)
    kept = [memory.get(f"{name}-{i}") == name * 50 for name in "abc" for i in range(60)]
    assert all(kept) or (damaged and kept[-1])


def test_the_newest_are_kept_where_there_may_be_so_many(path):
    memory = ValueCache(path, most=3)
    for number in range(5):
        memory.put(f"key {number}", "value")
    memory.put("key 2", "newer")
    memory.put("key 5", "value")
    assert [number for number in range(6) if memory.get(f"key {number}")] == [2, 4, 5]
