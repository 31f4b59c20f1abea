"""The door into the backend: what mypy sees there is what is imported when it is used."""

import ast
import subprocess
import sys
from pathlib import Path

from cnnspec import door


def test_what_is_imported_is_what_mypy_sees() -> None:
    """Each module that the door names for mypy is the one that it imports by that name, and it offers all of them."""
    (branch,) = [node for node in ast.parse(Path(door.__file__).read_text()).body if isinstance(node, ast.If)]
    seen = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert vars(door)["_PLACES"] == seen and sorted(seen) == door.__all__


def test_the_door_itself_imports_nothing_that_takes_long() -> None:
    """Not before one of its modules is asked for."""
    program = (
        "import sys; from cnnspec import door\n"
        "assert not {'tensorflow', 'keras', 'cnnspec.backend', 'cnnspec.language.schema'} & sys.modules.keys()\n"
        "door.schema\n"
        "assert 'cnnspec.language.schema' in sys.modules and 'cnnspec.backend' not in sys.modules\n"
        "assert not hasattr(door, 'backend')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
