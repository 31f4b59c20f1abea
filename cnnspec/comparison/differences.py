"""What can differ between two specs, a class a kind; each difference tells itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cnnspec.comparison.difference import NETWORK, NOWHERE, UNSET, Changed, Difference, Said, in_words, listed, plain
from cnnspec.source.frozen import frozen


@frozen
class Added(Difference):
    """What the second has and the first has not; `layers` are the names of its layers."""

    kind = "added"

    words: str
    layers: tuple[str, ...]
    after: str = ""
    """What stands before it, in words."""

    def said(self) -> Said:
        """After the sign for what is new."""
        return Said(self.place or NETWORK, "", None, self.words)

    def mirrored(self) -> "Removed":
        """What the other way round goes."""
        return Removed(self.place, self.words, self.layers, self.after)

    def details(self) -> tuple[str, ...]:
        """Where it stands, and how its layers are called."""
        return _standing(self.after, self.layers)


@frozen
class Removed(Difference):
    """What the first has and the second has not."""

    kind = "removed"

    words: str
    layers: tuple[str, ...]
    after: str = ""
    """What stands before it, in words."""

    def said(self) -> Said:
        """After the sign for what is gone."""
        return Said(self.place or NETWORK, "", self.words, None)

    def mirrored(self) -> Added:
        """What the other way round comes."""
        return Added(self.place, self.words, self.layers, self.after)

    def details(self) -> tuple[str, ...]:
        """Where it stood, and how its layers are called."""
        return _standing(self.after, self.layers)


def _standing(after: str, layers: Sequence[str]) -> tuple[str, ...]:
    return (*([f"after {after}"] if after else []), listed(layers)) if layers else ()


@frozen
class Replaced(Changed):
    """Layers in whose place others stand; `layers` are the names of both."""

    kind = "replaced"

    layers: tuple[tuple[str, ...], tuple[str, ...]]

    def said(self) -> Said:
        """Both in words."""
        return Said(self.place or NETWORK, "", self.before, self.after)

    def mirrored(self) -> "Replaced":
        """The other way round."""
        return Replaced(self.place, self.after, self.before, self.layers[::-1])

    def details(self) -> tuple[str, ...]:
        """How the layers are called."""
        return tuple(f"{sign} {listed(names)}" for sign, names in zip("-+", self.layers, strict=True))


@frozen
class Repeated(Changed):
    """What stands in both, more often in one of them."""

    kind = "repeated"

    words: str
    whole: bool = False
    """Whether it is all that the stage has."""

    def said(self) -> Said:
        """How often in each."""
        what = "" if self.whole else self.words
        return Said(self.place or NETWORK, what, f"× {self.before}", f"× {self.after}")

    def details(self) -> tuple[str, ...]:
        """What is repeated."""
        return (self.words,)


@frozen
class Moved(Changed):
    """The same layers at another place."""

    kind = "moved"

    words: str
    layers: tuple[tuple[str, ...], tuple[str, ...]]

    def said(self) -> Said:
        """From where to where."""
        return Said(self.place or NETWORK, f"{self.words} moved:", self.before, self.after)

    def mirrored(self) -> "Moved":
        """The way back."""
        return Moved(self.place, self.after, self.before, self.words, self.layers[::-1])

    def details(self) -> tuple[str, ...]:
        """How the layers are called."""
        return tuple(f"{sign} {listed(names)}" for sign, names in zip("-+", self.layers, strict=True))


@frozen
class StageRenamed(Changed):
    """A stage of the same layers under another title."""

    kind = "stage-renamed"

    def said(self) -> Said:
        """Both titles."""
        return Said(self.after, "renamed", self.before, self.after)

    def one_line(self) -> str:
        """Its titles are its place."""
        return f"{self.before} -> {self.after}: renamed"


@frozen
class ArgumentChanged(Changed):
    """An argument of a layer, or of several alike, `names` being their names in both."""

    kind = "argument"

    words: str
    argument: str
    names: tuple[tuple[str, str], ...]
    each: bool = False
    """Whether before and after are lists with a number for each of the layers."""

    def said(self) -> Said:
        """The layer where it is one, else how many of the kind."""
        count = len(self.names)
        of = _local(self.names[0][1], self.place) if count == 1 else f"{self.words} in {count} layers"
        of = f"{self.words} {of}" if self.place == NOWHERE and count == 1 else of
        before, after = _together(self.before, self.after) if self.each else map(in_words, (self.before, self.after))
        return Said(self.place or NETWORK, f"{of}: {self.argument}", before, after)

    def mirrored(self) -> "ArgumentChanged":
        """The other way round."""
        names = tuple((other, one) for one, other in self.names)
        return replace(self, before=self.after, after=self.before, names=names)

    def details(self) -> tuple[str, ...]:
        """How the layers are called, and what each had and has."""
        called = [one if one == other else f"{one} -> {other}" for one, other in self.names]
        if not self.each:
            return tuple(called)
        each = zip(called, self.before, self.after, strict=True)
        return tuple(f"{name}: {in_words(before)} -> {in_words(after)}" for name, before, after in each)


def _together(before: Sequence[float], after: Sequence[float]) -> tuple[str, str]:
    """Numbers from the least to the most; where these do not differ, one by one."""
    ranges = _range(before), _range(after)
    return ranges if ranges[0] != ranges[1] else (_each(before), _each(after))


def _range(numbers: Sequence[float]) -> str:
    """From the least to the most."""
    least, most = (f"{number:.6g}" for number in (min(numbers), max(numbers)))
    return least if least == most else f"{least} to {most}"


def _each(numbers: Sequence[float]) -> str:
    """The first few numbers."""
    return f"[{listed([in_words(number) for number in numbers])}]"


@frozen
class Rewired(Changed):
    """A layer that reads something else, or whose weights are those of another."""

    kind = "rewired"

    layer: str
    what: str = "reads"

    def said(self) -> Said:
        """What it reads in each."""
        return Said(self.place or NETWORK, f"{self.layer} {self.what}", self.before, self.after)


@frozen
class OutputChanged(Changed):
    """An output of the network: which layer it is, or that there is none of this name."""

    kind = "output"

    name: str

    def said(self) -> Said:
        """The layer in each."""
        return Said(NETWORK, f"output {self.name}".rstrip(), self.before, self.after)


@frozen
class OutputRenamed(Changed):
    """An output of the same place in both under another name; "" where it is the only one and nobody named it."""

    kind = "output-renamed"

    def said(self) -> Said:
        """Both names."""
        return Said(NETWORK, "output", *(f"called {name}" if name else "without a name" for name in self._names()))

    def one_line(self) -> str:
        """How it is called now; a name decides what a model gives, and how its labels and scores are called."""
        before, after = self._names()
        if not after:
            return f"{NETWORK}: the output is no longer called {before}"
        return f"{NETWORK}: {f'output {before}' if before else 'the output'} is now called {after}"

    def _names(self) -> tuple[str, str]:
        return self.before, self.after


@frozen
class Figure:
    """A number, a shape or a window in both: exact, and in words."""

    name: str
    before: Any
    after: Any
    said: tuple[str, str]

    def __str__(self) -> str:
        return f"{self.name} {self.said[0]} -> {self.said[1]}"


@frozen
class FiguresChanged(Difference):
    """What follows from all that: sizes, parameters, multiply-adds, receptive field, of a stage or of the network."""

    kind = "figures"

    figures: tuple[Figure, ...]

    def said(self) -> Said:
        """All that differ."""
        before, after = (", ".join(f"{each.name} {each.said[at]}" for each in self._told()) for at in (0, 1))
        return Said(self.place or NETWORK, "", before, after)

    def mirrored(self) -> "FiguresChanged":
        """The other way round."""
        turned = (Figure(each.name, each.after, each.before, each.said[::-1]) for each in self.figures)
        return FiguresChanged(self.place, tuple(turned))

    def one_line(self) -> str:
        """Each with its change; of parameters all are told before those that are trained."""
        return f"{self.place or NETWORK}: {', '.join(map(str, self._told()))}"

    def _told(self) -> tuple[Figure, ...]:
        names = {each.name for each in self.figures}
        return tuple(each for each in self.figures if each.name != "trainable" or "parameters" not in names)

    def details(self) -> tuple[str, ...]:
        """Those that one line leaves out."""
        return tuple(str(each) for each in self.figures if each not in self._told())

    def facts(self) -> dict[str, Any]:
        """A figure an object."""
        told = [{"name": each.name, "before": plain(each.before), "after": plain(each.after)} for each in self.figures]
        return {"kind": self.kind, "place": self.place, "figures": told}


@frozen
class SettingChanged(Changed):
    """A key of `data`, `training` or `pretrained`, by its path below that; UNSET where there is none."""

    kind = "setting"

    path: str

    def said(self) -> Said:
        """Both values."""
        before, after = (None if each == UNSET else in_words(each) for each in (self.before, self.after))
        if before is None or after is None:
            held = f"{self.path}: {after or before}" if self.path else after or before
            return Said(self.place, "", before and held, after and held)
        return Said(self.place, self.path, before, after)

    def facts(self) -> dict[str, Any]:
        """Without the side that says nothing."""
        told = super().facts()
        return {name: value for name, value in told.items() if value != UNSET}


@frozen
class OfVariant(Difference):
    """A difference of one of several variants that are compared."""

    variant: str
    difference: Difference

    def said(self) -> Said:
        """With the variant before its place."""
        said = self.difference.said()
        return replace(said, place=f"@{self.variant} {said.place}")

    def one_line(self) -> str:
        """The same before the line."""
        return f"@{self.variant} {self.difference.one_line()}"

    def details(self) -> tuple[str, ...]:
        """As without it."""
        return self.difference.details()

    def mirrored(self) -> "OfVariant":
        """From the other side."""
        turned = self.difference.mirrored()
        return OfVariant(turned.place, self.variant, turned)

    def facts(self) -> dict[str, Any]:
        """With its name first."""
        return {"variant": self.variant, **self.difference.facts()}


def _local(name: str, place: str) -> str:
    """A layer's name without that of the stage before it."""
    return name.partition(".")[2] or name if place else name
