"""Where and with what a run was made: enough to make it again, and nothing about the person."""

import os
import platform
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from unicodedata import unidata_version

from cnnspec.language.location import real_path
from cnnspec.results.plan import written_fold

PACKAGES = ("cnnspec", "tensorflow", "keras", "numpy", "scikit-learn", "pydantic", "pyyaml", "pillow")


def describe(
    seed: int,
    auto: Mapping[str, str],
    folder: Path,
    fold: tuple[int, int] | None = None,
    ran_on: Mapping[str, object] | None = None,
    written: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """What environment.json holds.

    `folder` is the one that the spec's data paths start from, `fold` the part of a cross-validation, of how many,
    `ran_on` the devices and how they compute, `written` the files of the spec as it was written. `unicode` is the
    version by which letters, punctuation and white space of texts are told.
    """
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "unicode": unidata_version,
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "cpus": os.cpu_count(),
        **({"ran_on": dict(ran_on)} if ran_on else {}),
        "command": [Path(sys.argv[0]).name, *(impersonal(argument) for argument in sys.argv[1:])],
        "seed": seed,
        "auto": dict(auto),
        "data_folder": impersonal(str(real_path(folder))),
        **({"fold": written_fold(fold)} if fold else {}),
        **({"written": dict(written)} if written else {}),
    }


def versions_here() -> dict[str, str]:
    """What there is here of the packages that a run's environment.json names, and Python."""
    found = {name: _version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **{name: each for name, each in found.items() if each is not None}}


def impersonal(text: str) -> str:
    """The text with `~` for the home folder, whose name is the person's."""
    home = str(Path("~").expanduser())
    return re.sub(re.escape(home) + r"(?![\w.-])", "~", text) if len(home) > 1 else text


@cache
def _version(package: str) -> str | None:
    """What is imported does not change while the process runs."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
