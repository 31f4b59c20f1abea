"""Plain values as JSON can hold them."""

import math
from collections.abc import Mapping


def finite(value: object) -> object:
    """The same value with None for what JSON cannot write: infinities and not-a-number."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value
