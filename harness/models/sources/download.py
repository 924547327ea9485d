"""Download: one file of the package index, fetched by the pip of the interpreter that runs, and checked.

Whatever pip is set up with (a mirror, a proxy, its own cache) counts here too. The package is never installed nor
imported, and of a source archive nothing is run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from harness.errors import CacheError, DownloadError, short
from harness.models import backend, cache
from harness.models.fingerprint import file_sha256

_UNREACHABLE = (
    "NewConnectionError",
    "Failed to establish",
    "Max retries",
    "timed out",
    "Temporary failure",
    "No route",
)
_OTHER_SUM = re.compile(r"DO NOT MATCH THE HASHES.*?\bGot\s+([0-9a-f]{64})", re.DOTALL)
_UNSOUND = (
    "IncompleteRead",
    "Wheel is invalid",
    "is invalid",
    "not a zip file",
    "BadZipFile",
    "incomplete",
)


@dataclass(frozen=True)
class Package:
    """A file of the package index: `name==version`, its size in bytes and its sha256."""

    requirement: str
    size: int
    sha256: str


def fetch(package: Package, into: Path) -> Path:
    """Return the package's wheel, in an empty folder that must exist; a progress bar on stderr shows how it comes.

    Raises:
        DownloadError: where pip is missing, cannot reach its index, or brings something else than was published.
        CacheError: where the disk is full.
    """
    with _scratch(into) as scratch:
        return _fetch(package, into, Path(scratch), ("--only-binary", ":all:", package.requirement))


def fetch_sdist(package: Package, into: Path) -> Path:
    """Return the package's source archive, likewise, if it has no pyproject.toml; see `backend` for how nothing of it
    is run.

    Raises:
        DownloadError: as `fetch`.
        CacheError: as `fetch`.
    """
    with _scratch(into) as scratch:
        environment = backend.stand_in(Path(scratch), package.requirement)
        wanted = Path(scratch, "requirements.txt")
        # pip then compares the sum before it looks into the archive: what was exchanged gets no say in who builds it
        wanted.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="utf-8")
        what = (*backend.OPTIONS, "--require-hashes", "--requirement", str(wanted))
        return _fetch(package, into, Path(scratch), what, environment)


def _scratch(into: Path) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="pip-", dir=into)


def _fetch(
    package: Package, into: Path, scratch: Path, what: Sequence[str], environment: Mapping[str, str] | None = None
) -> Path:
    console = Console(stderr=True)
    console.print(f"Fetching {package.requirement} ({package.size / 1e6:.0f} MB), once.", highlight=False)
    output = scratch / "output.txt"
    with output.open("w", encoding="utf-8") as log:
        # pip gathers the file under TMPDIR before it moves it: there its growth can be watched, on the disk it is
        # meant for
        process = subprocess.Popen(
            _command(into, what),
            stdout=log,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                **(environment or {}),
                "TMPDIR": str(scratch),
                "TEMP": str(scratch),
                "TMP": str(scratch),
            },
        )
        try:
            _watch(process, package, into, console)
        except BaseException:
            process.kill()
            process.wait()
            raise
    said = output.read_text(encoding="utf-8", errors="replace")
    files = [file for file in into.iterdir() if file.is_file()]
    if process.returncode != 0 or len(files) != 1:
        raise _failure(package, said)
    found = file_sha256(files[0])
    if found != package.sha256:
        raise _exchanged(package, found)
    return files[0]


def _command(into: Path, what: Sequence[str]) -> list[str]:
    quiet = ["--no-input", "--progress-bar", "off", "--disable-pip-version-check", "--retries", "2", "--timeout", "20"]
    return [sys.executable, "-m", "pip", "download", *quiet, "--no-deps", "--dest", str(into), *what]


def _watch(process: subprocess.Popen[bytes], package: Package, into: Path, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(package.requirement, total=package.size)
        while process.poll() is None:
            progress.update(task, completed=min(_largest(into), package.size))
            time.sleep(0.1)


def _largest(folder: Path) -> int:
    return max(cache.file_sizes(folder), default=0)


def _exchanged(package: Package, found: str) -> DownloadError:
    return DownloadError(
        f"{package.requirement}: the download differs from what was published (sha256 {found[:12]}..., expected "
        f"{package.sha256[:12]}...) and is not used; run again, and if the error comes back, look at pip's index "
        "settings (pip config list)."
    )


def _failure(package: Package, said: str) -> DownloadError | CacheError:
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["it gave no reason"]
    last = errors[-1].removeprefix("ERROR: ")
    if "No space left on device" in said:
        return CacheError(
            f"{package.requirement}: the disk is full; free some space in the cache folder, in pip's cache and in "
            "the folder for temporary files, or set HEADLAWS_CACHE to a folder on another disk, then run again. "
            "Unfinished files were removed."
        )
    if "No module named pip" in said:
        return DownloadError(
            f"{package.requirement}: this Python has no pip to fetch it with; run '{sys.executable} -m ensurepip', "
            "then run again."
        )
    other = _OTHER_SUM.search(said)
    if other is not None:
        return _exchanged(package, other[1])
    if any(sign in said for sign in _UNREACHABLE):
        return DownloadError(
            f"{package.requirement}: pip cannot reach its package index; connect to the network, which is needed "
            "once, or set HEADLAWS_CACHE to a cache folder that already has the model."
        )
    if any(sign in said for sign in _UNSOUND):
        return DownloadError(
            f"{package.requirement}: the download was cut off or damaged ({short(last)}) and is not used; run again."
        )
    return DownloadError(
        f"{package.requirement}: pip could not fetch it ({short(last)}); it is needed once: connect to the network, "
        "look at pip's settings (pip config list), or set HEADLAWS_CACHE to a cache folder that already has it."
    )
