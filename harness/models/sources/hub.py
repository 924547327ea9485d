"""Hub: models by a public name, where a model hub can be reached or has been reached before.

Only configuration, tokenizer and safetensors are fetched: nothing that can run code, unless pickles are allowed.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from harness.errors import ModelError
from harness.models.sources import folder

PATIENCE = 2.5
"""Seconds to wait for a first answer: who has no hub shall learn it soon."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_CONFIGS = ("config.json", folder.ADAPTER)
_WANTED = (*_CONFIGS, "generation_config.json", "*.safetensors", "model.safetensors.index.json")
_PICKLES = ("pytorch_model*.bin", "pytorch_model.bin.index.json")
_TOKENIZER = (
    "tokenizer*",
    "vocab*",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
)


def fetch(name: str, *, with_pickles: bool = False) -> Path:
    """Return the folder of a hub's model, fetched unless it is in the hub's own cache.

    Args:
        name: `model`, `org/model`, or either with `@revision`.
        with_pickles: whether weights in the old format are fetched where there are no others.

    Raises:
        ModelError: where no hub answers, or it has no such model or revision, or it has its weights as pickles only.
    """
    return _snapshot(name, (*_WANTED, *_TOKENIZER), with_pickles=with_pickles)


def fetch_config(name: str) -> Path:
    """Return a folder that holds at least the config.json of a hub's model.

    Raises:
        ModelError: as `fetch`.
    """
    return _snapshot(name, _CONFIGS)


def _snapshot(name: str, patterns: tuple[str, ...], *, with_pickles: bool = False) -> Path:
    model, _, revision = name.partition("@")
    if not _NAME.fullmatch(model):
        raise refusal(name)
    # read when the library is first imported; without them it waits and tries again for minutes
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", str(int(PATIENCE)))
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import RevisionNotFoundError

    wanted = [*patterns, *_PICKLES] if with_pickles else list(patterns)
    what: dict[str, Any] = {"revision": revision or None, "allow_patterns": wanted, "ignore_patterns": ["*/*"]}
    with suppress(Exception):  # not fetched before; what it raises differs between versions
        kept = Path(snapshot_download(model, **what, local_files_only=True))
        if _whole(kept, patterns):
            return kept
    try:
        there = HfApi().model_info(model, revision=revision or None, timeout=PATIENCE)
        files = [file.rfilename for file in there.siblings or []]
        if any(fnmatch(file, "*.safetensors") for file in files):
            what["allow_patterns"] = list(patterns)
        elif "*.safetensors" in patterns and not with_pickles and any(fnmatch(file, "*.bin") for file in files):
            raise folder.only_pickles(name)
        return Path(snapshot_download(model, **what, etag_timeout=PATIENCE))
    except ModelError:
        raise
    except RevisionNotFoundError:
        raise ModelError(
            f"--revision {revision!r}: {model} has no such branch, tag or commit on the hub; look at the model's page "
            "there, or leave it out to get the newest."
        ) from None
    except Exception as error:  # network, proxy, name, licence: all the same to whoever waits
        raise refusal(name) from error


def refusal(name: str) -> ModelError:
    """Return what to say of a name that leads nowhere."""
    model, _, revision = name.partition("@")
    what = f"--model {model!r} --revision {revision!r}" if revision else f"--model {name!r}"
    return ModelError(
        f"{what}: this is neither a built-in model (smollm2-135m, specimen, specimen-rotary) nor a folder, and no hub "
        "that has it could be reached; give a folder made by save_pretrained."
    )


def _whole(found: Path, patterns: tuple[str, ...]) -> bool:
    if not (found / folder.CONFIG).exists():
        return False
    return "*.safetensors" not in patterns or any(found.glob("*.safetensors")) or bool(folder.pickles(found))
