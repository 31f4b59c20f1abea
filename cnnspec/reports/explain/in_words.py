"""Steps in words: what a layer does, what a block is made of, and what is read where that is not what stands before."""

from cnnspec.graph.nodes import Step
from cnnspec.language.composites import APART
from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Layer
from cnnspec.layers.phrase import Phrase, window, words
from cnnspec.layers.shape import Shape
from cnnspec.layers.wrappers import LayerAround
from cnnspec.reports.explain.network import Network
from cnnspec.reports.numbers import plural

_ADDED = {
    "identity": "then what was read is added",
    "projection": "then a projection of what was read is added",
    "pad": "then what was read is added, with zeros for the channels that it lacks",
    "none": "with no shortcut",
}


def steps_in_words(
    network: Network, steps: tuple[Step, ...], before: int | None, around: tuple[int, ...] = ()
) -> list[str]:
    """The steps that follow what is at `before`, equal ones in a row counted; `around` is what came into the block."""
    said: list[tuple[str, int]] = []
    for step in steps:
        text = step_in_words(network, step, before, around)
        before = step.output
        if said and said[-1][0] == text:
            said[-1] = (text, said[-1][1] + 1)
        else:
            said.append((text, 1))
    return [text if times == 1 else f"{times} times {text}" for text, times in said]


def step_in_words(network: Network, step: Step, before: int | None = None, around: tuple[int, ...] = ()) -> str:
    """One step; what it reads is named where that is several, or another than what is at `before`."""
    named = len(step.reads) > 1 or (before is not None and step.reads != (before,))
    names = _read_by_name(network, step, around) if named else ""
    if step.layer is None:
        text = _around(network, step)
        return f"of {names}: {text}" if names else text
    text = layer_in_words(step.layer, network.shapes(step.reads), network.graph.nodes[step.output].output)
    return f"{text}{' of' if step.layer.merges and ',' not in text else ', of'} {names}" if names else text


def _read_by_name(network: Network, step: Step, around: tuple[int, ...]) -> str:
    """What a step reads: stages, entries and inputs by their names, as repeats of one block have them alike."""
    told = {at: f"every {name}" for name, positions in step.together for at in positions}
    told.update(dict.fromkeys(around, "what came in"))
    return joined(list(dict.fromkeys(told.get(at) or _from_there(network.name_of(at), step.name) for at in step.reads)))


def _from_there(name: str, place: str) -> str:
    """A name without the stage and the blocks that the place is in, too."""
    parts, here = name.split("."), place.split(".")[:-1]
    common = 0
    while common < min(len(parts) - 1, len(here)) and parts[common] == here[common]:
        common += 1
    return ".".join(parts[common:])


def joined(names: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _around(network: Network, step: Step) -> str:
    """A step around others."""
    source = step.reads[0] if len(step.reads) == 1 else None
    inner = ["; then ".join(steps_in_words(network, each.steps, source, step.reads)) for each in step.branches]
    if step.kind == "residual":
        after = network.graph.nodes[step.nodes[-1]].ends_in if step.nodes else "linear"
        return f"{inner[0] or 'the input as it is'}; {_added(step, inner)}{_then(after)}"
    shown = [text or "the input as it is" for text in inner]
    if step.kind == "parallel":
        how = "not merged" if step.merge == APART else f"joined by {words(step.merge)}"
        return f"{len(shown)} branches side by side, {how}: {' | '.join(shown)}" if len(shown) > 1 else shown[0]
    if step.kind == "squeeze_excite":
        return f"what comes in is multiplied by a gate made of it ({inner[-1]})"
    if step.kind == "reuse":
        first = network.graph.nodes[step.output].shared
        return f"what {network.name_of(first)} does, with the same weights" if first is not None else "reuse"
    return f"the block {step.kind}: {' | '.join(shown)}" if shown else words(step.kind)


def _added(step: Step, inner: list[str]) -> str:
    """What a residual adds, by the kind of its shortcut; one of its own entries may have none where it is."""
    if step.shortcut in _ADDED:
        return _ADDED[step.shortcut]
    own = inner[1] if len(inner) > 1 else ""
    return f"then what was read, by way of a shortcut ({own}), is added" if own else _ADDED["identity"]


def _then(activation: str) -> str:
    return f"; then {activation}" if activation != "linear" else ""


def layer_in_words(layer: Layer, read: tuple[Shape, ...], given: Shape) -> str:
    """A layer, its stride, its dilation, its norm and its activation; of one around another both."""
    if isinstance(layer, LayerAround):
        return f"{layer_in_words(layer.layer, (layer.within(read[0]),), layer.within(given))}, {layer.around}"
    phrase = layer.phrase(read[0], given)
    text = _weighing(layer, phrase, read[0], given) if layer.weighs else phrase.text
    stride = f"stride {phrase.stride}" if phrase.stride else ""
    causal = "causal" if phrase.padded.said == "causal" else ""
    norm = words(layer.normalisation.kind) if isinstance(layer, Affine) and layer.normalisation is not None else ""
    last = layer.ends_in if isinstance(layer, Affine) and layer.ends_in != "linear" else ""
    return ", ".join(filter(None, (text, stride, phrase.tail, causal, norm, last)))


def _weighing(layer: Layer, phrase: Phrase, read: Shape, given: Shape) -> str:
    """A layer with weights: the number of its kernels and their window, where it has any."""
    kernel, filters = getattr(layer, "kernel_size", None), getattr(layer, "filters", None)
    if kernel is None or not isinstance(layer, Affine):  # one that recurs has windows for each of its gates
        named = words(layer.kind) in phrase.text.replace("-", " ")
        return phrase.text if named else f"{words(layer.kind)} {phrase.text}"
    size = window(kernel, read)
    if not isinstance(filters, int):
        return f"{words(layer.kind)} of {size} on each channel, {plural(_last(given), 'channel')}"
    groups = getattr(layer, "groups", 1)
    apart = f" in {groups} groups" if groups > 1 else ""
    return f"{words(layer.kind)} with {plural(filters, 'kernel')} of {size}{apart}"


def _last(shape: Shape) -> int:
    assert isinstance(shape[-1], int)  # a depthwise convolution knows its channels, or it would have no weights
    return shape[-1]
