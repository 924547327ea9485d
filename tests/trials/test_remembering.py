"""The same trials again, or of a claim that was edited: what they read, and what they file. On the specimen."""

import textwrap
from collections import Counter

import pytest

from harness.readings.decoder import Decoder
from harness.records.cell import Verdict
from harness.runs.correction import correct
from tests.support.sweeping import ordered, plain

pytestmark = pytest.mark.slow

CHAPTER = """
    from hypothesis import given
    from harness import agree, conjecture, is_prefix, words

    @conjecture(components="q z", source="a test", control="holds")
    @given(S=words(max_length=6))
    def longer_ones_begin_alike(head, S):
        '''True of every head.'''
        assert is_prefix(head(S), head(S * 2))

    @conjecture(components="z qk", source="a test")
    @given(S=words(max_length=6))
    def thrice_over_begins_alike(head, S):
        '''True of every head.'''
        assert is_prefix(head(S), head(S * 3))

    @conjecture(components="v", source="a test")
    @given(S=words(max_length=6))
    def every_token_reads_as_the_first(head, S):
        '''True of few.'''
        assert agree(head(S), head((S[0],) * len(S)))

    @conjecture(components="attn", source="a test")
    @given(S=words(min_length=3, max_length=5))
    def the_last_attends_as_in_reverse(head, S):
        '''True of few.'''
        assert head(S).tokens[-1] == head({other}).tokens[-1]
"""
MORE = """
    @conjecture(components="k", source="a test")
    @given(S=words(max_length=6))
    def four_times_over_begins_alike(head, S):
        '''True of every head.'''
        assert is_prefix(head(S), head(S * 4))
"""


@pytest.fixture
def remembering(monkeypatch, tmp_path):
    """What is read in this test is remembered, for this test alone."""
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HEADLAWS_READINGS", "16")


@pytest.fixture
def tried(monkeypatch, tmp_path, specimen):
    """Tries a chapter on a model that has read nothing yet; gives cells, and sequences read by claim and component."""
    costs = Counter()
    made = Decoder.readings

    def counted(self, sequences, activations, address, components, way, **how):
        costs.update(dict.fromkeys(components, len(sequences)))
        return made(self, sequences, activations, address, components, way, **how)

    monkeypatch.setattr(Decoder, "readings", counted)
    monkeypatch.setattr("harness.models.catalogue.boot", lambda *_, **__: specimen.backbone)

    def tried(*, other="S[::-1]", more="", only="", shrinking=False, **request):
        chapter = tmp_path / "mine.py"
        chapter.write_text(textwrap.dedent(CHAPTER.format(other=other)) + textwrap.dedent(more), encoding="utf-8")
        session = ordered(chapter, heads="1.3", **request).session()
        spent = {}
        for claim in ordered(chapter).claims.values():
            for address, component in session.request.in_play(claim) if only in claim.name else ():
                costs.clear()
                head = session.head(address, component)
                session.file(claim.entry, session.try_out(claim, head, shrinking=shrinking))
                spent[claim.name, component] = costs.total()
        correct(session)
        return [plain(cell) for cell in session.cells], spent

    return tried


def controls(spent):
    """What controls cost."""
    return {place: cost for place, cost in spent.items() if place[0] == "longer_ones_begin_alike"}


def others(spent):
    """What all others cost."""
    return {place: cost for place, cost in spent.items() if place not in controls(spent)}


@pytest.mark.usefixtures("remembering")
def test_a_second_time_the_same_is_filed_and_controls_alone_read_anything(tried):
    first, spent = tried(shrinking=True)
    again, later = tried(shrinking=True)
    assert again == first
    assert {cell["verdict"] for cell in first} == {Verdict.SATISFIED, Verdict.REFUTED, Verdict.MOSTLY}
    assert all(others(spent).values())
    assert not any(others(later).values())
    assert controls(later) == controls(spent)
    assert any(controls(later).values())


@pytest.mark.usefixtures("remembering")
def test_what_controls_read_is_not_left_to_later_runs(tried, tmp_path):
    """A broken instrument is found out by them, and must not outlive its run."""
    _, spent = tried(only="longer_ones")
    assert any(spent.values())
    assert not list((tmp_path / "cache").rglob("*.piece"))


@pytest.mark.usefixtures("remembering")
def test_an_edited_claim_costs_its_own_cells_and_nothing_else(tried):
    first, _ = tried()
    edited, spent = tried(other="S[:1] + S[1:][::-1]")
    assert [place for place, cost in others(spent).items() if cost] == [("the_last_attends_as_in_reverse", "attn")]
    name = "the_last_attends_as_in_reverse"
    assert [cell for cell in edited if cell["conjecture"] != name] == [
        cell for cell in first if cell["conjecture"] != name
    ]
    assert not any(others(tried(other="S[:1] + S[1:][::-1]")[1]).values())


@pytest.mark.usefixtures("remembering")
def test_a_claim_more_costs_its_own_cells_and_nothing_else(tried):
    tried()
    _, spent = tried(more=MORE)
    assert [place for place, cost in others(spent).items() if cost] == [("four_times_over_begins_alike", "k")]


@pytest.mark.usefixtures("remembering")
def test_afresh_everything_is_read_and_the_same_filed(tried, tmp_path):
    fresh, anew = tried(fresh=True)
    assert not (tmp_path / "cache" / "readings").exists()
    first, spent = tried()
    assert tried(fresh=True) == (fresh, anew) == (first, spent)
    assert not any(others(tried()[1]).values()), "nothing was thrown away"


@pytest.mark.usefixtures("remembering")
def test_damage_is_read_anew_and_the_same_filed(tried, tmp_path):
    first, _ = tried()
    pieces = list((tmp_path / "cache").rglob("*.piece"))
    for i, piece in enumerate(pieces):
        content = bytearray(piece.read_bytes())
        content[i * 997 % len(content)] ^= 64
        piece.write_bytes(content)
    again, spent = tried()
    assert again == first
    assert all(others(spent).values())


def test_nothing_is_remembered_where_the_bound_is_nothing(tried):
    _, spent = tried()
    assert tried()[1] == spent


def test_the_doors_have_an_option_for_it(pytester):
    """`--fresh`, of pytest and of the commands that sweep."""
    from click.testing import CliRunner

    from harness.cli.sweep import sweep
    from harness.plugin.run import session_of

    for arguments, fresh in (((), False), (("--fresh",), True)):
        assert session_of(pytester.parseconfig(*arguments)).request.fresh is fresh
        asked = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("harness.sweeps.sweep.sweep", lambda order, *_, into=asked, **__: into.append(order))
            CliRunner().invoke(sweep, ["--model", "specimen", *arguments])
        assert [order.request.fresh for order in asked] == [fresh]
