"""One value of a spec: what it means, what it is, where that comes from, and which entries read a variable."""

from collections.abc import Iterator

from cnnspec.graph.nodes import Step
from cnnspec.language.keys import TOP_LEVEL
from cnnspec.language.origins import Passed, origins_of
from cnnspec.language.references import references
from cnnspec.layers.docstrings import field_docs
from cnnspec.layers.kind import Kind
from cnnspec.layers.model import Fields
from cnnspec.reports.explain.arguments import block_around, entry_of
from cnnspec.reports.explain.loss import loss_sections
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.optimizer import optimizer_sections
from cnnspec.reports.explain.parts import Origin, Origins, Paragraph, Points, Section
from cnnspec.reports.explain.watched import watched_sections
from cnnspec.source.span import Span
from cnnspec.source.values import Keys, Mapping, Scalar, Value, follow, plain, show

_LONGEST = 200
_MOST_USES = 8


def value_sections(network: Network, path: Keys) -> Iterator[Section]:
    """The value at a path of keys, written or not."""
    meaning = _meaning(network, path)
    now = _now(network, path)
    parts = [Paragraph(text) for text in (meaning, f"It is {now}." if now else "") if text]
    yield Section("", tuple(parts))
    passed = origins_of(network.spec, path)
    if passed:
        yield Section("where it comes from", (Origins("", tuple(map(origin, passed))),))
    else:
        yield Section("where it comes from", (Paragraph(_default(network, path)),))
    if path == ("training", "optimizer"):
        yield from optimizer_sections(network)
    if path == ("training", "watch"):
        yield from watched_sections(network)
    if path[:2] == ("training", "loss"):
        yield from loss_sections(network, str(path[2]) if len(path) > 2 else None)
    if path[0] == "vars" and len(path) == 2:
        yield from _use_sections(network, str(path[1]))


def origin(passed: Passed) -> Origin:
    """A place that a value has gone through, for a table."""
    return Origin(place(passed.span), passed.written, passed.said)


def place(span: Span) -> str:
    """`resnet.yaml:24`; a setting by its number is but `--set`."""
    return span.file if span.file.startswith("--") else f"{span.file}:{span.line}"


def holder(network: Network, path: Keys) -> tuple[Fields | None, Keys]:
    """The section, or a part of it, that a path leads through, as it was read, and the keys that are left."""
    sections: dict[object, object] = {"training": network.spec.training, "data": network.spec.data}
    found, rest = sections.get(path[0]), path[1:]
    while rest and isinstance(found, Fields):
        below = getattr(found, str(rest[0]), None) if str(rest[0]) in type(found).model_fields else None
        if isinstance(below, Kind) and len(rest) > 1 and rest[1] == below.kind:
            found, rest = below, rest[2:]
        elif isinstance(below, Fields) and len(rest) > 1:
            found, rest = below, rest[1:]
        else:
            break
    return (found if isinstance(found, Fields) else None), rest


def _meaning(network: Network, path: Keys) -> str:
    """What the reference says of the key."""
    if len(path) == 1:
        return _sentence(TOP_LEVEL.get(str(path[0]), ""))
    found, rest = holder(network, path)
    if found is None:
        return ""
    if not rest and isinstance(found, Kind):
        return " ".join((type(found).__doc__ or "").split("\n\n")[0].split())
    return " ".join(field_docs(type(found)).get(str(rest[0]), "").split()) if rest else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text and not text.endswith(".") else text


def _now(network: Network, path: Keys) -> str:
    """The value as it holds, everything computed."""
    if path[0] == "vars" and len(path) == 2:
        found = network.spec.variables.find(str(path[1])) if path[1] in network.spec.variables.raw else None
        return show(plain(found), _LONGEST) if found is not None else ""
    section, rest = holder(network, path)
    if section is not None and len(rest) == 1 and str(rest[0]) in type(section).model_fields:
        return said(getattr(section, str(rest[0])))
    value = follow(network.spec.root, path).value
    return show(plain(value), _LONGEST) if value is not None else ""


def said(value: object) -> str:
    """A value as it holds, in words."""
    if isinstance(value, Kind):
        arguments = ", ".join(f"{name} {said(each)}" for name, each in value.written().items())
        return value.kind + (f" with {arguments}" if arguments else "")
    if isinstance(value, Fields):
        given = (name for name in type(value).model_fields if name in value.model_fields_set)
        return f"{{{', '.join(f'{name}: {said(getattr(value, name))}' for name in given)}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(said, value))}]"
    if isinstance(value, str):
        return value
    return "null, not set" if value is None else show(value, _LONGEST)


def _default(network: Network, path: Keys) -> str:
    section, rest = holder(network, path)
    if section is None or not rest:
        return "Nothing is written of it."
    info = type(section).model_fields[str(rest[0])]
    if info.is_required():
        return "Nothing is written of it."
    return f"Nothing is written of it: it is the default, {said(info.default)}."


def _use_sections(network: Network, name: str) -> Iterator[Section]:
    """The layers and blocks whose entries name the variable, once for each time that they run."""
    found: list[Step] = []
    for _, step in network.steps:
        made_by_one = any(step.span == outer.span and step.name.startswith(f"{outer.name}.") for outer in found)
        if not made_by_one and name in _names_of(network, step):
            found.append(step)
    if found:
        more = (f"and {len(found) - _MOST_USES} more",) if len(found) > _MOST_USES else ()
        yield Section("which entries read it", (Points((*(step.name for step in found[:_MOST_USES]), *more)),))


def _names_of(network: Network, step: Step) -> frozenset[str]:
    """The names that the step's own entry uses, but for parameters of the block that it stands in."""
    entry = entry_of(network.spec, step.span)
    if entry is None:
        return frozenset()
    own = [entry.value] if step.layer is not None or step.block else _beside_entries(entry.value)
    block = block_around(network.spec, step.span)
    hidden = frozenset(block.parameter_names) if block is not None else frozenset()
    return frozenset[str]().union(*map(references, own)) - hidden


def _beside_entries(value: Value) -> list[Value]:
    """Of an entry around others, as a residual, the arguments that are not entries themselves."""
    each = [entry.value for entry in value] if isinstance(value, Mapping) else [value]
    return [argument for argument in each if isinstance(argument, Scalar)]
