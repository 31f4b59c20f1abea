"""How reports on runs put things: settings, points in time, figures."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby

from cnnspec.reports.numbers import metric
from cnnspec.results.history import Run, Stretch
from cnnspec.runs.settings import Settings
from cnnspec.source.values import show

_LONGEST = 60
NOT_SET = "not set"


def value(setting: object, limit: int = _LONGEST) -> str:
    """A setting as a spec says it, on one line and cut where it is long; `not set` for what no spec can hold."""
    text = _item(setting) if is_set(setting) else NOT_SET
    return text if len(text) <= limit else text[: limit - 1] + "…"


def short(path: str) -> str:
    """A setting's path in a word or two: `weight_decay`, `conv1 filters`."""
    parts = [part for part in path.split(".") if part not in ("", "*") and not part.isdecimal()]
    return f"{parts[1]} {parts[-1]}" if parts[:1] == ["model"] and len(parts) > 2 else (parts or [path])[-1]


def is_set(setting: object) -> bool:
    """Whether it is a value that a spec can hold."""
    return setting is None or isinstance(setting, (bool, int, float, str, list, dict))


def _flow(setting: object) -> str:
    """A value in YAML's flow style without quotes; only the beginning of what is long."""
    if isinstance(setting, str):
        return setting[: _LONGEST + 1]
    if isinstance(setting, list):
        return f"[{', '.join(map(_item, setting[:_LONGEST]))}]"
    if isinstance(setting, dict):
        items = list(setting.items())[:_LONGEST]
        return f"{{{', '.join(f'{_flow(key)}: {_flow(item)}' if item != {} else _flow(key) for key, item in items)}}}"
    return show(setting)


def _item(setting: object) -> str:
    """A list's item: an entry, which is one pair, needs no braces."""
    text = _flow(setting)
    return text[1:-1] if isinstance(setting, dict) and len(setting) == 1 else text


def moment(seconds: float) -> str:
    """A point in time on the clock here: `2026-11-23 16:49`; nothing where it is unknown."""
    try:
        return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}" if seconds else ""
    except (ValueError, OverflowError, OSError):
        return ""


def moment_utc(seconds: float) -> str | None:
    """The same for scripts, in UTC by ISO 8601."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def figure(scores: Mapping[str, float], name: str) -> str:
    """A figure of a run; nothing where it has none."""
    return metric(scores[name]) if name in scores else ""


def planned(settings: Settings) -> int | None:
    """How many epochs the training was to have."""
    training = settings.get("training")
    if not isinstance(training, dict):
        return None
    epochs, phases = training.get("epochs", 1), training.get("phases")
    held = [each.get("epochs", epochs) for each in phases if isinstance(each, dict)] if isinstance(phases, list) else []
    found = [each for each in held or [epochs] if isinstance(each, int)]
    return sum(found) if len(found) == len(held or [epochs]) else None


def epochs(run: Run, settings: Settings) -> str:
    """Epochs done of those planned: `6`, `3/20`."""
    whole = planned(settings)
    return str(run.epochs) if whole is None or whole == run.epochs else f"{run.epochs}/{whole}"


def ran_on(run: Run) -> list[str]:
    """What a run computed on, a line for each time that it changed: `2 workers, float32, 1 thread an operation`."""
    found = run.environment.ran_on
    return [f"computed on  {each.words}{_since(each) if index else ''}" for index, each in enumerate(found)]


def _since(stretch: Stretch) -> str:
    after = f"step {stretch.step:,} of " if stretch.step else ""
    return f" (after {after}epoch {stretch.epoch + bool(stretch.step)})"


def devices(run: Run) -> str:
    """`2 workers, one CPU` for a run that began on two workers; nothing where it is not known."""
    return ", ".join(place for place, _ in groupby(each.place for each in run.environment.ran_on))


def tested(name: str) -> str:
    """The figure on the test split: `test_accuracy` for `val_accuracy`."""
    return "test_" + name.removeprefix("val_")
