"""Laying one document over another: `extends` and `--set`."""

import importlib
import re
from dataclasses import replace
from typing import Any

from cnnspec.language.keys import TOP_LEVEL
from cnnspec.layers import LAYERS
from cnnspec.source.diagnostic import Diagnostic, Edit, Report, likely, misspelt, nearest
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, describe, plain, show
from cnnspec.source.yaml import read_yaml

SETTINGS = "--set"
"""How messages name what was given on the command line."""
NOT_INHERITED = ("name", "description", "reference", "expect", "extends", "cnnspec")
ARCHITECTURE = ("vars", "variants", "default_variant", "blocks", "defaults", "inputs", "model", "outputs")
FREEZE = ("training", "freeze")
"""What decides which parameters are trainable, beside the architecture."""
_KIND_KEYS = frozenset({"optimizer", "learning_rate", "loss", "gradient_clip"})
_ONE_KIND = frozenset({"optimizer", "learning_rate"})
_OPEN = frozenset({"data", "training", "expect", "outputs", "defaults"})
_OF_ENTRIES = frozenset({"model", "blocks"})
_NEVER_EMPTY = frozenset(("training", key) for key in ("rates", "class_weight", "loss_weights", "gradient_clip"))
"""Maps that say nothing once they hold nothing, where others then hold their defaults."""
_LONGEST = 200
_PATH = re.compile(r"[A-Za-z_][\w.-]{0,99}\Z")
_APART = re.compile(r"\s*([A-Za-z_][\w.-]{0,99})(?:\s*:\s*|\s+)([^\s:=].*)")
_INDEX = re.compile(r"-?[0-9]{1,9}\Z")


def overlay(base: Value, over: Value, path: tuple[str, ...] = ()) -> Value:
    """`over` laid on `base`: maps key by key, everything else whole; null removes a key, and the last takes its map."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping) or _replaces_whole(base, over, path):
        return over
    kept = {entry.key: entry for entry in base}
    for entry in over:
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            kept.pop(entry.key, None)
        elif entry.key in kept:
            merged = overlay(kept[entry.key].value, entry.value, (*path, entry.key))
            kept[entry.key] = replace(entry, value=merged)
            if (*path, entry.key)[:2] in _NEVER_EMPTY and _is_emptied(merged, entry.value):
                del kept[entry.key]
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


def _is_emptied(merged: Value, over: Value) -> bool:
    """Whether what was laid over a map has taken all out of it; a map that was written empty is a mistake."""
    return isinstance(merged, Mapping) and not merged.entries and isinstance(over, Mapping) and bool(over.entries)


def _text(value: Value | None) -> object:
    return value.value if isinstance(value, Scalar) else None


@frozen
class Setting:
    """One `--set path=value`; `indent` is how many spaces stand before the path."""

    path: tuple[str, ...]
    value: Value
    span: Span
    indent: int = 0

    def part(self, depth: int) -> Span:
        """Where one part of the path stands."""
        before = self.indent + sum(len(part) + 1 for part in self.path[:depth])
        return self.span.part(before, max(len(self.path[depth]), 1))

    def under(self, depth: int) -> Value:
        """The value in maps for all parts of the path from this one on."""
        if depth == len(self.path):
            return self.value
        entry = Entry(self.path[depth], self.part(depth), self.under(depth + 1))
        return Mapping((entry,), entry.span)


def read_settings(texts: tuple[str, ...], report: Report, option: str = SETTINGS) -> tuple[Setting, ...]:
    """The settings of a command line; a mistake in one is reported at its place in it, by the `option`'s name."""
    settings = [_setting(text, line, report, option) for line, text in enumerate(texts, 1)]
    return tuple(setting for setting in settings if setting is not None)


def _setting(text: str, line: int, report: Report, option: str) -> Setting | None:
    path, equals, written = text.partition("=")
    span = Span(option, line, 1, max(len(path), 1))
    if not equals or not path.strip():
        report(_without_value(text, span))
        return None
    shift = _Shift(span, len(path) + 1)

    def moved(found: Diagnostic) -> None:
        edit = found.edit and replace(found.edit, span=shift.place(found.edit.span))
        report(replace(found, span=found.span and shift.place(found.span), notes=(), edit=edit))

    value = read_yaml(written, option, moved) if written.strip() else Scalar(None, span)
    indent = len(path) - len(path.lstrip())
    return None if value is None else Setting(tuple(path.strip().split(".")), shift.value(value), span, indent)


def _without_value(text: str, span: Span) -> Diagnostic:
    """A setting that is no path with its value: as YAML has them, or with a blank between them, or one alone."""
    message = f"{span.file} {text!r} has no path and value"
    if (apart := _APART.match(text)) and apart[1].split(".")[0] in TOP_LEVEL:
        return Diagnostic("bad-setting", message, span, edit=Edit(span, f"{apart[1]}={apart[2]}"))
    example = f"{text}=VALUE" if _PATH.match(text) else "training.epochs=3"
    return Diagnostic("bad-setting", message, span, help=f"write {span.file} {example}")


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
    if first := first_argument(setting.path, depth) if _is_plain(value) and not _INDEX.match(path[0]) else None:
        named = Mapping((Entry(first, value.span, value),), value.span)
        return _in_mapping(named, path, setting, depth, report)
    if isinstance(value, Sequence):
        return _in_sequence(value, path, setting, depth, report)
    if depth and _stands_for_a_map(value, path[0]) and _may_add(setting.path, depth, scalar=True):
        return setting.under(depth)
    shown = ".".join(setting.path[:depth])
    message = f"{shown} is {describe(value)}, which has no {path[0]}"
    of_kind = setting.path[depth - 1] in _ONE_KIND and _ends(setting, depth)
    if of_kind and (meant := _bare_keys().argument_of(value.text, None, path[0])):
        report(Diagnostic("unknown-path", message, setting.span, edit=Edit(setting.part(depth), meant)))
        return None
    _refuse(setting, message, f"set it whole: --set {shown}=...", report)
    return None


