"""Form: is this test written as a conjecture? The usual mistakes, each refused in a line that says what to do.

Checked when the tag is put on, so a chapter that is written wrong is never tried.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import is_hypothesis_test
from hypothesis.strategies import SearchStrategy

from harness.errors import ConjectureError
from harness.laws.sampling import strategies_of

SUBJECTS = ("head", "head_pair")
"""What a claim may be about, by the name of its first argument."""


def check_tag(components: str, source: str, *, allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the components that a tag names, in the order of those allowed.

    >>> check_tag("z q", "a hunch", allowed=("q", "k", "z"))
    ('q', 'z')

    Raises:
        ConjectureError: where it names none or one that is not allowed, or no source.
    """
    wanted = components.replace(",", " ").split()
    if not wanted:
        raise ConjectureError(
            f'@conjecture(components={components!r}): a law is about at least one component; write components="v z",'
            f" any of {', '.join(allowed)}."
        )
    unknown = next((part for part in wanted if part not in allowed), None)
    if unknown is not None:
        raise ConjectureError(
            f"@conjecture(components={components!r}): {unknown!r} is not a component; choose from {', '.join(allowed)}."
        )
    if not source.strip():
        raise ConjectureError(
            f'@conjecture(source={source!r}): every law has a source; say where it comes from: source="a hunch".'
        )
    return tuple(part for part in allowed if part in wanted)


def check_test(test: Callable[..., Any]) -> None:
    """See that a test is a `@given` test of a head, that all its other arguments are drawn, and that it says something.

    Raises:
        ConjectureError: where it is not, in one line.
    """
    name = getattr(test, "__name__", repr(test))
    if not is_hypothesis_test(test):
        raise ConjectureError(
            f"{name}: @conjecture goes above @given, on a @given test only; write @conjecture(...) first, then "
            "@given(...), then the law."
        )
    claim: Callable[..., Any] = test.hypothesis.inner_test  # type: ignore[attr-defined]
    taken = inspect.signature(claim).parameters
    first = next(iter(taken), "")
    if first not in SUBJECTS:
        said = f"takes {first!r} first" if first else "takes no argument"
        raise ConjectureError(
            f"{name}: {said}; a law is about a head; take `head` (or `head_pair`) as the first argument."
        )
    _check_drawn(name, first, taken, strategies_of(test))
    if not inspect.getdoc(test):
        raise ConjectureError(f"{name}: it has no docstring; write what the law claims as its first line.")


def _check_drawn(name: str, subject: str, taken: Mapping[str, inspect.Parameter], drawn: Mapping[str, Any]) -> None:
    if subject in drawn:
        raise ConjectureError(
            f"{name}: @given draws {subject!r}, but headlaws gives it; draw only the other arguments, by name."
        )
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values())
    for argument, strategy in drawn.items():
        if argument not in taken and not takes_all:
            raise ConjectureError(
                f"{name}: @given draws {argument!r}, but the law does not take it; give both the same name."
            )
        if not isinstance(strategy, SearchStrategy):
            called = getattr(strategy, "__name__", "")
            hint = f"call it, as in {argument}={called}()" if called else f"write a family, as in {argument}=words()"
            raise ConjectureError(f"{name}: @given({argument}={called or repr(strategy)}) is not a strategy; {hint}.")
    for argument, parameter in taken.items():
        needed = parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if needed and argument != subject and argument not in drawn and parameter.default is parameter.empty:
            raise ConjectureError(
                f"{name}: takes {argument!r}, but @given does not draw it; a law takes `{subject}` and drawn values, "
                f"no fixtures: write @given(..., {argument}=...) or leave it out."
            )
