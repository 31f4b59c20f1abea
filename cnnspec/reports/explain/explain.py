"""`explain`: from a network and a place to an explanation."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from cnnspec.graph.nodes import Graph, Node, Stage, Step
from cnnspec.language.features import Feature
from cnnspec.language.spec import Spec
from cnnspec.layers.phrase import words
from cnnspec.layers.shape import write_shape
from cnnspec.reports.explain.argument import argument_sections
from cnnspec.reports.explain.arguments import Argument, argument_origins
from cnnspec.reports.explain.costs import sum_figures
from cnnspec.reports.explain.explanation import Explanation
from cnnspec.reports.explain.ideas.skip_connection import residual_sections
from cnnspec.reports.explain.in_words import step_in_words
from cnnspec.reports.explain.layer import plain_sections, step_sections
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Grid, Origin, Origins, Paragraph, Section
from cnnspec.reports.explain.places import Found, found_place
from cnnspec.reports.explain.value import origin, place, value_sections
from cnnspec.reports.explain.walk import stage_sections, walk_sections

_MOST_ALIKE = 6


def explain(spec: Spec, graph: Graph, where: str | None = None, runs: Path | None = None) -> Explanation:
    """The network stage by stage, or what `where` names: a stage, a layer, a key, `file.yaml:24`.

    `runs` is a folder in which runs of the spec may lie. Raises Rejected for a place that is not there.
    """
    network = Network(spec, graph, runs)
    if where is None:
        return Explanation(spec.shown, "", "stage by stage", tuple(walk_sections(network)))
    found = found_place(network, where)
    return Explanation(spec.shown, where, _title(network, found), tuple(_sections(network, found)))


def _title(network: Network, found: Found) -> str:
    if isinstance(found, Stage):
        return f"the stage {found.title}, {place(found.span)}"
    if isinstance(found, Argument):
        return f"{found.name} of {found.step.name}, {place(found.step.span)}"
    if isinstance(found, (Step, Node)):
        return f"{found.name}: {words(found.kind)}, {place(found.span)}"
    return ".".join(map(str, found))


def _sections(network: Network, found: Found) -> Iterator[Section]:
    if isinstance(found, Stage):
        yield from stage_sections(network, found)
    elif isinstance(found, Node):
        yield from _node(network, found)
    elif isinstance(found, Argument):
        yield from argument_sections(network, found)
    elif isinstance(found, Step):
        yield from _step(network, found)
    else:
        yield from value_sections(network, found)


def _node(network: Network, node: Node) -> Iterator[Section]:
    if node.layer is None:
        yield Section("", tuple(map(Paragraph, _input(network, node))))
        return
    yield from plain_sections(network, node.layer, network.read(node), network.graph.nodes.index(node))


def _input(network: Network, node: Node) -> Iterator[str]:
    dtype = network.graph.dtypes.get(node.name, "float32")
    shape = write_shape(node.output)
    yield f"An input of the network: {shape} of {dtype} for one example, without an axis of examples."
    data = network.spec.data
    if data is not None and (feature := data.features((node.name,)).get(node.name)) is not None:
        yield f"The data's source {data.source} makes it of {_made_of(feature)}."
    elif data is not None:
        yield f"The data's source {data.source} gives it as it is."


def _made_of(feature: Feature) -> str:
    if feature.columns is not None:
        return f"the columns {', '.join(feature.columns)}"
    return "a picture" if feature.image is not None else "a text"


def _step(network: Network, step: Step) -> Iterator[Section]:
    if step.layer is not None:
        yield from step_sections(network, step)
        origins = tuple(_together(map(origin, argument_origins(network, step))))
        if origins:
            yield Section(
                "where its arguments come from", (Origins("", origins), Paragraph("All else is Keras' default."))
            )
        yield from _alike(network, step)
    elif step.kind == "residual":
        yield from residual_sections(network, step)
        yield from _inside(network, step)
    else:
        text = step_in_words(network, step)
        yield Section("", (Paragraph(f"{text[:1].upper()}{text[1:]}."),))
        yield from _inside(network, step)


def _together(origins: Iterable[Origin]) -> Iterator[Origin]:
    """Those of one place that say the same, as one."""
    for (where, said), each in groupby(origins, lambda found: (found.place, found.said)):
        yield Origin(where, ", ".join(found.written for found in each), said)


def _inside(network: Network, step: Step) -> Iterator[Section]:
    rows = [("branch", "entry", "in words")]
    for branch in step.branches:
        rows += [
            (branch.name, inner.name.removeprefix(f"{step.name}."), step_in_words(network, inner))
            for inner in branch.steps
        ]
    if len(rows) > 1:
        yield Section("what is in it", (Grid("", tuple(rows)), sum_figures(network, step.all_nodes(), step.output)))


def _alike(network: Network, step: Step) -> Iterator[Section]:
    """The other layers that the same entry stands for."""
    others = [
        each.name for _, each in network.steps if each.span == step.span and each.layer is not None and each != step
    ]
    if others:
        more = f" and {len(others) - _MOST_ALIKE} more" if len(others) > _MOST_ALIKE else ""
        text = f"The same entry also stands for {', '.join(others[:_MOST_ALIKE])}{more}."
        yield Section("", (Paragraph(text),))
