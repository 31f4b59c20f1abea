"""What is compared: a spec, a run or a revision's spec, by what stands for it on the command line."""

from collections.abc import Callable, Iterable

from cnnspec import door
from cnnspec.analysis import analyse
from cnnspec.cli.boundary import WRONG
from cnnspec.cli.run_names import is_spec, spec_of_run
from cnnspec.cli.screen import show_diagnostics


def compared(
    argument: str, settings: Iterable[str] = (), standard_input: Callable[[], bytes] | None = None
) -> "door.compare.Compared":
    """The network and the training that an argument names; shows the mistakes and exits if there are any."""
    run = None if is_spec(argument) else spec_of_run(argument)
    analysis = analyse(str(run or argument), settings, standard_input, trained=run is not None)
    if analysis.wrong or analysis.spec is None or analysis.graph is None:
        show_diagnostics(analysis.diagnostics, analysis.texts)
        raise SystemExit(WRONG)
    return door.compare.Compared(argument if run else analysis.spec.shown, analysis.graph, analysis.spec)
