"""The tag: what it keeps of a test, and what it refuses."""

import pytest
from hypothesis import given, settings

from harness.errors import ConjectureError
from harness.laws.conjecture import Conjecture, conjecture
from harness.laws.families import words
from harness.readings.projection import Projection
from harness.records.claim import Control


def tagged(components="z qk q", source="a hunch", **more):
    @conjecture(components=components, source=source, **more)
    @settings(max_examples=3)
    @given(S=words(max_length=6))
    def heads_are_what_they_are(head, S):
        """A head reads.

        Or else it is none.
        """
        assert head(S)

    return heads_are_what_they_are


def test_a_tagged_test_says_all_that_is_filed_of_it():
    found: Conjecture = tagged().conjecture
    assert (found.name, found.chapter) == ("heads_are_what_they_are", "test_conjecture")
    assert (found.claim, found.reason) == ("A head reads.", "Or else it is none.")
    assert found.components == ("q", "z", "qk"), "in the order in which components are shown"
    assert found.family == "S=words(max_length=6)"
    assert found.control is Control.NONE
    assert found.code.lstrip().startswith("@conjecture(")
    assert "assert head(S)" in found.code


def test_the_body_is_the_claim_itself():
    tagged().conjecture.body(head=lambda S: True, S=(1, 2))
    with pytest.raises(AssertionError):
        tagged().conjecture.body(head=lambda S: False, S=(1, 2))


def test_a_tagged_test_stays_an_ordinary_hypothesis_test():
    from harness.laws.families import drawing_from
    from harness.readings.lexicon import Lexicon

    with drawing_from(Lexicon((1, 2), ())):
        tagged()(head=lambda S: True)
        with pytest.raises(AssertionError):
            tagged()(head=lambda S: False)


def test_a_claim_may_speak_of_the_first_layer_or_of_what_no_basis_changes_alone():
    everywhere, first, free = (tagged(scope=scope).conjecture.scope for scope in ("", "first layer", "basis-free"))
    spoken = [(layer, part, way) for layer in (0, 1) for part in ("q", "z", "qk") for way in Projection]
    assert all(everywhere.includes(*place) for place in spoken)
    assert {place for place in spoken if first.includes(*place)} == {place for place in spoken if place[0] == 0}
    assert {place[1:] for place in spoken if free.includes(*place)} == {
        ("z", Projection.OUTPUT),
        ("z", Projection.CIRCUIT),
        ("q", Projection.CIRCUIT),
    }


def test_pytest_collects_it_whatever_its_name():
    assert tagged().__test__ is True


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"components": "q w"}, "'w' is not a component; choose from q, k, v, z, qk"),
        ({"components": ""}, "at least one component"),
        ({"source": " "}, "say where it comes from"),
        ({"control": "perhaps"}, "'holds' or 'fails'"),
        ({"scope": "elsewhere"}, "choose from first layer, basis-free"),
        ({"true_of_what_sees": "nothing"}, "choose from the token, the token and its place"),
    ],
)
def test_a_wrong_tag_is_refused(arguments, hint):
    with pytest.raises(ConjectureError, match=hint) as refused:
        tagged(**arguments)
    assert "\n" not in str(refused.value)


def untested(head, S):
    """A claim."""


@given(S=words())
def headless(S):
    """A claim."""


@given(S=words())
def silent(head, S):
    pass


@pytest.mark.parametrize(
    ("test", "hint"), [(untested, "above @given"), (headless, "take `head`"), (silent, "docstring")]
)
def test_what_is_no_conjecture_cannot_be_tagged(test, hint):
    with pytest.raises(ConjectureError, match=hint):
        conjecture(components="q", source="s")(test)
