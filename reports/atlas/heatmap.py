"""Heat maps: a square of numbers as a PNG written into the page, a pixel a number, dark for little, bright for much."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence

from reports.drawing.colormap import in_order

STEPS = 64


def data_uri(square: Sequence[Sequence[int]], most: int) -> str:
    """Return the picture; a square root of the share of `most` gives the colour, so that small numbers are told
    apart.
    """
    palette = b"".join(bytes.fromhex(in_order(step, STEPS)[1:]) for step in range(STEPS))
    shade = [round((STEPS - 1) * (value / most) ** 0.5) if most else 0 for value in range(most + 1)]
    rows = b"".join(b"\0" + bytes(shade[min(value, most)] for value in row) for row in square)
    size = len(square)
    png = (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", palette)
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )
    return f"data:image/png;base64,{b64encode(png).decode()}"


def reordered(square: Sequence[Sequence[int]], order: Sequence[int]) -> list[list[int]]:
    """Return the same heads in another order.

    >>> reordered([[0, 1], [2, 3]], [1, 0])
    [[3, 2], [1, 0]]
    """
    return [[square[row][column] for column in order] for row in order]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
