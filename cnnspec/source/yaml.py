"""YAML 1.2 text to values with places, read as events so that nothing is built that the limits forbid.

Composing first is never done: libyaml's composer recurses in C and crashes on deep nesting, and
PyYAML's scalars follow YAML 1.1, where `no` is false and `1e-3` a string.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from cnnspec.source.diagnostic import Collected, Diagnostic, Edit, Note, Report
from cnnspec.source.scalar import OutOfRange, resolve_scalar
from cnnspec.source.span import Span
from cnnspec.source.syntax import key_help, syntax_help, tab_in_block, tabs_in, with_spaces
from cnnspec.source.text import lines_of, refuse_unreadable
from cnnspec.source.tuples import in_brackets, joined_entries, joined_items, opens
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, show

MAX_DEPTH = 64
MAX_VALUES = 100_000

_READABLE = frozenset({"duplicate-key", "yaml-tag", "yaml-documents", "tab-indent", "tuple"})
"""Mistakes after which the values that were read still mean what they say."""

_LOADER = getattr(yaml, "CLoader", yaml.Loader)


def read_yaml(text: str, file: str, report: Report) -> Value | None:
    """The one document in `text`; None if it cannot be read, and then an error was reported.

    After a mistake that leaves the rest readable (a duplicate key, a tag) the value is still given,
    so that the other mistakes of the file are found too.
    """
    text = text.removeprefix("\ufeff")
    if refuse_unreadable(text, file, report):
        return None
    tabs = list(tabs_in(text, file))
    found = Collected()
    reader = _Reader(file, found.add)
    reader.read(text)
    failure = reader.failure if tabs else None
    if failure is not None:
        # A tab is what it failed at: read on as if it were a space, to find the other mistakes too.
        found = Collected()
        reader = _Reader(file, found.add)
        reader.read(with_spaces(text))
    outside = [span for span in tabs if not reader.covers(span)]
    for span in outside:
        found.add(Diagnostic("tab-indent", "a tab in the indentation", span, help="indent with spaces"))
    if failure is not None and not outside:
        found.add(tab_in_block(tabs, failure))
    mistakes = found.ordered()
    for diagnostic in mistakes:
        report(diagnostic)
    return None if any(d.code not in _READABLE for d in mistakes) else reader.root


class _Stop(Exception):
    """The rest of the text is not read."""


@dataclass(slots=True, eq=False, repr=False)
class _Frame:
    """A collection being read; `key` waits for its value."""

    mapping: bool
    start: Span
    flow: bool
    items: list[Value] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    keys: dict[str, Span] = field(default_factory=dict)
    key: tuple[str, Span] | None = None
    skip: bool = False


class _Reader:
    """Turns events into values, keeping a stack of its own, and reports what the language does not allow."""

    def __init__(self, file: str, report: Report) -> None:
        self.file, self._report = file, report
        self._failed = False
        self._stack: list[_Frame] = []
        self._blocks: list[tuple[int, int]] = []
        self.failure: Diagnostic | None = None
        self.root: Value | None = None
        self._count = 0
        self._end = Span(file, 1, 1)

    def covers(self, span: Span) -> bool:
        """Whether a line lies inside a scalar of several lines, where a tab is text."""
        before = bisect_left(self._blocks, (span.line, 0))
        return before > 0 and span.line <= self._blocks[before - 1][1]

    def read(self, text: str) -> None:
        """Fill `root`."""
        lines = lines_of(text)
        self._end = Span(self.file, len(lines), len(lines[-1]) + 1)
        try:
            for event in _events(text):
                self._take(event)
        except _Stop:
            pass
        except yaml.MarkedYAMLError as error:
            self._syntax(error, text)
        if self.root is None and not self._failed:
            self._error("empty-spec", "there is no spec in this file", Span(self.file, 1, 1), "start with: cnnspec: 1")

    def _error(self, code: str, message: str, span: Span, help: str = "", notes: tuple[Note, ...] = ()) -> None:
        self._failed = True
        self._report(Diagnostic(code, message, span, help=help, notes=notes))

    def _syntax(self, error: yaml.MarkedYAMLError, text: str) -> None:
        lines = lines_of(text)
        span = self._marked(error.problem_mark or error.context_mark, lines)
        written = lines[span.line - 1]
        at = written.rfind("${", 0, span.column)
        if at >= 0 and not any(written.count(quote, 0, at) % 2 for quote in "\"'"):
            self._error(
                "unquoted-expression",
                "an expression inside {...} or [...] is not quoted",
                span._replace(column=at + 1, width=2),
                'quote it: "${...}"',
            )
            return
        problem = " ".join(part for part in (error.problem, error.context) if part)
        start = self._marked(error.context_mark, lines) if error.context_mark else span
        notes = (Note(f"{error.context} that starts here", start),) if start.line != span.line else ()
        message = f"this is not YAML: {problem}"
        self.failure = Diagnostic("yaml-syntax", message, span, help=syntax_help(problem), notes=notes)
        self._failed = True
        self._report(self.failure)

    def _marked(self, mark: Any, lines: list[str]) -> Span:
        """The place of a mark; what is past the end is at the end of the last line that holds something."""
        last = max((number for number, line in enumerate(lines) if line.strip()), default=0)
        if mark is None or mark.line > last:
            return Span(self.file, last + 1, len(lines[last]) + 1)
        return Span(self.file, mark.line + 1, mark.column + 1)

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._open(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            self._error(
                "yaml-alias",
                f"an alias, *{event.anchor}",
                self._span(event),
                "use vars for a value and blocks for entries that repeat",
            )
            self._put(Scalar(None, self._span(event)))
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self._error(
                "yaml-documents",
                "a second document starts here",
                self._span(event),
                "one file holds one spec: give each its own file",
            )
            raise _Stop

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        if start.line >= self._end.line:
            return self._end
        width = end.column - start.column if end.line == start.line else 1
        return Span(self.file, start.line + 1, start.column + 1, max(width, 1))

    def _properties(self, event: Any, span: Span) -> None:
        """Refuse what YAML lets a value carry: an anchor, a tag."""
        if event.anchor is not None:
            self._error(
                "yaml-anchor",
                f"an anchor, &{event.anchor}",
                span,
                "use vars for a value and blocks for entries that repeat",
            )
        if event.tag is not None:
            self._error(
                "yaml-tag",
                f"a tag, {event.tag.replace('tag:yaml.org,2002:', '!!')}",
                span,
                "a spec has no tags: write the value alone",
            )

    def _counted(self, span: Span) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            self._error("too-many-values", f"more than {MAX_VALUES:,} values", span, "use blocks and repeat")
            raise _Stop

    def _scalar(self, event: Any) -> None:
        span = self._span(event)
        self._properties(event, span)
        if event.end_mark.line > event.start_mark.line:
            self._blocks.append((event.start_mark.line + 1, event.end_mark.line + 1))
        frame = self._stack[-1] if self._stack else None
        if frame and frame.mapping and frame.key is None:
            self._key(frame, event.value, span, plain=not event.style)
            return
        self._counted(span)
        self._put(self._resolve(event, span))

    def _resolve(self, event: Any, span: Span) -> Scalar:
        if event.style:
            return Scalar(event.value, span, event.value, plain=False)
        try:
            return Scalar(resolve_scalar(event.value), span, event.value)
        except OutOfRange as beyond:
            self._error(beyond.code, beyond.message, span, beyond.help)
            return Scalar(0, span, event.value)

    def _key(self, frame: _Frame, key: str, span: Span, plain: bool) -> None:
        if key == "<<" and plain:
            self._error(
                "yaml-merge", "a merge key, <<", span, "use blocks for entries that repeat and extends for a base spec"
            )
        elif key in frame.keys and not any(opens(entry.value) for entry in frame.entries[-4:]):
            self._error(
                "duplicate-key",
                f"the key {show(key)} stands twice in this map",
                span,
                "keep one of them",
                (Note("first written here", frame.keys[key]),),
            )
            frame.skip = True
        frame.keys.setdefault(key, span)
        frame.key = (key, span)

    def _open(self, event: Any) -> None:
        span = self._span(event)
        self._properties(event, span)
        self._counted(span)
        if len(self._stack) >= MAX_DEPTH:
            self._error("too-deep", f"values nested more than {MAX_DEPTH} deep", span, "use blocks")
            raise _Stop
        frame = self._stack[-1] if self._stack else None
        if frame and frame.mapping and frame.key is None:
            self._error("key-not-text", "a map or a list stands where a key is expected", span, key_help(event))
            raise _Stop
        self._stack.append(_Frame(isinstance(event, yaml.MappingStartEvent), span, bool(event.flow_style)))

    def _close(self, event: Any) -> None:
        frame = self._stack.pop()
        span = self._whole(frame, event)
        if frame.flow:
            self._join_tuples(frame)
        self._put(Mapping(tuple(frame.entries), span) if frame.mapping else Sequence(tuple(frame.items), span))

    def _join_tuples(self, frame: _Frame) -> None:
        """Say how to write a tuple as a list, and read on as if it were one."""
        frame.entries, in_entries = joined_entries(frame.entries)
        frame.items, in_items = joined_items(frame.items)
        for value in (*in_entries, *in_items):
            self._failed = True
            message, text = "YAML has no tuples: this is a list with brackets", in_brackets(value)
            edit = Edit(value.span, text) if text else None
            self._report(Diagnostic("tuple", message, value.span, help="" if edit else "write [...]", edit=edit))

    def _whole(self, frame: _Frame, event: Any) -> Span:
        """A flow collection up to its end, if that is on the same line; a block collection's first key or dash."""
        if frame.flow and event.end_mark.line + 1 == frame.start.line:
            return frame.start._replace(width=event.end_mark.column + 1 - frame.start.column)
        if frame.mapping and frame.entries:
            return frame.entries[0].span
        return frame.start

    def _put(self, value: Value) -> None:
        if not self._stack:
            if self.root is None:
                self.root = value
            return
        frame = self._stack[-1]
        if not frame.mapping:
            frame.items.append(value)
        elif frame.key is None:
            self._error("key-not-text", "an alias stands where a key is expected", value.span)
            raise _Stop
        else:
            key, span = frame.key
            if not frame.skip:
                frame.entries.append(Entry(key, span, value))
            frame.key, frame.skip = None, False


def _events(text: str) -> Iterator[Any]:
    """The events of a text; the loader class is only used as a parser: nothing is constructed."""
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()
