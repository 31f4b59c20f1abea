"""Laying one document over another: `extends` and `--set`."""

import re
from dataclasses import replace

from cnnspec.language.keys import TOP_LEVEL
from cnnspec.source.diagnostic import Diagnostic, Report, suggestion
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, describe
from cnnspec.source.yaml import read_yaml

SETTINGS = "--set"
"""How messages name what was given on the command line."""
NOT_INHERITED = ("name", "description", "reference", "expect", "extends", "cnnspec")
ARCHITECTURE = ("vars", "variants", "default_variant", "blocks", "inputs", "model", "outputs")
FREEZE = ("training", "freeze")
"""What decides which parameters are trainable, beside the architecture."""
_KIND_KEYS = frozenset({"optimizer", "learning_rate", "loss", "gradient_clip"})
_OPEN = frozenset({"data", "training"})
_INDEX = re.compile(r"-?[0-9]{1,9}\Z")


def overlay(base: Value, over: Value, path: tuple[str, ...] = ()) -> Value:
    """`over` laid on `base`: maps key by key, everything else whole; null removes a key."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping) or _replaces_whole(base, over, path):
        return over
    kept = {entry.key: entry for entry in base}
    for entry in over:
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            kept.pop(entry.key, None)
        elif entry.key in kept:
            merged = overlay(kept[entry.key].value, entry.value, (*path, entry.key))
            kept[entry.key] = replace(entry, value=merged)
        else:
            kept[entry.key] = entry
    return replace(over, entries=tuple(kept.values()))


def _replaces_whole(base: Mapping, over: Mapping, path: tuple[str, ...]) -> bool:
    """A `kind: args` of another kind and data of another source have nothing in common to merge."""
    if path == ("data",):
        return _text(base.get("source")) != _text(over.get("source")) and over.get("source") is not None
    if path[:1] == ("training",) and (path[-1] in _KIND_KEYS or path[-2:-1] == ("loss",)):
        return len(base.entries) == len(over.entries) == 1 and base.keys() != over.keys()
    return False


def _text(value: Value | None) -> object:
    return value.value if isinstance(value, Scalar) else None


@frozen
class Setting:
    """One `--set path=value`."""

    path: tuple[str, ...]
    value: Value
    span: Span


def read_settings(texts: tuple[str, ...], report: Report) -> tuple[Setting, ...]:
    """The settings of a command line; a mistake in one is reported at its place in it."""
    settings = [_setting(text, line, report) for line, text in enumerate(texts, 1)]
    return tuple(setting for setting in settings if setting is not None)


def _setting(text: str, line: int, report: Report) -> Setting | None:
    path, equals, written = text.partition("=")
    span = Span(SETTINGS, line, 1, max(len(path), 1))
    if not equals or not path.strip():
        report(
            Diagnostic(
                "bad-setting", f"--set {text!r} has no path and value", span, help="write --set training.epochs=3"
            )
        )
        return None
    shift = _Shift(span, len(path) + 1)

    def moved(found: Diagnostic) -> None:
        report(replace(found, span=found.span and shift.place(found.span), notes=()))

    value = read_yaml(written, SETTINGS, moved) if written.strip() else Scalar(None, span)
    return None if value is None else Setting(tuple(path.strip().split(".")), shift.value(value), span)


@frozen
class _Shift:
    """From places in a setting's value to places in the setting; all of it stands on one line."""

    setting: Span
    columns: int

    def place(self, span: Span) -> Span:
        """Where a part of the value stands; the whole setting for what came after a line end."""
        if span.line > 1:
            return self.setting
        return span._replace(line=self.setting.line, column=span.column + self.columns)

    def value(self, value: Value) -> Value:
        """The same value at its place."""
        span = self.place(value.span)
        if isinstance(value, Scalar):
            return replace(value, span=span)
        if isinstance(value, Sequence):
            return replace(value, span=span, items=tuple(self.value(item) for item in value.items))
        entries = tuple(Entry(e.key, self.place(e.span), self.value(e.value)) for e in value)
        return replace(value, span=span, entries=entries)


def apply_setting(root: Mapping, setting: Setting, report: Report) -> Mapping:
    """The document with one value replaced; an unknown path is reported and changes nothing."""
    changed = _placed(root, setting.path, setting, 0, report)
    return changed if isinstance(changed, Mapping) else root


def _placed(value: Value, path: tuple[str, ...], setting: Setting, depth: int, report: Report) -> Value | None:
    if not path:
        return setting.value
    if isinstance(value, Mapping):
        return _in_mapping(value, path, setting, depth, report)
    if isinstance(value, Sequence):
        return _in_sequence(value, path, setting, depth, report)
    shown = ".".join(setting.path[:depth])
    _refuse(
        setting, f"{shown} is {describe(value)}, which has no {path[0]}", f"set it whole: --set {shown}=...", report
    )
    return None


def _in_mapping(value: Mapping, path: tuple[str, ...], setting: Setting, depth: int, report: Report) -> Value | None:
    entry = value.entry(path[0])
    if entry is None:
        if not _may_add(setting.path, depth, len(path)):
            where = ".".join(setting.path[:depth]) or "the spec"
            _refuse(setting, f"{where} has no {path[0]}", suggestion(path[0], value.keys()), report)
            return None
        added = Entry(path[0], setting.span, setting.value)
        return replace(value, entries=(*value.entries, added))
    inner = _placed(entry.value, path[1:], setting, depth + 1, report)
    if inner is None:
        return None
    return replace(value, entries=tuple(replace(e, value=inner) if e is entry else e for e in value))


def _may_add(path: tuple[str, ...], depth: int, left: int) -> bool:
    """A key of the language itself may be added where it was not written; what it holds is checked as if it were."""
    if left > 1:
        return False
    if depth == 0:
        return path[0] in TOP_LEVEL
    if depth == 1:
        return path[0] in _OPEN
    return path[0] in _OPEN or (path[0] == "model" and _INDEX.match(path[depth - 2]) is not None)


def _in_sequence(value: Sequence, path: tuple[str, ...], setting: Setting, depth: int, report: Report) -> Value | None:
    where = ".".join(setting.path[:depth])
    if not _INDEX.match(path[0]) or not -len(value.items) <= int(path[0]) < len(value.items):
        _refuse(
            setting,
            f"{where} is a list of {len(value.items)} and has no item {path[0]}",
            f"items are counted from 0 to {len(value.items) - 1}",
            report,
        )
        return None
    index = int(path[0]) % len(value.items)
    inner = _placed(value.items[index], path[1:], setting, depth + 1, report)
    if inner is None:
        return None
    return replace(value, items=(*value.items[:index], inner, *value.items[index + 1 :]))


def _refuse(setting: Setting, message: str, help: str, report: Report) -> None:
    report(Diagnostic("unknown-path", message, setting.span, help=help))
