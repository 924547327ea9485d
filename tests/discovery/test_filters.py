"""What is left out and why: by readers whose laws are known, and tables written by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from harness import agree, conjecture, ends_alike, tokens, words
from harness.discovery.filters import Known, Reason, in_the_book, pruned, resembled
from harness.discovery.funnel import Fact, funnel
from harness.discovery.interpretation import interpretation
from harness.discovery.law import settings
from harness.discovery.meaning import OBEYED, implies, meanings, of_claims
from harness.discovery.samples import drawn
from harness.discovery.screen import Table
from harness.discovery.simple_readers import Eyes, SimpleReader
from harness.readings.lexicon import Lexicon
from harness.records.address import Address

LEXICON = Lexicon(words=tuple(range(1, 400)), special=(0,), classes=(200, 199))
SOME = (
    "appending_a_token",
    "repeating_the_last_token",
    "exchanging_the_last_token",
    "exchanging_the_first_token",
    "exchanging_the_past",
    "exchanging_every_token",
    "shuffling_the_past",
    "putting_a_token_in_front",
)


@pytest.fixture(scope="module")
def known():
    some = [one for one in settings(text=False) if one.transformation in SOME and one.over == "random"]
    samples = drawn(some, seed=0, lexicon=LEXICON)
    return meanings(samples, Eyes(LEXICON), pairs=False)


def place(known, name):
    return next(i for i, law in enumerate(known.laws) if law.name == name)


def obeys(known, name, *facts, few=False):
    return bool(known.obeying[place(known, name), known.readers.index(SimpleReader(facts, few=few))])


def test_simple_readers_obey_what_follows_from_their_rule(known):
    assert obeys(known, "exchanging_the_past_keeps_the_last_reading", "the token")
    assert not obeys(known, "exchanging_the_past_keeps_the_last_reading", "the token before")
    assert obeys(known, "exchanging_the_last_token_keeps_the_last_reading", "the token before")
    assert obeys(known, "shuffling_the_past_keeps_the_last_reading", "the tokens so far in any order")
    assert not obeys(known, "shuffling_the_past_keeps_the_last_reading", "the first token")
    assert obeys(known, "putting_a_token_in_front_keeps_the_readings_after_the_change", "the token")
    assert not obeys(known, "putting_a_token_in_front_keeps_the_readings_after_the_change", "the place")
    assert all(known.obeying[:, known.readers.index(SimpleReader(()))] >= known.says_nothing)


def test_causality_is_obeyed_by_readers_without_law_and_by_nothing_else_here(known):
    silent = {known.laws[i].name for i in np.flatnonzero(known.says_nothing)}
    assert "appending_a_token_loses_no_token" in silent
    assert "exchanging_the_past_keeps_the_last_reading" not in silent
    assert silent < {law.name for law in known.laws}


def test_a_law_implies_another_until_a_reader_or_a_head_refutes_it(known):
    strong = place(known, "exchanging_the_past_keeps_the_last_reading")
    weak = place(known, "exchanging_the_first_token_keeps_the_last_reading")
    degrees = np.ones((1, len(known.laws)))
    found = implies(known.obeying, degrees)
    assert found[strong, weak]
    assert not found[weak, strong]
    degrees[0, weak] = 0.5
    assert not implies(known.obeying, degrees)[strong, weak]


@conjecture(components="z", source="a test")
@given(S=words(max_length=8), R=words(max_length=8), t=tokens())
def a_new_token_is_all_that_counts(head, S, R, t):
    """The last position of S + t reads as that of R + t."""
    assert ends_alike(head((*S, t)), head((*R, t)))


@conjecture(components="z", source="a test")
@given(S=words(max_length=8), a=tokens(), t=tokens())
def which_token_came_first_is_forgotten(head, S, a, t):
    """The last position of a + S + t reads as that of S[0] + S + t."""
    assert ends_alike(head((a, *S, t)), head((S[0], *S, t)))


@conjecture(components="z", source="a test", control="holds")
@given(S=words())
def a_reading_is_itself(head, S):
    """A control."""
    assert agree(head(S), head(S))


for _claim in (a_new_token_is_all_that_counts, which_token_came_first_is_forgotten, a_reading_is_itself):
    _claim.__test__ = False  # claims, and no tests of this file


def test_what_the_book_states_is_found_in_it_and_what_it_does_not_is_not(known):
    claims = [which_token_came_first_is_forgotten.conjecture, a_reading_is_itself.conjecture]
    book = of_claims(claims, Eyes(LEXICON), pairs=False, seed=0, lexicon=LEXICON)
    assert set(book) == {"which_token_came_first_is_forgotten"}, "a control is no claim about a head"
    degree = np.ones(len(known.laws))
    found = in_the_book(degree, Known(known, book, degree[None, :, None]))
    assert found[place(known, "exchanging_the_first_token_keeps_the_last_reading")]
    assert not found[place(known, "exchanging_the_past_keeps_the_last_reading")], "which says more"
    assert not found[place(known, "exchanging_the_last_token_keeps_the_last_reading")]


def test_of_a_chain_the_strongest_is_kept_and_the_rest_is_listed_under_it(known):
    names = [
        "exchanging_the_past_keeps_the_last_reading",
        "exchanging_the_first_token_keeps_the_last_reading",
        "shuffling_the_past_keeps_the_last_reading",
    ]
    some = np.array([place(known, name) for name in names])
    rows = np.tile([1.0, 0.3, 0.3, 0.3], (len(known.laws), 1))
    kept, left_out = pruned(some, rows, known, rows[:, :1].T)
    assert list(kept) == [some[0]]
    assert sorted(kept[some[0]]) == sorted(some[1:])
    assert left_out[Reason.IMPLIED] == 2
    rows[some[0], 0] = 0.95
    assert set(pruned(some, rows, known, rows[:, :1].T)[0]) == set(some), "the others hold more surely"
    rows[some[0]] = 1.0, 0.3, 0.8, 0.3
    assert set(pruned(some, rows, known, rows[:, :1].T)[0]) == set(some), "the others lie further above their nulls"


def test_what_one_law_explained_stays_under_whatever_explains_that_one(known):
    """Explaining allows for differences of degree, so that of three laws the first may not explain the third."""
    first, weaker, second = sorted(range(3), key=lambda i: len(known.laws[i].name))
    obeying = np.zeros_like(known.obeying)
    obeying[[first, weaker, second], :4] = True
    rows = np.zeros((len(known.laws), 4))
    rows[first] = 0.95, 0.6, 0.6, 0.6
    rows[second] = 1.0, 0.7, 0.7, 0.7
    rows[weaker] = 0.97, 0.55, 0.55, 0.55
    some = np.array([first, second, weaker])
    kept, left_out = pruned(some, rows, replace(known, obeying=obeying), rows[:, :1].T)
    assert set(kept) == {second}
    assert sorted(kept[second]) == sorted([first, weaker])
    assert sum(left_out.values()) == 2


def table(known, rule, **shares):
    """A table of a component that obeys what a simple reader obeys, and half of everything else."""
    obeyed = known.obeying[:, known.readers.index(rule)]
    nulls = np.full((len(known.laws), 3), 0.3)
    rows = np.column_stack([np.where(obeyed, 1.0, 0.5), nulls])
    return Table(rows, shares.get("constant", 0.1), shares.get("after_the_first", 0.1), shares.get("sink", 0.0))


def led(known, *made, components=("z", "z"), most=50, in_all=200):
    whole = Known(known, {}, np.stack([one.rows for one in made]))
    tables = {Address(8, 7 - i): {part: one} for i, (part, one) in enumerate(zip(components, made, strict=False))}
    return funnel(tables, {False: whole}, most=most, in_all=in_all, free=("v", "z"))


def test_every_cell_is_counted_once(known):
    for rule in (SimpleReader(("the token two places back",)), SimpleReader(("the token",)), SimpleReader(())):
        found = led(known, table(known, rule))
        assert found.looked_at == len(known.laws)
        assert found.obeyed == (known.obeying[:, known.readers.index(rule)]).sum()
        assert found.obeyed - sum(found.left_out.values()) == len(found.kept)
        assert found.steps[-1][1] == len(found.kept)


def test_a_simpler_reader_explains_all_its_laws_in_one_line(known):
    found = led(known, table(known, SimpleReader(("the token",))))
    assert not found.kept
    assert found.left_out[Reason.SIMPLE] > 0
    says = "reads as if it saw only the token: it obeys nearly all laws of such readers"
    assert found.facts == [Fact("8.7", "z", says, 1.0)]
    assert not list(resembled(table(known, SimpleReader(("the token two places back",))), known))


def test_what_is_nearly_constant_gets_one_line(known):
    found = led(known, table(known, SimpleReader(()), constant=0.97))
    assert found.left_out[Reason.CONSTANT] == found.obeyed
    assert found.facts == [Fact("8.7", "z", "reads one token nearly always", 0.97)]


def test_a_sink_explains_what_any_constant_obeys(known):
    found = led(known, table(known, SimpleReader(("the token two places back",)), sink=0.93))
    assert not found.kept
    assert "the value of BOS" in found.facts[0].says


def test_nulls_are_told_apart(known):
    planted = SimpleReader(("the token two places back",))
    kept = led(known, table(known, planted)).kept
    assert any(one.law.name == "exchanging_the_last_token_keeps_the_last_reading" for one in kept) or any(
        "exchanging_the_last_token_keeps_the_last_reading" in one.under for one in kept
    )
    for column, name in ((1, "random"), (2, "rotated")):
        made = table(known, planted)
        made.rows[:, column] = 0.97
        assert {one.shared_by for one in led(known, made).kept} == {(name,)}, "one null alone bars nothing"
    made = table(known, planted)
    made.rows[:, 1:3] = 0.97
    found = led(known, made)
    assert not found.kept
    assert found.left_out[Reason.NULLS] > 0
    made = table(known, planted)
    made.rows[:, 3] = 0.97
    assert led(known, made).left_out[Reason.SURROGATE] > 0


def test_what_stands_furthest_above_its_nulls_comes_first_and_the_rest_is_counted(known):
    made = table(known, SimpleReader(("the token two places back",)))
    whole = led(known, made).kept
    first = led(known, made, most=1)
    assert first.kept == whole[:1]
    assert first.left_out[Reason.RANK] == len(whole) - 1
    assert all(one.degree >= OBEYED for one in whole)


def test_of_all_heads_each_law_comes_once_before_any_comes_twice(known):
    planted = SimpleReader(("the token two places back",))
    nearer = table(known, planted)
    nearer.rows[:, 1:] = 0.5
    whole = led(known, nearer, table(known, planted))
    laws = {one.law for one in whole.kept}
    assert len(whole.kept) == 2 * len(laws) > 2
    first = led(known, nearer, table(known, planted), in_all=len(laws) + 1)
    assert len(first.kept) == len(laws) + 1
    assert {one.law for one in first.kept if one.head == "8.6"} == laws, "the head that lies further above its nulls"
    assert first.left_out[Reason.RANK] == len(laws) - 1
    assert first.obeyed - sum(first.left_out.values()) == len(first.kept)


def test_half_of_the_cells_are_of_components_that_do_not_depend_on_the_basis(known):
    planted = SimpleReader(("the token two places back",))
    nearer = table(known, planted)
    nearer.rows[:, 1:] = 0.5
    further = table(known, planted)
    whole = led(known, nearer, further, components=("v", "q"))
    n = len(whole.kept) // 2
    assert n > 3, "each of the two has as many laws"
    first = led(known, nearer, further, components=("v", "q"), in_all=n - 1)
    assert [one.component for one in first.kept].count("v") == n // 2, "though those of q lie further above their nulls"
    alone = led(known, nearer, further, components=("k", "q"), in_all=n - 1)
    assert len(alone.kept) == n - 1, "where one kind has too few, the other has the rest"


def test_a_law_is_told_by_the_facts_that_change_and_those_that_stay(known):
    law = known.laws[place(known, "exchanging_the_last_token_keeps_the_last_reading")]
    told = interpretation(law, known)
    assert told.startswith("A head that reads the token, ")
    broken, obeyed = told.split("; one that reads ")
    assert "the token before" in obeyed
    assert "the place" in obeyed
    assert "the token before" not in broken
    past = known.laws[place(known, "exchanging_the_past_keeps_the_last_reading")]
    assert "the token before" in interpretation(past, known).split("; one that reads ")[0]
