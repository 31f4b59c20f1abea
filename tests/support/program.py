"""The real program, as its user starts it."""

import re
import subprocess
import sys
from pathlib import Path

FINE, WRONG, USAGE = 0, 1, 2


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def run(*arguments: object, folder: Path, stdin: bytes = b"", **options: object) -> subprocess.CompletedProcess[bytes]:
    """The program, as its user starts it."""
    command = [sys.executable, "-m", "cnnspec", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, timeout=300, **options)  # type: ignore[call-overload]


def refused(done: subprocess.CompletedProcess[bytes], code: int, *words: str) -> str:
    """What it said, once it is clear that it said it well."""
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    assert not CONTROL.search(said), repr(said)
    for word in words:
        assert word in said, said
    return said
