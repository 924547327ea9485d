"""Hub: models by a public name, where a model hub can be reached or has been reached before.

Only configuration, tokenizer and safetensors are fetched: nothing that can run code.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.errors import ModelError

PATIENCE = 2.5
"""Seconds to wait for a first answer: who has no hub shall learn it soon."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_WANTED = ("config.json", "generation_config.json", "*.safetensors", "model.safetensors.index.json")
_TOKENIZER = (
    "tokenizer*",
    "vocab*",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
)


def fetch(name: str) -> Path:
    """The folder of a hub's model, fetched unless it is in the hub's own cache.

    Raises:
        ModelError: where no hub answers, or it has no such model.
    """
    return _snapshot(name, (*_WANTED, *_TOKENIZER))


def fetch_config(name: str) -> Path:
    """A folder that holds at least the config.json of a hub's model.

    Raises:
        ModelError: as `fetch`.
    """
    return _snapshot(name, ("config.json",))


def _snapshot(name: str, patterns: tuple[str, ...]) -> Path:
    if not _NAME.fullmatch(name):
        raise refusal(name)
    # read when the library is first imported; without them it waits and tries again for minutes
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", str(int(PATIENCE)))
    from huggingface_hub import HfApi, snapshot_download

    what: dict[str, Any] = {"allow_patterns": list(patterns), "ignore_patterns": ["*/*"]}
    with suppress(Exception):  # not fetched before; what it raises differs between versions
        kept = Path(snapshot_download(name, **what, local_files_only=True))
        if _whole(kept, patterns):
            return kept
    try:
        HfApi().model_info(name, timeout=PATIENCE)
        return Path(snapshot_download(name, **what, etag_timeout=PATIENCE))
    except Exception as error:  # network, proxy, name, licence: all the same to whoever waits
        raise refusal(name) from error


def refusal(name: str) -> ModelError:
    """What to say of a name that leads nowhere."""
    return ModelError(
        f"--model {name!r}: not a built-in model (smollm2-135m, specimen, specimen-rotary), not a folder, and no "
        "model hub could be reached or it has no such model; give a folder made by save_pretrained."
    )


def _whole(folder: Path, patterns: tuple[str, ...]) -> bool:
    if not (folder / "config.json").exists():
        return False
    return "*.safetensors" not in patterns or any(folder.glob("*.safetensors"))
