"""The text of the predict.py that lies beside an exported file: one file, that imports nothing of ours."""

import ast
import sys
from pathlib import Path
from types import ModuleType

from cnnspec.backend.data import pixels, standardize
from cnnspec.backend.export import standalone, standalone_inputs

_OWN, _OPTIONAL = "cnnspec", "PIL"
"""What is not imported: what stands in the file itself, and what a machine may lack where no pictures are read."""
_MAIN = '\n\nif __name__ == "__main__":'


def predict_script() -> str:
    """The standalone module with what it takes from others in it, in place of the imports."""
    parts = [_Part(module) for module in (standalone, standalone_inputs, standardize, pixels)]
    program, main, end = parts[0].body.partition(_MAIN)
    bodies = "\n\n\n".join(body.strip("\n") for body in (program, *(part.body for part in parts[1:])))
    head = (parts[0].docstring, "from __future__ import annotations", _imports(parts), _PICTURES)
    return "\n\n".join((*head, bodies)) + main + end


_PICTURES = """try:
    from PIL import Image, ImageOps
except ImportError:  # then arrays and texts alone are read
    Image = ImageOps = None"""


def _imports(parts: list["_Part"]) -> str:
    """All imports, each once: of Python's own modules, then of others."""
    whole, names = set[str](), dict[str, set[str]]()
    for node in (node for part in parts for node in part.imports):
        if isinstance(node, ast.Import):
            whole |= {ast.unparse(node)}
        else:
            names.setdefault(node.module or "", set()).update(each.name for each in node.names)
    lines = sorted(whole) + [
        f"from {module} import {', '.join(sorted(found))}" for module, found in sorted(names.items())
    ]
    own = [line for line in lines if line.split()[1].partition(".")[0] in sys.stdlib_module_names]
    return "\n".join([*own, "", *(line for line in lines if line not in own)])


class _Part:
    """The source of a module: its docstring, its imports of modules that are not ours, and all that comes after."""

    def __init__(self, module: ModuleType) -> None:
        text = Path(module.__file__ or "").read_text(encoding="utf-8")
        lines, tree = text.splitlines(), ast.parse(text)
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        self.docstring = "\n".join(lines[: tree.body[0].end_lineno])
        self.body = "\n".join(lines[max(node.end_lineno or 0 for node in imports) :]) + "\n"
        self.imports = [node for node in imports if not _of(node) & {_OWN, _OPTIONAL, "__future__"}]


def _of(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
    return {name.partition(".")[0] for name in names}
