"""Folder: a look at what `save_pretrained` wrote, before anything heavy is imported for it."""

from __future__ import annotations

import json
import shutil
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.errors import ModelError, short
from harness.models import features

CONFIG = "config.json"
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "vocab.json", "tokenizer.model", "vocab.txt")
"""Any of these makes a tokenizer."""

ADAPTER = "adapter_config.json"
"""Says that there are weights to be added to another model's."""

_ADAPTERS = (ADAPTER, "adapter_model.safetensors", "adapter_model.bin")

REMEDY = "give a folder made by save_pretrained"

_VOCABULARY_STEMS = ("tokenizer", "vocab", "merges", "special_tokens", "added_tokens", "spiece", "sentencepiece")
_TOKENIZER_STEMS = (*_VOCABULARY_STEMS, "chat_template")
_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")


def looks_like_folder(name: str) -> bool:
    """Return whether a model's name means a folder: one exists under that name, or it is written like no hub name is.

    >>> looks_like_folder("./tiny"), looks_like_folder("~/models/tiny"), looks_like_folder("gpt2")
    (True, True, False)
    """
    return name.startswith(("/", ".", "~")) or "\\" in name or name.count("/") > 1 or Path(name).is_dir()


def examine(path: Path) -> None:
    """See that a folder holds a whole model in safetensors; a line mentions adapters in folders of it.

    Raises:
        ModelError: otherwise; the message says which file is at fault.
    """
    found = config(path)
    features.examine(found, str(path))
    _refuse_parts(found, path)
    for file in weight_files(path):
        _examine_weights(file)
    if inside := sorted(path.glob(f"*/{ADAPTER}")):
        print(
            f"headlaws: {path}: only the base is read, without the adapter in {inside[0].parent.name!r}; to read "
            "both, merge them and give the merged folder.",
            file=sys.stderr,
            flush=True,
        )


def config(path: Path) -> dict[str, Any]:
    """Return the folder's config.json.

    Raises:
        ModelError: where the folder or the file is missing, or the file is no JSON object.
    """
    if not path.is_dir():
        raise ModelError(
            f"--model '{path}': the folder does not exist; {REMEDY}, or a name that 'headlaws models' lists."
        )
    file = path / CONFIG
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"--model '{path}': the folder has no {CONFIG}; {REMEDY}.") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"--model '{path}': its {CONFIG} cannot be read ({short(error)}); {REMEDY}.") from None
    if not isinstance(found, dict):
        raise ModelError(f"--model '{path}': its {CONFIG} is not a JSON object; {REMEDY}.")
    return found


def sizes(path: Path) -> tuple[int, int]:
    """Return how many layers and heads a layer the model in a folder has, by its config.json.

    Raises:
        ModelError: where it does not say, or has none that can be read.
    """
    found = config(path)
    features.examine(found, str(path))
    _refuse_parts(found, path)
    layers = next((found[key] for key in _LAYERS if isinstance(found.get(key), int)), None)
    heads = next((found[key] for key in _HEADS if isinstance(found.get(key), int)), None)
    if layers is None or heads is None:
        raise ModelError(
            f"--model '{path}': its {CONFIG} does not say how many layers and heads it has ({_LAYERS[0]}, "
            f"{_HEADS[0]}); {REMEDY}."
        )
    return layers, heads


def refuse_adapter(path: Path, name: str) -> Path:
    """Return the folder, unless an adapter (LoRA and its like) lies in it, which nothing here would add to the base.

    Raises:
        ModelError: for a folder that holds an adapter.
    """
    inside = sorted(path.glob(f"*/{ADAPTER}"))
    found = next((name for name in _ADAPTERS if (path / name).exists()), "")
    if not found and inside and not (path / CONFIG).exists():
        raise ModelError(
            f"--model {name!r}: this is not a model, but has an adapter in {inside[0].parent.name!r}; merge the "
            "adapter into its base, and give the merged folder."
        )
    if not found:
        return path
    try:
        adapter = json.loads((path / ADAPTER).read_text(encoding="utf-8"))
        kind, base = str(adapter.get("peft_type") or "LoRA"), str(adapter.get("base_model_name_or_path") or "BASE")
    except (OSError, ValueError, AttributeError):
        kind, base = "LoRA", "BASE"
    merging = f"PeftModel.from_pretrained(base, {name!r}).merge_and_unload().save_pretrained(OUT), base being {base}"
    if (path / CONFIG).exists():
        raise ModelError(
            f"--model {name!r}: an adapter ({short(kind, 20)}, {found}) lies beside the base's weights and would be "
            f"ignored; merge it with {short(merging, 200)}, or remove adapter_* from the folder to read the base alone."
        )
    raise ModelError(
        f"--model {name!r}: this is only an adapter ({short(kind, 20)}, {found}); merge it into its base with "
        f"{short(merging, 200)}, and give OUT."
    )


