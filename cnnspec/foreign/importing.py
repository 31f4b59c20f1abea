"""From a file to the spec that says the same."""

from pathlib import Path

from cnnspec.foreign.read import read_network
from cnnspec.foreign.spec_of import ImportedSpec, spec_of
from cnnspec.foreign.yaml_text import lines


def imported(path: Path) -> ImportedSpec:
    """The spec of a file's network; raises Rejected for a file that is none, or OSError."""
    return spec_of(read_network(path), path.name)


def start_from(weights: str, partial: bool = False) -> str:
    """What a spec writes to start from a file of weights, or from those of them that fit."""
    start = {"weights": weights, "strict": False} if partial else weights
    return "\n".join(lines("training", {"start_from": start}))
