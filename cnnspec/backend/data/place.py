"""The folder that a spec's data paths start from, and never leave."""

from dataclasses import dataclass
from pathlib import Path

from cnnspec.backend.data.wrong import rejected


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where data lies: beside the spec, or where the person running the command says (`--data-root`)."""

    path: Path

    def find(self, relative: str) -> Path:
        """The file that a spec names; raises Rejected if it is missing, no file, or outside, links followed."""
        path = self.path / relative
        real, root = path.resolve(), self.path.resolve()
        if not real.is_relative_to(root):
            raise rejected("outside", f"{path} lies outside {self.path}", "a file below it", _HELP)
        if not real.exists():
            raise rejected("no-file", f"there is no file {path}", "the data that the spec names", _HELP)
        if not real.is_file():
            raise rejected("no-file", f"{path} is no file", "a file with arrays")
        return real


_HELP = "paths are relative to the spec, or to the folder that --data-root names"
