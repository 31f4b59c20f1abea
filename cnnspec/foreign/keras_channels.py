"""What no network of ours is made of: a configuration that is unclear, or has its channels before its places."""

from collections.abc import Mapping
from typing import Any


class Unclear(Exception):
    """A configuration of which no network can be made; its text says what is wrong, `help` what to do."""

    def __init__(self, said: str, help: str = "") -> None:
        super().__init__(said)
        self.help = help


def check_channels(name: str, config: Any) -> None:
    """Raise Unclear for a layer that has the channels before the places, as no spec has them."""
    inner = config.get("layer")
    held = [config, inner.get("config") if isinstance(inner, Mapping) else None]
    if any(isinstance(each, Mapping) and each.get("data_format") == "channels_first" for each in held):
        raise Unclear(f"{name[:80]} has data_format: channels_first, and a spec has its channels last", _CHANNELS_LAST)


_CHANNELS_LAST = (
    "make the model once more with data_format='channels_last' (keras.config.set_image_data_format) and its input's"
    " channels last, and save that: weights of convolutions are the same, those of a dense layer behind a flatten"
    " are in another order"
)
