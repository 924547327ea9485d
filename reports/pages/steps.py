"""Steps of colour: eleven for a share from 0 to 1, and eleven for a difference from −1 to 1, none in the middle.

A page prints the scale; the style sheet gives a step its colour, the same in light, dark and print.
"""

from typing import Final

STEPS: Final = 10
"""The last step; the first is 0."""


def share_step(share: float) -> int:
    """Return the step of a share: each stands for a tenth.

    >>> share_step(0.0), share_step(0.04), share_step(0.5), share_step(1.0)
    (0, 0, 5, 10)
    """
    return round(STEPS * min(1.0, max(0.0, share)))


def difference_step(difference: float) -> int:
    """Return the step of a difference: each stands for a fifth, the middle for what lies within 0.1 of nothing.

    >>> difference_step(-1.0), difference_step(0.09), difference_step(0.11), difference_step(1.0)
    (0, 5, 6, 10)
    """
    return share_step((1 + difference) / 2)
