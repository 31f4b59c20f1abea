"""How fast a spec is known: whole processes, as ratios to what they stand beside, measured in turns in one run.

Run: python benchmarks/startup.py [rounds]

Bytecode is cached, as an installed package has it, in a folder of this run; the first round fills it and counts for
nothing.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SPEC = ("-m", "cnnspec")
LIBRARIES = ("-c", "import rich.console, typer, pydantic, yaml")
TYPER = ("-c", "import typer")
KERAS = ("-c", "import keras; keras.applications.ResNet152(weights=None).summary()")


def bytecode(folder: str) -> dict[str, str]:
    """The environment of a process that reads and keeps bytecode in a folder."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder, "TF_CPP_MIN_LOG_LEVEL": "3"}


def seconds(arguments: Sequence[str], environment: Mapping[str, str]) -> float:
    """Wall time of a whole process of Python's."""
    command = [sys.executable, *arguments]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - started


def in_turns(commands: Mapping[str, tuple[Sequence[str], Mapping[str, str]]], rounds: int) -> dict[str, list[float]]:
    """Name -> the times of a command, one each round."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for counted in range(rounds + 1):
        for name, (arguments, environment) in commands.items():
            lasted = seconds(arguments, environment)
            if counted:
                taken[name].append(lasted)
    return taken


def show(taken: Mapping[str, list[float]], beside: str) -> None:
    """Medians, and the medians of the ratios to the time of the same round beside."""
    for name, times in taken.items():
        ratio = statistics.median(mine / other for mine, other in zip(times, taken[beside], strict=True))
        print(f"{name:28} {statistics.median(times) * 1000:7.0f} ms   {ratio:6.2f} times {beside}")
    print()


def small_commands(rounds: int, environment: Mapping[str, str]) -> None:
    """What checks a spec beside the libraries that it stands on; what knows the answer beside typer alone."""
    validate, summary = (*SPEC, "validate", "digits"), (*SPEC, "summary", "resnet@152")
    checks = {"the libraries": LIBRARIES, "validate digits": validate, "summary resnet@152": summary}
    show(in_turns({name: (each, environment) for name, each in checks.items()}, rounds), "the libraries")
    asked = {**environment, "_CNNSPEC_COMPLETE": "complete_bash"}
    answers = {"import typer": (TYPER, environment), "--version": ((*SPEC, "--version"), environment)}
    for words in ("val", "validate di", "train --", "runs show "):
        given = {"COMP_WORDS": f"cnnspec {words}", "COMP_CWORD": str(len(words.split(" ")))}
        answers[f"completion of {words!r}"] = (SPEC, {**asked, **given})
    show(in_turns(answers, rounds), "import typer")


def drawing(rounds: int, environment: Mapping[str, str], folder: Path) -> None:
    """`cnnspec diagram resnet@152` into a file, beside the summary of the same network."""
    commands = {"summary resnet@152": (*SPEC, "summary", "resnet@152")}
    for ending in ("svg", "pdf"):
        file = str(folder / f"net.{ending}")
        commands[f"diagram resnet@152 -o {ending}"] = (*SPEC, "diagram", "resnet@152", "--force", "-o", file)
    show(in_turns({name: (each, environment) for name, each in commands.items()}, rounds), "summary resnet@152")


def beside_keras(rounds: int, environment: Mapping[str, str]) -> None:
    """`cnnspec summary resnet@152` against Keras building and printing ResNet152."""
    summary = ((*SPEC, "summary", "resnet@152"), environment)
    show(
        in_turns({"summary resnet@152": summary, "Keras' ResNet152": (KERAS, environment)}, rounds),
        "summary resnet@152",
    )


def long_spec(entries: int) -> str:
    """A spec with so many entries, written out one by one."""
    lines = ["cnnspec: 1", "name: long", "inputs: {x: [16]}", "model:"]
    lines += [f"  - dense: {{units: {16 + number % 7}, activation: relu}}" for number in range(entries)]
    return "\n".join(lines) + "\n"


def validation(rounds: int, environment: Mapping[str, str], folder: Path) -> None:
    """`cnnspec validate` of longer and longer specs."""
    commands = {}
    for entries in (10, 2_500, 5_000, 10_000):
        path = folder / f"long{entries}.yaml"
        path.write_text(long_spec(entries))
        commands[f"validate {entries:,} entries"] = ((*SPEC, "validate", str(path)), environment)
    show(in_turns(commands, rounds), "validate 10 entries")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as temporary:
        kept = bytecode(temporary)
        small_commands(4 * count, kept)
        drawing(count, kept, Path(temporary))
        beside_keras(count, kept)
        validation(count, kept, Path(temporary))
