"""Does a run that was killed end as one that never was? Many ways to die, each in real processes.

Run: python tests/resumption_matrix.py [--kills 25] [--parts kills,events,...] [--cases dropout,residual,text]
It prints a row for each kind of death, and ends with 1 if a run ended otherwise than the one that nobody interrupted.
"""

import argparse
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from failing_disk import ALL, REFUSING, FailingDisk, crash, full
from killed_runs import CRASHED, DONE, FAILED, Place, doing, killed, load, new_place, waited
from killed_trainings import OTHERS, THREE, Case
from run_endings import digest

_KILLS_A_RUN = 5
_START_UP = 0.2
"""How many of the kills fall before the first step: while the network is built, or its state put back."""


class Lost(Exception):
    """A run did not end as it should."""


class Trial:
    """One case: the run that nobody interrupted, and all those that somebody did."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case, self._folder, self._random, self._number = case, folder, random.Random(case.name), 0
        whole = self._place()
        started = time.perf_counter()
        finish(whole)
        self.seconds, self.events = time.perf_counter() - started, whole.noted()
        self._whole = digest(whole.run)

    def kills(self, count: int) -> Counter[str]:
        """SIGKILL at random moments, several in a run; where it was each time."""
        found: Counter[str] = Counter()
        while found.total() < count:
            place = self._place()
            found.update(kill(place, min(_KILLS_A_RUN, count - found.total()), self._random, self.seconds))
            finish(place)
            self._compare(place)
        return found

    def at_events(self, numbers: list[int]) -> Counter[str]:
        """SIGKILL at the very moment of these events, and in the same run once more after it was resumed."""
        found: Counter[str] = Counter()
        for number in numbers:
            place = self._place()
            for last in (number, 3 + number % 7):
                if place.ended(last=last) == -signal.SIGKILL:
                    found[doing(place.noted())] += 1
            finish(place)
            self._compare(place)
        return found

    def disk_calls(self, names: tuple[str, ...] | None = None) -> list[str]:
        """What the whole run asks of the disk, call by call."""
        place = self._place()
        log = place.path / "calls"
        options = {} if names is None else {"names": names}
        expect(place, DONE, FailingDisk(place.path / "runs", ALL, crash, log, **options).install)
        calls = log.read_text().splitlines()
        self._compare(place)
        return calls

    def crashes(self, numbers: list[int]) -> Counter[str]:
        """Ended without a word at each of these calls to the disk."""
        for number in numbers:
            place = self._place()
            expect(place, CRASHED, FailingDisk(place.path / "runs", number, crash).install)
            finish(place)
            self._compare(place)
        return Counter({"crashes": len(numbers)})

    def full_disk(self, numbers: list[int]) -> Counter[str]:
        """Told at each of these calls that the disk is full, and later that it is not.

        A checkpoint that fails while the next one waits already is passed over.
        """
        found: Counter[str] = Counter()
        for number in numbers:
            place = self._place()
            code = place.ended(FailingDisk(place.path / "runs", number, full, names=REFUSING).install)
            said = place.output.read_text()
            if code not in (DONE, FAILED) or "Traceback" in said:
                raise Lost(f"{place.path} ended with {code}: {said}")
            if code == FAILED and "No space left on device" not in said:
                raise Lost(f"{place.path} says: {said}")
            found["failed" if code == FAILED else "passed over"] += 1
            finish(place)
            self._compare(place)
        return found

    def too_large(self) -> Counter[str]:
        """No file may be larger than 30,000 bytes, by the operating system's own limit; then it may."""
        place = self._place()
        expect(place, FAILED, partial(_limit, 30_000))
        finish(place)
        self._compare(place)
        return Counter({"file size limit": 1})

    def damaged(self, count: int) -> Counter[str]:
        """SIGKILL, and the newest checkpoint is cut or a bit of it flipped: it is named, and the one before it used."""
        found: Counter[str] = Counter()
        for number in range(count):
            place = self._place()
            expect(place, -signal.SIGKILL, last=len(self.events) // 2 + number)
            newest = max(place.run.checkpoints.glob("0*"))
            found[damage(newest, self._random, number % 2 == 0)] += 1
            finish(place)
            if not any(newest.name in line for line in place.noted() if line.startswith("resumed")):
                raise Lost(f"{place.path}: {newest.name} is not named as damaged")
            self._compare(place)
        return found

    def other_seed(self) -> Counter[str]:
        """Another seed must end elsewhere, else nothing above would say anything."""
        other = Case(self.case.name, self.case.text, (*self.case.settings, "training.seed=77"), self.case.fold)
        place = new_place(other, self._folder / "seed")
        finish(place)
        if digest(place.run) == self._whole:
            raise Lost(f"{self.case.name}: another seed ends the same")
        return Counter({"ends elsewhere": 1})

    def short(self) -> Counter[str]:
        """One run that dies in the middle of an epoch, during validation, on a full disk, and of damage twice."""
        place, found = self._place(), Counter[str]()
        steps = next(line for line in reversed(self.events) if line.startswith("steps")).split()[2]
        for word, number, cut in ((f"steps {steps} {steps}", 3, True), ("steps", 4, False)):
            expect(place, -signal.SIGKILL, last=number, word=word)
            found[doing(place.noted())] += 1
            newest = max(place.run.checkpoints.glob("0*"))
            found[damage(newest, self._random, cut)] += 1
        expect(place, FAILED, FailingDisk(place.path / "runs", 30, full, names=REFUSING).install)
        if not any(newest.name in line for line in place.noted() if line.startswith("resumed")):
            raise Lost(f"{place.path}: {newest.name} is not named as damaged")
        expect(place, -signal.SIGKILL, last=1, word="scored")
        finish(place)
        self._compare(place)
        return found + Counter({"full disk": 1, "test": 1})

    def _place(self) -> Place:
        self._number += 1
        return new_place(self.case, self._folder / str(self._number))

    def _compare(self, place: Place) -> None:
        if digest(place.run) != self._whole:
            raise Lost(f"{self.case.name}: {place.run.path} ended otherwise")
        shutil.rmtree(place.path)


def variant(case: Case, folder: Path, kills: int) -> Counter[str]:
    """SIGKILL several times; what it ends as is what its own spec.yaml, with all that was chosen, gives without."""
    place, draw, found = new_place(case, folder / "killed"), random.Random(case.name), Counter[str]()
    for _ in range(kills):
        if place.ended(last=draw.randrange(4, 16)) == -signal.SIGKILL:
            found[doing(place.noted())] += 1
    finish(place)
    whole = new_place(Case(case.name, place.run.spec.read_text(), fold=case.fold), folder / "whole")
    finish(whole)
    if digest(place.run) != digest(whole.run):
        raise Lost(f"{case.name}: {place.run.path} ended otherwise than {whole.run.path}")
    return found


def kill(place: Place, times: int, draw: random.Random, seconds: float) -> Counter[str]:
    """SIGKILL so often at random moments, unless the run is over before; where it was each time."""
    found: Counter[str] = Counter()
    for _ in range(times):
        word = "" if draw.random() < _START_UP else "epoch"
        at = killed(place, place.started(), word, draw.random() * seconds * 0.4)
        if at is None:
            break
        found[at] += 1
    return found


def damage(path: Path, draw: random.Random, cut: bool) -> str:
    """Cut a file, or flip one bit of it."""
    held = bytearray(path.read_bytes())
    if cut:
        path.write_bytes(held[: draw.randrange(len(held))])
        return "truncated"
    held[draw.randrange(len(held))] ^= 1 << draw.randrange(8)
    path.write_bytes(held)
    return "bit flipped"


def expect(place: Place, code: int, prepare: Callable[[], None] = lambda: None, last: int = 0, word: str = "") -> None:
    """Let a process run; raises Lost unless it ends so."""
    ended = place.ended(prepare, last, word)
    if ended != code:
        raise Lost(f"{place.path} ended with {ended}; expected {code}: {place.output.read_text()}")


def finish(place: Place) -> None:
    """Let the run come to its end, if it has not."""
    if not place.run.result.is_file() or '"finished"' not in place.run.result.read_text():
        expect(place, DONE)


def _limit(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def of_a_checkpoint(calls: list[str]) -> list[int]:
    """The numbers of the calls that write a checkpoint in the middle; of its many writes each tenth."""
    renamed = [at for at, call in enumerate(calls, 1) if call.startswith("replace") and "/checkpoints" in call]
    middle = len(renamed) // 2
    every = range(renamed[middle - 1] + 1, renamed[middle] + 1)
    writes = [at for at in every if calls[at - 1].startswith("write")]
    return sorted({*every} - {*writes} | {*writes[::10]})


def parts(trial: Trial, kills: int, wanted: set[str]) -> dict[str, Callable[[], Counter[str]]]:
    """The ways to die, by name."""
    events = range(1, len(trial.events) + 1)
    every: dict[str, Callable[[], Counter[str]]] = {
        "kills": lambda: trial.kills(kills),
        "events": lambda: trial.at_events([number for number in events if number % 5 == 1]),
        "writes": lambda: trial.crashes(of_a_checkpoint(trial.disk_calls())),
        "others": lambda: trial.crashes(_some(list(range(1, len(trial.disk_calls()) + 1)), 25)),
        "full": lambda: trial.full_disk(_some(list(range(1, len(trial.disk_calls(REFUSING)) + 1)), 20)),
        "limit": trial.too_large,
        "damage": lambda: trial.damaged(6),
        "seed": trial.other_seed,
        "short": trial.short,
    }
    return {name: run for name, run in every.items() if name in wanted}


def _some(numbers: list[int], most: int) -> list[int]:
    """Evenly spread ones of them, the first included."""
    step = max(1, -(-len(numbers) // most))
    return numbers[::step]


def main() -> int:
    """Print the table; 1 if anything was lost."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=25)
    options.add_argument("--parts", default="kills,events,writes,others,full,limit,damage,seed,variants")
    options.add_argument("--cases", default="dropout,residual,text")
    given = options.parse_args()
    wanted = set(given.parts.split(","))
    load()
    cases = [case for case in THREE if case.name in given.cases.split(",")]
    with tempfile.TemporaryDirectory() as name:
        processes = [_beside(partial(_of_case, case, Path(name), given.kills, wanted)) for case in cases]
        codes = [waited(process) for process in processes]
        for number, case in enumerate(OTHERS if "variants" in wanted else ()):
            codes.append(_told(case.name, "kills", partial(variant, case, Path(name) / str(number), 4)))
    return 1 if any(codes) else 0


def _of_case(case: Case, folder: Path, kills: int, wanted: set[str]) -> int:
    """All rows of a case; 1 if a run was lost."""
    if "short" in wanted:
        case = replace(case, settings=(*case.settings, "training.epochs=5"))
    trial = Trial(case, folder / case.name)
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
    where = ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
    print(
        f"{case:<20} {part:<8} {found.total():>3}  equal  {where}  ({time.perf_counter() - started:.0f} s)", flush=True
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
