"""The folder that a spec's data paths start from, and never leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.language.location import real_path
from cnnspec.source.answers import advice, reason
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import FILE

if TYPE_CHECKING:
    from cnnspec.backend.data.given import Given


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where data lies: beside the spec, or where the person running the command says (`--data-root`).

    What a program holds in memory is `given`; `classes` are those of a run, by output, where its labels are read again.
    `beside` names columns that are wanted beside inputs and labels.
    """

    path: Path
    given: "Given | None" = None
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: tuple[str, ...] = ()

    def find(self, relative: str) -> Path:
        """The file that a spec names; raises Rejected if it is missing, no file, or outside, links followed."""
        real = self._real(relative, "file")
        if not real.is_file():
            raise rejected("no-file", f"{self.path / relative} is no file", "a file of data", at=FILE)
        return real

    def find_folder(self, relative: str) -> Path:
        """The folder that a spec names, as it names it; raises Rejected like `find`."""
        path = self.path / relative
        if not self._real(relative, "folder").is_dir():
            raise rejected("no-file", f"{path} is no folder", "a folder with one folder for each class", at=FILE)
        return path

    def holds(self, path: Path) -> bool:
        """Whether a path stays below this folder, links followed."""
        return real_path(path).is_relative_to(real_path(self.path))

    def _real(self, relative: str, what: str) -> Path:
        path = self.path / relative
        if not self.holds(path):
            raise self._outside(path, what)
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            link = self._link(path)
            received = f"there is no {what} {path}" if link is None else f"{_leads(path, link)}, where nothing is"
            raise rejected("no-file", received, _EXPECTED, _HELP, at=FILE) from None
        except OSError as error:  # a name that is too long, links in a circle, a folder that may not be entered
            message = f"{path} cannot be read: {reason(error)}"
            raise rejected("no-file", message, _EXPECTED, advice(error), at=FILE) from None
        return real_path(path)

    def _outside(self, path: Path, what: str) -> Rejected:
        """A link is told as such: people do not see that it leaves the folder."""
        link = self._link(path)
        if link is None:
            return rejected("outside", f"{path} lies outside {self.path}", f"a {what} below it", _HELP, at=FILE)
        received = f"{_leads(path, link)}, outside {self.path}"
        help = f"copy what it leads to, or name the folder of that by --data-root; {_HELP}"
        return rejected("outside", received, f"a {what} below it", help, at=FILE)

    def _link(self, path: Path) -> Path | None:
        """The first link on the way from the data's folder to a path; None where there is none."""
        parts = path.relative_to(self.path).parts if path.is_relative_to(self.path) else ()
        steps = (self.path.joinpath(*parts[: count + 1]) for count in range(len(parts)))
        return next((step for step in steps if step.is_symlink()), None)


def _leads(path: Path, link: Path) -> str:
    of = f"{path} lies behind a link: " if path != link else ""
    return f"{of}{link} is a link to {link.readlink()}"


_EXPECTED = "the data that the spec names"
_HELP = "paths are relative to the spec, or to the folder that --data-root names"
