"""A program for tests: one of two workers dies at a moment of the training, and the other one must end as it should.

python -m tests.support.worker_deaths [--epochs 30] [MOMENT ...]

Each moment once for the worker and once for the chief: the other one must end within a minute with exit code 3, name
who died and the command that goes on; and that command must end with the figures of a run that nobody disturbed. The
processes are whole command lines, forked from one that has loaded TensorFlow and not started it.
"""

import argparse
import functools
import importlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.killed_runs import load
from tests.support.small_runs import DATA, HEADER, examples

SPEC = f"""{HEADER}inputs: {{image: [6, 6, 1]}}
model:
  - rescaling: 0.1
  - conv: {{filters: 4, kernel_size: 3, activation: relu}}
  - flatten
  - dense: {{units: 3, activation: softmax}}
{DATA}training:
  epochs: EPOCHS
  batch_size: 8
  optimizer: {{sgd: {{learning_rate: 0.01}}}}
  loss: auto
  metrics: [accuracy]
  checkpoint: {{every: 0.5}}
  distribute: multi_worker
  seed: 5
"""
MOST_SECONDS = 60.0
NAMES = ("the chief (", "worker 1 (")


@dataclass(frozen=True, slots=True)
class Moment:
    """Before which call of a function of the program a process is sent a signal; `during` is after it has begun."""

    place: str
    call: int = 1
    during: float | None = None
    sent: signal.Signals = signal.SIGKILL


MOMENTS = {
    "before the meeting": Moment("cnnspec.backend.parallel.distribute:meet"),
    "at the meeting": Moment("cnnspec.backend.parallel.rendezvous:_line"),
    "before connecting": Moment("cnnspec.backend.parallel.distribute:_across"),
    "while connecting": Moment("cnnspec.backend.parallel.distribute:_across", during=0.05),
    "reading the data": Moment("cnnspec.backend.ready:prepare"),
    "while building": Moment("cnnspec.backend.ready:connect"),
    "at the first step": Moment("cnnspec.backend.steps.sharded:ShardedStepper._learn_batch"),
    "while compiling": Moment("cnnspec.backend.steps.sharded:ShardedStepper._learn_batch", during=0.3),
    "in an epoch": Moment("cnnspec.backend.parallel.control_channel:ControlChannel.pace", 30),
    "in the validation": Moment("cnnspec.backend.loop.loop:Loop._validate", 3),
    "at a save": Moment("cnnspec.backend.resume.keeper:Keeper.keep", 7),
    "during a save": Moment("cnnspec.backend.resume.keeper:Keeper.keep", 7, during=0.001),
    "at the last save": Moment("cnnspec.backend.run:Run._save", 30),
    "scoring": Moment("cnnspec.backend.run:Run._test"),
    "at the end": Moment("cnnspec.backend.parallel.control_channel:ControlChannel.close"),
    "hanging": Moment("cnnspec.backend.parallel.control_channel:ControlChannel.pace", 30, sent=signal.SIGSTOP),
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and how long after the signal to the other one."""

    code: int
    after: float
    said: str


def main() -> int:
    """Try the moments, and print a line for each; the exit code says whether all went well."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--epochs", type=int, default=30, help="of each training; some moments come late in all 30")
    options.add_argument("moments", nargs="*", metavar="MOMENT")
    given = options.parse_args()
    load()
    with ExitStack() as folders:

        def new() -> Path:
            return put(Path(folders.enter_context(tempfile.TemporaryDirectory())), given.epochs)

        whole = figures(alone(new()))
        problems = 0
        for name in given.moments or MOMENTS:
            for victim in (1, 0):
                said, wrong = tried(new(), MOMENTS[name], victim, whole)
                problems += len(wrong)
                print(f"{name:20} {NAMES[victim][:-2]:10} {said}", *wrong, sep="\n    " if wrong else " ", flush=True)
    return min(problems, 1)


def tried(folder: Path, moment: Moment, victim: int, whole: Any) -> tuple[str, list[str]]:
    """What came of it in words, and what is wrong with that."""
    other = pair(folder, moment, victim)
    runs = sorted(folder.glob("runs/*/spec.yaml"))
    wrong = []
    if moment.place.endswith("ControlChannel.close") and other.code == 0:
        return f"the other one is done as well, after {other.after:.0f} s", []
    if other.code != 3:
        wrong.append(f"exit code {other.code}: {other.said[-2000:]}")
    if other.after > MOST_SECONDS:
        wrong.append(f"ended only after {other.after:.0f} s")
    if not any(code in other.said for code in ("error[worker-lost]", "error[no-worker]")):
        wrong.append(f"said {other.said[-2000:]!r}")
    elif NAMES[victim] not in other.said.partition("error[")[2]:
        wrong.append(f"did not name who died: {other.said[-600:]!r}")
    if runs and "cnnspec train --resume runs/small-1" not in other.said:
        wrong.append(f"did not say how to go on: {other.said[-600:]!r}")
    again = figures(alone(folder))
    if not np.allclose(again, whole, rtol=0, atol=1e-4):
        wrong.append(f"goes on to other figures: {again[-1]}, {whole[-1]}")
    told = next((line for line in other.said.splitlines() if line.startswith("error[")), "nothing")
    return f"{other.after:4.1f} s  {told}", wrong


