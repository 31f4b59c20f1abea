"""What a layer costs, and how that comes about: weights, multiply-adds, receptive field, its share of the whole."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from cnnspec.graph.facts import View, totals, trainable_size
from cnnspec.graph.nodes import Node
from cnnspec.layers.base import Weight
from cnnspec.layers.phrase import sizes
from cnnspec.layers.shape import Shape, product, write_shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Figure, Figures
from cnnspec.reports.numbers import count, field, fraction


def cost_figures(network: Network, position: int) -> Figures:
    """Of a node: what it gives, its parameters, multiply-adds and receptive field."""
    return Figures("in figures", tuple(_rows(network, position)))


def sum_figures(network: Network, positions: Iterable[int], output: int) -> Figures:
    """Of all nodes of a stage or a block: what they give and cost together, and how far the last of them sees."""
    nodes = [network.graph.nodes[position] for position in dict.fromkeys(positions)]
    sums, given = totals(nodes), network.graph.nodes[output].output
    rows = (
        Figure("output", given, _shape(given), _numbers(given)),
        Figure("parameters", sums.params, count(sums.params), _share(sums.params, network.totals.params)),
        Figure("trainable", sums.trainable_params, count(sums.trainable_params)),
        Figure(
            "multiply-adds",
            sums.macs,
            "unknown" if sums.macs is None else count(sums.macs),
            "" if sums.macs is None else _share(sums.macs, network.totals.macs),
        ),
        _seen(network, output),
    )
    return Figures("in figures", rows)


def _seen(network: Network, output: int) -> Figure:
    view = network.views[output]
    if view is None:
        return Figure("receptive field", None, "", _lost(network, output))
    return Figure("receptive field", _whole(view), window_seen(view.window), _jump(view))


def _whole(view: View) -> tuple[int, ...] | None:
    return tuple(int(size) for size in view.window) if all(size.denominator == 1 for size in view.window) else None


def _share(part: int, whole: int | None) -> str:
    return f"{percent(part, whole)} of the network's {count(whole)}" if whole and part else ""


def _rows(network: Network, position: int) -> Iterator[Figure]:
    node = network.graph.nodes[position]
    yield Figure("output", node.output, _shape(node.output), _numbers(node.output))
    yield _params(network, node)
    yield _trainable(node)
    yield _macs(network, node)
    yield _field(network, position)


def _shape(shape: Shape) -> str:
    return sizes(shape) if shape else "one number"


def _numbers(shape: Shape) -> str:
    whole = product(shape)
    if not isinstance(whole, int) or len(shape) < 2:
        return "" if isinstance(whole, int) else "an unknown length decides how many numbers"
    return f"{sizes(shape).replace('×', ' · ')} = {count(whole)} numbers"


def _params(network: Network, node: Node) -> Figure:
    own = totals([node]).params
    if node.shared is not None:
        first = network.graph.nodes[node.shared].name
        return Figure("parameters", own, "0", f"the weights are those of {first}, where they count")
    working = "; ".join(map(_weight, node.facts.weights)) or "it has no weights"
    return Figure("parameters", own, count(own), _with_share(working, own, network.totals.params))


def _weight(weight: Weight) -> str:
    if not weight.shape:
        return f"{weight.name} 1"
    shape = sizes(weight.shape).replace("×", " · ")
    return f"{weight.name} {shape}" + (f" = {count(weight.size)}" if len(weight.shape) > 1 else "")


def _trainable(node: Node) -> Figure:
    learnt = 0 if node.shared is not None else trainable_size(node)
    still = totals([node]).params - learnt
    working = f"{count(still)} are not learnt by gradient" if still else ""
    return Figure("trainable", learnt, count(learnt), working)


def _macs(network: Network, node: Node) -> Figure:
    macs = node.facts.macs
    if not isinstance(macs, int):
        return Figure("multiply-adds", None, "unknown", "an unknown length decides them")
    working = _products(network, node, macs) if macs else "none counts: it multiplies nothing by weights"
    return Figure("multiply-adds", macs, count(macs), _with_share(working, macs, network.totals.macs))


def _products(network: Network, node: Node, macs: int) -> str:
    """Places times weights, where that is what it comes to."""
    kernels = sum(weight.size for weight in node.facts.weights if len(weight.shape) > 1 and weight.trainable)
    if not kernels or macs % kernels:
        return ""
    times = macs // kernels
    said = f"{count(times)} places" if times > 1 else "one place"
    for shape in (node.output[:-1], *(read[:-1] for read in network.read(node))):
        if len(shape) > 1 and product(shape) == times:
            said = f"{sizes(shape).replace('×', ' · ')} places"
            break
    return f"{said} · {count(kernels)} weights that multiply"


def _with_share(working: str, part: int, whole: int | None) -> str:
    return "; ".join(filter(None, (working, _share(part, whole))))


def percent(part: int, whole: int) -> str:
    """`6.5 %`; what is less than a tenth of one as such."""
    share = 100 * part / whole
    if part == whole:
        return "all"
    return "less than 0.1 %" if 0 < share < 0.05 else f"{min(share, 99.9):.1f} %"


def _field(network: Network, position: int) -> Figure:
    view = network.views[position]
    if view is None:
        return Figure("receptive field", None, "", _lost(network, position))
    node = network.graph.nodes[position]
    working = "; ".join(filter(None, (_grown(network, node, view), _jump(view))))
    return Figure("receptive field", _whole(view), window_seen(view.window), working)


def _lost(network: Network, position: int) -> str:
    """Why nothing is known of what an output sees."""
    if network.graph.nodes[position].facts.reach is None:
        return "places are mixed or lost here: a number may depend on all that is read"
    waiting, seen = [position], set[int]()
    while waiting:
        at = waiting.pop()
        if network.graph.nodes[at].facts.reach is None:
            return "places were mixed or lost before it: a number may depend on all that was read there"
        seen.add(at)
        waiting += [each for each in network.graph.nodes[at].inputs if each not in seen]
    inputs = " and ".join(write_shape(network.graph.nodes[at].output) for at in network.graph.inputs.values())
    return f"not followed from an input of {inputs}, which has no axis of channels"


def window_seen(window: tuple[Fraction, ...]) -> str:
    """A receptive field with all of its sides: `7×7`."""
    said = field(window)
    return said if "×" in said or len(window) < 2 else "×".join([said] * len(window))


def _grown(network: Network, node: Node, view: View) -> str:
    """r = r before + (window - 1) · jump before, where one view was before it."""
    before = [found for found in (network.views[position] for position in node.inputs) if found is not None]
    reach = node.facts.reach
    if len(before) != 1 or not reach or len(set(zip(before[0].window, before[0].jump, reach, strict=False))) != 1:
        return "the largest of what its inputs see" if len(before) > 1 else ""
    old, jump, axis = before[0].window[0], before[0].jump[0], reach[0]
    if axis.window == 1:
        return "as before it"
    return f"{fraction(old)} + ({axis.window} - 1) · {fraction(jump)} = {fraction(view.window[0])} along a side"


def _jump(view: View) -> str:
    jumps = {*view.jump}
    if jumps == {Fraction(1)}:
        return ""
    said = " and ".join(fraction(each) for each in view.jump) if len(jumps) > 1 else fraction(view.jump[0])
    return f"from one output to the next it moves by {said}"
