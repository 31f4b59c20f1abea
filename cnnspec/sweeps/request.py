"""What a sweep is asked for: by options of the command, by a file of its own, or by both, the options over the file."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cnnspec.language.bundled import bundled_names
from cnnspec.language.check import read_fields
from cnnspec.language.keys import SWEEP
from cnnspec.language.location import locate, read_text
from cnnspec.language.merge import Setting, first_argument, read_settings
from cnnspec.language.written import Text
from cnnspec.layers.fields import Size
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema
from cnnspec.layers.model import Fields
from cnnspec.source.diagnostic import Diagnostic, Rejected, Report, has_errors
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, plain, show
from cnnspec.source.yaml import read_yaml
from cnnspec.sweeps.space import Dimension, read_dimension

OVER = "--over"
"""How messages name what was given on the command line."""
Sampler = Literal["tpe", "random", "grid"]
Pruner = Literal["none", "median", "halving"]
TRIALS = 20
"""So many, unless somebody says otherwise."""


def _map(value: object) -> object:
    if not isinstance(value, dict) or not value:
        raise invalid("a map of paths of the spec, as in {training.batch_size: ...}")
    return value


Paths = Annotated[dict[str, Any], PlainValidator(_map), WithJsonSchema({"type": "object"})]


class SweepSection(Fields):
    """What stands under `sweep` in a file of a sweep."""

    spec: Text
    """The spec: a path from this file, or a bundled name; either with @variant."""
    over: Paths
    """Path of the spec -> a list of values, or a range: LOW..HIGH, LOW..HIGH log, LOW..HIGH step 0.1."""
    trials: Size | None = None
    """How many combinations are tried; 20, or all of a grid."""
    seeds: Size = 1
    """How many seeds each is trained with."""
    sampler: Sampler = "tpe"
    """How they are chosen."""
    pruner: Pruner = "none"
    """What ends a trial early."""
    monitor: Text | None = None
    """The figure that is to get better; that which says which epoch is the best."""
    set: Paths | None = None
    """Path of the spec -> a value that all trials have."""


@dataclass(frozen=True, slots=True)
class Request:
    """A sweep as it is asked for; `texts` are those of the files and options that say so, for their lines."""

    spec: str
    space: tuple[Dimension, ...]
    settings: tuple[str, ...] = ()
    trials: int | None = None
    seeds: int = 1
    sampler: Sampler = "tpe"
    pruner: Pruner = "none"
    monitor: str | None = None
    texts: Map[str, str] = field(default_factory=dict)


def read_request(spec: str, over: Sequence[str]) -> Request:
    """What a spec, or a file of a sweep, and options say; raises Rejected with every mistake."""
    found: list[Diagnostic] = []
    request = _of_file(spec, found.append) or Request(spec, ())
    given = _given(over, found.append)
    taken = {each.path for each in given}
    space = (*(each for each in request.space if each.path not in taken), *given)
    passed_over = {setting.span.line for setting, _ in overridden(request.settings, given)}
    settings = tuple(text for line, text in enumerate(request.settings, 1) if line not in passed_over)
    texts = {**request.texts, **({OVER: "\n".join(over)} if over else {})}
    for each in _together(space):
        found.append(each)
    if not space and not has_errors(found):
        help = "write --over 'training.batch_size=[16, 32, 64]'"
        found.append(Diagnostic("bad-range", "nothing to sweep over", help=help))
    if has_errors(found):
        raise Mistaken(found, texts)
    return replace(request, space=space, settings=settings, texts=texts)


def overridden(settings: Sequence[str], space: Sequence[Dimension]) -> Iterator[tuple[Setting, Dimension]]:
    """Each setting that would be passed over, with what the sweep goes over in its place."""
    for setting in read_settings(tuple(settings), lambda found: None):
        for each in space:
            if _overrides(tuple(each.path.split(".")), setting):
                yield setting, each
                break


def _overrides(swept: tuple[str, ...], setting: Setting) -> bool:
    """Whether a setting is of what is swept, or of a part of it: `dense: 10` is of the first argument of dense."""
    path, depth = setting.path, len(setting.path)
    of_first = isinstance(setting.value, Scalar) and path == swept[:-1] and first_argument(swept, depth) == swept[-1]
    return of_first or path[: len(swept)] == swept


def set_and_swept(path: str, swept: Dimension, span: Span, help: str) -> Diagnostic:
    """A path that is set, and would be passed over, as the sweep goes over it."""
    it = "it" if path == swept.path else f"{swept.path}, which takes its place"
    return Diagnostic("bad-range", f"{path} is set, and the sweep goes over {it}", span, help=help)


class Mistaken(Rejected):
    """Mistakes of a request, with the texts in which their places are."""

    def __init__(self, diagnostics: Sequence[Diagnostic], texts: Map[str, str]) -> None:
        super().__init__(diagnostics)
        self.texts = dict(texts)


def _given(over: Sequence[str], report: Report) -> tuple[Dimension, ...]:
    """What options say, read as those of --set are."""
    settings = read_settings(tuple(over), report, OVER)
    read = [read_dimension(".".join(each.path), each.span, each.value, report) for each in settings]
    return tuple(each for each in read if each is not None)


def _together(space: Sequence[Dimension]) -> list[Diagnostic]:
    """Paths that say the same twice, or one within the other."""
    found = []
    for number, each in enumerate(space):
        for other in space[:number]:
            if f"{each.path}.".startswith(f"{other.path}.") or f"{other.path}.".startswith(f"{each.path}."):
                what = f"{each.path} twice" if each.path == other.path else f"{other.path} and {each.path} within it"
                help = "go over one of them"
                found.append(Diagnostic("bad-range", f"the sweep goes over {what}", each.key, help=help))
    return found


def _of_file(spec: str, report: Report) -> Request | None:
    """What a file of a sweep says; None where a spec is named."""
    if spec in bundled_names() or not spec.endswith((".yaml", ".yml")) or not Path(spec).is_file():
        return None
    location = locate(spec, lambda found: None)
    text = read_text(location, lambda found: None, None, None) if location else None
    root = read_yaml(text, spec, lambda found: None) if text is not None else None
    section = root.get(SWEEP) if isinstance(root, Mapping) else None
    if text is None or not isinstance(root, Mapping) or root.entry(SWEEP) is None or root.entry("model") is not None:
        return None
    texts = {spec: text}
    if not isinstance(section, Mapping):
        raise Mistaken(
            [Diagnostic("bad-value", "sweep holds no map", root.span, help="write sweep: {spec: ...}")], texts
        )
    for entry in root:
        if entry.key != SWEEP:
            message = f"{entry.key} beside sweep"
            report(Diagnostic("unknown-key", message, entry.span, help="a file of a sweep has sweep alone"))
    read = read_fields(SweepSection, section, report, SWEEP)
    if read is None:
        return Request(spec, (), texts=texts)
    over = section.get("over")
    assert isinstance(over, Mapping)
    read_over = [read_dimension(entry.key, entry.span, entry.value, report) for entry in over]
    space, held = tuple(each for each in read_over if each is not None), section.get("set")
    entries = _entries(held)
    settings = tuple(f"{entry.key}={show(plain(entry.value), 10_000)}" for entry in entries)
    for setting, each in overridden(settings, space):
        entry = entries[setting.span.line - 1]
        report(set_and_swept(entry.key, each, entry.span, "leave it out of set, or out of over"))
    return Request(
        _beside(spec, read.spec),
        space,
        settings,
        read.trials,
        read.seeds,
        read.sampler,
        read.pruner,
        read.monitor,
        texts,
    )


def _entries(held: object) -> tuple[Entry, ...]:
    return held.entries if isinstance(held, Mapping) else ()


def _beside(file: str, spec: str) -> str:
    """A spec as it is named from here: its path starts at the file that names it."""
    named, at, variant = spec.partition("@")
    return spec if named in bundled_names() else f"{Path(file).parent / named}{at}{variant}"
