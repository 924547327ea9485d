"""Whether two readings are equal to the last bit."""


def same(one, other):
    """Whether two readings are equal to the last bit, in every array and of the same types."""
    arrays = ("tokens", "runners_up", "margins", "near_ties", "open", *(["weights"] if hasattr(one, "weights") else []))
    plain = ("ids", "sequence", "start", "row", "triangle")
    return (
        type(one) is type(other)
        and all(getattr(one, name) == getattr(other, name) for name in plain)
        and getattr(one, "first", None) == getattr(other, "first", None)
        and all(getattr(one, name).dtype == getattr(other, name).dtype for name in arrays)
        and all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in arrays)
        and not any(getattr(other, name).flags.writeable for name in arrays)
    )