def _refuse_parts(found: dict[str, Any], path: Path) -> None:
    """Refuse a model of several parts, whose sizes are those of its parts and not its own.

    Raises:
        ModelError: which says how to save the part that is a language model.
    """
    if any(isinstance(found.get(key), int) for key in _LAYERS):
        return
    parts = {key: part for key, part in found.items() if key.endswith("_config") and isinstance(part, dict)}
    if sized := [key for key, part in parts.items() if any(key in part for key in _LAYERS)]:
        text = "text_config" if "text_config" in parts else sized[0]
        raise ModelError(
            f"--model '{path}': multimodal ({found.get('model_type', 'of unknown type')}: {', '.join(parts)}), and "
            "headlaws reads language models alone; save its own: m = AutoModelForImageTextToText.from_pretrained"
            f"('{path}'); t = AutoModelForCausalLM.from_config(m.config.{text}); t.model = m.model.language_model; "
            "t.lm_head = m.lm_head; t.save_pretrained(OUT); and give OUT."
        )


def weight_files(path: Path) -> list[Path]:
    """Return the safetensors of a model: one file, or those that its index names.

    Raises:
        ModelError: where there are none, or one that the index names is missing.
    """
    if (path / SINGLE).exists():
        return [path / SINGLE]
    if (path / INDEX).exists():
        try:
            names = sorted(set(json.loads((path / INDEX).read_text(encoding="utf-8"))["weight_map"].values()))
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            raise ModelError(f"--model '{path}': its {INDEX} cannot be read; {REMEDY}.") from None
        missing = [name for name in names if not (path / name).exists()]
        if missing or not names:
            raise ModelError(
                f"--model '{path}': {missing[0] if missing else 'every file'} that its {INDEX} names is missing; "
                "copy the whole folder."
            )
        return [path / name for name in names]
    if pickles(path):
        raise only_pickles(path)
    raise ModelError(f"--model '{path}': the folder has no {SINGLE}; {REMEDY}.")


def pickles(path: Path) -> list[Path]:
    """Return weights in the old format, which can run code when opened."""
    return sorted(path.glob("*.bin"))


def only_pickles(name: object) -> ModelError:
    """Return what to say of a model that has nothing else."""
    return ModelError(
        f"--model '{name}': its weights are pickles (*.bin), which can run code, so they are not opened; save it "
        "again with save_pretrained, which writes safetensors, or write --allow-pickle if you trust its source."
    )


def has_safetensors(path: Path) -> bool:
    """Return whether a folder has any of its weights as safetensors."""
    return (path / SINGLE).exists() or (path / INDEX).exists()


def weight_bytes(path: Path) -> int:
    """Return what the weights take on disk.

    Raises:
        ModelError: where there are none, or not all.
    """
    return sum(file.stat().st_size for file in weight_files(path))


def has_tokenizer(path: Path) -> bool:
    """Return whether a tokenizer came with the model."""
    return any((path / file).exists() for file in TOKENIZER_FILES)


def tokenizer_files(path: Path, *, also: Iterable[str] = ()) -> list[Path]:
    """Return the files that say what a model's ids mean as text, by name; how a chat is laid out is no part of that.

    Args:
        also: names of files that this kind of tokenizer reads besides.
    """
    names = set(also)
    return sorted(
        file
        for file in path.iterdir()
        if file.is_file() and (file.name.startswith(_VOCABULARY_STEMS) or file.name in names)
    )


def copy_tokenizer(path: Path, into: Path) -> None:
    """Copy what makes the tokenizer, if the folder has one."""
    for file in path.iterdir():
        if file.name.startswith(_TOKENIZER_STEMS):
            shutil.copyfile(file, into / file.name)


def header(file: Path) -> tuple[int, dict[str, Any]]:
    """Return where the data of a safetensors file begins, and by name what it says of each tensor: dtype, shape,
    data_offsets.

    8 bytes give the header's length, the header is JSON: https://github.com/huggingface/safetensors#format

    Raises:
        ValueError: for what is no such file, or struct.error, or AttributeError.
    """
    with file.open("rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        if length > file.stat().st_size:
            raise ValueError("the header goes on beyond the file's end")
        entries = json.loads(opened.read(length))
    return 8 + length, {name: entry for name, entry in entries.items() if name != "__metadata__"}


def _examine_weights(file: Path) -> None:
    """See that a safetensors file is whole: its header says where data ends."""
    has = file.stat().st_size
    try:
        start, entries = header(file)
        ends = [entry["data_offsets"][1] for entry in entries.values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelError(
            f"--model '{file.parent}': its {file.name} is not a safetensors file ({short(error)}); {REMEDY}."
        ) from None
    wanted = start + max(ends, default=0)
    if has != wanted:
        raise ModelError(
            f"--model '{file.parent}': its {file.name} has {has:,} of {wanted:,} bytes; it was cut off or changed; "
            "copy it again."
        )
