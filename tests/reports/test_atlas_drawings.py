"""The atlas's pictures hold the numbers they are made of."""

import re
import zlib
from base64 import b64decode

import pytest

from harness.errors import StoreError
from reports.atlas import drawings
from reports.atlas.heatmap import STEPS, data_uri
from reports.atlas.pages import build
from reports.atlas.source import atlas
from tests.support.atlases import folder


def pixels(uri):
    raw = b64decode(uri.partition(",")[2])
    start = raw.index(b"IDAT")
    size = int.from_bytes(raw[start - 4 : start], "big")
    rows = zlib.decompress(raw[start + 4 : start + 4 + size])
    side = int.from_bytes(raw[16:20], "big")
    return [list(rows[(side + 1) * row + 1 : (side + 1) * (row + 1)]) for row in range(side)]


def test_a_heat_map_has_a_pixel_a_pair_brighter_for_more():
    assert pixels(data_uri([[0, 1], [4, 4]], 4)) == [[0, 32], [STEPS - 1, STEPS - 1]]
    assert pixels(data_uri([[0]], 0)) == [[0]]


def test_a_small_plot_has_a_cell_a_pair_and_a_frame_where_attention_is():
    drawn = drawings.small([7, 7, 5], [1000, 50, 950], "plot")
    assert len(re.findall(r"M\d \dh1v1", drawn)) == 3
    assert drawn.count("fill=") == 2, "a colour a token"
    assert len(re.findall(r"M\d\.15", drawn)) == 2


def test_a_curve_ends_where_its_numbers_end():
    drawn = str(
        drawings.curves({"a": [(1.0, 10.0), (2.0, 100.0)], "<b>": [(1.0, 50.0)]}, across="x", up="y", logarithmic=True)
    )
    assert f"{drawings.WIDTH - drawings.RIGHT:.1f},{drawings.TOP:.1f}" in drawn
    assert "<b>" not in drawn


def test_a_network_leaves_out_heads_that_are_joined_to_none():
    drawn = drawings.network(["0.0", "0.1", "0.2"], [("0.0", "0.2", 5)])
    assert ">0.0<" in drawn
    assert ">0.1<" not in drawn
    assert drawings.network(["0.0"], []) == ""


def test_a_file_that_is_no_atlas_is_refused(tmp_path):
    (tmp_path / "atlas.json").write_text("{}")
    with pytest.raises(StoreError, match="this is not an atlas; make one with 'headlaws atlas"):
        build(tmp_path / "atlas.json")


@pytest.mark.slow
def test_pages_are_made_again_from_the_document_alone_the_same_to_the_byte(tmp_path):
    out = folder(tmp_path / "out")
    pages = {path: path.read_bytes() for path in out.rglob("*.html")}
    for path in pages:
        path.unlink()
    told = []
    build(out / "atlas.json", written=told.append)
    assert told == [len(told)] * len(told), "as many files as were announced"
    assert {path: path.read_bytes() for path in out.rglob("*.html")} == pages


@pytest.mark.slow
def test_a_square_is_symmetric_and_has_every_pair(tmp_path):
    found = atlas(folder(tmp_path / "out") / "atlas.json")
    square = found.square("natural", "qk")
    for left in range(len(found.heads)):
        for right in range(len(found.heads)):
            if left != right:
                one, other = ({id for id, _ in found.counts("natural", "qk", head)} for head in (left, right))
                assert square[left][right] == len(one & other)
