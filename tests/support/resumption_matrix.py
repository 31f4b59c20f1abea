"""Does a run that was killed end as one that never was? Many ways to die, each in real processes.

Run: python -m tests.support.resumption_matrix [--kills 25] [--parts kills,events,...] [--cases dropout,residual,text]
     [--epochs 4] [--slice 1/4 --folder FOLDER]
It prints a row for each kind of death, and ends with 1 if a run ended otherwise than the one that nobody interrupted.
Of `events`, `writes`, `again`, `crashes`, `refused` and `phases` a slice takes each fourth, say, so that they can be
tried bit by bit; what is recorded for them stays in the folder.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.support.killed_runs import load, waited
from tests.support.killed_trainings import OTHERS, PHASES, THREE, Case
from tests.support.killed_trials import Lost, Trial, variant

EVERY = "kills,events,writes,again,crashes,refused,space,limit,damage,seed,variants"


def parts(trial: Trial, kills: int, wanted: set[str]) -> dict[str, Callable[[], Counter[str]]]:
    """The ways to die, by name."""
    every: dict[str, Callable[[], Counter[str]]] = {
        "kills": lambda: trial.kills(kills),
        "events": trial.at_events,
        "writes": trial.after_each_call,
        "again": trial.after_each_call_again,
        "crashes": lambda: trial.crashes(25),
        "refused": trial.full_disk,
        "space": trial.no_space,
        "limit": trial.too_large,
        "damage": lambda: trial.damaged(6),
        "seed": trial.other_seed,
        "short": trial.short,
        "phases": trial.in_phases,
    }
    return {name: run for name, run in every.items() if name in wanted}


def main() -> int:
    """Print the table; 1 if anything was lost."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=25)
    options.add_argument("--parts", default=EVERY)
    options.add_argument("--cases", default="dropout,residual,text")
    options.add_argument("--slice", default="1/1")
    options.add_argument("--folder", type=Path)
    options.add_argument("--epochs", type=int, help="of each run; as many as its spec says if left out")
    given = options.parse_args()
    wanted = set(given.parts.split(","))
    first, step = map(int, given.slice.split("/"))
    load()
    settings = (f"training.epochs={given.epochs}",) if given.epochs else ()
    chosen = [case for case in (*THREE, PHASES) if case.name in given.cases.split(",")]
    cases = [replace(case, settings=(*case.settings, *settings)) for case in chosen]
    with tempfile.TemporaryDirectory() as name:
        folder, taken = given.folder or Path(name), slice(first - 1, None, step)
        processes = [_beside(partial(_of_case, case, folder, given.kills, wanted, taken)) for case in cases]
        codes = [waited(process) for process in processes]
        for number, case in list(enumerate(OTHERS if "variants" in wanted else ()))[taken]:
            codes.append(_told(case.name, "kills", partial(variant, case, Path(name) / str(number), 4)))
    return 1 if any(codes) else 0


def _of_case(case: Case, folder: Path, kills: int, wanted: set[str], taken: slice) -> int:
    """All rows of a case; 1 if a run was lost."""
    if "short" in wanted:
        case = replace(case, settings=(*case.settings, "training.epochs=5"))
    if not wanted - {"variants"}:
        return 0
    trial = Trial(case, folder / case.name, taken)
    return max(_told(case.name, part, run) for part, run in parts(trial, kills, wanted).items())


def _beside(run: Callable[[], int]) -> int:
    """A process that does this and ends with what it gives; its number."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        code = run()
    finally:
        os._exit(code)


def _told(case: str, part: str, run: Callable[[], Counter[str]]) -> int:
    """Print a row; 1 if a run was lost."""
    started = time.perf_counter()
    try:
        found = run()
    except Lost as lost:
        print(f"{case:<20} {part:<8} LOST {lost}", flush=True)
        return 1
    where = ", ".join(f"{name} {count:,}" for name, count in sorted(found.items()))
    print(f"{case:<20} {part:<8} equal  {where}  ({time.perf_counter() - started:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
