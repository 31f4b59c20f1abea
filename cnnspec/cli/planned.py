"""What a training is going to do, printed: as it begins, and alone where nothing is to be done."""

from rich.console import Console

from cnnspec.cli.screen import flowing, output, page, say
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.page import put
from cnnspec.reports.plan import going_on_lines, planned_sheets
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.results.events import Resumed
from cnnspec.results.plan import Plan


def show_plan(console: Console, title: str, plan: Plan, spec: Spec, graph: Graph) -> None:
    """Print what a training will do, once and briefly."""
    there = page(console)
    put(console, lay_out(planned_sheets(title, plan, spec, graph, there.width), there))


def show_resumption(run: str, plan: Plan, resumed: Resumed, spec: Spec, graph: Graph) -> None:
    """Print how a run would go on: from where, how much is left, and what is not as it was."""
    show_plan(output(), run, plan, spec, graph)
    for line in going_on_lines(plan, resumed):
        say(flowing(shown(line)))
