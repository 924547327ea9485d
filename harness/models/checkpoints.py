"""Checkpoints: the folders of a training run, by a pattern such as `runs/step-*`.

Light: looks at names and at whether a folder has a config.json, and at nothing in it.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from pathlib import Path

from harness.errors import ModelError
from harness.models.sources.folder import CONFIG

_NUMBERS = re.compile(r"(\d+)")


def is_pattern(name: str) -> bool:
    """Return whether a name stands for several folders: it has one of `*?[`, and no folder is called just that.

    >>> is_pattern("runs/step-*"), is_pattern("runs/step-1"), is_pattern("gpt2")
    (True, False, False)
    """
    return glob.has_magic(name) and not Path(name).expanduser().exists()


def expanded(name: str) -> list[str]:
    """Return the folders with a config.json that a pattern matches, step-2 before step-10; any other name itself.

    Raises:
        ModelError: where a pattern matches none.
    """
    if not is_pattern(name):
        return [name]
    matching = glob.glob(str(Path(name).expanduser()))  # noqa: PTH207  # as a shell does it: nothing that is hidden
    found = [place.rstrip("/") for place in matching]
    folders = sorted((place for place in found if (Path(place) / CONFIG).is_file()), key=natural)
    if not folders:
        without = f" of the {len(found)} places that match" if found else " matches that"
        raise ModelError(
            f"--model {name!r}: no folder{without} has a {CONFIG}; give a pattern that matches folders made by "
            "save_pretrained, such as 'runs/step-*'."
        )
    return folders


def series(names: Iterable[str]) -> list[str]:
    """Return the checkpoints that several names or patterns stand for, each once.

    In the order given; but where the names differ in nothing except their numbers, by those: a shell writes step-10
    before step-2.

    Raises:
        ModelError: for a pattern that matches nothing.

    >>> series(["run/step-10", "run/step-2", "run/step-10/"]), series(["late", "early"])
    (['run/step-2', 'run/step-10'], ['late', 'early'])
    """
    found = list(dict.fromkeys(one.rstrip("/") or one for name in names for one in expanded(name)))
    alike = len({_NUMBERS.sub("0", name) for name in found}) == 1
    return sorted(found, key=natural) if alike else found


def refuse_pattern(name: str) -> None:
    """Refuse a pattern where one model is asked for.

    Raises:
        ModelError: for a pattern.
    """
    if is_pattern(name):
        raise ModelError(
            f"--model {name!r}: this is a pattern, but only one model is allowed here; give one folder, or try all "
            "checkpoints with 'headlaws sweep'."
        )


def natural(name: str) -> list[tuple[str, int]]:
    """Return a key that sorts as people do, numbers by their size.

    >>> sorted(["step-10", "step-2", "step-2b", "start"], key=natural)
    ['start', 'step-2', 'step-2b', 'step-10']
    """
    parts = _NUMBERS.split(name)
    texts, numbers = parts[::2], [*parts[1::2], "-1"]
    return [(text, int(number)) for text, number in zip(texts, numbers, strict=True)]
