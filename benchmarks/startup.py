"""How fast a spec is known: whole processes and validation, as ratios measured in alternation in one run.

Run: python benchmarks/startup.py [rounds]
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

KERAS = "import keras; keras.applications.ResNet152(weights=None).summary()"


def seconds(command: Sequence[str]) -> float:
    """Wall time of a whole process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def long_spec(entries: int) -> str:
    """A spec with so many entries, written out one by one."""
    lines = ["cnnspec: 1", "name: long", "inputs: {x: [16]}", "model:"]
    lines += [f"  - dense: {{units: {16 + number % 7}, activation: relu}}" for number in range(entries)]
    return "\n".join(lines) + "\n"


def start_up(rounds: int) -> None:
    """`cnnspec summary resnet@152` against Keras building and printing ResNet152."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours.append(seconds([sys.executable, "-m", "cnnspec", "summary", "resnet@152"]))
        theirs.append(seconds([sys.executable, "-c", KERAS]))
    mine, keras = statistics.median(ours), statistics.median(theirs)
    print(f"summary resnet@152       {mine:6.2f} s")
    print(f"Keras ResNet152 summary  {keras:6.2f} s   {keras / mine:.1f} times as long")


def validation(rounds: int) -> None:
    """`cnnspec validate` of longer and longer specs."""
    with tempfile.TemporaryDirectory() as folder:
        for entries in (10, 2_500, 5_000, 10_000):
            path = Path(folder) / f"long{entries}.yaml"
            path.write_text(long_spec(entries))
            taken = statistics.median(
                seconds([sys.executable, "-m", "cnnspec", "validate", str(path)]) for _ in range(rounds)
            )
            print(f"validate {entries:6,} entries  {taken:6.2f} s")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    start_up(count)
    validation(count)
