"""Where a value comes from: the files, variables, variants and settings that it has gone through, in order."""

from collections.abc import Iterator
from dataclasses import replace

from cnnspec.language.merge import NOT_INHERITED
from cnnspec.language.references import references
from cnnspec.language.spec import Spec
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Keys, Mapping, Scalar, Value, follow, plain, show

_LONGEST = 60


@frozen
class Passed:
    """A place that a value has gone through: what is written there, and what that does to what was before it.

    `of` is the variable that the value is there, where it is one.
    """

    span: Span
    written: str
    said: str
    of: str = ""


def origins_of(spec: Spec, path: Keys) -> tuple[Passed, ...]:
    """The places of what stands at a path of the spec; of a variable's if the path is `vars`, its name."""
    if len(path) == 2 and path[0] == "vars":
        return (*of_references(spec, _reference(str(path[1]), spec)),)
    found = [*_in_files(spec, path), *_by_settings(spec, path)]
    value = follow(spec.root, path).value
    return (*_in_order(found), *(of_references(spec, value) if value is not None else ()))


def _reference(name: str, spec: Spec) -> Value:
    return Scalar(f"${name}", spec.root.span, f"${name}")


def _in_order(found: list[Passed]) -> Iterator[Passed]:
    """The first writes it; those after it replace what was there."""
    for number, each in enumerate(found):
        yield replace(each, said=f"{each.said}, in place of it" if number else each.said)


def _in_files(spec: Spec, path: Keys) -> Iterator[Passed]:
    """The furthest base first."""
    for number, (_, root) in reversed(list(enumerate(spec.written))):
        if number and path[0] in NOT_INHERITED:
            continue
        found = follow(root, path)
        if found.value is not None and _is_whole(root, path):
            by = "written here" if not number else "written in what is extended"
            yield Passed(found.span, written(found.value), by)


def _is_whole(root: Mapping, path: Keys) -> bool:
    """Whether the path leads to its end in this document."""
    return follow(root, path).value is not None


def _by_settings(spec: Spec, path: Keys) -> Iterator[Passed]:
    texts = tuple(map(str, path))
    for setting in spec.settings:
        if setting.path == texts[: len(setting.path)] or setting.path[: len(texts)] == texts:
            shown = f"{'.'.join(setting.path)}={written(setting.value)}"
            yield Passed(setting.span, shown, "set on the command line")


def of_references(spec: Spec, value: Value) -> Iterator[Passed]:
    """The places of the variables that a value names, and of those that they name."""
    waiting, known = sorted(references(value)), set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in known or name not in spec.variables.raw:
            continue
        known.add(name)
        yield from of_variable(spec, name)
        waiting += sorted(references(spec.variables.raw[name]))


def of_variable(spec: Spec, name: str) -> Iterator[Passed]:
    """The places that give a variable its value: file by file, `vars` and then the variant, the nearest last."""
    found: list[Passed] = []
    for number, (location, root) in reversed(list(enumerate(spec.written))):
        inherited = "" if not number else " of what is extended"
        chosen = spec.variant if not number else location.variant or _default(root)
        found += _entry(root, ("vars", name), f"the variable {name}{inherited}", name)
        if chosen is not None:
            found += _entry(root, ("variants", chosen, name), f"the variant {chosen}{inherited}", name)
    for setting in spec.settings:
        if setting.path[:2] == ("vars", name):
            shown = f"{'.'.join(setting.path)}={written(setting.value)}"
            found.append(Passed(setting.span, shown, "set on the command line", name))
    yield from _in_order(found)


def _default(root: Mapping) -> str | None:
    value = root.get("default_variant")
    return value.text if isinstance(value, Scalar) else None


def _entry(root: Mapping, path: Keys, said: str, name: str) -> list[Passed]:
    found = follow(root, path)
    return [Passed(found.span, written(found.value), said, name)] if found.value is not None else []


def written(value: Value) -> str:
    """A value as it is written, on one line, cut where it is long."""
    if isinstance(value, Scalar) and value.plain and value.text:
        return value.text if len(value.text) <= _LONGEST else f"{value.text[: _LONGEST - 1]}…"
    return show(plain(value), _LONGEST)
