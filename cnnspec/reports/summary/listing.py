"""The specs of a folder, each in a line: what its network is, and what its header says."""

import re
from collections.abc import Sequence
from pathlib import Path

from cnnspec.analysis import analyse
from cnnspec.reports.summary.collect import collect
from cnnspec.reports.summary.overview import OverviewRow, subject_of
from cnnspec.source.text import MAX_BYTES
from cnnspec.source.values import Mapping

_SPEC = re.compile(r"^(?:\{\s*)?[\"']?cnnspec[\"']?\s*:", re.MULTILINE)
_PROBLEM = re.compile(r"^#\s*problem:\s*(.+)$", re.MULTILINE | re.IGNORECASE)
_SCORE = re.compile(r"^#\s*score:\s*(.+)$", re.MULTILINE | re.IGNORECASE)


def overview(files: Sequence[Path]) -> tuple[OverviewRow, ...]:
    """A line for each file."""
    return tuple(map(_row, files))


def specs_in(folder: Path) -> list[Path]:
    """The YAML files of a folder that are specs."""
    return [path for path in sorted(folder.glob("*.yaml")) if path.is_file() and _SPEC.search(_head(path))]


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _row(path: Path) -> OverviewRow:
    analysis, head = analyse(str(path)), _head(path)
    score, problem = (each[1].strip() if (each := said.search(head)) else "" for said in (_SCORE, _PROBLEM))
    spec, graph = analysis.spec, analysis.graph
    if spec is None or graph is None:
        return OverviewRow(path.stem, None, score, problem)
    found = collect(spec.shown, spec.reference, graph)
    variants = spec.root.get("variants")
    names = variants.keys() if isinstance(variants, Mapping) else ()
    return OverviewRow(found.name, found, score, problem, subject_of(graph), spec.data is not None, tuple(names))
