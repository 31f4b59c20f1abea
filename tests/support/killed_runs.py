"""Runs in processes of their own that can be killed: forked from one that has loaded TensorFlow and not started it.

So a process costs no seconds for imports. Each notes the events of its run in a file, from which it is known later what
it was doing when it died.
"""

import importlib
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnnspec.language.location import locate
from cnnspec.results.events import EpochEnded, EpochStarted, Event, NotSaved, Resumed, RunStarted, Scored, StepsDone
from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import RunFolder
from tests.support.killed_trainings import Case, put_data
from tests.support.spec_texts import read

DONE, FAILED, LOST, KILLED = 0, 3, 1, -signal.SIGKILL
"""How a process of a run may end."""


def load() -> None:
    """Import what takes seconds, and start nothing: threads do not live on in a forked process."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    for name in ("cnnspec.backend.train", "sklearn.datasets"):
        importlib.import_module(name)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with the spec and the data of a case, and one run of it."""

    case: Case
    path: Path

    @property
    def run(self) -> RunFolder:
        """The run; a process that was killed before it had a spec left a folder that is none."""
        runs = sorted(self.path.glob("runs/*/spec.yaml"))
        return RunFolder(runs[-1].parent if runs else self.path / "runs" / "none")

    @property
    def _events(self) -> Path:
        return self.path / "events"

    @property
    def output(self) -> Path:
        """What the last process printed."""
        return self.path / "output"

    def started(self, prepare: Callable[[], None] = lambda: None, last: int = 0, word: str = "") -> int:
        """A process that trains, or goes on with the run where there is one; its number.

        It kills itself at its `last` event that begins with this word, counted from 1.
        """
        self._events.unlink(missing_ok=True)
        child = os.fork()
        if child:
            return child
        try:
            code = self._carry_out(prepare, _Notes(self._events, last, word))
        except BaseException:
            traceback.print_exc()
            code = LOST
        os._exit(code)

    def ended(self, prepare: Callable[[], None] = lambda: None, last: int = 0, word: str = "") -> int:
        """The exit code of such a process, minus the signal where one ended it."""
        return waited(self.started(prepare, last, word))

    def noted(self) -> list[str]:
        """The events of the last process."""
        return self._events.read_text().splitlines() if self._events.exists() else []

    def _carry_out(self, prepare: Callable[[], None], note: Callable[[Event], None]) -> int:
        handle = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        job = importlib.import_module("cnnspec.backend.train")
        prepare()
        try:
            if self.run.spec.is_file():
                job.resume(self.run, *read(locate(str(self.run.spec), print)), on_event=note)
            else:
                spec = read(locate(str(self.path / "spec.yaml"), print), settings=self.case.settings)
                job.train(*spec, runs_dir=self.path / "runs", fold=self.case.fold, on_event=note)
        except RunFailed as failure:
            print(*failure.diagnostics, flush=True)
            return FAILED
        except KeyboardInterrupt:
            return 130
        return DONE


class _Notes:
    """Writes down events, and kills its process at the last one."""

    def __init__(self, path: Path, last: int, word: str) -> None:
        self._file, self._left = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), last
        self._word = word

    def __call__(self, event: Event) -> None:
        os.write(self._file, f"{_word(event)}\n".encode())
        self._left -= _word(event).startswith(self._word)
        if self._left == 0 and _word(event).startswith(self._word):
            os.kill(os.getpid(), signal.SIGKILL)


def new_place(case: Case, path: Path) -> Place:
    """A folder with the case's spec and data, and no run."""
    path.mkdir(parents=True)
    put_data(path)
    (path / "spec.yaml").write_text(case.text)
    return Place(case, path)


def waited(process: int) -> int:
    """The exit code of a process, minus the signal where one ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def killed(place: Place, process: int, word: str, seconds: float) -> str | None:
    """Kill a process so many seconds after an event; what it was doing, or None where it had ended before."""
    while word and not any(line.startswith(word) for line in place.noted()):
        if os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            break
        time.sleep(0.002)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    return None if waited(process) == DONE else doing(place.noted())


def doing(events: list[str]) -> str:
    """What a run is doing after these events."""
    last = events[-1] if events else ""
    if last.startswith("steps"):
        _, done, steps = last.split()
        return "validation" if done == steps else "mid-epoch"
    return {"epoch": "mid-epoch", "ended": "between epochs", "scored": "after the test"}.get(last, "start")


def _word(event: Event) -> str:
    if isinstance(event, StepsDone) and event.phase:
        return f"in {event.phase} {event.step} {event.steps}"
    if isinstance(event, StepsDone):
        return f"steps {event.step} {event.steps}"
    if isinstance(event, Resumed):
        return f"resumed {event.epoch} {event.step} {' '.join(event.damaged)}"
    if isinstance(event, NotSaved):
        return f"unsaved {len(event.places)} {event.reason}"
    words = {RunStarted: "run", EpochStarted: "epoch", EpochEnded: "ended", Scored: "scored"}
    return words.get(type(event), "other")
