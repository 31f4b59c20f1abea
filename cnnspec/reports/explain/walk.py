"""A walk through a network, stage by stage, that can be read aloud."""

from collections.abc import Iterator

from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Stage
from cnnspec.layers.phrase import words
from cnnspec.layers.shape import write_shape
from cnnspec.reports.explain.costs import percent, sum_figures, window_seen
from cnnspec.reports.explain.in_words import joined, steps_in_words
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Grid, Paragraph, Part, Points, Section
from cnnspec.reports.numbers import count, listed, plural
from cnnspec.reports.summary.collect import weight_layers

_MOST_KINDS = 6


def walk_sections(network: Network) -> Iterator[Section]:
    """What goes in, each stage, what comes out, and what it learns from."""
    yield Section("", tuple(map(Paragraph, _whole(network))))
    for stage in network.graph.stages:
        yield Section(stage.title, tuple(stage_parts(network, stage)))
    yield Section("what it learns", tuple(map(Paragraph, _learning(network))))
    yield Section("", (Paragraph(_more(network)),))


def _whole(network: Network) -> Iterator[str]:
    spec, graph, sums = network.spec, network.graph, network.totals
    if spec.description:
        yield spec.description
    inputs = " and ".join(f"{name} of {write_shape(graph.nodes[at].output)}" for name, at in graph.inputs.items())
    outputs = " and ".join(f"{name} of {write_shape(graph.nodes[at].output)}" for name, at in graph.outputs.items())
    yield (
        f"The network reads {inputs}, goes through {plural(len(graph.stages), 'stage')} and gives {outputs}. It is "
        f"{plural(weight_layers(graph), 'weight layer')} deep, has {plural(sums.params, 'parameter')}, and takes "
        f"{_macs(sums.macs)} for one example."
    )


def _macs(macs: int | None) -> str:
    return "a number of multiply-adds that an unknown length decides" if macs is None else plural(macs, "multiply-add")


def stage_parts(network: Network, stage: Stage) -> Iterator[Part]:
    """A stage in a few sentences: what it reads, what it does, what it gives, what it costs, how far it sees."""
    graph, own = network.graph, frozenset(stage.all_nodes())
    read = dict.fromkeys(at for each in sorted(own) for at in graph.nodes[each].inputs if at not in own)
    reads = _read(network, list(read), network.before(stage))
    yield Paragraph(f"It reads {reads} and gives {write_shape(graph.nodes[stage.output].output)}:")
    yield Points(tuple(steps_in_words(network, stage.steps, _first_read(network, stage, list(read)))))
    yield Paragraph(" ".join(filter(None, (_costs(network, own), _sees(network, stage.output)))))


def _read(network: Network, read: list[int], before: int | None) -> str:
    """The shapes that are read; whose they are, where that is not just what stands before."""
    if not read:
        return "nothing"
    if read == [before] or (before is None and len(read) == 1 == len(network.graph.inputs)):
        return write_shape(network.graph.nodes[read[0]].output)
    by_shape: dict[str, list[str]] = {}
    for at in read:
        by_shape.setdefault(write_shape(network.graph.nodes[at].output), []).append(network.name_of(at))
    return " and ".join(f"{shape} of {joined(names)}" for shape, names in by_shape.items())


def _first_read(network: Network, stage: Stage, read: list[int]) -> int | None:
    """What need not be said of the first step: the only result that the stage reads, else that of the stage before."""
    return read[0] if len(read) == 1 else network.before(stage)


def _costs(network: Network, own: frozenset[int]) -> str:
    """Parameters and multiply-adds, with their shares of the network's."""
    sums, whole = totals(network.graph.nodes[at] for at in own), network.totals
    params = f"{plural(sums.params, 'parameter')} ({percent(sums.params, whole.params)})" if sums.params else ""
    macs = f"{plural(sums.macs, 'multiply-add')} ({percent(sums.macs, whole.macs)})" if sums.macs and whole.macs else ""
    both = " and ".join(filter(None, (params, macs)))
    return f"That takes {both} of the network's." if both else "It learns nothing, and multiplies nothing by weights."


def _sees(network: Network, output: int) -> str:
    view = network.views[output]
    return f"One number of its output sees {window_seen(view.window)} places of the input." if view is not None else ""


def _learning(network: Network) -> Iterator[str]:
    spec, training = network.spec, network.spec.training
    if training is None:
        yield "The spec has no training: it is an architecture alone."
        return
    losses = {name: _loss(network, name) for name in network.graph.learnt}
    told = "; ".join(f"the loss of {name} is {loss}" for name, loss in losses.items())
    if len(network.graph.outputs) == 1:
        told = "".join(f"its loss is {loss}" for loss in losses.values())
    optimizer = training.optimizer.kind if training.optimizer is not None else "none"
    how = f"over {training.epochs} epochs by {optimizer}, in batches of {training.batch_size}"
    yield f"It is trained {how}{'; ' if told else ''}{told}."
    if spec.data is not None:
        yield f"The data comes from the source {spec.data.source}."


def _loss(network: Network, output: str) -> str:
    loss = network.graph.losses.get(output, "auto")
    if loss != "auto":
        return words(str(getattr(loss, "kind", loss)))
    activation = network.graph.nodes[network.graph.outputs[output]].ends_in
    return f"chosen by its last activation, {activation}, and its labels (auto)"


def _more(network: Network) -> str:
    names = [stage.slug for stage in network.graph.stages]
    places = f"{listed(names)}, a layer's name, or a key as training.loss"
    return f"More of each: cnnspec explain {network.argument} PLACE, where PLACE is {places}."


def stage_sections(network: Network, stage: Stage) -> Iterator[Section]:
    """A stage alone, with its layers."""
    yield Section("", tuple(stage_parts(network, stage)))
    yield Section("", (sum_figures(network, stage.all_nodes(), stage.output),))
    rows = [("layer", "gives", "parameters", "multiply-adds")]
    for at in sorted(stage.all_nodes()):
        node = network.graph.nodes[at]
        short = node.name.removeprefix(f"{stage.slug}.")
        macs = node.facts.macs
        sums = totals([node])
        rows.append(
            (
                short,
                write_shape(node.output),
                count(sums.params),
                count(macs) if isinstance(macs, int) else "unknown",
            )
        )
    yield Section("its layers", (Grid("", tuple(rows)),))
