"""What a run computed on: so many devices or workers, with which precision and threads, and since when.

Epochs and steps count from 0.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from cnnspec.runs import reading

_SEVERAL = {"GPU": "GPUs", "CPU": "logical CPUs"}


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
    here = f"one {kind}" if devices == 1 else f"{devices} {_SEVERAL[kind]}"
    if workers == 1:
        return here
    return f"{workers} workers" if here == "one CPU" else f"{workers} workers with {here} each"


def stretches(environment: Mapping[str, object]) -> tuple[Stretch, ...]:
    """What a run computed on, from what environment.json says; where it stayed the same, one stretch."""
    first = _stretch(environment.get("ran_on"))
    found = [first] if first else []
    for entry in _entries(environment.get("resumed")):
        later = _stretch(entry.get("ran_on"), reading.whole(entry.get("epoch")), reading.whole(entry.get("step")))
        if later is not None:
            found = [*(each for each in found if (each.epoch, each.step) < (later.epoch, later.step)), later]
    return tuple(_merged(found))


def _merged(found: Iterable[Stretch]) -> Iterator[Stretch]:
    before: Stretch | None = None
    for each in found:
        if before is None or not before.goes_on(each):
            yield each
        before = each


def _entries(held: object) -> list[Mapping[str, object]]:
    listed = held[: reading.MOST] if isinstance(held, list) else []
    return [each for each in listed if isinstance(each, dict)]


def _stretch(held: object, epoch: int | None = 0, step: int | None = 0) -> Stretch | None:
    facts = reading.entries(held)
    workers, devices, threads = (reading.whole(facts.get(name)) for name in ("workers", "devices", "threads"))
    kind, precision = (reading.text(facts.get(name)) for name in ("kind", "precision"))
    if not workers or not devices or not threads or kind not in _SEVERAL or not precision:
        return None
    return Stretch(workers, devices, kind, precision, threads, epoch or 0, step or 0)
