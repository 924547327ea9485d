"""Prompts: what they are made of, and one line for each way of having none."""

from pathlib import Path

import pytest

from harness.dataset import imdb
from harness.dataset.sources import check, joined, long_enough, prompts
from harness.errors import DownloadError, ModelError, SequenceError
from harness.readings.model import Model


def test_random(specimen: Model) -> None:
    found = prompts(specimen, "random", number=300, length=8, seed=0)
    assert {len(ids) for ids in found} == {8}
    assert {id for ids in found for id in ids} == set(specimen.lexicon.words)


def test_repeat_and_periodic(specimen: Model) -> None:
    assert {len(set(ids)) for ids in prompts(specimen, "repeat", number=5, length=8, seed=0)} == {1}
    for ids in prompts(specimen, "periodic", number=5, length=8, seed=0):
        assert ids == (ids[:3] * 3)[:8]
    assert [len(ids) for ids in prompts(specimen, "periodic", number=1, length=2, seed=0)] == [2]


@pytest.mark.parametrize("source", ["random", "repeat", "periodic"])
def test_drawn_with_the_seed_and_the_first_stay_when_more_are_asked_for(specimen: Model, source: str) -> None:
    few = prompts(specimen, source, number=2, length=8, seed=5)
    assert prompts(specimen, source, number=4, length=8, seed=5)[:2] == few
    assert prompts(specimen, source, number=2, length=8, seed=6) != few


def test_lines_of_a_file_in_their_order_the_short_ones_passed_over(specimen: Model, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_bytes("\ufeffa b c d\r\na\r\n\r\nd c b\n".encode())
    a, b, c, d = specimen.encode("a b c d")
    assert prompts(specimen, str(file), number=2, length=3, seed=0) == ((a, b, c), (d, c, b))


def test_too_few(specimen: Model, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("a b c\na b\n")
    with pytest.raises(SequenceError, match=r"has 1 prompt of 3 tokens, but 2 were asked for; ask for fewer") as caught:
        prompts(specimen, str(file), number=2, length=3, seed=0)
    assert "\n" not in str(caught.value)


def test_no_text(specimen: Model, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_bytes(b"a b\xff c\n")
    with pytest.raises(SequenceError, match="byte 3 of the file is not UTF-8"):
        prompts(specimen, str(file), number=1, length=2, seed=0)
    with pytest.raises(SequenceError, match="this is not a file, nor one of reviews, imdb, random, repeat, periodic"):
        check("nowhere.txt")


def test_text_for_a_model_without_a_tokenizer(tiny: Model, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("a b c\n")
    with pytest.raises(ModelError, match="no tokenizer"):
        prompts(tiny, str(file), number=1, length=2, seed=0)


def test_sentences_are_put_together_and_used_once() -> None:
    sentences = [f"{2 * i} {2 * i + 1}" for i in range(10)]
    found = list(joined(sentences, _encode, 3))
    assert found == [(0, 1, 2), (4, 5, 6), (8, 9, 10), (12, 13, 14), (16, 17, 18)]
    assert list(long_enough(["1", "2 3", "4 5 6"], _encode, 2)) == [(2, 3), (4, 5)]


def test_imdb_without_a_hub(specimen: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", refuse)
    with pytest.raises(
        DownloadError, match=r"^--source 'imdb': no data-set hub could be reached .*; give --source reviews"
    ) as caught:
        prompts(specimen, "imdb", number=1, length=2, seed=0)
    assert "\n" not in str(caught.value)


def test_imdb_with_a_hub(specimen: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": ["a b c", "a", "c b a"], "label": [0, 1, 0]}), tmp_path / "imdb.parquet")
    monkeypatch.setattr(imdb, "file", lambda: str(tmp_path / "imdb.parquet"))
    a, b, c = specimen.encode("a b c")
    assert set(prompts(specimen, "imdb", number=2, length=2, seed=0)) == {(a, b), (c, b)}


def _encode(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split())
