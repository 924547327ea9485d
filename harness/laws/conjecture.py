"""Conjecture: a claim about readings, stated as one Hypothesis test.

    @conjecture(components="qk v z", source="seed notebook, random inputs")
    @given(word=words(max_length=6), times=integers(2, 4))
    def a_repeat_adds_no_new_attention_tokens(head, word, times):
        \"\"\"However often a word is repeated, the head needs no attention token that two repeats did not need.\"\"\"
        assert alphabet(head(word * times)) <= alphabet(head(word * 2))

The tag adds what the test itself does not say; the test stays an ordinary Hypothesis test.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import ConjectureError
from harness.laws.form import check_tag, check_test
from harness.laws.sampling import strategies_of
from harness.readings.projection import Projection, Sight
from harness.records.address import CLAIMED
from harness.records.claim import ClaimEntry, Control

Test = TypeVar("Test", bound=Callable[..., None])


class Scope(StrEnum):
    """Of which heads and readings a claim speaks, besides its components; the others are not in play."""

    EVERYWHERE = ""
    FIRST_LAYER = "first layer"
    BASIS_FREE = "basis-free"  # readings that no choice of coordinates inside the head can change

    def includes(self, layer: int, component: str, way: Projection) -> bool:
        """Return whether it speaks of a component of a head in that layer, sent that way.

        >>> Scope.FIRST_LAYER.includes(1, "q", Projection.OUTPUT)
        False
        """
        if self is Scope.FIRST_LAYER:
            return layer == 0
        return self is Scope.EVERYWHERE or way.gauge_free(component)


_SIGHTS = {"": None, "the token": Sight.TOKEN, "the token and its place": Sight.PLACE}


@dataclass(frozen=True)
class Conjecture:
    """What is claimed, of which components, and why.

    Attributes:
        test: the `@given` function; called with `head` alone it searches.
        components: those that the claim speaks of, in the order of `CLAIMED`.
        source: where the claim comes from.
        control: whether its truth is known beforehand.
        architectural: whether it is true of every model of this kind, trained or not.
        sight: it is true, whatever the weights, of a component that sees no more than this; None where of none.
        scope: of which heads and readings it speaks.
    """

    test: Callable[..., None]
    components: tuple[str, ...]
    source: str
    control: Control
    architectural: bool
    sight: Sight | None = None
    scope: Scope = Scope.EVERYWHERE

    def __post_init__(self) -> None:
        _ = self.body  # taken now: a search puts another in its place for a while

    @property
    def name(self) -> str:
        """The sentence that names it."""
        return self.test.__name__

    @cached_property
    def subject(self) -> str:
        """What it is about: the argument `head`, or `head_pair` for a claim about two heads of a layer."""
        return next(iter(inspect.signature(self.body).parameters))

    @property
    def chapter(self) -> str:
        """The chapter's file without its ending."""
        return self.path.stem

    @property
    def path(self) -> Path:
        """The chapter's file."""
        return Path(inspect.unwrap(self.test).__code__.co_filename).absolute()

    @property
    def claim(self) -> str:
        """The docstring's first line."""
        return (inspect.getdoc(self.test) or "").partition("\n")[0]

    @property
    def reason(self) -> str:
        """The rest of the docstring: what it would mean."""
        return (inspect.getdoc(self.test) or "").partition("\n")[2].strip()

    @property
    def family(self) -> str:
        """The strategies, as they are written."""
        return ", ".join(f"{name}={strategy!r}" for name, strategy in strategies_of(self.test).items())

    @property
    def draws_as(self) -> str:
        """What its draws depend on, besides the seed: claims of one family share their sequences and so readings."""
        return ", ".join(map(repr, strategies_of(self.test).values()))

    @property
    def of_any_sequence(self) -> bool:
        """Whether its sequences may be any, so that it can be asked of natural text: random ones, and single tokens."""
        written = [repr(strategy) for strategy in strategies_of(self.test).values()]
        if any("alphabet=" in one or "special=" in one for one in written):
            return False
        names = {one.partition("(")[0] for one in written}
        return names <= {"words", "tokens", "extensions"} and names != {"tokens"}

    @cached_property
    def body(self) -> Callable[..., Any]:
        """The claim itself, free of Hypothesis: call it with `head` and the drawn arguments."""
        inner: Callable[..., Any] = self.test.hypothesis.inner_test  # type: ignore[attr-defined]
        return inner

    @property
    def code(self) -> str:
        """Its source text."""
        return inspect.getsource(inspect.unwrap(self.test))

    @property
    def entry(self) -> ClaimEntry:
        """Its entry in the catalogue."""
        return ClaimEntry(
            chapter=self.chapter,
            name=self.name,
            claim=self.claim,
            reason=self.reason,
            source=self.source,
            components=self.components,
            family=self.family,
            control=self.control.value,
            code=self.code,
            path=str(self.path),
        )


def conjecture(
    test: object = None,
    /,
    *,
    components: str = "",
    source: str = "",
    control: str = "",
    architectural: bool = False,
    true_of_what_sees: str = "",
    scope: str = "",
) -> Callable[[Test], Test]:
    """Tag a `@given` test as a law.

    Args:
        test: never given; it catches a tag without parentheses.
        components: the components that the law is about, as in `"qk v z"`; at least one.
        source: where the law comes from; a known-answer check needs one too.
        control: `"holds"` or `"fails"` for a known-answer check, a law whose truth is known beforehand.
        architectural: true of every model of this kind, whatever its weights.
        true_of_what_sees: `"the token"` or `"the token and its place"`: true, whatever the weights, of a component that
            can see no more, as q, k and v in layer 0. The verdict on such a one is flagged as architectural.
        scope: `"first layer"` or `"basis-free"`, where it does not speak of the rest.

    Raises:
        ConjectureError: for a tag on something that is no `@given` test with an argument `head`, or says nothing.
    """
    if test is not None:
        raise ConjectureError(
            f"{getattr(test, '__name__', repr(test))}: @conjecture needs its parentheses; write "
            '@conjecture(components="v z", source="...").'
        )
    spoken = check_tag(components, source, allowed=CLAIMED)
    if control not in tuple(Control):
        raise ConjectureError(
            f"@conjecture(control={control!r}): write 'holds' or 'fails' for a known-answer check; otherwise leave it "
            "out."
        )
    for name, said, known in (("scope", scope, Scope), ("true_of_what_sees", true_of_what_sees, _SIGHTS)):
        if said not in tuple(known):
            raise ConjectureError(
                f"@conjecture({name}={said!r}): choose from {', '.join(filter(None, known))}, or leave it out."
            )

    def tag(test: Test) -> Test:
        check_test(test)
        test.conjecture = Conjecture(  # type: ignore[attr-defined]
            test=test,
            components=spoken,
            source=source,
            control=Control(control),
            architectural=architectural,
            sight=_SIGHTS[true_of_what_sees],
            scope=Scope(scope),
        )
        test.__test__ = True  # type: ignore[attr-defined]  # pytest collects a function of any name that says so
        return test

    return tag
