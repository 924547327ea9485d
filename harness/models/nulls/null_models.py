"""Nulls: what a model is compared with, so that what holds without training is not taken for what was learnt.

    random    the same architecture with its own random initialisation
    rotated   the model's weights, every matrix's singular values kept and its singular vectors random
              (`harness.models.nulls.rotation`): the harder null

Both are drawn from one fixed seed, prepared as the model was, and stored once in the cache, in a folder named by a
digest of the model's weights and configuration, never by its name. The default model's are stored prepared, so that
they are used from their files, and in half precision (float16), which is what keeps two of them small. What is loaded
is just what was stored, so a null is one model, whoever loads it. Rounding moves every weight by up to one part in
2048, and a singular value of the rotated null by some 2e-5 of its matrix's largest; the default model's own weights
were rounded to four bits. The nulls of other models are stored in float32 as they came and prepared at each load, since
prepared weights do not fit every architecture's own format. The specimen's are made in memory.

They compute in float32 whatever the model computes in: they are counted on, never re-checked.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import CacheError, ModelError, short
from harness.models import cache, fingerprint
from harness.models.sources.folder import CONFIG

if TYPE_CHECKING:
    from harness.models.backbone import Backbone
    from harness.models.network import Network

SEED = 0
LAYOUT = 1
"""Counts up when what is stored changes for other reasons than a library's version."""


class Kind(StrEnum):
    """Which null."""

    RANDOM = "random"
    ROTATED = "rotated"


@dataclass(frozen=True)
class Null:
    """A null model that is at hand but perhaps not loaded.

    Attributes:
        fingerprint: of the backbone that `load` gives.
        load: makes it ready to be read.
    """

    fingerprint: str
    load: Callable[[], Backbone]


def of_folder(source: Path, network: Network) -> dict[str, Null]:
    """Return the nulls of the model in a folder, made now where the cache has none.

    Args:
        network: the model itself, as it was prepared.

    Raises:
        ModelError: where none can be made of it; CacheError, where they cannot be stored, is a kind of it.
    """
    config = fingerprint.file_sha256(source / CONFIG)  # the weights do not say how they are used

    def whole(kind: Kind) -> Null:
        def build(empty: Path) -> Mapping[str, Any]:
            _examine(source, network)
            from harness.models.nulls import null_weights

            save = null_weights.save_random if kind is Kind.RANDOM else null_weights.save_rotated
            save(source, empty, seed=SEED)
            weights = fingerprint.digest([fingerprint.weights_sha256(empty), fingerprint.file_sha256(empty / CONFIG)])
            return {"weights_sha256": weights}

        return _found(kind, config, network, build, preparation=network.preparation)

    return {kind: whole(kind) for kind in Kind}


def of_stored(folder: Path, network: Network) -> dict[str, Null]:
    """Return the same of a model built as Llama is, of which prepared weights are kept; its nulls are kept in half
    precision.

    Args:
        folder: its prepared weights with the gains of its plain norms, by which they are made plain again (up to
            their last bit) before they are turned.
        network: the model itself, prepared so or not at all.

    Raises:
        ModelError: as `of_folder`.
    """

    def half(kind: Kind) -> Null:
        def build(empty: Path) -> Mapping[str, Any]:
            from harness.models.nulls import null_weights

            null_weights.save_half(folder, empty, kind, seed=SEED, prepared=network.preparation.fold_ln)
            _remove_whole(kind, network)
            return {"weights_sha256": fingerprint.weights_sha256(empty), "dtype": null_weights.HALF}

        known_by = f"{fingerprint.file_sha256(folder / CONFIG)} half"
        return _found(kind, known_by, network, build, prepared=network.preparation, in_place=True)

    return {kind: half(kind) for kind in Kind}


def _found(
    kind: Kind, config: str, network: Network, build: Callable[[Path], Mapping[str, Any]], **loading: Any
) -> Null:
    """A null, made now where the cache has none.

    Args:
        build: fills a folder with its weights, and gives their sum as `weights_sha256`.
        loading: how `bridge.folder` is to load it.
    """
    stem = _stem(kind, config, network)

    def recorded(empty: Path) -> Mapping[str, Any]:
        print(f"Making the null model with {kind} weights, once.", file=sys.stderr, flush=True)
        said = {
            "kind": kind.value,
            "seed": SEED,
            "of": network.weights_sha256,
            "preparation": network.preparation.as_dict(),
            "versions": fingerprint.versions(),
            **build(empty),
        }
        for older in cache.root().glob(f"{stem}-*"):  # of other versions of the libraries
            _remove(older)
        return said

    try:
        folder = cache.build_once(f"{stem}-{fingerprint.digest(fingerprint.versions())[:12]}", recorded)
    except CacheError:
        raise
    except Exception as error:  # the libraries know architectures in many ways
        raise ModelError(
            f"the null with {kind} weights cannot be made from {network.name} ({type(error).__name__}: {short(error)})"
        ) from error
    weights = str(cache.check(folder).details["weights_sha256"])

    def load() -> Backbone:
        from harness.models import bridge

        return bridge.folder(
            folder,
            name=f"{network.name} ({kind} weights)",
            device=str(network.device),
            weights_sha256=weights,
            vocabulary=network.vocabulary,
            settings=network.settings,  # turned weights do not say how they are used
            noted=network.noted,
            **loading,
        )

    known_as = fingerprint.fingerprint(
        weights,
        network.preparation,
        "torch.float32",
        config=network.config_sha256,
        vocabulary=network.vocabulary_sha256,
    )
    return Null(known_as, load)


def _stem(kind: Kind, config: str, network: Network) -> str:
    digest = fingerprint.digest([LAYOUT, SEED, network.weights_sha256, config, network.preparation.as_dict()])
    return f"null-{kind}-{digest[:16]}"


def _examine(source: Path, network: Network) -> None:
    if fingerprint.weights_sha256(source) != network.weights_sha256:
        raise ModelError(f"{source}: its weights changed after they were loaded; run again.")


def _remove_whole(kind: Kind, network: Network) -> None:
    """Remove what an older headlaws made of the same model: the same null prepared in float32, twice as large."""
    for folder in cache.root().glob(f"null-{kind}-*"):
        with suppress(CacheError):
            details = cache.check(folder).details
            same = (details.get("of"), details.get("preparation"))
            if same == (network.weights_sha256, network.preparation.as_dict()) and "dtype" not in details:
                _remove(folder)


def _remove(folder: Path) -> None:
    if folder.is_dir() and not folder.name.endswith(cache.UNFINISHED):
        shutil.rmtree(folder, ignore_errors=True)
