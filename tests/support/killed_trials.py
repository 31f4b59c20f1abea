"""One training and all the ways in which it may die; each time it must end as the run that nobody interrupted."""

import json
import random
import resource
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from tests.support.disk_states import Recorder, States, recorded, states
from tests.support.failing_disk import REFUSING, FailingDisk, FullInTurn, Spot, crash, full, spots
from tests.support.killed_runs import DONE, FAILED, KILLED, Place, doing, killed, new_place
from tests.support.killed_trainings import Case
from tests.support.run_endings import digest
from tests.support.watched_disk import Call

T = TypeVar("T")
_KILLS_A_RUN = 5
_START_UP = 0.2
"""How many of the kills fall before the first step: while the network is built, or its state put back."""
_START_UP_SECONDS = 1.0
_SAID = "No space left on device"
_SAVED = (".checkpoint", ".keras")
"""What is written beside the training."""


class Lost(Exception):
    """A run did not end as it should."""


class Trial:
    """One case: the run that nobody interrupted, and all those that somebody did.

    Of the ways to die that are many, `taken` says which are tried. What an earlier trial in this folder recorded stays.
    """

    def __init__(self, case: Case, folder: Path, taken: slice = slice(None)) -> None:
        self.case, self._folder, self._random, self._taken = case, folder, random.Random(case.name), taken
        whole = self._named("whole")
        finish(whole)
        self.seconds, self.events = _START_UP_SECONDS + seconds_of(whole), whole.noted()
        self._whole = digest(whole.run)

    def kills(self, count: int) -> Counter[str]:
        """SIGKILL at random moments, several in a run; where it was each time."""
        found: Counter[str] = Counter()
        while found.total() < count:
            place = self._place()
            found.update(kill(place, min(_KILLS_A_RUN, count - found.total()), self._random, self.seconds))
            self._ends_alike(place)
        return found

    def at_events(self) -> Counter[str]:
        """SIGKILL at the very moment of each third event, and in the same run once more after it was resumed."""
        found: Counter[str] = Counter()
        for number in range(1, len(self.events) + 1, 3)[self._taken]:
            place = self._place()
            for last in (number, 3 + number % 7):
                if place.ended(last=last) == KILLED:
                    found[doing(place.noted())] += 1
            self._ends_alike(place)
        return found

    def after_each_call(self) -> Counter[str]:
        """Ended after each call to the disk, and in the middle of each write, of the whole run."""
        place, calls = self._record
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            return self._resumed(states(calls, place.path / "runs", None, Path(scratch)))

    def after_each_call_again(self) -> Counter[str]:
        """The same of a process that goes on with a run that was killed, until its second checkpoint."""
        place = self._named("again")
        runs, before, log = place.path / "runs", place.path / "before", place.path / "calls"
        if not log.exists():
            expect(place, KILLED, last=len(self.events) // 2)
            shutil.copytree(runs, before)
            expect(place, DONE, Recorder(runs, log).install)
        calls = recorded(log)
        most = [number for number, call in enumerate(calls, 1) if is_checkpoint_done(call)][1]
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            return self._resumed(states(calls, runs, before, Path(scratch), most))

    def crashes(self, most: int) -> Counter[str]:
        """SIGKILL, in real processes, at calls of the checkpoint in the middle, and at others of the whole run."""
        place, calls = self._record
        every = spots(calls, place.path / "runs")
        ends = [number for number, call in enumerate(calls, 1) if is_checkpoint_done(call)]
        middle = every[ends[len(ends) // 2 - 1] : ends[len(ends) // 2]]
        chosen = [*some(middle, most), *some(every, most)]
        for spot in chosen[self._taken]:
            place = self._place()
            expect(place, KILLED, FailingDisk(place.path / "runs", spot, crash).install)
            self._ends_alike(place)
        return Counter(spot.name for spot in chosen[self._taken])

    def full_disk(self) -> Counter[str]:
        """Told that the disk is full at each call that is no save, of the first epochs and the end."""
        place, calls = self._record
        refused = [call.name in REFUSING and not call.path.endswith((*_SAVED, "lock")) for call in calls]
        every = [spot for spot, there in zip(spots(calls, place.path / "runs"), refused, strict=True) if there]
        listed = [spot for spot in every if not is_harmless(spot)]
        found: Counter[str] = Counter()
        for spot in [*listed[:40], *listed[-16:]][self._taken]:
            place = self._place()
            code = place.ended(FailingDisk(place.path / "runs", spot, full).install)
            if code not in (DONE, FAILED) or "Traceback" in place.output.read_text() or not told(place):
                raise Lost(f"{place.path} ended with {code} at {spot}: {place.output.read_text()}")
            found["failed" if code == FAILED else "went on"] += 1
            self._ends_alike(place)
        return found

    def no_space(self) -> Counter[str]:
        """Told that the disk is full at each call of a checkpoint, then at each of best.keras; each time it is told."""
        longer = self._longer()
        found: Counter[str] = Counter()
        for ending, streak in ((".checkpoint", False), (".keras", True)):
            place = longer._place()
            log = place.path / "refused"
            expect(place, DONE, FullInTurn(place.path / "runs", ending, log, streak).install)
            refused = log.read_text().splitlines()
            unsaved = sum(int(line.split()[1]) for line in place.noted() if line.startswith("unsaved"))
            few = unsaved < len(refused) and (not streak or unsaved == 0)  # best.keras and its checkpoint share places
            if few or refused[-1].split()[1] != "fsync" or not told(place):
                raise Lost(f"{place.path}: {unsaved} told of {len(refused)} refused: {refused[-1:]} {place.noted()}")
            longer._ends_alike(place)
            found[f"of a {ending}"] = len(refused)
        return found

    def too_large(self) -> Counter[str]:
        """No file may be larger than 30,000 bytes, by the operating system's own limit; then it may."""
        place = self._place()
        expect(place, FAILED, partial(_limit, 30_000))
        self._ends_alike(place)
        return Counter({"file size limit": 1})

    def in_phases(self) -> Counter[str]:
        """SIGKILL exactly between two phases, within the first, and within the second."""
        every = {"between": ("epoch", 3), "in the first": ("in head", 3), "in the second": ("in all", 3)}
        moments = dict([*every.items()][self._taken])
        for word, last in moments.values():
            place = self._place()
            expect(place, KILLED, last=last, word=word)
            self._ends_alike(place)
        return Counter(moments.keys())

    def damaged(self, count: int) -> Counter[str]:
        """SIGKILL, and the newest checkpoint is cut or a bit of it flipped: it is named, and the one before it used."""
        found: Counter[str] = Counter()
        for number in range(count):
            place = self._place()
            expect(place, KILLED, last=len(self.events) // 2 + number)
            newest = max(place.run.checkpoints.glob("0*"))
            found[damage(newest, self._random, number % 2 == 0)] += 1
            finish(place)
            if not any(newest.name in line for line in place.noted() if line.startswith("resumed")):
                raise Lost(f"{place.path}: {newest.name} is not named as damaged")
            self._ends_alike(place)
        return found

    def other_seed(self) -> Counter[str]:
        """Another seed must end elsewhere, else nothing above would say anything."""
        other = replace(self.case, settings=(*self.case.settings, "training.seed=77"))
        place = new_place(other, Path(tempfile.mkdtemp(dir=self._folder)) / "seed")
        finish(place)
        if digest(place.run) == self._whole:
            raise Lost(f"{self.case.name}: another seed ends the same")
        return Counter({"ends elsewhere": 1})

    def short(self) -> Counter[str]:
        """One run that dies in the validation, in the middle of a write, of damage twice, and after a full disk."""
        place, found = self._place(), Counter[str]()
        steps = next(line for line in reversed(self.events) if line.startswith("steps")).split()[2]
        runs, write = place.path / "runs", "/checkpoints/.writing-*.checkpoint"
        crashing = FailingDisk(runs, Spot("write", write, 60), crash)
        for prepare, last, word in ((lambda: None, 3, f"steps {steps} {steps}"), (crashing.install, 0, "")):
            expect(place, KILLED, prepare, last, word)
            found[doing(place.noted())] += 1
            newest = max(place.run.checkpoints.glob("0*"))
            found[damage(newest, self._random, cut=last > 0)] += 1
        refusing = FailingDisk(runs, Spot("write", write, 10), full)
        expect(place, KILLED, refusing.install, last=1, word="scored")
        if not any(newest.name in line for line in place.noted() if line.startswith("resumed")):
            raise Lost(f"{place.path}: {newest.name} is not named as damaged")
        if not told(place):
            raise Lost(f"{place.path}: a save that failed is not told: {place.noted()}")
        self._ends_alike(place)
        return found + Counter({"full disk": 1, "test": 1})

    @cached_property
    def _record(self) -> tuple[Place, list[Call]]:
        """A run that nobody interrupted, which stays where it is, and all its calls to the disk."""
        place = self._named("record")
        log = place.path / "calls"
        if not log.exists():
            expect(place, DONE, Recorder(place.path / "runs", log).install)
        if digest(place.run) != self._whole:
            raise Lost(f"{self.case.name}: {place.run.path} ended otherwise, and was only watched")
        return place, recorded(log)

    def _resumed(self, found: States) -> Counter[str]:
        """Let the runs of these states come to their end, those that are taken."""
        for state in found.folders[self._taken]:
            place = self._place()
            shutil.copytree(state, place.path / "runs")
            self._ends_alike(place)
        return Counter(
            {"moments": found.moments, "states": len(found.folders), "resumed": len(found.folders[self._taken])}
        )

    def _longer(self) -> "Trial":
        """The same with so many epochs that each call of a checkpoint can be refused in one of its own."""
        _, calls = self._record
        writes = sum(call.path.endswith(".checkpoint") for call in calls)
        each = writes / sum(map(is_checkpoint_done, calls))
        epochs = sum(line == "ended" for line in self.events)
        saves = sum(map(is_checkpoint_done, calls)) / epochs
        settings = (*self.case.settings, f"training.epochs={10 + int(2.6 * each / saves)}")
        return Trial(replace(self.case, settings=settings), self._folder / "longer")

    def _place(self) -> Place:
        """A folder for a run that may die."""
        return new_place(self.case, Path(tempfile.mkdtemp(dir=self._folder)) / "place")

    def _named(self, name: str) -> Place:
        """A folder that stays for as long as this one does."""
        path = self._folder / name
        return Place(self.case, path) if path.exists() else new_place(self.case, path)

    def _ends_alike(self, place: Place) -> None:
        finish(place)
        if digest(place.run) != self._whole:
            raise Lost(f"{self.case.name}: {place.run.path} ended otherwise")
        shutil.rmtree(place.path.parent)


def seconds_of(place: Place) -> float:
    """How long its run took from the first step to its result."""
    return float(json.loads(place.run.result.read_text())["seconds"])


def variant(case: Case, folder: Path, kills: int) -> Counter[str]:
    """SIGKILL several times; what it ends as is what its own spec.yaml, with all that was chosen, gives without."""
    place, draw, found = new_place(case, folder / "killed"), random.Random(case.name), Counter[str]()
    for _ in range(kills):
        if place.ended(last=draw.randrange(4, 16)) == KILLED:
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


def told(place: Place) -> bool:
    """Whether its last process said that there is no space left, as its error or of a save."""
    return _SAID in place.output.read_text() or any(
        _SAID in line for line in place.noted() if line.startswith("unsaved")
    )


def expect(place: Place, code: int, prepare: Callable[[], None] = lambda: None, last: int = 0, word: str = "") -> None:
    """Let a process run; raises Lost unless it ends so."""
    ended = place.ended(prepare, last, word)
    if ended != code:
        raise Lost(f"{place.path} ended with {ended}; expected {code}: {place.output.read_text()}")


def finish(place: Place) -> None:
    """Let the run come to its end, if it has not."""
    if not place.run.result.is_file() or '"finished"' not in place.run.result.read_text():
        expect(place, DONE)


def is_harmless(spot: Spot) -> bool:
    """Whether Python itself goes on after a refusal: of a folder that is there, of a nameless file in one."""
    return (spot.name == "mkdir" and spot.number > 1) or (spot.name == "open" and "/" not in spot.path)


def is_checkpoint_done(call: Call) -> bool:
    """Whether a checkpoint is in its place after this call."""
    return call.name == "replace" and call.other.endswith(".checkpoint")


def some(items: Sequence[T], most: int) -> list[T]:
    """Evenly spread ones of them, the first included."""
    return list(items[:: max(1, -(-len(items) // most))])


def _limit(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
