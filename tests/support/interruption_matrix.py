"""Does a second signal always end a training with 130, a message and a run that goes on? At random moments.

Run: python -m tests.support.interruption_matrix [--tries 20] [--seed 0]
It prints a row for each try, and ends with 1 if one ended otherwise. Some are alone and some have a second worker; the
signals are SIGINT or SIGTERM, to the first process alone or, as a terminal does, to all.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.shared_trainings import ENVIRONMENT, TRAINING, written

CNNSPEC = [sys.executable, "-m", "cnnspec", "train"]
LONGEST = 9.0
"""Seconds from the second signal to the end: two parts of at most four each, and something for a busy machine."""


def main() -> int:
    """Print a row a try; 1 if one was wrong."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--tries", type=int, default=20)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    draw = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written(folder, TRAINING.replace("epochs: 13", "epochs: 3000").replace("every: 0.1", "every: 0.5"))
        wrong = [tried(folder, number, draw) for number in range(given.tries)]
    return int(any(wrong))


def tried(folder: Path, number: int, draw: random.Random) -> bool:
    """Whether one training ended otherwise than it should."""
    workers, everybody = draw.choice(["1", "2", "2"]), draw.random() < 0.6
    kind, pause = draw.choice([signal.SIGINT, signal.SIGTERM]), draw.choice([0.26, 0.3, 0.4, 0.6, 1.0])
    run = folder / f"runs{number}" / "small-1"
    process = subprocess.Popen(
        [*CNNSPEC, "small.yaml", "--runs", run.parent.name, "--workers", workers],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    moment = wait(process, run, draw)
    for _ in range(2):
        if process.poll() is None:
            (os.killpg if everybody else os.kill)(process.pid, kind)
        time.sleep(pause)
    problems = list(ended(process, run)) + list(goes_on(folder, run))
    to = "all" if everybody else "one"
    print(
        f"{kind.name} to {to} of {workers}, {pause} s apart, after {moment:.1f} s:", *problems or ["fine"], flush=True
    )
    return bool(problems)


def wait(process: subprocess.Popen[str], run: Path, draw: random.Random) -> float:
    """Until a random moment: of the start, or once there is a run; how many seconds that were."""
    started = time.monotonic()
    if draw.random() < 0.3:
        time.sleep(1 + draw.random() * 8)
        return time.monotonic() - started
    while not run.exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(draw.random() * 6)
    return time.monotonic() - started


def ended(process: subprocess.Popen[str], run: Path) -> list[str]:
    """What is wrong with how a training ended."""
    started = time.monotonic()
    try:
        output, errors = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
    took = time.monotonic() - started
    found = {
        f"exit code {process.returncode}": process.returncode != 130,
        f"{took:.1f} s": took > LONGEST,
        f"it said {errors!r}": "Traceback" in output + errors or not re.search("interrupted|ended at once", errors),
        "somebody is left": alive(process.pid),
        "half-written files": any(run.rglob(".writing-*")),
        "no result": (run / "spec.yaml").exists() and status(run) != "interrupted",
    }
    return [what for what, wrong in found.items() if wrong]


def goes_on(folder: Path, run: Path) -> list[str]:
    """What is wrong with going on, where there is a run."""
    if not (run / "spec.yaml").exists():
        return []
    look = [*CNNSPEC, "--resume", str(run), "--dry-run"]
    done = subprocess.run(look, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [done.stderr]


def status(run: Path) -> str:
    """How the run ended."""
    return str(json.loads((run / "result.json").read_text())["status"]) if (run / "result.json").exists() else ""


def alive(group: int) -> bool:
    """Whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
