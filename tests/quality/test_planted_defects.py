"""Defects planted one by one, each of them caught by the project's own defence."""

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from harness import agree, alphabet, conjecture, words
from harness.dataset import making, rows
from harness.errors import ModelError, StoreError
from harness.laws.book import conjectures, shipped
from harness.models.specimens.specimen_truth import expected
from harness.readings import decoder
from harness.readings.activations import Activations
from harness.readings.decoder import Decoder
from harness.readings.decoding.top_two import fold, top2, top2_exactly
from harness.readings.loading import load_model
from harness.readings.model import Model
from harness.readings.projection import Projection
from harness.records.address import COMPONENTS, Address, addresses
from harness.records.cell import Verdict
from harness.records.claim import Control
from harness.runs.request import Request
from harness.runs.session import Session
from harness.trials.profile import Profile
from tests.support.sabotage import SpoiltBackbone, peeks_ahead

pytestmark = pytest.mark.slow

SMALL = Profile(search=20, census=60)
ECHO, CONSTANT, PREVIOUS, COUNT = Address(0, 1), Address(0, 0), Address(0, 5), Address(0, 7)


@pytest.fixture(scope="module")
def book():
    return {name: found for (_, name), found in conjectures(shipped()).items()}


@pytest.fixture
def session(specimen):
    made = Session(Request(model="specimen", profile=SMALL, census_given=True))
    made.__dict__["model"] = Model(specimen.backbone)  # nothing remembered yet
    return made


def law(assertion: Callable, **strategies):
    """A conjecture of one line."""

    @conjecture(components="q k v z qk", source="a planted defect")
    @given(**(strategies or {"S": words()}))
    def planted(head, **inputs):
        """A claim."""
        assert assertion(head, **inputs)

    return planted.conjecture


# 1. Columns under another column's name

PREVIOUS_TOKENS = {component: expected("0.5", component, (1, 2, 3)) for component in "qkvz"}
TOLD_APART = [
    (one, other) for one in "qkvz" for other in "qkvz" if one < other and PREVIOUS_TOKENS[one] != PREVIOUS_TOKENS[other]
]


def order(model, heads="0.5", prompts=((1, 2, 3, 4), (9, 8, 7, 7))):
    from harness.dataset.order import Order

    found = addresses([heads], n_layers=1, n_heads=8, model="specimen")
    return Order(model=model, heads=found, prompts=prompts, source="random", seed=0, way=Projection.OUTPUT, bos=True)


def columns_are_those_of_the_definition(model) -> bool:
    wanted = order(model)
    (block,), (address,) = wanted.blocks, wanted.heads
    made, _ = rows.table(wanted, block, address, rows.activations(wanted, block, [0])[0])
    found = made.to_pydict()
    truth = {part: [expected("0.5", part, ids) for ids in wanted.prompts] for part in COMPONENTS}
    for row, (prompt, query, key) in enumerate(zip(found["prompt"], found["query"], found["key"], strict=True)):
        here = {part: truth[part][prompt][key if part in "kv" else query] for part in "qkvz"}
        here["qk"] = truth["qk"][prompt][query][key]
        if any(found[part][row] != token for part, token in here.items()):
            return False
    return True


@pytest.mark.parametrize(("one", "other"), [*TOLD_APART, ("qk", "q")])
def test_columns_of_a_data_set_that_change_places_are_seen(session, monkeypatch, one, other):
    assert columns_are_those_of_the_definition(session.model)
    real, swap = Decoder.readings, {one: other, other: one}

    def swapped(self, sequences, activations, address, components, way, **how):
        if "qk" not in (one, other):
            return real(self, sequences, activations, address, [swap.get(part, part) for part in components], way)
        (found,) = real(self, sequences, activations, address, components, way, **how)
        if components != ["qk"]:
            return [found]
        # of other lengths: only the pairs of the first position exist for both
        return [[replace(reading, tokens=reading.tokens[[0] * len(reading.tokens)]) for reading in found]]

    monkeypatch.setattr(Decoder, "readings", swapped)
    assert not columns_are_those_of_the_definition(session.model)


