"""From a spec to its graph: inputs, stages, outputs, and whatever nothing reads."""

import re
from dataclasses import dataclass, replace

from cnnspec.graph.composites import HANDLERS
from cnnspec.graph.entries import read_entries
from cnnspec.graph.nodes import Graph, Node, Stage, Step
from cnnspec.graph.scope import Around, Place, Result
from cnnspec.graph.walk import TooLarge, Walk
from cnnspec.language.interpolation import Scope, interpolate
from cnnspec.language.keys import DTYPES
from cnnspec.language.resolve import check_word
from cnnspec.language.spec import Spec
from cnnspec.layers.base import Facts
from cnnspec.layers.fields import is_count
from cnnspec.layers.shape import Dim, Shape, unknown
from cnnspec.source.diagnostic import Diagnostic, Note, Report, suggestion
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, describe

MAX_TITLE = 64
_NOT_SLUG = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a walk found: the graph (None after an error), and which blocks it used."""

    graph: Graph | None
    used_blocks: frozenset[str]


def expand(spec: Spec, report: Report) -> Expansion:
    """Walk over a spec's model; mistakes are reported."""
    walk = Walk(spec, report, HANDLERS)
    place = Place()
    try:
        graph = _expand(walk, spec, place)
    except TooLarge:
        graph = None
    return Expansion(None if walk.failed else graph, frozenset(walk.used_blocks))


def _expand(walk: Walk, spec: Spec, place: Place) -> Graph | None:
    around = Around(place, Scope({}, spec.variables))
    dtypes = _inputs(walk, spec.root.get("inputs"), around)
    model = spec.root.get("model")
    if model is None or dtypes is None:
        return None
    outputs = spec.root.get("outputs")
    stages, last = _Stages(walk, around, _output_names(outputs)).run(model)
    named = _outputs(walk, outputs, around)
    if named is None and last is not None:
        last.read = True
    _unread(walk, around)
    if last is None or last.position is None or walk.failed:
        return None
    found = {name: result.position for name, result in named.items()} if named is not None else {"output": last.position}
    return Graph(
        nodes=tuple(walk.nodes),
        stages=tuple(stages),
        inputs={name: result.position for name, result in place.inputs.items() if result.position is not None},
        outputs={name: position for name, position in found.items() if position is not None},
        dtypes=dtypes,
        named_outputs=named is not None,
    )


def _inputs(walk: Walk, value: Value | None, around: Around) -> dict[str, str] | None:
    """Add a node for every input; their dtypes by name."""
    if not isinstance(value, Mapping):
        return None
    if not value.entries:
        walk.error(around, "empty-list", "inputs is empty", value.span, "write inputs: {image: [28, 28, 1]}")
        return None
    dtypes = {}
    for entry in value:
        if not check_word(entry.key, entry.span, "input", walk.reporter(())):
            walk.uncertain = True
            continue
        shape, dtype = _input(walk, entry, around)
        dtypes[entry.key] = dtype
        position = None if shape is None else walk.add(Node(entry.key, None, (), Facts(shape), entry.span))
        result = Result(position, entry.key, entry.span)
        walk.results.append(result)
        around.place.names[entry.key] = around.place.inputs[entry.key] = result
    return dtypes


def _input(walk: Walk, entry: Entry, around: Around) -> tuple[Shape | None, str]:
    value = interpolate(entry.value, around.scope, walk.reporter(()))
    if value is None:
        return None, "float32"
    if not isinstance(value, Mapping):
        return _shape(walk, entry, value, around), "float32"
    for part in value:
        if part.key not in ("shape", "dtype"):
            walk.error(around, "unknown-argument", f"input {entry.key} has no argument {part.key}", part.span, suggestion(part.key, ("shape", "dtype")))
    dtype, shape = value.get("dtype"), value.get("shape")
    if shape is None:
        walk.error(around, "missing-argument", f"input {entry.key} needs shape", entry.span, "write {shape: [64], dtype: int32}")
        return None, "float32"
    return _shape(walk, entry, shape, around), _dtype(walk, entry, dtype, around)


def _dtype(walk: Walk, entry: Entry, value: Value | None, around: Around) -> str:
    if value is None:
        return "float32"
    if isinstance(value, Scalar) and value.value in DTYPES:
        return str(value.value)
    walk.error(around, "bad-value", f"dtype of {entry.key} is {describe(value)}, expected one of {', '.join(DTYPES)}", value.span)
    return "float32"


def _shape(walk: Walk, entry: Entry, value: Value, around: Around) -> Shape | None:
    if not isinstance(value, Sequence) or len(value.items) > 6:
        walk.error(around, "bad-value", f"the shape of {entry.key} is {describe(value)}, expected a list of at most 6 sizes without the batch axis", value.span, "write [height, width, channels]; null is an unknown length")
        return None
    sizes: list[Dim] = []
    for axis, item in enumerate(value.items):
        size = item.value if isinstance(item, Scalar) else item
        if size is None:
            sizes.append(unknown(f"{entry.key}[{axis}]"))
        elif is_count(size) and isinstance(size, int):
            sizes.append(size)
        else:
            walk.error(around, "bad-value", f"size {axis + 1} of {entry.key} is {describe(item)}, expected a whole number of at least 1, or null", item.span)
            return None
    return tuple(sizes)


