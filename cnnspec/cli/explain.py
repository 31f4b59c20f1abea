"""`cnnspec explain`: a network's ideas by its own numbers."""

from enum import StrEnum
from typing import Annotated

from cnnspec.cli.boundary import SEEN, UNKNOWN_START, ends_here, shown_with, understood
from cnnspec.cli.options import SetOption, SpecArgument, standard_input
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import page, say
from cnnspec.reports.explain.explain import explain as explained
from cnnspec.runs.places import RUNS


class ExplanationFormat(StrEnum):
    """How an explanation is printed."""

    text = "text"
    markdown = "markdown"
    json = "json"


Place = Annotated[
    str | None,
    Argument(
        metavar="PLACE",
        help="A stage, a layer, a key as training.loss, or a line as network.yaml:24; without one, the whole network.",
    ),
]


@ends_here
def explain(
    spec: SpecArgument,
    place: Place = None,
    format: Annotated[ExplanationFormat, Option("--format", help="How to print it.")] = ExplanationFormat.text,
    settings: SetOption = None,
) -> None:
    """Explain a network by its own numbers: what a layer computes and costs, and where a value comes from.

    Without a place, a walk through the network, stage by stage.
    """
    read, graph, analysis = understood(spec, settings or (), standard_input, UNKNOWN_START | SEEN)
    with shown_with(analysis.texts):
        found = explained(read, graph, place, RUNS)
    if format is ExplanationFormat.json:
        say(found.json())
    elif format is ExplanationFormat.markdown:
        say(found.markdown())
    else:
        say(found.text(page()))
