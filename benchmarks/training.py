"""A training step against plain Keras' fit, PyTorch and the processor's limit, by turns in one run.

For each spec the contenders train the same network on the same batches with the spec's own optimizer, each in a process
of its own (contender.py), and take turns of as many steps as take cnnspec about two seconds. Ratios are taken within a
round; what is printed is the median. The limit is the rate of a large product of float32 matrices, in turns as well; a
training step counts three times the multiply-adds of the network, as two operations each.

Run: python benchmarks/training.py [SPEC ...] [--precision float32|mixed_bfloat16 ...] [--rounds 5] [--torch PYTHON]
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cnnspec import load
from cnnspec.graph.facts import totals

HERE = Path(__file__).parent
TEXTS = ["trec", "mr", "reviews"]
TONES = ["regression", "multilabel", "two-inputs"]
SPECS = ["digits", "signal", *TONES, "fashion", "mnist", "photos", "resnet-cifar@20", "plain-cifar@20", *TEXTS]
OF_TORCH = "resnet-cifar@20"
EDGE = 4096
"""Rows and columns of the matrices."""
TURN = 2.0
"""Seconds that a turn of cnnspec takes."""
REST = 0.2
"""Seconds between two turns, for threads that wait busily."""
WARM_UP = 10


@dataclass(frozen=True)
class Turn:
    """Seconds a step, by the clock and of the processors."""

    wall: float
    processor: float


@dataclass
class Contender:
    """A process that trains when it is told to, and what its turns took."""

    name: str
    process: subprocess.Popen[str]
    turns: list[Turn] = field(default_factory=list)

    def ready(self) -> None:
        """Wait until it has trained a little."""
        if not self._answer():
            raise SystemExit(f"{self.name} did not start")

    def run(self, steps: int) -> Turn:
        """So many steps."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        took = json.loads(self._answer())
        time.sleep(REST)
        return Turn(took["wall"] / steps, took["processor"] / steps)

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def contenders(asked: Mapping[str, tuple[str, Mapping[str, object]]]) -> Iterator[list[Contender]]:
    """Processes by name, each of a Python and what it is asked to be; they end with the block."""
    started = [Contender(name, _start(*what)) for name, what in asked.items()]
    try:
        for contender in started:
            contender.ready()
        yield started
    finally:
        for contender in started:
            contender.process.communicate()


def _start(python: str, asked: Mapping[str, object]) -> subprocess.Popen[str]:
    program = HERE / ("torch_contender.py" if str(asked["who"]).startswith("torch") else "contender.py")
    command = [python, str(program), json.dumps(asked)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)


def measure(spec: str, precision: str, rounds: int, torch: str | None) -> Iterator[str]:
    """The lines of a spec's table."""
    network = load(spec)
    assert network.spec.training is not None
    batch, macs = network.spec.training.batch_size, totals(network.graph.nodes).macs
    assert isinstance(macs, int)
    who = ["cnnspec", "fit", "fit, jit_compile=False"]
    what = {"spec": spec, "batch": batch, "precision": precision}
    asked: dict[str, tuple[str, Mapping[str, object]]] = {name: (sys.executable, {"who": name, **what}) for name in who}
    asked["matrix"] = (sys.executable, {"who": "matrix"})
    if torch and spec == OF_TORCH:
        of_torch = {"batch": batch, "precision": precision}
        asked |= {name: (torch, {"who": name, **of_torch}) for name in ("torch", "torch compiled")}
    with contenders(asked) as running:
        _take_turns(running, rounds)
    return _lines(f"{spec}, {precision}", running, macs * batch)


def _take_turns(running: Sequence[Contender], rounds: int) -> None:
    steps = max(2, round(TURN / running[0].run(WARM_UP).wall))
    for contender in running[1:]:
        contender.run(1 if contender.name == "matrix" else 2)
    for _ in range(rounds):
        for contender in running:
            contender.turns.append(contender.run(2 if contender.name == "matrix" else steps))


def _lines(what: str, running: Sequence[Contender], macs: int) -> Iterator[str]:
    """One line for each contender: its medians, and how many times as long as cnnspec it takes."""
    turns = {contender.name: contender.turns for contender in running}
    limits = [2 * EDGE**3 / turn.wall for turn in turns.pop("matrix")]
    for name, listed in turns.items():
        wall, processor = (1000 * statistics.median(values) for values in _columns(listed))
        ratio = statistics.median(their.wall / our.wall for their, our in zip(listed, turns["cnnspec"], strict=True))
        share = statistics.median(6 * macs / turn.wall / limit for turn, limit in zip(listed, limits, strict=True))
        yield f"| {what} | {name} | {wall:.1f} ms | {ratio:.2f} | {processor:.1f} ms | {share:.0%} |"
    yield f"| | matrix product | {statistics.median(limits) / 1e9:.0f} GFLOP/s | | | 100% |"


def _columns(turns: Sequence[Turn]) -> tuple[list[float], list[float]]:
    return [turn.wall for turn in turns], [turn.processor for turn in turns]


def main() -> None:
    """Print one table over all that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("specs", nargs="*", default=SPECS)
    parser.add_argument("--precision", nargs="+", default=["float32"], choices=["float32", "mixed_bfloat16"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--torch", metavar="PYTHON", help="a Python that has torch 2")
    asked = parser.parse_args()
    print("| network | steps of | wall a step | ratio | processor a step | of the limit |")
    print("| --- | --- | --- | --- | --- | --- |")
    for spec in asked.specs:
        for precision in asked.precision:
            for line in measure(spec, precision, asked.rounds, asked.torch):
                print(line, flush=True)


if __name__ == "__main__":
    main()
