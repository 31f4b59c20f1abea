"""Runs as one web page that needs no other file."""

import os
from collections.abc import Iterable
from pathlib import Path

from cnnspec.api.named import PathLike
from cnnspec.api.reporting import Asked, Split, write_report
from cnnspec.api.run import Run, open_run
from cnnspec.runs.folder import RunFolder, refuse_twice
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE


def report(
    runs: PathLike | Run | Iterable[PathLike | Run],
    path: PathLike,
    *,
    split: Split | None = None,
    data_root: PathLike | None = None,
    changed_data: bool = False,
    force: bool = False,
) -> Path:
    """Write what was asked, seen and came of one run, or of several side by side, as a web page of its own.

    Scored is the `split`, or the test split where there is one. What cannot be made any more, since data or weights are
    gone or have changed, is said there; `changed_data` scores on what there is. With `force` over a file that is there.
    Raises Rejected; ImportError where `pip install 'cnnspec[report]'` is missing.
    """
    opened = [_opened(each) for each in _several(runs)]
    refuse_twice(each.told.shown for each in opened)
    if not opened:
        raise rejected("usage", "no run is named", "one run or more", at=NOWHERE)
    given = {run.path: run.given for run in opened if run.given is not None}
    asked = Asked(split, None if data_root is None else Path(data_root), changed_data, given)
    write_report([RunFolder(run.path) for run in opened], Path(path), asked, force)
    return Path(path)


def _opened(run: PathLike | Run) -> Run:
    return run if isinstance(run, Run) else open_run(run)


def _several(runs: PathLike | Run | Iterable[PathLike | Run]) -> list[PathLike | Run]:
    return [runs] if isinstance(runs, str | os.PathLike | Run) else list(runs)
