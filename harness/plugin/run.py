"""What the plugin's hooks share: the run that a pytest session is about, kept in its configuration."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import HeadlawsError

if TYPE_CHECKING:
    from harness.laws.conjecture import Conjecture
    from harness.plugin.ahead import Ahead  # noqa: F401  # stash keys' types, in quotes
    from harness.session import Session
    from harness.trials.cell import Cell  # noqa: F401

SESSION = pytest.StashKey["Session"]()
AHEAD = pytest.StashKey["Ahead"]()
CELL = pytest.StashKey["Cell"]()
PLACE = pytest.StashKey[int]()


def session_of(config: pytest.Config) -> Session:
    """The run that the options ask for; made at the first call."""
    if SESSION not in config.stash:
        from harness.models import source
        from harness.session import Request, Session, written
        from harness.trials.profile import Profile

        option, numbers = config.option, Profile()
        model = source.chosen(option.model, option.revision, allow_pickle=option.allow_pickle)
        asked = ("search", "first", "census", "epsilon", "delta", "confidence", "length")
        given = {name: value for name in asked if (value := getattr(option, name)) is not None}
        if "epsilon" in given and "delta" not in given:
            given["delta"] = max(numbers.delta, given["epsilon"])
        nulls = 0 if option.no_nulls else numbers.nulls
        profile = Profile(seed=option.seed, nulls=nulls, **given)
        request = Request(
            heads=tuple(option.head),
            components=tuple(option.component),
            projection=option.projection,
            bos=not option.no_bos,
            dtype=option.dtype,
            device=getattr(option, "device", None) or "cpu",
            preparation=option.preparation,
            fresh=option.fresh,
            profile=profile,
            census_given=option.census is not None,
            command=written(config.invocation_params.args),
            **({"model": model} if model is not None else {}),
        )
        config.stash[SESSION] = Session(request)
    return config.stash[SESSION]


def believe(config: pytest.Config) -> None:
    """Take a file of beliefs into the run. Claims may stand in what is named on the command line or in our book."""
    option = config.option
    if option.believe and not option.beliefs:
        raise HeadlawsError("--believe: no file named; write --beliefs FILE --believe.")
    if option.beliefs:
        from harness.laws.book import shipped

        named = [config.invocation_params.dir / str(arg).partition("::")[0] for arg in config.args]
        places = [shipped(), *(place if place.is_dir() else place.parent for place in named)]
        session_of(config).believe(Path(option.beliefs), places=places, renewing=option.believe)


def load(config: pytest.Config) -> None:
    """Load the model with nothing captured, so that a download can be seen."""
    capture = config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled(), _uncollected():
            _ = session_of(config).model  # null models are made when the verdicts are there
    except HeadlawsError as error:
        raise pytest.UsageError(str(error)) from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector away from what the block makes: a model and its libraries are there to stay.

    It would walk their millions of objects while they are imported, and again whenever pytest asks it to at the end.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def asked(config: pytest.Config) -> bool:
    """Whether this run is about heads at all: the plugin is there in every run of its environment."""
    option = config.option
    named = option.head or option.component or option.model or option.store or option.report or option.beliefs
    folders = any(Path(str(arg).partition("::")[0]).name == "properties" for arg in config.args)
    return bool(named or option.believe or folders or option.projection != "output")


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a process of pytest-xdist that finds out and does not file."""
    return hasattr(config, "workerinput")


def conjecture_of(item: pytest.Item) -> Conjecture | None:
    """The conjecture that an item tries, if it tries one."""
    found: Conjecture | None = getattr(getattr(item, "function", None), "conjecture", None)
    return found


def is_control(item: pytest.Item) -> bool:
    """Whether it tries a control."""
    found = conjecture_of(item)
    return found is not None and bool(found.control)
