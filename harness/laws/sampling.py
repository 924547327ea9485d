"""Sampling: independent draws from a family's stated distribution, for the census.

Hypothesis chooses its examples cleverly, one in the light of the others, so nothing can be counted on them. Here the
same strategies are driven by a provider that answers each request uniformly from a generator of its own: draw number
i of a conjecture depends on the seed, the conjecture's name and i alone, hence draws are independent and identically
distributed, and may be made in any order.

The only module that leans on Hypothesis's internals; the version is pinned in pyproject.toml for its sake.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import core, settings
from hypothesis.control import BuildContext, current_build_context
from hypothesis.database import InMemoryExampleDatabase, choices_to_bytes
from hypothesis.errors import HypothesisWarning, StopTest, UnsatisfiedAssumption
from hypothesis.internal.conjecture import engine
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.providers import HypothesisProvider, PrimitiveProvider
from hypothesis.internal.reflection import function_digest
from hypothesis.strategies import SearchStrategy
from hypothesis.strategies._internal.core import DataObject

from harness.errors import ConjectureError

ATTEMPTS_PER_DRAW = 50
"""How often a draw that a strategy's filter rejects is tried anew before the strategy is called unsatisfiable."""


class UniformProvider(PrimitiveProvider):
    """Answers every request uniformly (booleans with the probability asked for)."""

    lifetime = "test_case"

    def __init__(self, data: ConjectureData | None, /, *, random: Random) -> None:
        super().__init__(data)
        self.random = random

    def draw_boolean(self, p: float = 0.5) -> bool:
        """Draw True with probability p."""
        return self.random.random() < p

    def draw_integer(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *,
        weights: dict[int, float] | None = None,
        shrink_towards: int = 0,
    ) -> int:
        """Draw uniformly between the bounds, which must both be given; weights are a searcher's hint and are
        ignored.
        """
        if min_value is None or max_value is None:
            raise ConjectureError("integers() without bounds: a census needs a known distribution; give both bounds.")
        return self.random.randint(min_value, max_value)

    def draw_float(self, **constraints: Any) -> float:
        """Draw uniformly between finite bounds."""
        low, high = constraints["min_value"], constraints["max_value"]
        if not (-1e300 < low <= high < 1e300):
            raise ConjectureError("floats() without bounds: a census needs a known distribution; give both bounds.")
        return self.random.uniform(low, high)

    def draw_string(self, *_: Any, **__: Any) -> str:
        """Refuse: sequences are made of ids."""
        raise ConjectureError("text(): a census draws ids, not text; use the families of harness.laws.families.")

    def draw_bytes(self, *_: Any, **__: Any) -> bytes:
        """Refuse: sequences are made of ids."""
        raise ConjectureError("binary(): a census draws ids, not bytes; use the families of harness.laws.families.")


@dataclass(frozen=True)
class Draw:
    """One draw.

    Attributes:
        inputs: the test's keyword arguments.
        choices: those that led there; Hypothesis can shrink from them. Empty for an example written by hand.
        mixed: whether the families were mixing in sequences over few tokens; the choices mean the same only then.
    """

    inputs: Mapping[str, Any]
    choices: tuple[Any, ...]
    mixed: bool = False


def strategies_of(test: Any) -> dict[str, SearchStrategy[Any]]:
    """Return the strategies of a `@given` test by argument name."""
    given: dict[str, SearchStrategy[Any]] = test.hypothesis._given_kwargs
    return given


def made_by(strategy: SearchStrategy[Any], family: Callable[[], SearchStrategy[Any]]) -> bool:
    """Return whether a strategy is of a family, whatever bounds it was given; another of the same name is not."""
    return getattr(strategy, "function", None) is getattr(family(), "function", family)


def draws(test: Any, *, name: str, number: int, seed: int, first: int = 0) -> tuple[Draw, ...]:
    """Draw independently for a `@given` test, from number `first` on; each draw is the same however many are asked for.

    Raises:
        ConjectureError: when a strategy's filter rejects nearly everything.
    """
    return tuple(_draw(test, name, f"{seed}:{name}:{i}") for i in range(first, first + number))


def sample(strategy: SearchStrategy[Any], *, seed: int, name: str = "sample") -> Any:
    """Return one value of a strategy, by the distribution that its family states; draws of other names are
    independent.
    """
    random = Random(f"{seed}:{name}")  # statistics, not secrets
    data = ConjectureData(random=random, provider=UniformProvider, provider_kw={"random": random})
    with BuildContext(data, wrapped_test=sample):
        return data.draw(strategy)


