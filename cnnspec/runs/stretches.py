"""What a run computed on: so many devices or workers, with which precision and threads, and since when.

Epochs and steps count from 0.
"""

from collections.abc import Iterable, Iterator, Mapping

from cnnspec.results.history import DEVICES, Stretch
from cnnspec.runs import reading


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
    if not workers or not devices or not threads or kind not in DEVICES or not precision:
        return None
    return Stretch(workers, devices, kind, precision, threads, epoch or 0, step or 0)
