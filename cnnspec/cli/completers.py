"""What may stand for the names of specs and runs that somebody begins to type."""

import importlib
from pathlib import Path

from cnnspec.language.bundled import bundled_names
from cnnspec.runs.places import RUNS


def complete_bundled(incomplete: str) -> list[str]:
    """Bundled names that begin with what was typed."""
    return [name for name in bundled_names() if name.startswith(incomplete)]


def complete_spec(incomplete: str) -> list[str]:
    """Bundled names and spec files that begin with what was typed; after an @, the variants."""
    name, at, _ = incomplete.partition("@")
    if name and at:  # only now is a spec read, for which much is imported
        variants = importlib.import_module("cnnspec.language.document").variants_of(name)
        return [each for each in (f"{name}@{variant}" for variant in variants) if each.startswith(incomplete)]
    folder = Path(incomplete).parent if "/" in incomplete else Path()
    files = [str(path) for path in sorted(folder.glob("*.yaml"))] if _is_folder(folder) else []
    return [name for name in (*bundled_names(), *files) if name.startswith(incomplete)]


def complete_run(incomplete: str) -> list[str]:
    """Runs in the folder runs that begin with what was typed."""
    found = sorted(path.parent for path in RUNS.glob("*/spec.yaml")) if _is_folder(RUNS) else []
    return [str(path) for path in found if str(path).startswith(incomplete)]


def _is_folder(path: Path) -> bool:
    """Whether there is a folder; what the operating system will not look at is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


COMPLETERS = {each.__name__: each for each in (complete_bundled, complete_spec, complete_run)}
"""By the names that the table of completion has for them."""
