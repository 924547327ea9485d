"""`headlaws plot`: pictures of one head and of many."""

import pytest
from click.testing import CliRunner

from harness.cli import headlaws
from harness.errors import HeadlawsError

pytest.importorskip("matplotlib")


def ask(*more):
    return CliRunner().invoke(headlaws, ["plot", "--model", "specimen", *more], catch_exceptions=False)


def test_an_svg_has_the_tokens_in_it_and_is_the_same_each_time(tmp_path, specimen):
    for name in ("a.svg", "b.svg"):
        assert ask("--head", "0.1", "--ids", "7,9,7", "--out", str(tmp_path / name)).exit_code == 0
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert drawn == (tmp_path / "b.svg").read_text(encoding="utf-8")
    (entry,) = set(specimen.text([7]))
    assert entry.strip() in drawn
    for axis in ("query", "key", "value", "input"):
        assert f">{axis}<" in drawn, axis


def test_a_png_of_all_heads_of_a_layer(tmp_path):
    out = tmp_path / "layer.png"
    assert "heads, 4 positions" in ask("--head", "0.*", "--ids", "7,9,7,9", "--out", str(out)).output
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--ids", "7", "--out", "x.pdf"), "the format is unknown"),
        (("--out", "x.png"), "takes one sequence"),
        (("--ids", "x", "--out", "x.png"), "whole numbers"),
        (("--ids", "7", "--projection", "circuit", "--out", "x.png"), "not defined for component qk"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, said):
    with pytest.raises(HeadlawsError, match=said):
        ask(*options)


def test_without_matplotlib_it_says_so_before_it_loads_a_model(tmp_path, monkeypatch):
    monkeypatch.setattr("reports.atlas.figure.find_spec", lambda name: None)
    monkeypatch.setattr("harness.readings.loading.load_model", None)
    with pytest.raises(
        HeadlawsError, match=r"^pictures of token plots need matplotlib, which is not installed; pip install"
    ):
        ask("--ids", "7,9,7", "--out", str(tmp_path / "a.png"))
