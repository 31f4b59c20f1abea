"""The specs that come with cnnspec: where they lie, and what they are called."""

from functools import cache
from pathlib import Path


@cache
def bundled_folder() -> Path:
    """The folder of the bundled specs: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / "specs"
    return beside if (package.parent / "pyproject.toml").is_file() and beside.is_dir() else package / "specs"


def bundled_names() -> tuple[str, ...]:
    """The names of the bundled specs."""
    return tuple(sorted(path.stem for path in bundled_folder().glob("*.yaml")))


def bundled_text(name: str) -> str:
    """What stands in a bundled spec."""
    return (bundled_folder() / f"{name}.yaml").read_text(encoding="utf-8")
