"""Where exceptions end: what went wrong is shown, and the exit code says of what kind it was."""

import importlib
import os
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from cnnspec.analysis import Analysis, analyse
from cnnspec.cli.screen import announce, show_diagnostics
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.safe import shown
from cnnspec.results.failure import RunFailed
from cnnspec.runs.places import is_packed
from cnnspec.source.answers import advice, is_of_the_machine, reason
from cnnspec.source.diagnostic import Diagnostic, Rejected

FINE, WRONG, USAGE, FAILED, INTERRUPTED = 0, 1, 2, 3, 130

P = ParamSpec("P")
R = TypeVar("R")


def ends_here(command: Callable[P, R]) -> Callable[P, R]:
    """A command whose known failures become messages and exit codes."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Rejected as rejected:
            show_diagnostics(rejected.diagnostics, {})
            raise SystemExit(WRONG) from None
        except RunFailed as failure:
            show_diagnostics(failure.diagnostics, {})
            raise SystemExit(FAILED) from None
        except OSError as error:
            show_diagnostics([_refused(error)], {})
            raise SystemExit(FAILED if is_of_the_machine(error) else WRONG) from None
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None

    return guarded


def _refused(error: OSError) -> Diagnostic:
    """What the operating system would not do, of whatever path that nobody before here had an answer for."""
    what = "a file" if error.filename is None else shown(os.fsdecode(error.filename))
    return Diagnostic("unreadable-file", f"{what} cannot be used: {reason(error)}", help=advice(error))


@contextmanager
def shown_with(texts: dict[str, str]) -> Iterator[None]:
    """What is rejected in here is shown with the lines of these files."""
    try:
        yield
    except Rejected as rejected:
        show_diagnostics(rejected.diagnostics, texts)
        raise SystemExit(WRONG) from None


@contextmanager
def misused(texts: dict[str, str] | None = None) -> Iterator[None]:
    """What is rejected in here is how the command was used; mistakes in these texts are shown with their lines."""
    try:
        yield
    except Rejected as rejected:
        show_diagnostics(rejected.diagnostics, texts or {})
        raise SystemExit(USAGE) from None


UNKNOWN_START = frozenset({"frozen-as-drawn"})
"""Warnings of a spec that may be wrong once it is known what a training starts from."""


SEEN = frozenset({"unscaled-image"})
"""Warnings of a spec that those who read its data give themselves, where they are right."""


def understood(
    argument: str,
    settings: Iterable[str],
    standard_input: Callable[[], bytes] | None = None,
    quiet: Collection[str] = (),
    trained: bool = False,
) -> tuple[Spec, Graph, Analysis]:
    """The spec and graph that an argument names; shows the mistakes and exits if there are any.

    `quiet` are codes of warnings that the command itself knows better; `trained`: the spec is that of a run, whose
    warnings were told when it began, and are said in brief.
    """
    analysis = analyse(argument, settings, standard_input, trained=trained)
    if analysis.spec is None and not trained:
        _refuse_run(argument)
    show_diagnostics([each for each in analysis.diagnostics if each.code not in quiet], analysis.texts, told=trained)
    if analysis.wrong or analysis.spec is None or analysis.graph is None:
        raise SystemExit(WRONG)
    return analysis.spec, analysis.graph, analysis


def _refuse_run(argument: str) -> None:
    """Raise what ends the command where a run is named in place of a spec; of runs is read only where no spec is."""
    if is_packed(Path(argument)):
        help = f"unpack it, whose spec.yaml is what it trained: cnnspec unpack {shown(shlex.quote(argument))}"
        raise usage_error(f"{shown(argument)} is a packed run, and no spec", help)
    spec: Path | None = importlib.import_module("cnnspec.cli.run_names").spec_of_run(argument)
    if spec is not None:
        raise usage_error(f"{shown(argument)} is a run, and no spec", f"write {shown(str(spec))} for what it trained")


def announce_tensorflow() -> None:
    """To be said before the backend is entered, since TensorFlow takes seconds to start."""
    announce("starting TensorFlow ...")


def usage_error(message: str, help: str = "") -> SystemExit:
    """Show that the command was used wrongly; to be raised."""
    show_diagnostics([Diagnostic("usage", message, help=help)], {})
    return SystemExit(USAGE)
