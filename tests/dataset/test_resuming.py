"""Broken off and begun again, a data set is the same file; and what lies in the way is said in one line."""

import json
import os
import random
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from harness.dataset import making, rows
from harness.dataset.making import make
from harness.dataset.order import Order
from harness.dataset.work import folder_of
from harness.errors import StoreError
from tests.support.forked import Forked

pytestmark = pytest.mark.slow


class BrokenOffError(Exception):
    """Raised in the middle of the making."""


@pytest.fixture
def break_off(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets so many heads be finished and no more."""
    real = rows.table

    def arrange(heads: int) -> None:
        left = iter(range(heads))

        def table(*arguments: Any) -> Any:
            if next(left, None) is None:
                raise BrokenOffError
            return real(*arguments)

        monkeypatch.setattr(making, "table", table)

    return arrange


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("blocks", [1, 3])
def test_broken_off_again_and_again(
    order: Callable[..., Order],
    tmp_path: Path,
    break_off: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    blocks: int,
) -> None:
    if blocks > 1:
        monkeypatch.setattr("harness.dataset.order.ROWS_PER_BLOCK", 30)
    wanted = order()
    assert len(wanted.blocks) == blocks
    make(tmp_path / f"whole.{ending}", wanted)
    out = tmp_path / f"again.{ending}"
    for heads in (0, 2, 4, 5, 2):  # a layer has 3
        break_off(heads)
        with pytest.raises(BrokenOffError):
            make(out, wanted)
        assert not out.exists()
    break_off(10**6)
    assert make(out, wanted)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [f"again.{ending}", f"whole.{ending}"]
        + ([f"again.{ending}.json", f"whole.{ending}.json"] if ending == "csv" else [])
    )
    for name in ("",) if ending == "parquet" else ("", ".json"):
        assert Path(f"{out}{name}").read_bytes() == Path(f"{tmp_path / f'whole.{ending}'}{name}").read_bytes()


@pytest.mark.slow
def test_killed_at_a_random_moment(tiny_folder: Path, order: Callable[..., Order], tmp_path: Path) -> None:
    """By SIGKILL, while another process makes it; then made to the end here."""
    arguments = ["--source", "random", "--prompts", "40", "--length", "60", "--seed", "1"]
    out = tmp_path / "killed.parquet"
    asked = ["dataset", "--model", str(tiny_folder), *arguments, "--out", str(out)]
    process = Forked("headlaws", asked, os.environ)
    try:
        for _ in _waiting(process):
            if list(folder_of(out).glob("*.parquet")):
                break
        time.sleep(random.uniform(0, 0.1))
    finally:
        process.kill()
        code = process.wait()
    wanted = order(number=40, length=60)
    finished = len(list(folder_of(out).glob("*.parquet")))
    make(out, wanted)
    make(tmp_path / "whole.parquet", wanted)
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert not folder_of(out).exists()
    if code == -signal.SIGKILL:
        assert 0 <= finished <= 4


def test_a_finished_one_is_left_alone(order: Callable[..., Order], tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    assert make(out, order())
    before = (out.read_bytes(), out.stat().st_mtime_ns)
    assert not make(out, order())
    assert (out.read_bytes(), out.stat().st_mtime_ns) == before
    assert make(out, order(), force=True)
    assert out.read_bytes() == before[0]


def test_another_file_is_replaced_by_force_alone(order: Callable[..., Order], tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    for content in (b"my notes", b""):
        out.write_bytes(content)
        with pytest.raises(
            StoreError, match="the file exists, but was made with other arguments; give another name"
        ) as caught:
            make(out, order())
        assert "\n" not in str(caught.value)
        assert out.read_bytes() == content
    make(out, order(), force=True)
    with pytest.raises(StoreError, match="the file exists, but was made"):
        make(out, order(seed=2))


def test_unfinished_work_of_other_arguments_is_never_mixed_in(
    order: Callable[..., Order], tmp_path: Path, break_off: Callable[[int], None]
) -> None:
    out = tmp_path / "x.parquet"
    break_off(7)
    with pytest.raises(BrokenOffError):
        make(out, order(seed=1))
    break_off(10**6)
    with pytest.raises(
        StoreError, match=r"x\.parquet\.unfinished holds .* with other arguments: seed \(1, now 2\), ids_sha256"
    ):
        make(out, order(seed=2))
    make(out, order(seed=2), force=True)
    make(tmp_path / "whole.parquet", order(seed=2))
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_files_of_others_in_the_work_folder_stay(order: Callable[..., Order], tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    folder_of(out).mkdir()
    (folder_of(out) / "mine.txt").write_text("mine")
    make(out, order())
    assert [path.name for path in folder_of(out).iterdir()] == ["mine.txt"]
    assert not make(out, order()), "and the file counts as finished"


def test_a_part_that_the_disk_has_lost_bytes_of_is_made_anew(
    order: Callable[..., Order], tmp_path: Path, break_off: Callable[[int], None]
) -> None:
    out = tmp_path / "x.parquet"
    break_off(7)
    with pytest.raises(BrokenOffError):
        make(out, order())
    break_off(10**6)
    part = sorted(folder_of(out).glob("*.parquet"))[0]
    part.write_bytes(part.read_bytes()[:100])
    (folder_of(out) / "00003-000000.parquet.part").write_bytes(b"half")
    make(out, order())
    make(tmp_path / "whole.parquet", order())
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_two_at_once(order: Callable[..., Order], tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    folder_of(out).mkdir()
    with (
        FileLock(folder_of(out) / "lock"),
        pytest.raises(StoreError, match="another process is writing this data set; wait"),
    ):
        make(out, order())


def test_a_folder_that_cannot_be_written(order: Callable[..., Order], tmp_path: Path) -> None:
    (tmp_path / "x.parquet.unfinished").write_text("a file, where the work folder would be")
    with pytest.raises(StoreError, match=r"cannot be written \(File exists\)"):
        make(tmp_path / "x.parquet", order())


def test_a_full_disk_is_one_line_and_the_next_run_goes_on(order: Callable[..., Order], tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    wanted = order(number=20, length=20)
    make(tmp_path / "whole.parquet", wanted)
    size = (tmp_path / "whole.parquet").stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        for share in (0.1, 0.5):  # in a part; when they are put together
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(size * share), limits[1]))
            with pytest.raises(
                StoreError, match=r"the disk is full .*; finished work is kept: free some space"
            ) as caught:
                make(out, wanted)
            assert "\n" not in str(caught.value)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    make(out, wanted)
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_the_record_of_the_work_says_what_is_being_made(
    order: Callable[..., Order], tmp_path: Path, break_off: Callable[[int], None]
) -> None:
    out = tmp_path / "x.parquet"
    break_off(0)
    with pytest.raises(BrokenOffError):
        make(out, order())
    assert json.loads((folder_of(out) / "record.json").read_text())["seed"] == 1


def _waiting(process: Forked) -> Iterator[None]:
    started = time.monotonic()
    while process.poll() is None and time.monotonic() - started < 120:
        yield
        time.sleep(0.002)
