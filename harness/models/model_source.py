"""Source: from what somebody writes after `--model` to a folder of plain weights on this machine's disk.

A model that is not built in is a folder made by `save_pretrained`, a GGUF file, or a hub's model (`org/name`, or
`org/name@revision` for one revision of it). GGUF files, and pickles where they were allowed, are turned into such a
folder once; it is found again by the sums of their bytes. Light, as long as nothing has to be turned.
"""

from __future__ import annotations

from pathlib import Path

from harness.errors import ModelError
from harness.models import checkpoints
from harness.models.sources import folder, gguf, hub, pickles, smollm2

SPECIMENS = ("specimen", "specimen-rotary")
BUILT_IN = (smollm2.NAME, *SPECIMENS)
"""Models that need no source."""


def find(name: str) -> Path:
    """Return the folder that holds the weights of a model that is not built in.

    Raises:
        ModelError: where there is none, or it cannot be used; one line.
    """
    if gguf.looks_like_gguf(name):
        return gguf.converted(Path(name).expanduser())
    return pickles.instead(_folder(name))


def config_of(name: str) -> Path:
    """Return a folder with at least its config.json.

    Raises:
        ModelError: as `find`.
    """
    if gguf.looks_like_gguf(name) or folder.looks_like_folder(name):
        return find(name)
    return folder.refuse_adapter(hub.fetch_config(name), name)


def chosen(name: str | None, revision: str | None = None, *, allow_pickle: bool = False) -> str | None:
    """Return a model's name with its revision, and its pickles opened where that was allowed; None where none is named.

    Raises:
        ModelError: for a revision of what has none, and where pickles are allowed that are not there or cannot be used.

    >>> chosen("gpt2", "main"), chosen("gpt2")
    ('gpt2@main', 'gpt2')
    """
    if name is None:
        if revision is not None or allow_pickle:
            raise ModelError(
                "--revision and --allow-pickle need a model from a hub or a folder: write --model as well."
            )
        return None
    if revision is not None:
        local = gguf.looks_like_gguf(name) or folder.looks_like_folder(name) or checkpoints.is_pattern(name)
        if name in BUILT_IN or local:
            raise ModelError(
                f"--revision {revision!r} with --model {name!r}: only a model from a hub has revisions; leave it out."
            )
        if "@" in name:
            raise ModelError(f"--revision {revision!r} with --model {name!r}: this names two revisions; give one.")
        name = f"{name}@{revision}"
    if allow_pickle:
        if name in BUILT_IN or gguf.looks_like_gguf(name):
            raise ModelError(f"--allow-pickle with --model {name!r}: this model has no pickles; leave it out.")
        for one in checkpoints.expanded(name):
            pickles.convert(_folder(one, with_pickles=True))
    return name


def _folder(name: str, *, with_pickles: bool = False) -> Path:
    if folder.looks_like_folder(name):
        return folder.refuse_adapter(Path(name).expanduser(), name)
    return folder.refuse_adapter(hub.fetch(name, with_pickles=with_pickles), name)
