from hypothesis import given
from hypothesis import strategies as st

from reports.text import clip, columns, lines, visible

ANY = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANY, st.integers(1, 12))
def test_a_clipped_text_fits(raw, limit):
    assert columns(clip(visible(raw), limit)) <= limit


def test_lines_keep_their_breaks_and_nothing_else():
    assert lines("a\n\u202eb\r\n") == "a\n\\u202eb␍\n"
