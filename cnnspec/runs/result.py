"""result.json, which says how a run ended: written and read here alone; it may come from a stranger."""

from collections.abc import Mapping

from cnnspec.results.history import Best, Ended, Result, SavesFailed
from cnnspec.results.plan import fold_numbers, written_fold
from cnnspec.runs import reading
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.metrics import write_json
from cnnspec.runs.reading import Unreadable

_ENDED: tuple[Ended, ...] = ("finished", "interrupted", "failed")
_DAMAGED = "result.json is damaged: it does not say how the run ended"


def write_result(folder: RunFolder, result: Result) -> None:
    """Write result.json; raises RunFailed."""
    best = result.best
    held = {
        "status": result.status,
        **({"reason": result.reason} if result.reason else {}),
        **({"fold": written_fold(result.fold)} if result.fold else {}),
        "epochs": result.epochs,
        "best": None if best is None else {"epoch": best.epoch, "monitor": best.monitor, "value": best.value},
        "seconds": result.seconds,
        "metrics": dict(result.metrics),
        **({"examples": dict(result.examples)} if result.examples else {}),
        **({"last": _written_place(result.diverged, "epoch", "step")} if result.diverged else {}),
        **({"not_saved": [_written_saves(each) for each in result.not_saved]} if result.not_saved else {}),
    }
    write_json(folder.result, held)


def _written_saves(saves: SavesFailed) -> dict[str, object]:
    after = [_written_place(place, "epochs", "steps") for place in saves.after]
    return {"reason": saves.reason, "times": saves.times, "after": after}


def _written_place(place: tuple[int, int], epoch: str, step: str) -> dict[str, object]:
    return dict(zip((epoch, step), place, strict=True))


def read_result(folder: RunFolder) -> Result | None:
    """What result.json says; None where there is none, as while a run goes on. Raises Unreadable."""
    held = reading.read_facts(folder.result)
    if held is None:
        return None
    status, reason = _ending(held)
    return Result(
        status=status,
        reason=reason,
        epochs=reading.whole(held.get("epochs")),
        best=_best(held),
        seconds=reading.number(held.get("seconds", "")),
        metrics=reading.numbers(held.get("metrics")),
        fold=fold_numbers(reading.text(held.get("fold"))),
        diverged=_place(held["last"], "epoch", "step") if "last" in held else None,
        not_saved=_not_saved(held),
        examples=_examples(held),
    )


def _ending(held: Mapping[str, object]) -> tuple[Ended, str]:
    """How it ended and why; older runs have both in one text, `failed: the loss is ...`."""
    written, reason = reading.text(held.get("status")), reading.text(held.get("reason"))
    for status in _ENDED:
        if written == status:
            return status, reason
    if written.startswith("failed"):
        return "failed", reason or written.removeprefix("failed").removeprefix(": ")
    raise Unreadable(_DAMAGED)


def _best(held: Mapping[str, object]) -> Best | None:
    found = reading.entries(held.get("best"))
    epoch, value = reading.whole(found.get("epoch")), reading.number(found.get("value", ""))
    monitor = reading.text(found.get("monitor"))
    return Best(epoch, monitor, value) if epoch is not None and value is not None and monitor else None


def _examples(held: Mapping[str, object]) -> dict[str, int]:
    counts = {split: reading.whole(count) for split, count in reading.entries(held.get("examples")).items()}
    return {split: count for split, count in counts.items() if count}


def _not_saved(held: Mapping[str, object]) -> tuple[SavesFailed, ...]:
    found = [reading.entries(each) for each in _listed(held.get("not_saved"))]
    read = (
        SavesFailed(reading.text(each.get("reason")), reading.whole(each.get("times")) or 0, _places(each.get("after")))
        for each in found
    )
    return tuple(each for each in read if each.times and each.reason)


def _places(held: object) -> tuple[tuple[int, int], ...]:
    return tuple(_place(each, "epochs", "steps") for each in _listed(held))


def _place(held: object, epoch: str, step: str) -> tuple[int, int]:
    found = reading.entries(held)
    return reading.whole(found.get(epoch)) or 0, reading.whole(found.get(step)) or 0


def _listed(held: object) -> list[object]:
    return held[: reading.MOST] if isinstance(held, list) else []
