"""The specs that come with cnnspec, those of a folder, and a first one of one's own."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnspec.api.named import PathLike, path_of
from cnnspec.api.new_file import already_there, check_folder
from cnnspec.api.printed import Printed
from cnnspec.language.bundled import bundled_folder, bundled_names, bundled_text
from cnnspec.language.bundled_variants import bundled_meant, bundled_variants
from cnnspec.language.keys import NAME_PATTERN
from cnnspec.reports.safe import shown
from cnnspec.reports.summary.listing import overview, specs_in
from cnnspec.reports.summary.overview import OverviewRow, overview_sheet, overview_sheets
from cnnspec.reports.table import Sheet
from cnnspec.runs.files import write_text
from cnnspec.source.diagnostic import rejected, suggestion
from cnnspec.source.route import NOWHERE

SCHEMA = "cnnspec.schema.json"
"""What the first line of a bundled spec names for editors."""


@dataclass(frozen=True, slots=True, repr=False)
class Specs(Printed):
    """Specs, a line each; a sequence of what `load` takes."""

    rows: tuple[OverviewRow, ...]
    names: tuple[str, ...]
    by_subject: bool = False

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> str:
        return self.names[number]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __repr__(self) -> str:
        return f"<Specs: {', '.join(self.names)}>"

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return overview_sheets(self.rows) if self.by_subject else (overview_sheet(self.rows),)


def list_specs(folder: PathLike | None = None) -> Specs:
    """The bundled specs by their subjects, or those of a folder."""
    if folder is not None:
        files = specs_in(Path(path_of(folder, "list_specs() takes a folder")))
        return Specs(overview(files), tuple(map(str, files)))
    names = tuple(bundled_names())
    return Specs(overview([bundled_folder() / f"{name}.yaml" for name in names]), names, by_subject=True)


def show_spec(name: str) -> str:
    """A bundled spec's text; with `@variant`, that one is its default. Raises Rejected where there is none."""
    plain, at, variant = name.partition("@")
    if plain not in bundled_names():
        words = bundled_meant(name)
        help = f"write {' or '.join(words)}" if words else suggestion(name, bundled_names(), 40)
        raise rejected("unknown-spec", f"there is no bundled spec {name}", help=help, at=NOWHERE)
    text = bundled_text(plain)
    if not at:
        return text
    if variant not in (known := bundled_variants(plain)):
        help = suggestion(f"{plain}@{variant}", [f"{plain}@{each}" for each in known]) or f"write {plain}"
        raise rejected("unknown-variant", f"{plain} has no variant {variant}", help=help, at=NOWHERE)
    return _with_default(text, variant)


def _with_default(text: str, variant: str) -> str:
    """A spec's text with another default variant, which stands before its variants where there was none."""
    line = f"default_variant: {variant}"
    if re.search(r"(?m)^default_variant:", text):
        return re.sub(r"(?m)^default_variant:.*$", line, text, count=1)
    return re.sub(r"(?m)^(?=extends:|variants:)", f"{line}\n", text, count=1)


def copy_spec(name: str, target: PathLike | None = None, force: bool = False) -> Path:
    """Copy a bundled spec, to change it: to a file or into a folder, here by default; where it is now.

    Raises Rejected where a file is there already, unless it is to be replaced by `force`.
    """
    text, file = show_spec(name), f"{name.partition('@')[0]}.yaml"
    path = Path(file if target is None else path_of(target, "copy_spec() takes a file"))
    return _written(path / file if path.is_dir() else path, text, force)


def init(file: PathLike = "network.yaml", start: str = "digits", force: bool = False) -> Path:
    """Write a first spec of your own, that of digits or of another bundled spec to `start` from; where it is.

    Raises Rejected where a file is there already, unless it is to be replaced by `force`.
    """
    text, path = show_spec(start), Path(path_of(file, "init() takes a file"))
    path = path if path.suffix else path.with_name(f"{path.name}.yaml")
    if path.suffix not in (".yaml", ".yml") or not re.fullmatch(NAME_PATTERN, path.stem):
        expected = "a letter, then at most 63 letters, digits, _, . or -, and .yaml"
        raise rejected("usage", f"{shown(str(path))} is no name for a network", expected, at=NOWHERE)
    return _written(path, to_change(text, path.stem), force)


def to_change(text: str, name: str) -> str:
    """A spec under a name of its own, without what is true of the bundled one alone: its figures and expectations."""
    text = re.sub(r"(?m)^name:.*$", f"name: {name}", text, count=1)
    text = re.sub(r"(?m)^expect:.*\n([ \t]+.*\n)*", "", text)
    said, _, spec = text.partition("\ncnnspec:")
    kept = re.split(r"(?m)^# command:", said)[0].rstrip("#\n ")
    return f"{kept}\n\ncnnspec:{spec}"


def _written(path: Path, text: str, force: bool) -> Path:
    check_folder(path)
    if os.path.lexists(path) and not force:  # a link that leads nowhere is somebody's, too
        raise already_there(path)
    write_text(path, text)
    write_schema(path.parent)
    return path


def write_schema(folder: Path) -> Path | None:
    """Put the schema that a spec's first line names beside it, for the editor; None where one is there and stays."""
    path = folder / SCHEMA
    if os.path.lexists(path):
        return None
    write_text(path, (bundled_folder() / SCHEMA).read_text(encoding="utf-8"))
    return path
