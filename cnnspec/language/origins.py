"""Where a value comes from: the files, variables, variants and settings that it has gone through, in order."""

from collections.abc import Iterator
from dataclasses import replace

from cnnspec.language.merge import NOT_INHERITED, overlay
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
    value = follow(spec.root, path).value
    through = (*_in_files(spec, path), *_by_settings(spec, path))
    return (*through, *(of_references(spec, value) if value is not None else ()))


def _reference(name: str, spec: Spec) -> Value:
    return Scalar(f"${name}", spec.root.span, f"${name}")


def _in_files(spec: Spec, path: Keys) -> Iterator[Passed]:
    """The furthest base first; each is laid over those before it."""
    held: Value | None = None
    for number, (_, root) in reversed(list(enumerate(spec.written))):
        found = follow(root, path)
        if found.value is None or (number and path[0] in NOT_INHERITED):
            continue
        by = "written here" if not number else "written in what is extended"
        yield Passed(found.span, written(found.value), f"{by}{_over(held, found.value, path)}")
        held = found.value if held is None else overlay(held, found.value, tuple(map(str, path)))


def _over(held: Value | None, value: Value, path: Keys) -> str:
    """What a value does to the one that was there."""
    if held is None:
        return ""
    if isinstance(value, Scalar) and value.value is None:
        return ", and takes it out"
    whole = overlay(held, value, tuple(map(str, path))) == value
    return ", in place of it" if whole else ", laid over it key by key"


def _by_settings(spec: Spec, path: Keys) -> Iterator[Passed]:
    texts = tuple(map(str, path))
    for setting in spec.settings:
        shown = f"{'.'.join(setting.path)}={written(setting.value)}"
        if setting.path == texts[: len(setting.path)]:
            yield Passed(setting.span, shown, "set on the command line, in place of it")
        elif setting.path[: len(texts)] == texts:
            yield Passed(setting.span, shown, "set in it on the command line")


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
    for number, each in enumerate(found):
        yield replace(each, said=f"{each.said}, in place of it" if number else each.said)


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