@pytest.mark.parametrize(("one", "other"), TOLD_APART)
def test_components_that_change_places_are_seen_in_the_verdicts(session, book, monkeypatch, one, other):
    """The store's column `component` is what the reader said that it read: the specimens know better."""
    claims = ["the_third_period_reads_like_the_second", "a_second_period_brings_no_new_attention_token"]

    def verdicts():
        session.__dict__["model"] = Model(session.model.backbone)  # nothing remembered
        heads = {part: session.head(PREVIOUS, part) for part in "qkvz"}
        return [
            session.try_out(book[claim], head, shrinking=False).verdict for claim in claims for head in heads.values()
        ]

    sound = verdicts()
    S, R = Verdict.SATISFIED, Verdict.REFUTED
    assert sound == [R, S, S, S, R, S, S, R]  # as in the table of truth
    real = Activations.vectors
    swap = {one: other, other: one}
    monkeypatch.setattr(Activations, "vectors", lambda made, part, head: real(made, swap.get(part, part), head))
    assert verdicts() != sound


# 2. A set compared with itself

NOTHING_SAID = {
    "agree": lambda head, S: agree(head(S), head(S)),
    "alphabet": lambda head, S: alphabet(head(S)) <= alphabet(head(S)),
    "alphabet ==": lambda head, S: alphabet(head(S)) == alphabet(head(S)),
    "a part in its whole": lambda head, S: alphabet(head(S)[1:]) <= alphabet(head(S)),
    "the same stretch": lambda head, S: agree(head(S * 2)[: len(S)], head(S * 2)[: len(S)]),
    "nothing": lambda head, S: agree(head(S)[len(S) :], head(S[::-1])[len(S) :]),
    "by hand": lambda head, S: head(S) == head(S),
    "its contrary": lambda head, S: not agree(head(S), head(S)),
}


@pytest.mark.parametrize("component", ["v", "qk"])
@pytest.mark.parametrize("form", NOTHING_SAID)
def test_a_reading_compared_with_itself_is_no_finding(session, form, component):
    cell = session.try_out(law(NOTHING_SAID[form]), session.head(ECHO, component))
    assert cell.verdict is Verdict.VACUOUS
    assert "compares a reading with itself" in cell.message
    assert (cell.census_n, cell.degree, cell.p_value) == (0, None, None)


def test_a_reading_compared_with_one_that_happens_to_be_the_same_is_one(session):
    """The echo reads its own reading: of the same ids, but not by the form of the claim."""
    again = law(lambda head, S: agree(head(S), head(head(S).tokens)))
    assert session.try_out(again, session.head(ECHO, "v")).verdict is Verdict.SATISFIED
    anew = law(lambda head, S: agree(head(S), head.afresh(S)))
    assert session.try_out(anew, session.head(ECHO, "v")).verdict is Verdict.SATISFIED


# 3. A precondition that never holds. 4. A reading that never changes


def test_a_precondition_that_never_holds_is_vacuous_and_says_how_seldom(session):
    never = law(lambda head, S: assume(len(S) > 10**6) and agree(head(S), head(S[::-1])))
    cell = session.try_out(never, session.head(ECHO, "v"))
    assert (cell.verdict, cell.census_n) == (Verdict.VACUOUS, 0)
    assert cell.message.startswith("0 of 60 sequences met the law's precondition")


def test_a_reading_that_never_changes_is_flagged(session, book):
    claim = book["the_third_period_reads_like_the_second"]
    assert "trivial" in session.try_out(claim, session.head(CONSTANT, "v")).flags
    assert "trivial" not in session.try_out(claim, session.head(ECHO, "v")).flags


# 5. An id outside the vocabulary


def test_an_id_outside_the_vocabulary_is_refused_in_one_line_also_when_a_law_makes_it(session, book):
    outside = law(lambda head, S: agree(head(S), head([*S, 10**6])))
    cell = session.try_out(outside, session.head(ECHO, "v"))
    assert cell.verdict is Verdict.ERROR
    assert cell.message == "id 1000000: it is outside the vocabulary; specimen has ids 0-123."
    after = session.try_out(book["the_third_period_reads_like_the_second"], session.head(ECHO, "v"))
    assert after.verdict is Verdict.SATISFIED, "the rest goes on"


# 6. Another model under the same name


@pytest.fixture
def twins(tmp_path):
    """Two models of one name and shape; the second has one weight changed."""
    from transformers import GPT2Config, GPT2LMHeadModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = GPT2Config(
            n_layer=1, n_head=2, n_embd=16, vocab_size=40, n_positions=32, bos_token_id=0, eos_token_id=0
        )
        GPT2LMHeadModel(config).save_pretrained(tmp_path / "model")
    one = load_model(str(tmp_path / "model"))
    weights = tmp_path / "model" / "model.safetensors"
    changed = {name: tensor.clone() for name, tensor in load_file(weights).items()}
    changed["transformer.h.0.attn.c_attn.weight"].neg_()
    save_file(changed, weights, metadata={"format": "pt"})
    return one, load_model(str(tmp_path / "model"))


