"""What is compared: a spec, a run, a revision's spec or another program's model, by what stands for it when typed."""

from collections.abc import Callable, Iterable
from pathlib import Path

from cnnspec import door
from cnnspec.analysis import Analysis, analyse
from cnnspec.cli.boundary import WRONG
from cnnspec.cli.run_names import is_spec, spec_of_run
from cnnspec.cli.screen import errors, flowing, show_diagnostics
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown

_MODELS = (".keras", ".h5", ".hdf5", ".json", ".cfg", ".prototxt")
"""How files are called that `cnnspec import` reads."""


def compared(
    argument: str, settings: Iterable[str] = (), standard_input: Callable[[], bytes] | None = None
) -> "door.compare.Compared":
    """The network, and the training where there is one, that an argument names.

    Shows the mistakes and exits if there are any.
    """
    if argument.lower().endswith(_MODELS):
        return door.compare.Compared(argument, _held(_model(argument, settings))[1])
    run = None if is_spec(argument) else spec_of_run(argument)
    spec, graph = _held(analyse(str(run or argument), settings, standard_input, trained=run is not None))
    return door.compare.Compared(argument if run else spec.shown, graph, spec)


def _model(argument: str, settings: Iterable[str]) -> Analysis:
    """The spec that says the same as a file; what it does not say is told."""
    found = door.importing.imported(Path(argument))
    for each in found.left_out:
        put(errors(), flowing(f"of {shown(argument)} not compared: {shown(each)}", errors()))
    return analyse("-", settings, found.text.encode)


def _held(analysis: Analysis) -> tuple[Spec, Graph]:
    if analysis.wrong or analysis.spec is None or analysis.graph is None:
        show_diagnostics(analysis.diagnostics, analysis.texts)
        raise SystemExit(WRONG)
    return analysis.spec, analysis.graph
