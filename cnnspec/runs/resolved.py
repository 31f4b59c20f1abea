"""The spec of a run as YAML, with everything resolved: no base, no variants, every variable a value."""

import re
from collections.abc import Mapping
from typing import Any, cast

import yaml

from cnnspec.language.pretrained import with_one_variant
from cnnspec.language.spec import Spec
from cnnspec.source.values import plain

_LEFT_OUT = frozenset({"extends", "variants", "default_variant", "expect", "vars"})
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*( [A-Za-z0-9_.-]+)*|\$[A-Za-z_]\w*")
_NO_STRING = frozenset({"true", "false", "null"})


class _Writer(yaml.SafeDumper):
    """YAML that reads the same under 1.1 and 1.2: whatever is no plain word is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _string(writer: _Writer, text: str) -> yaml.ScalarNode:
    bare = bool(_WORD.fullmatch(text)) and text.lower() not in _NO_STRING
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=None if bare else '"')


_Writer.add_representer(str, _string)


def resolved_spec(spec: Spec, training: Mapping[str, object]) -> str:
    """The spec that reads back as this one; `training` has values for keys of its training section."""
    merged = cast(dict[str, object], plain(with_one_variant(spec.root, spec.variant)))
    variables = {name: _literal(plain(value)) for name, value in spec.variables.evaluate_all().items()}
    kept = {key: value for key, value in merged.items() if key not in _LEFT_OUT}
    kept["name"] = spec.name
    if variables:
        kept = _after_name(kept, "vars", variables)
    if "training" in kept or training:
        kept["training"] = {**cast(dict[str, object], kept.get("training") or {}), **training}
    return yaml.dump(kept, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def _after_name(document: dict[str, object], key: str, value: object) -> dict[str, object]:
    head = {name: document[name] for name in ("cnnspec", "name", "description", "reference") if name in document}
    return {**head, key: value, **{name: item for name, item in document.items() if name not in head}}


def _literal(value: object) -> object:
    """A computed value as it must be written to be read back: its dollars doubled."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, list):
        return [_literal(item) for item in value]
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    return value