def test_what_is_remembered_of_one_model_is_not_taken_for_another_of_its_name(twins):
    one, other = twins
    assert one.backbone.name == other.backbone.name
    sound = {part: (one.head("0.1")((1, 2, 3))[part], other.head("0.1")((1, 2, 3))[part]) for part in "qkvz"}
    assert any(left != right for left, right in sound.values())
    other.source.kept, other.decoder.kept, other.known = one.source.kept, one.decoder.kept, one.known  # one for both
    for part, (left, right) in sound.items():
        assert one.head("0.1")((1, 2, 3))[part] == left
        assert other.head("0.1")((1, 2, 3))[part] == right


def test_a_memory_that_goes_by_the_name_is_caught_by_the_control_that_reads_twice(session, book):
    one = Model(SpoiltBackbone(session.model.backbone, lambda part: part, fingerprint="specimen"))
    other = Model(SpoiltBackbone(session.model.backbone, peeks_ahead, fingerprint="specimen"))
    other.source.kept = one.source.kept
    control = book["reading_twice_gives_the_same_result"]
    assert not session.try_out(control, one.component(ECHO, "v"), shrinking=False).wrong
    assert session.try_out(control, other.component(ECHO, "v"), shrinking=False).wrong


def test_a_data_set_begun_with_other_weights_is_not_gone_on_with(twins, tmp_path, monkeypatch):
    one, other = twins
    begun = replace(order(one, prompts=((1, 2, 3),)), heads=(Address(0, 0), Address(0, 1)))

    class BrokenOffError(Exception):
        pass

    def break_off(*_):
        raise BrokenOffError

    with monkeypatch.context() as patched:
        patched.setattr(making.output, "write", break_off)
        with pytest.raises(BrokenOffError):
            making.make(tmp_path / "x.parquet", begun)
    with pytest.raises(StoreError, match=r"other arguments: weights_sha256 .*, fingerprint "):
        making.make(tmp_path / "x.parquet", replace(begun, model=other))


# 7. A largest value that is not the largest


def nearly_tied(real):
    """Decodes vectors moved so that the two largest values are 1e-6 apart, now one in front and now the other."""
    turns = iter(range(1 << 30))

    def decode(vectors, folded, **options):
        found = real(vectors, folded, **options)
        apart = folded.matrix[found.tokens] - folded.matrix[found.runners_up]
        side = 1e-6 * (1 - 2 * (next(turns) % 2))
        moved = vectors.double() - ((found.margins - side) / apart.double().square().sum(1))[:, None] * apart.double()
        return real(moved.to(vectors.dtype), folded, **options)

    return decode


def test_a_largest_value_that_is_flipped_by_a_millionth_is_a_near_tie_and_no_violation(session, book, monkeypatch):
    monkeypatch.setattr(decoder, "top2", nearly_tied(top2))
    head = session.head(ECHO, "v")
    first, second = head((1, 2, 3)), head.afresh((1, 2, 3))
    assert first.near_ties.all()
    assert (first.margins < 1e-5).all()
    assert first != second, "the flip is there"
    cell = session.try_out(book["reading_twice_gives_the_same_result"], head)
    assert (cell.verdict, cell.violations, cell.counterexample) == (Verdict.UNDECIDED, 0, None)
    assert cell.near_ties > 0


def flipping(real, which):
    """Takes the second largest for the largest, by a margin that is no near-tie."""

    def decode(vectors, folded, **options):
        found = real(vectors, folded, **options)
        flipped = which(len(vectors)) & ~found.near_ties
        return replace(
            found,
            tokens=torch.where(flipped, found.runners_up, found.tokens),
            runners_up=torch.where(flipped, found.tokens, found.runners_up),
        )

    return decode


def test_a_flip_by_a_large_margin_that_comes_and_goes_makes_a_control_wrong(session, book, monkeypatch):
    turns = iter(range(1 << 30))
    monkeypatch.setattr(decoder, "top2", flipping(top2, lambda n: (torch.arange(n) + next(turns)) % 5 == 0))
    cell = session.try_out(book["reading_twice_gives_the_same_result"], session.head(ECHO, "v"))
    assert cell.wrong
    assert cell.violations > 0


