"""What an interrupted or failed training leaves, and the command that goes on with it."""

import os
import shlex
import threading
from collections.abc import Sequence
from pathlib import Path

from cnnspec.cli.reporter import Reporter
from cnnspec.cli.screen import errors, flowing, output, page
from cnnspec.reports.ending import command_lines, evaluation_command
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown
from cnnspec.results.events import RunStarted
from cnnspec.results.failure import RunFailed
from cnnspec.results.resumption import resumption
from cnnspec.runs.folder import RunFolder

_STDERR = 2


class Interruption:
    """Says once where an interrupted run stands, if there is one; the command to go on has the `options`."""

    def __init__(self, reporter: Reporter, options: Sequence[str]) -> None:
        self._reporter, self._options = reporter, options
        self._speaks, self._said = threading.Lock(), False
        self._errors = _standard_error()

    def say(self, unsaved: bool = False) -> None:
        """What there is; where it is `unsaved`, the process is ended at once, whatever its main thread is doing."""
        self._reporter.leave()
        with self._speaks:
            said, self._said = self._said, True
            if not said:
                self._say(unsaved)
            for console in (errors(), output()):
                console.file.flush()

    def _say(self, unsaved: bool) -> None:
        run, epochs = self._reporter.run, self._reporter.epochs
        if run is None:
            if self._errors is not None:  # while TensorFlow starts, what goes there is held back
                os.dup2(self._errors, _STDERR)
            _say("interrupted")
        elif unsaved:
            kept = any(RunFolder(Path(run.path)).checkpoints.glob("*.checkpoint"))
            lost = "what came after the newest checkpoint" if kept else "all of it, since there is no checkpoint"
            _say(f"ended at once in epoch {epochs + 1}, without saving; lost is {lost}")
            _say_left(run, self._options, "the weights of the best epoch")
        elif epochs == 0:
            _say("interrupted in epoch 1; its state is saved")
            _say_left(run, self._options, "")
        else:
            _say_left(run, self._options, f"interrupted after epoch {epochs}; the weights so far")


def _standard_error() -> int | None:
    """A descriptor of it that stays, whatever is made of the usual one; None where there is none."""
    try:
        return os.dup(_STDERR)
    except OSError:
        return None


def say_how_to_go_on(reporter: Reporter, failure: RunFailed, options: Sequence[str]) -> None:
    """How to go on with a run that a full disk ended; what else ends one would end it again."""
    if reporter.run is None or all(problem.code != "cannot-write" for problem in failure.diagnostics):
        return
    command = shlex.join(resumption(reporter.run.path, options))
    _say(f"then go on, from the newest whole checkpoint: {command}")


def _say_left(run: RunStarted, options: Sequence[str], what: str) -> None:
    """The weights that there are, how to evaluate them, and how to go on."""
    there = RunFolder(Path(run.path)).best.exists()
    evaluation = evaluation_command(run.path, run.plan.counts) if there else []
    going_on = resumption(run.path, options)
    terminal = page(errors()).terminal
    if there and what:
        _say(f"{what}: {run.path}{f' ({shlex.join(evaluation)})' if evaluation and not terminal else ''}")
    if terminal:
        put(errors(), "\n".join(command_lines([each for each in (going_on, evaluation) if each], page(errors()))))
        return
    _say(f"to go on: {shlex.join(going_on)}")


def _say(line: str) -> None:
    put(errors(), flowing(shown(line), errors()))
