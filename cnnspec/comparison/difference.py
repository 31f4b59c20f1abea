"""What every difference between two specs is: a value that tells itself in one line, at length, and to scripts."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, ClassVar, Self

from cnnspec.source.frozen import frozen
from cnnspec.source.values import show

NOWHERE = ""
"""The place of what is said of the whole network."""
NETWORK = "network"
"""How that place is called."""
_LONGEST = 200


@frozen
class Said:
    """A difference in parts: where, of what, and how it is before and after; None where there is nothing."""

    place: str
    what: str
    before: str | None
    after: str | None

    @property
    def change(self) -> str:
        """`× 6 -> × 23`, or what is added or taken away, marked."""
        if self.before is None or self.after is None:
            return f"+ {self.after}" if self.before is None else f"- {self.before}"
        return f"{self.before} -> {self.after}"


@frozen
class Difference:
    """Something that differs in meaning, at a stage or a section of the spec."""

    kind: ClassVar[str]
    """What scripts call its kind."""

    place: str

    @abstractmethod
    def said(self) -> Said:
        """Its parts in words."""

    @abstractmethod
    def mirrored(self) -> "Difference":
        """The same for those who look from the other side."""

    def details(self) -> tuple[str, ...]:
        """What more there is to tell, a line each."""
        return ()

    def one_line(self) -> str:
        """`conv4_x: × 6 -> × 23`."""
        said = self.said()
        return f"{said.place}: {' '.join(filter(None, (said.what, said.change)))}"

    def verbose(self) -> str:
        """The same, with what more there is to tell below it."""
        return "\n".join((self.one_line(), *(f"    {line}" for line in self.details())))

    def facts(self) -> dict[str, Any]:
        """The same for scripts."""
        return {"kind": self.kind, **{each.name: plain(getattr(self, each.name)) for each in fields(self)}}

    def __str__(self) -> str:
        return self.one_line()


def plain(value: Any) -> Any:
    """A value with lists in place of tuples."""
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


@frozen
class Changed(Difference):
    """One thing that is another in each."""

    before: Any
    after: Any

    def mirrored(self) -> Self:
        """Before and after change places."""
        return replace(self, before=self.after, after=self.before)


@frozen
class Unset:
    """What a spec has where it does not say anything."""


UNSET = Unset()


def in_words(value: Any) -> str:
    """A value as a spec would write it on one line."""
    if value is None:
        return "none"
    if isinstance(value, str) and value and value.isprintable() and not set(value) & set("{}[],:#\"'"):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {in_words(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(in_words, value)) + "]"
    if isinstance(value, float) and float(short := f"{value:.10g}") == value:
        return short
    return show(value, _LONGEST)


def listed(names: Sequence[str]) -> str:
    """The first few names."""
    more = f" and {len(names) - 6:,} more" if len(names) > 8 else ""
    return ", ".join(names[:6] if more else names) + more