def test_a_flip_that_is_always_there_is_seen_by_the_check_against_float64():
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(200, 8, generator=generator)
    folded = fold(torch.randn(8, 16, generator=generator), torch.randn(16, 300, generator=generator), None)

    def exact(decode):
        found, known = decode(vectors, folded), top2_exactly(vectors, folded)
        return bool(((found.tokens == known.tokens) | known.near_ties).all())

    assert exact(top2)
    assert not exact(flipping(top2, lambda n: torch.arange(n) == 3))


# 8. Someone who writes into what he was handed


@pytest.mark.parametrize("part", ["tokens", "runners_up", "margins", "near_ties"])
def test_a_law_that_writes_into_a_reading_is_an_error_and_changes_nothing(session, book, part):
    def scribble(head, S):
        getattr(head(S), part)[:] = 0
        return True

    before = session.head(ECHO, "v")((1, 2, 3))
    cell = session.try_out(law(scribble), session.head(ECHO, "v"))
    assert (cell.verdict, cell.message) == (Verdict.ERROR, "ValueError: assignment destination is read-only")
    assert session.head(ECHO, "v")((1, 2, 3)) == before


def test_a_law_that_changes_the_list_it_was_given_finds_it_whole_the_next_time(session):
    def eats(head, S):
        whole = tuple(S)
        S.clear()
        return len(whole) == 3 and agree(head(whole), head.afresh(whole))

    fed = law(eats, S=st.lists(st.integers(1, 20), min_size=3, max_size=3))
    for address in (ECHO, PREVIOUS):
        cell = session.try_out(fed, session.head(address, "v"))
        assert (cell.violations, cell.search_n) == (0, 20)


@pytest.mark.parametrize("part", "qkvz")
def test_a_detector_that_writes_into_remembered_activations_is_told_off_at_the_next_reading(session, part):
    head = session.head(ECHO, "v")
    before = head((1, 2, 3))
    (handed,) = session.model.source.of([(1, 2, 3)], 0, bos=True)
    handed.vectors(part, 1).zero_()  # a view of it is as good
    assert head((1, 2, 3)) == before, "what was decoded before is remembered by itself"
    with pytest.raises(ModelError, match=r"remembered activations were written to; .*clone") as refused:
        session.head(ECHO, "z")((1, 2, 3))
    assert "\n" not in str(refused.value)
    assert head.afresh((1, 2, 3)) == before


def test_a_detector_that_writes_by_way_of_numpy_makes_a_control_wrong(session, book):
    head = session.head(ECHO, "v")
    real = session.model.source.of

    def handing_out(sequences, layer, *, bos, afresh=False):
        found = real(sequences, layer, bos=bos, afresh=afresh)
        if not afresh:
            for made in found:
                np.asarray(made.v)[0] = 0
        return found

    session.model.source.of = handing_out
    cell = session.try_out(book["reading_twice_gives_the_same_result"], head)
    assert cell.wrong


# 9. A control that comes out wrong


def test_a_broken_instrument_files_no_verdicts_says_so_and_fails(pytester, monkeypatch, unexhibited):
    real = Activations.vectors
    monkeypatch.setattr(Activations, "vectors", lambda made, part, head: peeks_ahead(real(made, part, head)[None])[0])
    chapters = pytester.mkdir("properties")
    for name in ("controls", "repetition"):
        shutil.copy(shipped() / f"{name}.py", chapters)
    ran = pytester.runpytest_inprocess(
        *("-p", "no:cacheprovider", "-p", "no:playwright", "--model", "specimen", "--head", "0.1", "--component", "v"),
        *("--search", "20", "--census", "60", "--workers", "1", "properties"),
    )
    assert ran.ret == 1
    lines = ran.stdout.lines
    wrong = next(i for i, line in enumerate(lines) if line.startswith("KNOWN-ANSWER CHECKS FAILED: headlaws cannot be"))
    assert not any(line.startswith("repetition") for line in lines[wrong:])
    with sqlite3.connect(Path(pytester.path) / ".headlaws/store.db") as connection:
        assert connection.execute("SELECT controls FROM runs").fetchall() == [("wrong",)]
        assert connection.execute("SELECT count(*) FROM cells").fetchone() == (0,)


def test_a_control_that_compares_a_reading_with_itself_is_wrong(session):
    hollow = law(NOTHING_SAID["agree"])
    control = replace(hollow, control=Control.HOLDS)
    assert session.try_out(control, session.head(ECHO, "v")).wrong
