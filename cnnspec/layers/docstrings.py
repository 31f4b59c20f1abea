"""What the docstrings under fields say, for the schema and the documentation.

Read from the source when asked for: pydantic can do it too, but does so while classes are made,
which doubles the time that every command takes to start.
"""

import ast
import sys
from functools import cache
from inspect import cleandoc, getsource

from cnnspec.layers.model import Fields


def field_docs(model: type[Fields]) -> dict[str, str]:
    """Field -> the docstring under it, that of the nearest base which has one; fields without any are left out."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Fields):
            found.update(_module_docs(base.__module__).get(base.__name__, {}))
    return {name: found[name] for name in model.model_fields if name in found}


@cache
def _module_docs(module: str) -> dict[str, dict[str, str]]:
    """Class -> field -> docstring, for the classes of a module."""
    tree = ast.parse(getsource(sys.modules[module]))
    return {node.name: _class_docs(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _class_docs(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for field, after in zip(node.body, node.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            found[field.target.id] = cleandoc(after.value.value)
    return found
