"""Where a setting belongs that is named by its key alone, or as it is called elsewhere: `epochs`, `lr`, `val_split`."""

from collections.abc import Iterable

from cnnspec.language.data import SOURCES
from cnnspec.language.optimizers import Optimizer, RMSprop
from cnnspec.language.references import REFERENCE
from cnnspec.language.schedules import Schedule
from cnnspec.language.sources.section import DataSection
from cnnspec.language.training import Training
from cnnspec.source.diagnostic import likely
from cnnspec.source.values import Mapping, Scalar, Value

_ALSO = {
    "batch": "training.batch_size",
    "bs": "training.batch_size",
    "epoch": "training.epochs",
    "name": "name",
    "val_split": "data.validation_split",
    "metric": "training.metrics",
    "dataset": "data.source",
}
RATES = frozenset({"lr", "learning_rate", "rate"})
"""What the learning rate is called."""


def path_of(word: str, root: Mapping | None, alike: bool = True, within: bool = False) -> str | None:
    """The path of the setting that a word names in a spec, where that is plain; `alike`: or is a misspelt name of.

    A variable of that name comes first, since whoever named it meant it to be set; `within`: a path goes on behind it.
    """
    key = word.replace("-", "_")
    variables = root.get("vars") if root else None
    if isinstance(variables, Mapping) and variables.get(word) is not None:
        return f"vars.{word}"
    kind, arguments = _optimizer(root)
    if key in RATES:
        rate = "learning_rate" if within else _rate(arguments)
        return f"training.optimizer.{kind}.{rate}" if kind else None
    keys = {name: f"data.{name}" for name in _names_of_data(root)}
    keys |= {name: f"training.{name}" for name in Training.model_fields} | _ALSO
    if kind in Optimizer.members:
        names = Optimizer.members[kind].about.written_names
        keys = {name: f"training.optimizer.{kind}.{name}" for name in names} | keys
    words = (key,) if key in keys else likely(key, keys) if alike else ()
    paths = {keys[meant] for meant in words}
    return paths.pop() if len(paths) == 1 else None


def argument_of(kind: str, arguments: Value | None, word: str) -> str | None:
    """The path, from its kind on, of an argument that an optimizer or a schedule was given without its kind."""
    member = Optimizer.members.get(kind) or Schedule.members.get(kind)
    name = member.own_name(word) if member else None
    if name is None:
        return None
    return f"{kind}.{_rate(arguments) if name == 'learning_rate' else name}"


def _rate(arguments: Value | None) -> str:
    """Where the learning rate stands among an optimizer's arguments, or the highest one of its schedule."""
    rate = arguments.get("learning_rate") if isinstance(arguments, Mapping) else arguments
    if not isinstance(rate, Mapping) or len(rate.entries) != 1:
        return "learning_rate"
    schedule = Schedule.members.get(rate.entries[0].key)
    return f"learning_rate.{schedule.kind}.{schedule.first_argument()}" if schedule else "learning_rate"


def _names_of_data(root: Mapping | None) -> Iterable[str]:
    """The keys of a spec's own source of data; what all sources have where it names none."""
    data = root.get("data") if root else None
    source = data.get("source") if isinstance(data, Mapping) else None
    own = SOURCES.get(source.text) if isinstance(source, Scalar) else None
    return own.model_fields if own else DataSection.model_fields


def _optimizer(root: Mapping | None) -> tuple[str, Value | None]:
    """The kind of a spec's optimizer, and its arguments as written; no kind where it cannot be set by its parts."""
    training = root.get("training") if root else None
    written = training.get("optimizer") if isinstance(training, Mapping) else None
    if root is None or (training is not None and not isinstance(training, Mapping)):
        return "", None
    if written is None:
        return RMSprop.kind, None
    if isinstance(written, Scalar):
        return ("" if REFERENCE.match(written.text) else written.text), None
    if isinstance(written, Mapping) and len(written.entries) == 1:
        return written.entries[0].key, written.entries[0].value
    return "", None
