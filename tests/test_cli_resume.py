"""`cnnspec train --resume` as a whole program."""

import subprocess
import sys
from pathlib import Path


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A training that runs in this folder."""
    command = [sys.executable, "-m", "cnnspec", "train", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_resume_takes_no_spec_and_train_needs_one(tmp_path: Path) -> None:
    """A usage error, with what to write."""
    for arguments, said in ((["digits", "--resume", "x"], "--resume together with a spec"), ([], "train needs a spec")):
        process = started(tmp_path, *arguments)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 2 and said in errors
