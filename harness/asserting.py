"""Asserting: a claim is an assert, so nothing can be tried where Python takes asserts away."""

from __future__ import annotations

from harness.errors import HeadlawsError


def check_asserts(*, running: bool = __debug__) -> None:
    """See that Python runs asserts.

    Args:
        running: whether it does.

    Raises:
        HeadlawsError: under `python -O` or PYTHONOPTIMIZE, where every claim would seem to hold.
    """
    if not running:
        raise HeadlawsError(
            "python -O removes every assert, and laws are asserts; run without -O and without PYTHONOPTIMIZE."
        )
