"""A run looked back at: how it ended, its figures, where, with what and on what it was made.

Epochs and steps count from 0, times are in seconds.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

Ended = Literal["finished", "interrupted", "failed"]
Status = Literal[Ended, "unfinished", "damaged"]
"""How a run ended; `unfinished` has no result, so it is still running or was killed."""

_NUMBERED = re.compile(r"(.+)-([0-9]{1,9})")
DEVICES = {"GPU": "GPUs", "CPU": "logical CPUs"}
"""The kinds of devices, and what several of them are called."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a run computed on from a step of an epoch on; `kind` is GPU or CPU, `threads` how many share an operation.

    Each of the `workers` has so many `devices`.
    """

    workers: int
    devices: int
    kind: str
    precision: str
    threads: int
    epoch: int = 0
    step: int = 0

    @property
    def place(self) -> str:
        """`2 workers`, `4 GPUs`."""
        return devices_words(self.workers, self.devices, self.kind)

    @property
    def words(self) -> str:
        """`2 workers, float32, 1 thread an operation`."""
        return f"{self.place}, {self.precision}, {self.threads} thread{'s' * (self.threads != 1)} an operation"

    @property
    def shares(self) -> bool:
        """Whether several devices shared every batch."""
        return self.workers * self.devices > 1

    @property
    def facts(self) -> dict[str, object]:
        """All of it by name."""
        return asdict(self)

    def goes_on(self, other: "Stretch") -> bool:
        """Whether another one computes as this one does."""
        return self.words == other.words


def devices_words(workers: int, devices: int, kind: str) -> str:
    """`one CPU`, `2 logical CPUs`, `2 workers`, `2 workers with 4 GPUs each`."""
    here = f"one {kind}" if devices == 1 else f"{devices} {DEVICES[kind]}"
    if workers == 1:
        return here
    return f"{workers} workers" if here == "one CPU" else f"{workers} workers with {here} each"


@dataclass(frozen=True, slots=True)
class Best:
    """The epoch whose weights were kept as the best, and the figure that says so."""

    epoch: int
    monitor: str
    value: float


@dataclass(frozen=True, slots=True)
class SavesFailed:
    """The state was not saved so many `times` for one reason; `after` are the first places, epochs and steps."""

    reason: str
    times: int
    after: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended, and why where it `failed`; `metrics` are those of the best epoch, and of the test split.

    `epochs` and `seconds` are None where a damaged file does not say them. `diverged` is the epoch and step whose
    finite weights were kept after the loss became no number: going on would end there again. `examples` is how many the
    figures of each split are of.
    """

    status: Ended
    epochs: int | None
    best: Best | None
    seconds: float | None
    metrics: Mapping[str, float]
    reason: str = ""
    fold: tuple[int, int] | None = None
    diverged: tuple[int, int] | None = None
    not_saved: tuple[SavesFailed, ...] = ()
    examples: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A finished run: its folder, and the figures of its best epoch, those of the test split as `test_...`.

    `told` is whether this process is the one of several that tells the user.
    """

    run: str
    metrics: Mapping[str, float]
    told: bool = True


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and with what a run was begun or gone on with, by which command."""

    versions: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    cpus: int | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resumption:
    """A process that went on with a run `started` so many seconds after 1970, after `step` steps of `epoch`."""

    started: float
    epoch: int
    step: int
    machine: Machine


@dataclass(frozen=True, slots=True)
class Environment(Machine):
    """Where, with what and from what a run was made: as it began, and each time that it was `resumed`.

    `auto` is what was chosen by itself; `data` says of each data file by name how large it was, and its checksum;
    `fold` is the part of a cross-validation that was held back, as `3/10`; `ran_on` what it computed on, in the order
    of its epochs.
    """

    resumed: tuple[Resumption, ...] = ()
    auto: Mapping[str, str] = field(default_factory=dict)
    data_folder: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    fold: str = ""
    ran_on: tuple[Stretch, ...] = ()

    @property
    def compared(self) -> dict[str, object]:
        """What may explain that two runs of one spec differ."""
        machine = {"platform": self.platform, "processors": self.cpus}
        if self.ran_on:
            machine["computed on"] = ", then ".join(each.words for each in self.ran_on)
        return {"auto": dict(self.auto), "environment": {**self.versions, **machine}, "data files": dict(self.data)}


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the folder at `path` tells it.

    `scores` are the figures of the best epoch, those of the test split as `test_...`, and of the last epoch
    where none was said to be the best. `started` and `written` (the last sign of life) are seconds since 1970.
    `problems` is what the folder should hold and does not; `diverged` says that going on would end as it did. `tags`
    and `note` are what somebody gave it since; `examples` is how many of each split the scores are of.
    """

    path: str
    status: Status
    reason: str
    epochs: int
    best: Best | None
    scores: Mapping[str, float]
    seconds: float | None
    started: float
    written: float
    environment: Environment
    problems: tuple[str, ...] = ()
    diverged: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""
    examples: Mapping[str, int] = field(default_factory=dict)
    spec: str = ""
    """The name that its spec says, wherever the folder lies now; empty where it cannot be read."""
    packed: str = ""
    """The file of a packed run, whose folder is there for now alone."""

    @property
    def shown(self) -> str:
        """What a person calls it: its folder, or the file that it is packed into."""
        return self.packed or self.path

    @property
    def name(self) -> str:
        """The folder's name: `digits-3`."""
        return Path(self.path).name

    @property
    def spec_name(self) -> str:
        """The name of the spec: what it says, else `digits` for `digits-3`."""
        return self.spec or self.numbered_name

    @property
    def numbered_name(self) -> str:
        """What it shares with the runs that are numbered with it: `digits` of `digits-3`."""
        match = _NUMBERED.fullmatch(self.name)
        return match[1] if match else self.name

    @property
    def resumable(self) -> bool:
        """Whether going on with it may come to something."""
        return self.status in ("interrupted", "unfinished") or (self.status == "failed" and not self.diverged)

    @property
    def number(self) -> int:
        """The number among the runs of a name; 0 where a folder was renamed."""
        match = _NUMBERED.fullmatch(self.name)
        return int(match[2]) if match else 0
