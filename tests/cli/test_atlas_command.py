"""`headlaws atlas` on the specimen: pages, document and tables agree, and what is there is used again."""

import csv
import json

import pytest
from click.testing import CliRunner

from harness.cli import headlaws
from harness.errors import HeadlawsError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("atlas") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADLAWS_CACHE", str(tmp_path_factory.mktemp("cache")))
        found = ask(out)
    return out, found


def ask(out, *more):
    arguments = [
        "atlas",
        "--model",
        "specimen",
        "--natural",
        "random",
        "--prompts",
        "3",
        "--length",
        "16",
        "--out",
        str(out),
    ]
    return CliRunner().invoke(headlaws, [*arguments, *more], catch_exceptions=False)


def test_the_pages_stand_beside_the_document_and_every_table(run):
    out, found = run
    assert found.output.splitlines()[-1] == str(out / "index.html")
    document = json.loads((out / "atlas.json").read_text())
    assert (out / "heads" / f"{document['heads'][-1]}.html").is_file()
    for table in document["tables"]:
        with (out / table["file"]).open(encoding="utf-8") as file:
            names, *rows = csv.reader(file)
        assert names == table["columns"]
        assert len(rows) == table["rows"], table["file"]
        assert f'href="{table["file"]}"' in (out / "index.html").read_text(encoding="utf-8")


def test_the_document_and_the_tables_say_the_same(run):
    out, _found = run
    document = json.loads((out / "atlas.json").read_text())
    with (out / "tables" / "frequencies-random.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for part in document["components"]:
        for head, (ids, counts) in zip(document["heads"], document["vocabularies"]["random"][part], strict=True):
            own = [(int(r["token"]), int(r["count"])) for r in rows if (r["component"], r["head"]) == (part, head)]
            assert own == list(zip(ids, counts, strict=True))
            ranks = [int(r["rank"]) for r in rows if (r["component"], r["head"]) == (part, head)]
            assert ranks == [1 + sum(more > count for more in counts) for count in counts], "equals share a rank"


def test_again_it_says_the_same_from_the_data_sets_that_are_there(run, tmp_path):
    out, _found = run
    before = (out / "atlas.json").read_bytes()
    stamps = [file.stat().st_mtime_ns for file in sorted((out / "data").iterdir())]
    assert ask(tmp_path / "again", "--data", str(out / "data")).exit_code == 0
    assert (tmp_path / "again" / "atlas.json").read_bytes() == before
    assert [file.stat().st_mtime_ns for file in sorted((out / "data").iterdir())] == stamps


def test_without_untrained_weights_and_by_circuit(tmp_path):
    assert ask(tmp_path / "out", "--no-untrained", "--projection", "circuit", "--head", "0.*").exit_code == 0
    document = json.loads((tmp_path / "out" / "atlas.json").read_text())
    assert "qk" not in document["components"]
    assert not [name for name in document["sources"] if "untrained" in name]
    assert not (tmp_path / "out" / "layers").exists()


def test_planes_by_principal_components_are_others(run, tmp_path):
    out, _found = run
    assert ask(tmp_path / "out", "--data", str(out / "data"), "--plane", "pca").exit_code == 0
    before, after = (
        json.loads((one / "atlas.json").read_text())["planes"]["natural"]["q"] for one in (out, tmp_path / "out")
    )
    assert before["ids"] == after["ids"]
    assert before["places"] != after["places"]
    assert before["neighbours"] == after["neighbours"], "that is of embeddings, not of places"


def test_data_sets_of_other_arguments_are_refused(run):
    out, _found = run
    with pytest.raises(HeadlawsError, match="was made with other arguments"):
        ask(out, "--seed", "5")


def test_a_word_that_the_model_lacks_names_the_option_that_helps(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("one two three\n" * 3, "utf-8")
    with pytest.raises(HeadlawsError, match=r"^--natural .*not one of the .* with --natural FILE") as caught:
        ask(tmp_path / "out", "--natural", str(text))
    assert "\n" not in str(caught.value)


def test_the_claims_say_how_many_prompts_the_notebook_had(run):
    page = (run[0] / "claims.html").read_text("utf-8")
    assert "The notebook used 32 prompts of 32 tokens. This page used 3 prompts of 16 tokens. That is fewer" in page
