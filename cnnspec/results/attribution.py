"""What a network looked at: how much each part of an example counts for what is said of it."""

from dataclasses import dataclass, replace

from cnnspec.results.prediction import Told
from cnnspec.source.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class Target:
    """What is attributed: the `name`d class of an output, or a number that it gives.

    `predicted`: whether it is the likeliest one, and not asked for against it. `quantity` is the number that integrated
    gradients divide among what was read, in words, and `score` the one whose gradient Grad-CAM takes.
    """

    output: str
    name: str
    predicted: bool
    probability: float | None
    quantity: str
    score: str


@dataclass(frozen=True, slots=True)
class Path:
    """Integrated gradients (Sundararajan et al. 2017), told by what must hold of them.

    From `at_baseline`, what the network says where every number is that of the `baseline`, to `at_example`, in so many
    `steps`; `total` is the sum of all attributions.
    """

    baseline: str
    steps: int
    at_example: float
    at_baseline: float
    total: float
    complete: bool
    """Whether the sum is the difference to 1 % (or to a number too small to count)."""

    @property
    def difference(self) -> float:
        """What the attributions should add up to."""
        return self.at_example - self.at_baseline

    @property
    def told(self) -> str:
        """How far they add up, in words."""
        off = "" if self.error is None else f" ({100 * self.error:.2g} % off)"
        missing = "" if self.complete else f", which is too far off: cnnspec look --steps {4 * self.steps} takes more"
        return (
            f"sum {self.total:.4g} of {self.difference:.4g}{off}: "
            f"from {self.at_baseline:.4g} at the baseline ({self.baseline}) to {self.at_example:.4g}, "
            f"{self.steps:,} steps{missing}"
        )

    @property
    def error(self) -> float | None:
        """How far they are from it, as a part of it; None where there is no difference."""
        return abs(self.total - self.difference) / abs(self.difference) if self.difference else None


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a Grad-CAM was taken: a stage or a layer by `name`, whose `shape` has spatial axes.

    `chosen` says why it was taken where nobody asked for it.
    """

    name: str
    shape: tuple[int | None, ...]
    chosen: str = ""

    @property
    def told(self) -> str:
        """What it is, in words."""
        sizes = "×".join("?" if size is None else str(size) for size in self.shape[:-1])
        return f"{self.name} ({sizes})" + (f", {self.chosen}" if self.chosen else "")


@dataclass(frozen=True, slots=True)
class Heat:
    """A Grad-CAM (Selvaraju et al. 2017): `values` over the places of the stage, row by row, none below 0.

    Where all are 0 nothing at this stage speaks for the class.
    """

    stage: Stage
    shape: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def highest(self) -> float:
        """The largest."""
        return max(self.values, default=0.0)


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture as PNG, and what it shows."""

    title: str
    png: bytes
    size: tuple[int, int]
    """Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or whatever else stands for one id; `known` unless the vocabulary lacks it.

    `heat` is what the Grad-CAM has at its place, None without one.
    """

    text: str
    attribution: float
    heat: float | None = None
    known: bool = True


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A picture that was read, `panels` of it, and where the strongest attribution lies: row and column from 0.

    `attributions` are those of its pixels, row by row, the sums over their channels; of a volume those of the slice
    that is shown.
    """

    input: str
    panels: tuple[Panel, ...]
    strongest: tuple[int, int]
    total: float
    heat: Heat | None = None
    attributions: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class SeenWords:
    """Words that were read, in order, joined by `between`; `padding` is what all places after them count together.

    `unread` are those that the network is too short for.
    """

    input: str
    words: tuple[Word, ...]
    padding: float
    total: float
    between: str = " "
    unread: int = 0
    heat: Heat | None = None

    @property
    def heated(self) -> "SeenWords | None":
        """The same words with the Grad-CAM in place of their attributions; None without one, or where it is 0."""
        if not any(word.heat for word in self.words):
            return None
        return replace(self, words=tuple(replace(word, attribution=word.heat or 0.0) for word in self.words))

    @property
    def beside(self) -> str:
        """What is to be said of words that are not there, not read or not known."""
        parts = [f"padding {self.padding:+.2g}"] if self.padding else []
        parts += [f"{self.unread:,} more words, which are not read"] if self.unread else []
        parts += ["underlined: words that the vocabulary lacks"] if any(not word.known for word in self.words) else []
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class SeenCurve:
    """Numbers in an order that were read: a row of `values` and of `attributions` for each channel.

    `heat` is spread over the places of the curve in `heats`, empty without one.
    """

    input: str
    values: tuple[tuple[float, ...], ...]
    attributions: tuple[tuple[float, ...], ...]
    total: float
    heats: tuple[float, ...] = ()
    heat: Heat | None = None


@dataclass(frozen=True, slots=True)
class SeenNumbers:
    """Numbers that were read, each by its name."""

    input: str
    names: tuple[str, ...]
    values: tuple[float, ...]
    attributions: tuple[float, ...]
    total: float


SeenInput = SeenPicture | SeenWords | SeenCurve | SeenNumbers


@dataclass(frozen=True, slots=True)
class Looks:
    """What a run's network looked at, with the weights of which file; of a sheet with its `kernels`, if wanted."""

    run: str
    weights: str
    looks: "tuple[Look, ...]"
    kernels: Panel | None = None
    remarks: tuple[str, ...] = ()
    """What holds for all of them."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the network looked at in one example; or, with `problems`, why the example cannot be read.

    `said` is what `predict` says of it, `png` all of it as one picture.
    """

    name: str
    text: str | None = None
    target: Target | None = None
    said: Told | None = None
    path: Path | None = None
    inputs: tuple[SeenInput, ...] = ()
    maps: Panel | None = None
    """The feature maps that were asked for."""
    png: bytes = b""
    problems: tuple[Diagnostic, ...] = ()
    remarks: tuple[str, ...] = ()
    truth: str | None = None
    """What it is, where that is known."""

    @property
    def heats(self) -> tuple[Heat, ...]:
        """The Grad-CAMs."""
        return tuple(seen.heat for seen in self.inputs if not isinstance(seen, SeenNumbers) and seen.heat is not None)

    @property
    def answer(self) -> str:
        """What the network says of it, and what it is where that is known, in words."""
        said = self.said
        told = "nothing" if said is None else _values(said) if said.values is not None else _likeliest(said)
        target, asked = self.target, ""
        if target is not None and target.predicted and said is not None and said.form != "values" and not said.guesses:
            told += f", {target.name} at most of them"
        if target is not None and not target.predicted:
            share = "" if target.probability is None else f" ({percent(target.probability)})"
            asked = f"; looked at for {target.name}{share}"
        return f"says {told}{asked}" + (f"; is {self.truth}" if self.truth is not None else "")

    @property
    def told(self) -> tuple[str, ...]:
        """What was attributed, and how, a line each."""
        if self.target is None or self.path is None:
            return ()
        target = self.target
        lines = [f"integrated gradients of {target.quantity}: {self.path.told}"]
        if target.probability is not None and self.path.at_baseline > _ALIKE * self.path.at_example:
            lines.append("the baseline is taken for it already: from another one attributions may tell more")
        for heat in self.heats:
            nothing = "" if heat.highest > 0 else ": nothing there speaks for it"
            lines.append(f"Grad-CAM of {target.score} at {heat.stage.told}{nothing}")
        return tuple(lines)


_ALIKE = 0.95
"""What a baseline has of the probability, so that little is left to be attributed."""


def percent(share: float) -> str:
    """A probability, in words."""
    return f"{100 * share:.1f} %"


def _likeliest(said: Told) -> str:
    return ", ".join(f"{guess.name} ({percent(guess.probability)})" for guess in said.guesses)


def _values(said: Told) -> str:
    """Numbers; of many places what there is at each."""
    sizes, row = [], said.values
    while isinstance(row, list) and row:
        sizes.append(len(row))
        row = row[0]
    axes = sizes if said.form == "class" else sizes[:-1]
    if not axes:
        return _numbers(said.values)
    what = {"class": "a class", "labels": "labels"}.get(said.form, "numbers")
    return f"{what} at each of {'×'.join(map(str, axes))} places"


def _numbers(values: object) -> str:
    numbers = values if isinstance(values, list) else [values]
    return ", ".join(f"{number:.4g}" if isinstance(number, float) else str(number) for number in numbers)
