"""Colours for an order: dark for what came first, bright for what came last, legible text on each."""

from typing import Final

# viridis (matplotlib, CC0): even steps of lightness, and told apart by colour-blind readers too
_STOPS: Final = ("440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725")


def in_order(place: int, of: int) -> str:
    """Return the colour of number ``place`` among ``of``.

    >>> in_order(0, 3), in_order(1, 3), in_order(2, 3), in_order(0, 1)
    ('#440154', '#21918c', '#fde725', '#440154')
    """
    share = place / (of - 1) * (len(_STOPS) - 1) if of > 1 else 0.0
    below = min(int(share), len(_STOPS) - 2)
    mixed = (
        round(low + (high - low) * (share - below))
        for low, high in zip(_channels(_STOPS[below]), _channels(_STOPS[below + 1]), strict=True)
    )
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def is_dark(colour: str) -> bool:
    """Return whether white text is easier to read on it than black (WCAG's relative luminance).

    >>> is_dark("#440154"), is_dark("#fde725")
    (True, False)
    """
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour[1:]))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
