"""Families whose files are imported when a spec names one of their kinds."""

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar, cast

from cnnspec.layers.kind import Kind

Member = TypeVar("Member", bound=Kind)
_CLASS = re.compile(r"^class (\w+)\(([^)]*)\):", re.MULTILINE)
_KIND = re.compile(r'\bkind="(\w+)"')


class Members(Mapping[str, type[Member]]):
    """The kinds of a family in a file of its own, which is imported when it is asked which they are."""

    def __init__(self, module: str, base: str) -> None:
        self._module, self._base = module, base

    @cached_property
    def _members(self) -> Mapping[str, type[Member]]:
        family = getattr(importlib.import_module(self._module), self._base)
        return cast(Mapping[str, type[Member]], family.members)

    def __getitem__(self, kind: str) -> type[Member]:
        return self._members[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


class Registry(Mapping[str, type[Member]]):
    """The kinds of a family in several files: their names are read off the text, a file is imported for its kinds."""

    def __init__(self, package: str, files: Sequence[str], base: type[Member]) -> None:
        self._package, self._files, self._base = package, files, base

    @cached_property
    def _file_of(self) -> Mapping[str, str]:
        """Kind -> the module that declares it, file by file."""
        modules = (f"{self._package}.{file}" for file in self._files)
        return {kind: module for module in modules for kind in _kinds(module)}

    def __getitem__(self, kind: str) -> type[Member]:
        module = self._file_of[kind]
        if kind not in self._base.members:
            importlib.import_module(module)
        return cast(type[Member], self._base.members[kind])

    def __contains__(self, kind: object) -> bool:
        return kind in self._file_of

    def __iter__(self) -> Iterator[str]:
        return iter(self._file_of)

    def __len__(self) -> int:
        return len(self._file_of)


def _kinds(module: str) -> Iterator[str]:
    """The kinds that people may write, in the order of their classes, but for those of a family that starts there.

    Raises OSError where there is no source.
    """
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    others: set[str] = set()
    for name, declared in _CLASS.findall(Path(spec.origin).read_text(encoding="utf-8")):
        base, found = declared.split(",")[0].strip(), _KIND.search(declared)
        if "family=" in declared or base in others:
            others.add(name)
        elif found and "hidden=True" not in declared:
            yield found[1]
