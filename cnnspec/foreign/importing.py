"""From a file to the spec that says the same."""

from pathlib import Path

from cnnspec.foreign.read import read_network
from cnnspec.foreign.spec_of import ImportedSpec, spec_of


def imported(path: Path) -> ImportedSpec:
    """The spec of a file's network; raises Rejected for a file that is none, or OSError."""
    return spec_of(read_network(path), path.name)
