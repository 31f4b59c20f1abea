"""The folder that a spec's data paths start from, and never leave."""

from dataclasses import dataclass
from pathlib import Path

from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import FILE


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where data lies: beside the spec, or where the person running the command says (`--data-root`)."""

    path: Path

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
        return path.resolve().is_relative_to(self.path.resolve())

    def _real(self, relative: str, what: str) -> Path:
        path = self.path / relative
        if not self.holds(path):
            raise rejected("outside", f"{path} lies outside {self.path}", f"a {what} below it", _HELP, at=FILE)
        if not path.exists():
            raise rejected("no-file", f"there is no {what} {path}", "the data that the spec names", _HELP, at=FILE)
        return path.resolve()


_HELP = "paths are relative to the spec, or to the folder that --data-root names"
