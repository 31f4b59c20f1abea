"""Pseudocode of events: lines in order, `for` blocks many times, `if` blocks at most once, `raise` the end."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One event in a line of the pseudocode, by its number."""

    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Block:
    """What comes many times, or at most once."""

    many: bool
    body: tuple["Event | Block", ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """A way through the pseudocode: events that it accounts for, the lines it used, whether it ended with a raise."""

    at: int
    lines: frozenset[int] = frozenset()
    over: bool = False


def read_pseudocode(docstring: str) -> tuple[Event | Block, ...]:
    """The pseudocode in a docstring: its indented lines."""
    lines = [(number, line) for number, line in enumerate(docstring.splitlines()) if line.startswith("    ")]
    return _read(lines, 4)


def _read(lines: list[tuple[int, str]], indent: int) -> tuple[Event | Block, ...]:
    found: list[Event | Block] = []
    rest = list(lines)
    while rest:
        number, line = rest.pop(0)
        assert line[:indent].isspace() and line[indent] != " ", line
        head, colon, inline = line.strip().partition(":")
        if not colon:
            found += _events(number, head)
            continue
        inner = []
        while rest and rest[0][1][indent] == " ":
            inner.append(rest.pop(0))
        assert bool(inline.strip()) != bool(inner) and head.split()[0] in ("for", "if"), line
        body = _read(inner, indent + 4) if inner else tuple(_events(number, inline))
        found.append(Block(head.startswith("for"), body))
    return tuple(found)


def _events(number: int, text: str) -> Iterator[Event]:
    return (Event(number, name.strip()) for name in text.split(","))


def events_of(code: tuple[Event | Block, ...]) -> Iterator[Event]:
    """Every event in it."""
    for part in code:
        yield from (part,) if isinstance(part, Event) else events_of(part.body)


def lines_used(code: tuple[Event | Block, ...], told: list[str]) -> frozenset[int] | None:
    """The lines that account for all that was told, in its order; None where the pseudocode does not."""
    ways = _ways(code, told, {Reached(0)})
    whole = [way for way in ways if way.at == len(told)]
    return frozenset().union(*(way.lines for way in whole)) if whole else None


def furthest(code: tuple[Event | Block, ...], told: list[str]) -> list[str]:
    """What was told up to and with the first event that the pseudocode does not have there; for a message."""
    ends = [end for end in range(len(told) + 1) if _begins(code, told[:end])]
    return told[: max(ends) + 1]


def _begins(code: tuple[Event | Block, ...], told: list[str]) -> bool:
    reached: list[int] = []
    _ways(code, told, {Reached(0)}, reached)
    return max(reached, default=0) >= len(told)


def _ways(
    code: tuple[Event | Block, ...], told: list[str], ways: set[Reached], reached: list[int] | None = None
) -> set[Reached]:
    for part in code:
        if isinstance(part, Event):
            ways = {way if way.over else _stepped(way, part) for way in ways if way.over or _fits(way, part, told)}
            if reached is not None:
                reached += [way.at for way in ways]
        elif part.many:
            ways = _repeated(part, told, ways, reached)
        else:
            ways = ways | _ways(part.body, told, ways, reached)
    return ways


def _repeated(block: Block, told: list[str], ways: set[Reached], reached: list[int] | None) -> set[Reached]:
    """However many times; a turn that accounts for nothing more is none."""
    every, new = set(ways), ways
    while new:
        new = _ways(block.body, told, {way for way in new if not way.over}, reached) - every
        every |= new
    return every


def _fits(way: Reached, event: Event, told: list[str]) -> bool:
    return way.at < len(told) and told[way.at] == event.name


def _stepped(way: Reached, event: Event) -> Reached:
    return Reached(way.at + 1, way.lines | {event.line}, event.name.startswith("raise "))
