"""`training.phases`: parts of a training, each of which is a spec of its own in what it says and where that stands."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnspec.language.merge import overlay
from cnnspec.language.sources.pictures import Pictures
from cnnspec.language.training import Phase as Written
from cnnspec.source.diagnostic import Diagnostic, Note, Report
from cnnspec.source.frozen import frozen
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value

if TYPE_CHECKING:
    from cnnspec.language.spec import Spec
    from cnnspec.language.training import Training

_OWN = ("name", "augment")
"""Keys of a phase that are none of `training`."""
_OPTIMIZER = "optimizer"


@frozen
class Phase:
    """A part of the training, counted from 0: its `spec` is the whole one with the values that hold in it.

    It `goes_on` with the optimizer of the phase before; otherwise it starts anew.
    """

    number: int
    name: str
    spec: "Spec"
    goes_on: bool

    @property
    def training(self) -> "Training":
        """How the network learns in it."""
        assert self.spec.training is not None
        return self.spec.training


def with_merged_phases(section: Mapping) -> Mapping:
    """The training section, each key of a phase laid over the same key beside `phases`; null takes it out."""
    phases, beside = section.get("phases"), without(section, ("phases",))
    if not isinstance(phases, Sequence):
        return section
    merged = tuple(_merged(item, beside) for item in phases.items)
    entries = (
        replace(entry, value=replace(phases, items=merged)) if entry.key == "phases" else entry for entry in section
    )
    return replace(section, entries=tuple(entries))


def without(section: Mapping, keys: tuple[str, ...]) -> Mapping:
    """A map but for these keys."""
    return replace(section, entries=tuple(entry for entry in section if entry.key not in keys))


def _merged(phase: Value, beside: Mapping) -> Value:
    if not isinstance(phase, Mapping):
        return phase
    over = overlay(beside, without(phase, _OWN), ("training",))
    laid = over if isinstance(over, Mapping) else beside
    taken_out = _taken_out(phase, laid) & Written.model_fields.keys()
    entries = (_laid(entry, laid) for entry in phase if entry.key not in taken_out)
    return replace(phase, entries=tuple(entries))


def _laid(entry: Entry, laid: Mapping) -> Entry:
    held = laid.entry(entry.key)
    return entry if held is None or entry.key in _OWN else replace(entry, value=held.value)


def _taken_out(phase: Mapping, laid: Value) -> set[str]:
    """The keys of a phase that are null, or of which nothing is left once it is `laid` over what is beside phases."""
    left = laid.keys() if isinstance(laid, Mapping) else ()
    return {each.key for each in phase if _is_null(each.value) or (each.key not in _OWN and each.key not in left)}


def _is_null(value: Value) -> bool:
    return isinstance(value, Scalar) and value.value is None


def read_phases(spec: "Spec", section: Mapping, report: Report) -> tuple[Phase, ...]:
    """The phases of a spec whose computed training section this is; mistakes are reported."""
    training, written = spec.training, section.get("phases")
    if training is None or not training.phases or not isinstance(written, Sequence):
        return ()
    found: list[Phase] = []
    beside = without(section, ("phases",))
    for number, (phase, value) in enumerate(zip(training.phases, written.items, strict=True)):
        assert isinstance(value, Mapping)
        before = found[-1] if found else None
        found.append(_phase(spec, phase, value, beside, before, number))
    _refuse_twins(found, written, report)
    _refuse_augment(spec, training.phases, written, report)
    return tuple(found)


def _phase(spec: "Spec", phase: Written, value: Mapping, beside: Mapping, before: Phase | None, number: int) -> Phase:
    training = spec.training
    assert training is not None
    held = {name: getattr(phase, name) for name in phase.model_fields_set if name not in _OWN}
    over = overlay(beside, without(value, _OWN), ("training",))
    fields = type(training).model_fields
    held |= {name: fields[name].default for name in _taken_out(value, over) - set(_OWN) if name in fields}
    if _OPTIMIZER not in (*beside.keys(), *value.keys()) and before is not None:
        held[_OPTIMIZER] = before.training.optimizer
        over = _with_optimizer(over, before)
    mine = training.model_copy(update={**held, "phases": None})
    named = value.entry(_OPTIMIZER) is not None
    goes_on = before is not None and not named and before.training.optimizer == mine.optimizer
    return Phase(number, phase.name or str(number + 1), _in_phase(spec, mine, over, phase, value), goes_on)


def _with_optimizer(section: Value, before: Phase) -> Value:
    held = before.spec.root.get("training")
    entry = held.entry(_OPTIMIZER) if isinstance(held, Mapping) else None
    if entry is None or not isinstance(section, Mapping):
        return section
    return replace(section, entries=(*section.entries, entry))


def _in_phase(spec: "Spec", training: "Training", section: Value, phase: Written, value: Mapping) -> "Spec":
    """The spec as it is in a phase: its places are those where the values of the phase stand."""
    root, data = _with_section(spec.root, "training", section), spec.data
    augment = value.entry("augment")
    if phase.augment is not None and isinstance(data, Pictures) and augment is not None:
        data = data.model_copy(update={"augment": phase.augment})
        root = _with_augment(root, augment)
    return replace(spec, root=root, training=training, data=data, phases=())


def _with_section(root: Mapping, key: str, value: Value) -> Mapping:
    return replace(root, entries=tuple(replace(each, value=value) if each.key == key else each for each in root))


def _with_augment(root: Mapping, augment: Entry) -> Mapping:
    data = root.get("data")
    if not isinstance(data, Mapping):
        return root
    return _with_section(root, "data", replace(data, entries=(*without(data, ("augment",)), augment)))


def _refuse_twins(phases: list[Phase], written: Sequence, report: Report) -> None:
    """Two phases of one name could not be told apart in the metrics log."""
    seen: dict[str, Any] = {}
    for phase, value in zip(phases, written.items, strict=True):
        span = _span_of(value, "name")
        if phase.name in seen:
            note = Note("the phase of the same name", seen[phase.name])
            help = "give each phase a name of its own, or leave names out"
            message = f"two phases are called {phase.name}"
            report(Diagnostic("duplicate-name", message, span, help=help, notes=(note,)))
        seen.setdefault(phase.name, span)


def _refuse_augment(spec: "Spec", phases: tuple[Written, ...], written: Sequence, report: Report) -> None:
    """Only data whose examples may be pictures can be augmented."""
    if spec.data is None or isinstance(spec.data, Pictures):
        return
    for phase, value in zip(phases, written.items, strict=True):
        if phase.augment:
            message = f"a phase augments, and {spec.data.source} holds no pictures"
            report(Diagnostic("bad-augmentation", message, _span_of(value, "augment"), help="leave augment out"))


def _span_of(value: Value, key: str) -> Any:
    entry = value.entry(key) if isinstance(value, Mapping) else None
    return entry.value.span if entry is not None else value.span
