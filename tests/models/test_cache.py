"""Nothing half-made is ever handed out of the cache, whatever goes wrong, and one line says what to do."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CacheError, DownloadError
from harness.models import cache


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def small(folder: Path) -> Mapping[str, Any]:
    (folder / "weights.bin").write_bytes(b"w" * 1000)
    (folder / "sub").mkdir()
    (folder / "sub" / "words.txt").write_text("a b", encoding="utf-8")
    return {"origin": "here"}


def never(folder: Path) -> Mapping[str, Any]:
    raise AssertionError("built again")


def test_built_once_then_found(root: Path) -> None:
    made = cache.build_once("thing", small)
    assert made == root / "thing"
    record = cache.check(made)
    assert record.sizes == {"sub/words.txt": 3, "weights.bin": 1000}
    assert len(record.sums["weights.bin"]) == 64
    assert record.details == {"origin": "here"}
    assert cache.build_once("thing", never) == made
    assert left_over(root) == []
    assert cache.size(made) > 1003


def test_platform_folder_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADLAWS_CACHE")
    assert cache.root().name == "headlaws" or cache.root().parent.name == "headlaws"
    monkeypatch.setenv("HEADLAWS_CACHE", "~/models")
    assert cache.root() == Path("~/models").expanduser()


def test_a_builder_that_fails_leaves_nothing_and_the_next_one_starts_afresh(root: Path) -> None:
    def fail(folder: Path) -> Mapping[str, Any]:
        small(folder)
        raise DownloadError("no network; connect.")

    with pytest.raises(DownloadError, match=r"^no network; connect\.$"):
        cache.build_once("thing", fail)
    assert not (root / "thing").exists()
    assert left_over(root) == []
    cache.build_once("thing", small)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda made: (made / "weights.bin").write_bytes(b"w" * 10), r"weights\.bin has 10 of 1,000 bytes"),
        (lambda made: (made / "weights.bin").unlink(), r"weights\.bin is missing"),
        (lambda made: (made / "record.json").write_text("{"), r"record\.json is missing or unreadable"),
        (lambda made: (made / "record.json").write_text("[]"), r"record\.json is missing or unreadable"),
        (lambda made: (made / "record.json").unlink(), r"record\.json is missing or unreadable"),
    ],
)
def test_damage_is_seen_and_said_in_one_line(damage: Any, said: str) -> None:
    made = cache.build_once("thing", small)
    damage(made)
    with pytest.raises(CacheError, match=said) as caught:
        cache.build_once("thing", never)
    assert f"delete this folder and run again to make it again: {made}" in str(caught.value)
    assert "\n" not in str(caught.value)
    shutil.rmtree(made)
    cache.build_once("thing", small)


BUILDING = """
import sys, time
from pathlib import Path
from harness.models import cache

def build(folder):
    print("building", flush=True)
    (folder / "half").write_bytes(b"x" * 100)
    time.sleep(float(sys.argv[1]))
    (folder / "whole").write_bytes(b"y" * 100)
    return {}

print(cache.build_once("thing", build), flush=True)
"""


def start(seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", BUILDING, str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return process


def test_killed_in_the_middle_then_run_again(root: Path) -> None:
    process = start(60)
    assert process.stdout is not None
    assert process.stdout.readline() == "building\n"
    wait_for(lambda: len(left_over(root)) == 1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert len(left_over(root)) == 1
    assert not (root / "thing").exists()
    cache.build_once("thing", small)
    assert left_over(root) == [], "the dead process's folder is swept away"


def test_two_processes_at_once_build_once_and_the_second_says_that_it_waits(root: Path) -> None:
    first = start(1.5)
    assert first.stdout is not None
    assert first.stdout.readline() == "building\n"
    second = start(0)
    outputs = [process.communicate(timeout=60) for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0]
    assert outputs[0][0] == outputs[1][0] == f"{root / 'thing'}\n", "the second did not build"
    assert outputs[1][1] == "Another process is making thing; waiting for it.\n"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte, where this may be made."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_full_disk(tiny_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLAWS_CACHE", str(tiny_disk))
    with pytest.raises(
        CacheError, match=f"^the disk of the cache folder {tiny_disk} is full; free some space"
    ) as caught:
        cache.build_once("thing", large)
    assert "\n" not in str(caught.value)
    assert left_over(tiny_disk) == []
    cache.build_once("thing", small)


def test_full_disk_as_safetensors_says_it(tiny_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLAWS_CACHE", str(tiny_disk))

    def build(folder: Path) -> Mapping[str, Any]:
        import torch
        from safetensors.torch import save_file

        save_file({"w": torch.zeros(1_000_000)}, folder / "model.safetensors")
        return {}

    with pytest.raises(CacheError, match="is full; free some space"):
        cache.build_once("thing", build)


def test_file_size_limit_counts_as_a_full_disk() -> None:
    script = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + BUILDING.replace(
        'b"y" * 100', 'b"y" * 10**7'
    )
    found = subprocess.run(
        [sys.executable, "-c", script, "0"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6)),
    )
    assert "CacheError: the disk of the cache folder" in found.stderr


def test_read_only_file_system_serves_what_it_has_and_says_that_it_takes_no_more(
    tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADLAWS_CACHE", str(tiny_disk))
    made = cache.build_once("thing", small)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    assert cache.build_once("thing", never) == made
    with pytest.raises(CacheError, match=f"^the cache folder {tiny_disk} cannot be written .*HEADLAWS_CACHE"):
        cache.build_once("other", small)


def test_cache_that_cannot_be_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("HEADLAWS_CACHE", str(place))
        with pytest.raises(CacheError, match="cannot be written") as caught:
            cache.build_once("thing", small)
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_cache_without_the_right_to_write(root: Path) -> None:
    root.mkdir()
    root.chmod(0o555)
    with pytest.raises(CacheError, match="cannot be written"):
        cache.build_once("thing", small)


def test_the_record_is_written_before_the_name_is_given(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []
    replace = Path.replace

    def look(self: Path, target: Path) -> Path:
        seen.append(json.loads((self / cache.RECORD).read_text(encoding="utf-8")))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", look)
    cache.build_once("thing", small)
    assert [record["sizes"]["weights.bin"] for record in seen] == [1000]


def test_sizes_of_files_that_come_and_go(tmp_path: Path) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            place = tmp_path / "a" / "b"
            place.mkdir(parents=True)
            (place / "file").write_bytes(b"x")
            shutil.rmtree(tmp_path / "a")

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        assert {cache.size(tmp_path) for _ in range(300)} <= {0, 1}
    finally:
        stop.set()
        thread.join()


def large(folder: Path) -> Mapping[str, Any]:
    (folder / "weights.bin").write_bytes(b"w" * 4_000_000)
    return {}


def left_over(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.name.endswith(cache.UNFINISHED)]


def wait_for(condition: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_a_scratch_is_gone_afterwards_and_what_a_killed_process_left_with_it(root: Path) -> None:
    dead = root / f"thing.dead{cache.UNFINISHED}"
    dead.mkdir(parents=True)
    small(dead)
    with cache.scratch("thing") as folder:
        assert not dead.exists()
        assert folder.parent == root
        small(folder)
    assert not folder.exists()
    with pytest.raises(RuntimeError, match="inside"), cache.scratch("thing") as folder:
        raise RuntimeError("inside")
    assert left_over(root) == []


def test_a_scratch_that_fills_the_disk_says_so_in_one_line(root: Path) -> None:
    with pytest.raises(CacheError, match="is full"), cache.scratch("thing"):
        raise OSError(28, "No space left on device")
    assert left_over(root) == []
