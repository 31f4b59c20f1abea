"""Networks of Darknet (Redmon 2013-2016): from the sections of a `.cfg` to layers, the architecture alone.

Sizes are Darknet's: a convolution rounds down; a max pool has size - 1 zeros in all, half of them (rounded down)
before. Normalisation is that of its newer versions, with 1e-5 beside the variance.
"""

from itertools import pairwise

from cnnspec.foreign.darknet_file import Section, sections
from cnnspec.foreign.darknet_sections import SECTIONS, Reading, unknown
from cnnspec.foreign.growing import Growing, Unread
from cnnspec.foreign.network import ForeignNetwork

_OF_TRAINING = ("batch", "learning_rate", "momentum", "decay", "max_batches", "policy", "burn_in")


def darknet_network(text: str, name: str) -> ForeignNetwork:
    """The network of a `.cfg`; raises Unread."""
    found = sections(text)
    if not found or found[0].kind not in ("net", "network"):
        raise Unread("it does not begin with [net]")
    reading = Reading(Growing(name))
    _read_input(found[0], reading.grown)
    for section, after in pairwise([*found[1:], None]):
        assert section is not None
        reading.following = after.kind if after else ""
        reading.results.append(SECTIONS.get(section.kind, unknown)(reading, section))
    outputs = reading.outputs
    if not outputs or _is_unread(reading):
        outputs = {**outputs, f"output{len(outputs) + 1}" if outputs else "output": reading.before}
    return reading.grown.network(outputs, len(outputs) > 1)


def _is_unread(reading: Reading) -> bool:
    """Whether the last layer computes something that no output is."""
    return reading.before not in reading.outputs.values() and reading.before == reading.grown.layers[-1].name


def _read_input(net: Section, grown: Growing) -> None:
    height, width, depth = (net.whole(key, 0) for key in ("height", "width", "channels"))
    if height and width and depth:
        grown.input("image", (height, width, depth))
    elif flat := net.whole("inputs", height * width * depth):
        grown.input("inputs", (flat,))
    else:
        raise Unread(f"[net] in line {net.line} has neither width, height and channels nor inputs")
    told = ", ".join(f"{key} {net.values[key]}" for key in _OF_TRAINING if key in net.values)
    if told:
        grown.left_out.append(f"how it is trained: {told}")
