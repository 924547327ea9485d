"""Catalogue: the models there are, by name.

Light: looking at a name imports neither torch nor transformer_lens; only `boot` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import ModelError
from harness.models import fingerprint, memory_limits, model_source
from harness.models.checkpoints import refuse_pattern
from harness.models.preparation import Kind
from harness.models.sources import folder, smollm2

if TYPE_CHECKING:
    from harness.models.backbone import Backbone
    from harness.models.nulls.null_models import Null

DEFAULT = smollm2.NAME
SPECIMENS = model_source.SPECIMENS
DTYPES = ("float32", "float64", "bfloat16", "float16")


@dataclass(frozen=True)
class Outline:
    """How many heads there are to choose from."""

    n_layers: int
    n_heads: int


@dataclass(frozen=True)
class Entry:
    """A line of the catalogue.

    Attributes:
        size_bytes: what it takes on this machine, 0 where nothing is stored.
        where: the folder that holds it, or where it would come from.
    """

    name: str
    what: str
    cached: bool
    size_bytes: int
    where: str


def outline(name: str) -> Outline:
    """Return how many layers and heads a model has, without loading it.

    Raises:
        ModelError: where there is no such model.
    """
    refuse_pattern(name)
    if name == DEFAULT:
        return Outline(smollm2.N_LAYERS, smollm2.N_HEADS)
    if name in SPECIMENS:
        from harness.models.specimens import hand_built, specimen_rotary

        made = hand_built if name == hand_built.NAME else specimen_rotary
        return Outline(made.N_LAYERS, made.N_HEADS)
    return Outline(*folder.sizes(model_source.config_of(name)))


def origin(name: str) -> str:
    """Return what a built-in model's weights are, in words; nothing of other models, which go by their path."""
    return {DEFAULT: smollm2.ORIGIN, **dict.fromkeys(SPECIMENS, "built by hand")}.get(name, "")


def boot(
    name: str = DEFAULT, *, dtype: str = "float32", device: str = "cpu", preparation: str = Kind.DEFAULT
) -> Backbone:
    """Return a model, prepared and ready to be read; the default one is fetched at its first use.

    Args:
        preparation: a `Kind`'s name; `default` is what suits the model, which may be less than all.

    Raises:
        ModelError: where there is no such model, or it cannot be used; DownloadError and CacheError are kinds of it.
    """
    refuse_pattern(name)
    check_dtype(dtype)
    kind = Kind.named(preparation)
    if name in SPECIMENS:
        return _specimen(name, dtype, device, kind)
    if name == DEFAULT:
        _examine_device(device)
        return smollm2.boot(kind=kind, dtype=dtype, device=device)
    path = model_source.find(name)
    folder.examine(path)
    _examine_device(device)
    weights = fingerprint.weights_sha256(path)
    if memory_limits.too_large_to_load(folder.weight_bytes(path)):
        from harness.models import streamed

        found = streamed.boot(path, name=name, dtype=dtype, device=device, kind=kind, weights_sha256=weights)
        if found is not None:
            return found
    from harness.models import bridge

    return bridge.folder(path, name=name, dtype=dtype, device=device, kind=kind, weights_sha256=weights)


def check_dtype(dtype: str) -> None:
    """Refuse what no model computes in.

    Raises:
        ModelError: for such a dtype.
    """
    if dtype not in DTYPES:
        raise ModelError(f"--dtype {dtype!r}: this dtype is not known; choose one of {', '.join(DTYPES)}.")


def nulls(name: str, backbone: Backbone) -> dict[str, Null]:
    """Return the null models of a model that was booted by this name; made once, then found in the cache.

    Raises:
        ModelError: where none can be made of it, or they cannot be stored.
    """
    from harness.models.network import Network
    from harness.models.nulls import null_models

    if name in SPECIMENS:
        from harness.models.specimens import hand_built

        if name != hand_built.NAME:
            raise ModelError(f"{name} has none: it is built to test how rotary positions turn q and k")
        return hand_built.nulls()
    if not isinstance(backbone, Network):
        raise ModelError(f"{name}: null models need a model that was loaded from a folder; this one was not.")
    if name == DEFAULT:
        return null_models.of_stored(smollm2.prepared(), backbone)
    path = model_source.find(name)
    if not memory_limits.room_for_nulls(folder.weight_bytes(path)):
        raise ModelError(
            f"{name} has none: this machine's memory is too small for two more such models; give --no-nulls to leave "
            "them out, or use a larger machine."
        )
    return null_models.of_folder(path, backbone)


def listing() -> list[Entry]:
    """Return the built-in models, and how others are named."""
    cached = smollm2.in_cache()
    return [
        Entry(
            DEFAULT,
            f"{smollm2.ORIGIN}, {smollm2.N_LAYERS} layers x {smollm2.N_HEADS} heads; the default",
            cached,
            smollm2.cached_bytes() if cached else 0,
            str(smollm2.where()) if cached else f"package index: {smollm2.WHEEL.requirement}",
        ),
        Entry(SPECIMENS[0], "built by hand, 2 layers x 8 heads of known behaviour", True, 0, "made in memory"),
        Entry(
            SPECIMENS[1],
            "the same with rotary positions, 2 layers x 4 heads of known behaviour",
            True,
            0,
            "made in memory",
        ),
    ]


def _specimen(name: str, dtype: str, device: str, kind: Kind) -> Backbone:
    if kind is Kind.SEED:
        raise ModelError(
            f"--preparation {kind.value!r} with --model {name!r}: the specimen is read as it was built; give none, "
            "which is its default."
        )
    if dtype not in ("float32", "float64") or device != "cpu":
        raise ModelError(
            f"--model {name!r} with dtype {dtype!r} on device {device!r}: the specimen is exact only in float32 and "
            "float64 on the cpu; give these."
        )
    from harness.models.specimens import hand_built, specimen_rotary

    made = hand_built.build() if name == hand_built.NAME else specimen_rotary.build()
    return made.in_float64() if dtype == "float64" else made


def _examine_device(device: str) -> None:
    if device == "cpu":
        return
    import torch

    try:
        float(torch.zeros(1, device=device))  # some devices take a tensor and give no number back
    except Exception:
        raise ModelError(
            f"--device {device!r}: torch cannot use this device here; give cpu, or a device that torch knows here."
        ) from None