def put(folder: Path, epochs: int) -> Path:
    """A folder with the spec, for so many epochs, and its data."""
    for seed, (name, count) in enumerate({"train": 60, "validation": 21, "test": 20}.items()):
        pictures, labels = examples(count, seed)
        np.savez(folder / f"{name}.npz", x=pictures, y=labels)
    (folder / "small.yaml").write_text(SPEC.replace("EPOCHS", str(epochs)))
    return folder


def figures(folder: Path) -> Any:
    """The losses and metrics of every epoch of the only run."""
    (table,) = folder.glob("runs/*/metrics.csv")
    head, *rows = (line.split(",") for line in table.read_text().splitlines())
    kept = [index for index, name in enumerate(head) if name not in ("seconds", "epoch")]
    return np.array([[float(row[index]) for index in kept] for row in rows])


def alone(folder: Path) -> Path:
    """Train by one process, or go on with the run where there is one."""
    runs = sorted(folder.glob("runs/*/spec.yaml"))
    shutil.rmtree(folder / "runs", ignore_errors=True) if not runs else None
    begun = ("--resume", "runs/small-1") if runs else ("small.yaml",)
    child = forked(folder, "alone", ("train", *begun, "--workers=1"), {})
    code = waited(child)
    assert code == 0, (folder / "alone").read_text()
    return folder


def pair(folder: Path, moment: Moment, victim: int) -> Ended:
    """Train by two processes, of which one dies; how the other one ended."""
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    died: Path = folder / "died"
    children = []
    for index in range(2):
        config = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        prepare = functools.partial(doom, moment, died) if index == victim else None
        environment = {"TF_CONFIG": json.dumps(config), "TF_NUM_INTRAOP_THREADS": "1", "CNNSPEC_CONNECT_SECONDS": "20"}
        children.append(forked(folder, f"worker-{index}", ("train", "small.yaml"), environment, prepare))
    other = children[1 - victim]
    code = waited(other, 240)
    after = time.time() - float(died.read_text()) if died.exists() else -1.0
    if moment.sent == signal.SIGSTOP:
        os.kill(children[victim], signal.SIGKILL)
    waited(children[victim], 60)
    said = (folder / f"worker-{1 - victim}").read_text()
    return Ended(code, after, said if died.exists() else f"(nobody died)\n{said}")


def forked(
    folder: Path,
    output: str,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    prepare: Callable[[], None] | None = None,
) -> int:
    """A process that runs the command line in this folder, once it is prepared; its number."""
    child = os.fork()
    if child:
        return child
    code = 9
    try:
        handle = os.open(folder / output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1), os.dup2(handle, 2)
        os.chdir(folder)
        os.environ.pop("TF_CONFIG", None)
        os.environ.update(environment)
        if prepare is not None:
            prepare()
        sys.argv = ["cnnspec", *arguments]
        importlib.import_module("cnnspec.__main__").main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(code)


def doom(moment: Moment, died: Path) -> None:
    """Let this process get its signal at the moment, and note when."""
    module, _, path = moment.place.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    real, calls = getattr(owner, name), iter(range(1, 10**9))

    def end() -> None:
        died.write_text(str(time.time()))
        os.kill(os.getpid(), moment.sent)

    @functools.wraps(real)
    def called(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == moment.call:
            if moment.during is None:
                end()
            else:
                later(moment.during, died, moment.sent)
        return real(*args, **kwargs)

    setattr(owner, name, called)


def later(seconds: float, died: Path, sent: signal.Signals) -> None:
    """Send this process a signal from another one, since it may be busy where Python does nothing."""
    steps = (f"sleep {seconds}", f"date +%s.%N > {shlex.quote(str(died))}", f"kill -{sent.value} {os.getpid()}")
    subprocess.Popen(["sh", "-c", "; ".join(steps)])


def waited(process: int, seconds: float = 120.0) -> int:
    """The exit code of a process, minus the signal where one ended it; who takes too long is ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def free_ports(count: int) -> Iterator[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        found = [int(each.getsockname()[1]) for each in sockets]
    return iter(found)


if __name__ == "__main__":
    sys.exit(main())
