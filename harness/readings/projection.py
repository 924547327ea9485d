"""Projections: how a component's vector c (length d_head) is sent to the residual stream (length d_model).

    output    c @ W_O                               the head's own way out
    seed      (c @ W_V.T) * W_O.sum(0)              what the seed notebook computes; kept to reproduce its figures
    circuit   q @ W_K.T, k @ W_Q.T, v or z @ W_O    what a query looks for and a key offers

Here is what is known of each without a number, and how much of the input a vector can depend on; the matrices are in
`decoder`.
"""

from enum import IntEnum, StrEnum

from harness.errors import AddressError


class Projection(StrEnum):
    """The name of a projection."""

    OUTPUT = "output"
    SEED = "seed"
    CIRCUIT = "circuit"

    @classmethod
    def named(cls, name: str) -> "Projection":
        """Return the projection of that name.

        Raises:
            AddressError: where there is none.
        """
        try:
            return cls(name)
        except ValueError:
            raise AddressError(
                f"--projection {name!r}: this projection is not known; choose from {', '.join(cls)}."
            ) from None

    def defined_for(self, component: str) -> bool:
        """Return whether a component can be sent this way: the element-wise product qk lies in neither circuit."""
        return not (self is Projection.CIRCUIT and component == "qk")

    def check(self, component: str) -> None:
        """Refuse a component that cannot be sent this way.

        Raises:
            AddressError: for `circuit` of qk.
        """
        if not self.defined_for(component):
            raise AddressError(
                f"--projection {self.value!r}: it is not defined for component {component}; use output or seed, or "
                "another component."
            )

    def gauge_free(self, component: str) -> bool:
        """Return whether a reading is independent of the basis chosen inside the head.

        W_Q and W_K may be rotated together, and W_V and W_O changed by an invertible matrix and its inverse, without
        any effect on what the model computes. `c @ W_O` undoes the change for v and z; `circuit` undoes it for all
        that it is defined for.
        """
        if self is Projection.CIRCUIT:
            return component != "qk"
        return self is Projection.OUTPUT and component in ("v", "z")

    def matrix(self, component: str) -> str:
        """Return which of a head's matrices a component goes through: equal names, equal matrix.

        >>> Projection.OUTPUT.matrix("q") == Projection.OUTPUT.matrix("qk")
        True
        """
        if self is Projection.SEED:
            return "seed"
        if self is Projection.OUTPUT or component in ("v", "z"):
            return "W_O"
        return "W_K" if component == "q" else "W_Q"


class Sight(IntEnum):
    """How much of the input a vector can depend on by the architecture alone; the larger, the more.

    >>> Sight.TOKEN < Sight.PLACE < Sight.ALL
    True
    """

    TOKEN = 1  # the token that stands there, and nothing else
    PLACE = 2  # the token, and its place
    ALL = 3  # whatever stands there and before