def current_choices() -> tuple[Any, ...]:
    """Return the choices behind the example under way; empty for one that the author wrote by hand."""
    return tuple(current_build_context().data.choices)


@contextmanager
def inside(test: Any) -> Iterator[None]:
    """Run a test's body outside a search: `assume`, `event` and `note` work in the block as they do in one."""
    with BuildContext(ConjectureData.for_choices(()), wrapped_test=test):
        yield


def driven(test: Any, given: Mapping[str, Any], *, body: Any, chosen: settings, seed: int, start: Draw | None) -> None:
    """Call the `@given` test with `body` in the place of its own, under these settings and this seed, from `start` on.

    A known draw is entered as a secondary example of an example database made for it. Hypothesis begins with it and
    shrinks it, as it would not do with a primary one. What is tried depends on the test, the seed and the settings
    alone, not on the process that runs it. Several threads may be in here for one test, if one runs at a time.
    """
    inner, before = test.hypothesis.inner_test, test._hypothesis_internal_use_settings

    def as_it_was() -> None:
        test.hypothesis.inner_test = inner
        test._hypothesis_internal_use_settings = before
        test._hypothesis_internal_use_seed = None

    def first(**inputs: Any) -> None:
        as_it_was()  # Hypothesis has read them by now
        body(**inputs)

    if start is not None:
        database = InMemoryExampleDatabase()
        database.save(function_digest(first) + b".secondary", choices_to_bytes(start.choices))
        chosen = settings(chosen, database=database)
    test.hypothesis.inner_test = first
    test._hypothesis_internal_use_seed = seed
    test._hypothesis_internal_use_settings = chosen
    of_this_thread = core.threadlocal._hypothesis_global_random
    core.threadlocal._hypothesis_global_random = of_this_thread or _UNUSED
    try:
        with _quiet:
            test(**given)
    finally:
        core.threadlocal._hypothesis_global_random = of_this_thread
        as_it_was()


class _Quiet:
    """Inside a block Hypothesis tries no number for being written in a source, shrinks until it finds nothing smaller,
    and remarks on nothing.

    Of its own accord, one request in twenty is answered with a constant from the program's modules that are loaded by
    then, or from a list of large ones. Token ids are no numbers of a program; and other modules are loaded under
    pytest, in the command, and on a worker of a cluster. Its remarks on a run are not the reader's business.
    Blocks of several threads may overlap: the last one to end puts things back.
    """

    def __init__(self) -> None:
        self._inside = 0
        self._before = ExitStack()

    def __enter__(self) -> None:
        if not self._inside:
            self._before.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore", HypothesisWarning)
            constants = HypothesisProvider._maybe_draw_constant
            self._before.callback(setattr, HypothesisProvider, "_maybe_draw_constant", constants)
            HypothesisProvider._maybe_draw_constant = lambda *_, **__: None  # type: ignore[method-assign]
            self._before.callback(setattr, engine, "MAX_SHRINKING_SECONDS", engine.MAX_SHRINKING_SECONDS)
            engine.MAX_SHRINKING_SECONDS = math.inf  # type: ignore[assignment]  # what is found is no question of the clock
        self._inside += 1

    def __exit__(self, *_: object) -> None:
        self._inside -= 1
        if not self._inside:
            self._before.close()


_quiet = _Quiet()

_UNUSED = Random(0)
"""Stands for the generator that Hypothesis would make for each thread, and look through all that there is for; it asks
that one for seeds, and ours are given."""


def _draw(test: Any, name: str, seed: str) -> Draw:
    for attempt in range(ATTEMPTS_PER_DRAW):
        random = Random(f"{seed}:{attempt}")  # statistics, not secrets
        data = ConjectureData(random=random, provider=UniformProvider, provider_kw={"random": random})
        try:
            with BuildContext(data, wrapped_test=test) as context:
                inputs, _ = context.prep_args_kwargs_from_strategies(strategies_of(test))
        except (StopTest, UnsatisfiedAssumption):  # a filter's no, and an `assume` inside a composite strategy
            continue
        if any(isinstance(value, DataObject) for value in inputs.values()):
            raise ConjectureError(
                f"{name}: data() draws inside the law, where draws cannot be counted; draw in @given(...) instead."
            )
        return Draw(inputs, tuple(data.choices))
    raise ConjectureError(
        f"{name}: a strategy rejected {ATTEMPTS_PER_DRAW} draws in a row; "
        f"build the condition into it instead of filtering."
    )
