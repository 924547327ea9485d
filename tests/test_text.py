import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from harness.text import token, visible, word

ANY = st.text(st.characters(exclude_categories=()), max_size=40)
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(ANY)
def test_whatever_comes_in_can_be_seen_and_written(raw):
    shown = visible(raw)
    shown.encode("utf-8")
    assert not UNSEEN & {unicodedata.category(character) for character in shown}


@given(ANY)
def test_making_visible_twice_changes_nothing(raw):
    assert visible(visible(raw)) == visible(raw)


@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",))))
def test_plain_text_stays_as_it_is(raw):
    assert visible(raw) == raw


@given(ANY)
def test_a_token_is_never_blank(raw):
    assert token(raw).strip()
    assert " " not in token(raw)


@given(ANY)
def test_page_and_terminal_have_the_same_signs(raw):
    """But for marks on a letter, which only a page can be trusted with."""
    if not any(unicodedata.category(character) in ("Mn", "Me") for character in raw):
        assert word(raw) == token(raw)


def test_a_tower_of_marks_is_cut_short():
    shown = visible("e" + "\u0301" * 100)
    assert sum(unicodedata.category(character) == "Mn" for character in shown) == 4
