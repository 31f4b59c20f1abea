"""Which way losses and metrics get better, by what they are called."""

_LOWER = ("error", "crossentropy", "divergence", "poisson", "hinge", "loss")
_SMALL = frozenset({"ce", "bce", "mse", "mae", "mape", "msle", "false_positives", "false_negatives"})


def lower_is_better(kind: str) -> bool:
    """Whether small values are better of a metric or loss with this kind, or of a figure that is called so."""
    return kind in _SMALL or kind.endswith(_LOWER)
