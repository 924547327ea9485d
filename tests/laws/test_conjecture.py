"""The tag: what it keeps of a test, and what it refuses."""

import pytest
from hypothesis import given, settings

from harness.errors import ConjectureError
from harness.laws.conjecture import Conjecture, Control, conjecture
from harness.laws.families import words


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
    from harness.laws.families import speaking
    from harness.readings.lexicon import Lexicon

    with speaking(Lexicon((1, 2), ())):
        tagged()(head=lambda S: True)
        with pytest.raises(AssertionError):
            tagged()(head=lambda S: False)


def test_pytest_collects_it_whatever_its_name():
    assert tagged().__test__ is True


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"components": "q w"}, "'w' is no component; choose from q, k, v, z, qk"),
        ({"components": ""}, "at least one component"),
        ({"source": " "}, "say where it comes from"),
        ({"control": "perhaps"}, "'holds' or 'fails'"),
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
