"""The real program, as its user starts it."""

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from cnnspec.cli import screen
from cnnspec.cli.app import carried_out
from tests.support.warm_start import warm_start

FINE, WRONG, USAGE = 0, 1, 2

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def run(
    *arguments: object, folder: Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The program, from its command line to its end; it finds TensorFlow loaded where it can."""
    words, environment = [*map(str, arguments)], os.environ if env is None else env
    if warm_start().suits(environment):
        return warm_start().run(words, folder, environment, stdin, timeout=300)
    return run_cold(*arguments, folder=folder, stdin=stdin, env=env)


def run_here(*arguments: object, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """`run` in this process, where nothing is about it: a small part of what a program takes."""
    words, written = [*map(str, arguments)], [io.BytesIO(), io.BytesIO()]
    streams = [io.TextIOWrapper(each, "utf-8", write_through=True) for each in written]
    _forget_consoles()
    with contextlib.chdir(folder), contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            code: object = carried_out(words)
        except SystemExit as end:
            code = end.code or FINE
    _forget_consoles()
    assert isinstance(code, int), code
    return subprocess.CompletedProcess(words, code, *(each.getvalue() for each in written))


def _forget_consoles() -> None:
    """They are made once for a process, over the streams of that moment."""
    screen.output.cache_clear()
    screen.errors.cache_clear()


def run_cold(
    *arguments: object,
    folder: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    first: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """The program as its user starts it, with nothing loaded; `first` is done in its process before it begins."""
    command = [sys.executable, "-m", "cnnspec", *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, input=stdin, env=env, preexec_fn=first, capture_output=True, timeout=300, check=False
    )


def refused(done: subprocess.CompletedProcess[bytes], code: int, *words: str) -> str:
    """What it said, once it is clear that it said it well."""
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    assert not CONTROL.search(said), repr(said)
    for word in words:
        assert word in said, said
    return said