def slug(title: str) -> str:
    """A stage's title as part of a name: `average pool` -> `average_pool`."""
    return _NOT_SLUG.sub("_", title).strip("_")


def _output_names(value: Value | None) -> frozenset[str]:
    """The stages and entries that are outputs, as written."""
    if not isinstance(value, Mapping):
        return frozenset()
    return frozenset(entry.value.text for entry in value if isinstance(entry.value, Scalar))


@dataclass(slots=True)
class _Stages:
    """Runs the stages of a model in order."""

    walk: Walk
    around: Around
    outputs: frozenset[str]

    def run(self, model: Value) -> tuple[list[Stage], Result | None]:
        """The stages and the last one's result."""
        inputs = list(self.around.place.inputs.values())
        current = inputs[0] if len(inputs) == 1 else None
        if isinstance(model, Sequence):
            return self._plain(model, current)
        if not isinstance(model, Mapping) or not model.entries:
            self._error("bad-value", f"model is {describe(model) if not isinstance(model, Mapping) else 'empty'}, expected a map of stage title to entries, or a list of entries", model.span)
            return [], None
        return self._titled(model, current)

    def _error(self, code: str, message: str, span: Span, help: str = "", notes: tuple[Note, ...] = ()) -> None:
        self.walk.error(self.around, code, message, span, help, notes)

    def _plain(self, model: Sequence, current: Result | None) -> tuple[list[Stage], Result | None]:
        """A list without stages: each entry is a row of its own."""
        items = read_entries(model, "model", model.span, self.walk.reporter(()))
        if items is None:
            return [], None
        steps, result = self.walk.run(items, current, self.around)
        return [Stage(step.name, step.name, (step,), step.output, step.span) for step in steps], result

    def _titled(self, model: Mapping, current: Result | None) -> tuple[list[Stage], Result | None]:
        stages: list[Stage] = []
        slugs: dict[str, Span] = {}
        for entry in model:
            if not self._check_title(entry, slugs):
                self.walk.uncertain = True
                continue
            items = read_entries(entry.value, f"stage {entry.key}", entry.span, self.walk.reporter(()))
            if items is None:
                current = self.walk._spoilt(entry.span, current)
                continue
            steps, result = self._stage(entry, items, current)
            if result is not None and result.position is not None and steps:
                stages.append(Stage(entry.key, slug(entry.key), steps, result.position, entry.span))
            current = result
            if entry.key in self.outputs or slug(entry.key) in self.outputs:
                current = self._after_output(result, entry is model.entries[-1])
        return stages, current

    def _after_output(self, result: Result | None, last: bool) -> Result | None:
        """After a stage that is an output the next entry must say what it reads."""
        return result if last else None

    def _check_title(self, entry: Entry, slugs: dict[str, Span]) -> bool:
        short = slug(entry.key)
        if not short or len(entry.key) > MAX_TITLE:
            self._error("bad-name", f"stage {entry.key[:80]!r} has no usable title", entry.span, f"letters, digits and spaces (at most {MAX_TITLE})")
            return False
        earlier = slugs.setdefault(short, entry.span)
        if earlier != entry.span:
            self._error("duplicate-name", f"the stage {entry.key} is called {short}, as an earlier one", entry.span, "give it another title", (Note("the earlier one", earlier),))
            return False
        taken = self.around.place.inputs.get(entry.key)
        if taken is not None:
            self._error("duplicate-name", f"the stage {entry.key} has the name of an input", entry.span, "give it another title", (Note("the input", taken.span),))
            return False
        return True

    def _stage(self, entry: Entry, items: tuple[Value, ...], current: Result | None) -> tuple[tuple[Step, ...], Result | None]:
        place = Place(self.around.place)
        inside = replace(self.around, place=place, path=f"{slug(entry.key)}.")
        steps, result = self.walk.run(items, current, inside)
        titled = result
        if result is not None and steps:
            titled = Result(result.position, entry.key, entry.span, steps=steps)
            result.read = True
            self.walk.results.append(titled)
        if titled is not None:
            for name in {entry.key, slug(entry.key)}:
                self.around.place.names[name] = titled
                self.around.place.inner[name] = place
        return steps, titled


def _outputs(walk: Walk, value: Value | None, around: Around) -> dict[str, Result] | None:
    """The results that are outputs by name; None where the last entry is the output."""
    if not isinstance(value, Mapping):
        return None
    if not value.entries:
        walk.error(around, "empty-list", "outputs is empty", value.span, "name a stage or an entry, or delete outputs")
        return None
    found: dict[str, Result] = {}
    for entry in value:
        check_word(entry.key, entry.span, "output", walk.reporter(()))
        results = walk.lookup(entry.value, around)
        if len(results) == 1 and results[0] is not None:
            results[0].read = True
            found[entry.key] = results[0]
        else:
            walk.uncertain = True
            if len(results) != 1:
                walk.error(around, "bad-value", f"output {entry.key} is {describe(entry.value)}, expected the name of a stage or entry", entry.value.span)
    return found


def _unread(walk: Walk, around: Around) -> None:
    if walk.uncertain:
        return
    for result in walk.results:
        if not result.read:
            help = "delete it, name it in outputs, or read it with from"
            walk.reporter(around.uses)(Diagnostic("unread-entry", f"nothing reads {result.label}", result.span, help=help))
