"""What the plugin's hooks share: the run that a pytest session is about, kept in its configuration."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import HeadlawsError
from harness.garbage import unsearched
from harness.output_paths import FOLDER, check_file, check_folder
from harness.plugin.options import given

if TYPE_CHECKING:
    from harness.laws.conjecture import Conjecture
    from harness.readings.component_head import ComponentHead
    from harness.records.cell import Cell  # noqa: F401  # a stash key's type, in quotes
    from harness.records.counterexample import Counterexample
    from harness.runs.session import Session

SESSION = pytest.StashKey["Session"]()
CELL = pytest.StashKey["Cell"]()
PLACE = pytest.StashKey[int]()


def session_of(config: pytest.Config) -> Session:
    """Return the run that the options ask for; made at the first call."""
    if SESSION not in config.stash:
        from harness.models import model_source
        from harness.runs.request import Request
        from harness.runs.session import Session
        from harness.trials.profile import Profile

        option = given(config)
        model = model_source.chosen(option.model, option.revision, allow_pickle=option.allow_pickle)
        request = Request(
            heads=tuple(option.head),
            components=tuple(option.component),
            projection=option.projection,
            bos=not option.no_bos,
            dtype=option.dtype,
            device=option.device or _device_of_playwright(config) or "cpu",
            preparation=option.preparation,
            fresh=option.fresh,
            profile=Profile.of_options(vars(option), seed=option.seed),
            census_given=option.census is not None,
            command=shlex.join(["pytest", *config.invocation_params.args]),
            **({"model": model} if model is not None else {}),
        )
        config.stash[SESSION] = Session(request)
    return config.stash[SESSION]


def _device_of_playwright(config: pytest.Config) -> str | None:
    """What `--device` says where it is pytest-playwright's, which takes what it is given for a device of its own."""
    return config.getoption("device", None) if config.pluginmanager.has_plugin("playwright") else None


def head_of(request: pytest.FixtureRequest) -> ComponentHead:
    """Return the head, or the pair of heads, that a conjecture is handed.

    Raises:
        pytest.fail.Exception: where something that is no conjecture asks for it.
    """
    if not hasattr(request, "param"):
        name = request.fixturename
        pytest.fail(
            f"fixture {name!r}: headlaws gives it to laws only, and this test is not one; write "
            f"@conjecture(components=..., source=...) and @given above it, or define your own fixture {name!r}.",
            pytrace=False,
        )
    address, component = request.param
    return session_of(request.config).head(address, component)


def store_of(config: pytest.Config) -> Path:
    """Return where verdicts are filed."""
    return Path(given(config).store or FOLDER / "store.db")


def check_places(config: pytest.Config) -> None:
    """See that what the run will leave behind can be written.

    Raises:
        StoreError: where it cannot.
    """
    from harness.records.store import Store

    if config.option.collectonly or is_worker(config):
        return
    option = given(config)
    Store.check(store_of(config))
    check_folder(Path(option.report or FOLDER / "reports"), "--report")
    if option.believe and option.beliefs:
        check_file(Path(option.beliefs), "--beliefs")


def believe(config: pytest.Config) -> None:
    """Take a file of beliefs into the run. Claims may stand in what is named on the command line or in our book."""
    option = given(config)
    if option.believe and not option.beliefs:
        raise HeadlawsError("--believe: needs a file; write --beliefs FILE --believe.")
    if option.beliefs:
        from harness.laws.book import shipped

        named = [config.invocation_params.dir / str(arg).partition("::")[0] for arg in config.args]
        places = [shipped(), *(place if place.is_dir() else place.parent for place in named)]
        session_of(config).believe(Path(option.beliefs), places=places, renewing=option.believe)


def load(config: pytest.Config) -> None:
    """Load the model with nothing captured, so that a download can be seen."""
    capture = config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled(), unsearched(staying=True):
            _ = session_of(config).model  # null models are made when the verdicts are there
    except HeadlawsError as error:
        raise pytest.UsageError(str(error)) from error


def asked(config: pytest.Config) -> bool:
    """Return whether this run is about heads at all: the plugin is there in every run of its environment."""
    option = given(config)
    named = option.head or option.component or option.model or option.store or option.report or option.beliefs
    folders = any(Path(str(arg).partition("::")[0]).name == "properties" for arg in config.args)
    return bool(named or option.believe or folders or option.projection != "output")


def is_worker(config: pytest.Config) -> bool:
    """Return whether this is a process of pytest-xdist that finds out and does not file."""
    return hasattr(config, "workerinput")


def conjecture_of(item: pytest.Item) -> Conjecture | None:
    """Return the conjecture that an item tries, if it tries one."""
    found: Conjecture | None = getattr(getattr(item, "function", None), "conjecture", None)
    return found


def break_in(conjecture: Conjecture, head: ComponentHead, found: Counterexample) -> None:
    """Run a counterexample again, as the plain assertion that it is: for a debugger to stop in."""
    from harness.laws.families import drawing_from
    from harness.trials.counterexample import revived
    from harness.trials.subject import Subject

    with drawing_from(head.model.lexicon):
        conjecture.body(**{conjecture.subject: Subject(head)}, **revived(found.inputs))


def is_control(item: pytest.Item) -> bool:
    """Return whether it tries a control."""
    found = conjecture_of(item)
    return found is not None and bool(found.control)
