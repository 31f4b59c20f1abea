"""What surrounds an entry: the results it can name, its own scope first, then outward; and the values."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from cnnspec.graph.complaints import Complaints
from cnnspec.graph.nodes import Step
from cnnspec.language.interpolation import Scope, interpolate
from cnnspec.language.kind_defaults import Defaults
from cnnspec.source.diagnostic import Diagnostic, Edit, Note, misspelt
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Value


@dataclass(slots=True, eq=False, repr=False)
class Result:
    """What an entry, a stage or an input gives. `position` is None where a mistake spoilt it.

    `read` turns true once something uses it. `steps` are what made it, for reuse. What a stage gives is
    what its `last` entry gives, and who reads one of them reads both; `titled` marks that last entry. `several` are the
    results of branches that are not merged, which are read one by one.
    """

    position: int | None
    label: str
    span: Span
    read: bool = False
    steps: tuple[Step, ...] = ()
    last: "Result | None" = None
    titled: bool = False
    several: tuple["Result", ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether anything reads it, by whichever name; of a stage's last entry only the stage is asked."""
        return self.read or self.titled or (self.last is not None and self.last.read)


@dataclass(slots=True, eq=False, repr=False)
class ResultScope:
    """A scope of names: the model, a stage, a block's body, a branch or a main path.

    The outermost one knows which of its names are `inputs`, and in `inner` the scope of each stage. `repeats` has the
    bodies of the blocks that stand here, by the name and by the kind; `within` the scopes of branches and main paths.
    """

    outer: "ResultScope | None" = None
    names: dict[str, Result] = field(default_factory=dict)
    inputs: dict[str, Result] = field(default_factory=dict)
    inner: dict[str, "ResultScope"] = field(default_factory=dict)
    repeats: dict[str, list["ResultScope"]] = field(default_factory=dict)
    within: list["ResultScope"] = field(default_factory=list)

    def find(self, name: str) -> Result | None:
        """The result of this name here or further out; an entry of another stage is `stage.entry`."""
        scope: ResultScope | None = self
        while scope is not None:
            if found := scope.names.get(name) or scope._dotted(name):
                return found
            scope = scope.outer
        return None

    def _dotted(self, name: str) -> Result | None:
        stage, dot, entry = name.rpartition(".")
        inner = self.inner.get(stage) if dot else None
        return inner.names.get(entry) if inner else None

    def known(self) -> Iterator[str]:
        """All names that can be written here."""
        scope: ResultScope | None = self
        while scope is not None:
            yield from scope.names
            yield from (f"{stage}.{name}" for stage, inner in scope.inner.items() for name in inner.names)
            scope = scope.outer


@frozen
class Binding:
    """A block's argument as written, and what surrounds it there: names in it mean what they mean there."""

    value: Value
    around: "Around"


@frozen
class Around:
    """What surrounds an entry: names of results, names of values, and where block arguments came from.

    `path` is the Keras name so far, and `taken` are names in it that the composite itself gives; `uses` are the places
    of the blocks around it, innermost first. What is wrong is reported through it, with these uses. `defaults` are the
    arguments that entries of a kind have where they do not say otherwise.
    """

    results: ResultScope
    scope: Scope
    complaints: Complaints
    path: str = ""
    taken: frozenset[str] = frozenset()
    uses: tuple[Span, ...] = ()
    blocks: tuple[str, ...] = ()
    bindings: dict[str, Binding] = field(default_factory=dict)
    depth: int = 0
    defaults: Defaults = field(default_factory=dict)

    def inside(self, path: str, taken: frozenset[str] = frozenset()) -> "Around":
        """One level further in: a path of its own, and a scope of its own."""
        results = ResultScope(self.results)
        self.results.within.append(results)
        return replace(self, path=f"{path}.", taken=taken, results=results, depth=self.depth + 1)

    def compute(self, value: Value) -> Value | None:
        """The value with everything computed; None after a mistake, which was reported."""
        return interpolate(value, self.scope, self.report)

    def report(self, diagnostic: Diagnostic) -> None:
        """Report a mistake or a warning."""
        self.complaints.add(diagnostic, self.uses)

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        help: str = "",
        notes: tuple[Note, ...] = (),
        edit: Edit | None = None,
    ) -> None:
        """Report one error."""
        self.report(Diagnostic(code, message, span, help=help, notes=notes, edit=edit))

    def misspelt(
        self, code: str, message: str, word: str, words: Iterable[str], span: Span, otherwise: str = ""
    ) -> None:
        """Report a word that is none of those that are known here."""
        self.report(misspelt(code, message, word, words, span, otherwise=otherwise))
