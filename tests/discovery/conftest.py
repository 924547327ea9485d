"""A small grammar, so that a discovery on a specimen takes seconds."""

import pytest

from harness.discovery.law import GRAMMAR
from harness.discovery.transformation import TRANSFORMATIONS

FEW = {
    "exchanging_the_last_token": ("few",),
    "exchanging_all_but_the_first_token": ("random",),
    "exchanging_the_first_token": ("random",),
    "putting_a_token_in_front": ("few",),
    "exchanging_the_past": ("random",),
    "keeping_only_the_token_before_the_last": ("random",),
    "exchanging_the_last_but_one": ("random",),
}


@pytest.fixture(scope="module")
def small_grammar():
    """Few transformations, each over one kind of sequence."""
    assert GRAMMAR
    kept = {}
    for name, over in FEW.items():
        kept[name] = type(TRANSFORMATIONS[name])(name, TRANSFORMATIONS[name].says, TRANSFORMATIONS[name].make, over)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(TRANSFORMATIONS):
            patch.delitem(TRANSFORMATIONS, name)
        for name, one in kept.items():
            patch.setitem(TRANSFORMATIONS, name, one)
        yield


@pytest.fixture(scope="module")
def little_book(tmp_path_factory):
    """A book of one claim, so that asking simple readers about it takes no time."""
    file = tmp_path_factory.mktemp("book") / "little.py"
    file.write_text(
        '"""Little: a book of one claim."""\n\n'
        "from hypothesis import given\n\n"
        "from harness import conjecture, ends_alike, tokens, words\n\n\n"
        '@conjecture(components="q k v z", source="a test")\n'
        "@given(S=words(max_length=8), a=tokens(), b=tokens())\n"
        "def which_token_came_first_is_forgotten(head, S, a, b):\n"
        '    """The last position of a + S reads as that of b + S."""\n'
        "    assert ends_alike(head((a, *S)), head((b, *S)))\n",
        encoding="utf-8",
    )
    return file