def first_argument(path: tuple[str, ...], depth: int) -> str | None:
    """The argument that a value stands for which is no map, where a kind's arguments are, as in `dense: 10`."""
    if path[:2] == ("training", "optimizer") and depth == 3:
        return "learning_rate"
    if path[:2] == ("training", "optimizer") and depth == 5 and path[3] == "learning_rate":
        return "rate" if path[4] == "constant" else "peak"
    of_entry = path[0] in _OF_ENTRIES and depth > 2 and _INDEX.match(path[depth - 2])
    kind = path[depth - 1] if of_entry else ""
    return LAYERS[kind].first_argument() if kind in LAYERS else None


def _is_plain(value: Value) -> bool:
    """Whether a value is what it stands for: neither nothing, nor a variable, which may hold a map."""
    return not isinstance(value, Scalar) or not (value.value is None or value.text.startswith("$"))


def _stands_for_a_map(value: Scalar, key: str) -> bool:
    """Whether a key may be set in what is written as one word: in nothing, and in a kind without its arguments."""
    return value.value is None or value.text == key


def _in_mapping(value: Mapping, path: tuple[str, ...], setting: Setting, depth: int, report: Report) -> Value | None:
    entry = value.entry(path[0])
    if entry is None:
        if _is_other_kind(value, setting, depth):
            _refuse_other_kind(value, setting, depth, report)
            return None
        if not _may_add(setting.path, depth):
            report(_no_such_key(value, setting, depth))
            return None
        added = Entry(path[0], setting.part(depth), setting.under(depth + 1))
        return replace(value, entries=(*value.entries, added))
    inner = _placed(entry.value, path[1:], setting, depth + 1, report)
    if inner is None:
        return None
    return replace(value, entries=tuple(replace(e, value=inner) if e is entry else e for e in value))


def _no_such_key(value: Mapping, setting: Setting, depth: int) -> Diagnostic:
    """A key that is not there and may not be added; at the top it may be one of a section's."""
    key, place = setting.path[depth], setting.part(depth)
    where = ".".join(setting.path[:depth]) or "the spec"
    if depth == 0 and (
        path := _bare_keys().path_of(key, value, alike=not likely(key, value.keys()), within=len(setting.path) > 1)
    ):
        message = f"{where} has no {key}"
        return Diagnostic("unknown-path", message, setting.span, edit=Edit(place, path))
    found = misspelt("unknown-path", f"{where} has no {key}", key, value.keys(), place)
    return replace(found, span=setting.span)


def _ends(setting: Setting, depth: int) -> bool:
    """Whether this part of the path is its last."""
    return depth == len(setting.path) - 1


def _bare_keys() -> Any:
    """What knows the keys of sections by their names alone: it is read where one is named so."""
    return importlib.import_module("cnnspec.language.bare_keys")


def _may_add(path: tuple[str, ...], depth: int, scalar: bool = False) -> bool:
    """A key of the language itself may be added where it was not written; what it holds is checked as if it were.

    That is any key of `data`, `training`, `expect` and `outputs`, what an input is beside its shape, and below a kind
    in an entry its arguments; `scalar`: in place of a word.
    """
    if depth == 0:
        return path[0] in _OPEN or (len(path) == 1 and path[0] in TOP_LEVEL)
    if path[0] in _OPEN or (path[0] == "inputs" and depth == 2):
        return True
    if path[0] not in _OF_ENTRIES or (_INDEX.match(path[depth - 1]) and not scalar):
        return False
    return any(map(_INDEX.match, path[: depth if scalar else depth - 1]))


def _is_other_kind(value: Mapping, setting: Setting, depth: int) -> bool:
    """Whether a map is one kind with its arguments, so that no other key may stand in it."""
    within = depth > 0 and setting.path[0] in _OPEN and setting.path[depth - 1] in _ONE_KIND
    return within and len(value.entries) == 1


def _refuse_other_kind(value: Mapping, setting: Setting, depth: int, report: Report) -> None:
    shown, kind = ".".join(setting.path[:depth]), value.entries[0].key
    message = f"{shown} is {kind}, and not {setting.path[depth]}"
    word, arguments = setting.path[depth], value.entries[0].value
    meant = nearest(word, [kind]) or (
        _bare_keys().argument_of(kind, arguments, word) if _ends(setting, depth) else None
    )
    if meant:
        report(Diagnostic("unknown-path", message, setting.span, edit=Edit(setting.part(depth), meant)))
        return
    whole = show(plain(setting.under(depth)), _LONGEST)
    help = f"set it whole: --set '{shown}={whole}', or set {shown}.{kind}"
    _refuse(setting, message, help, report)


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


def stays(around: Mapping, key: str, other: Span) -> bool:
    """Whether a map has this key where another key, standing at `other`, was probably meant to be it.

    What --set was given takes the place of what a file says, once it is spelt as that is.
    """
    entry = around.entry(key)
    return entry is not None and (other.file != SETTINGS or SETTINGS in (entry.span.file, entry.value.span.file))


def _refuse(setting: Setting, message: str, help: str, report: Report) -> None:
    report(Diagnostic("unknown-path", message, setting.span, help=help))
