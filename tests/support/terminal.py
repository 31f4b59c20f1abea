"""The program on a terminal of 80 x 24 that controls its session: as a person starts it."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from tests.support.places import ENVIRONMENT
from tests.support.warm_start import warm_start

CTRL_C = b"\x03"
_COLD = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "cnnspec", *sys.argv[1:]])
"""


class Running(Protocol):
    """What a process of Python's and one that was forked have in common."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""

    def kill(self) -> None:
        """End it."""


Start = Callable[[tuple[str, ...], Path, Mapping[str, str], int], Running]
"""Starts the program with these words, in a folder and an environment, on a terminal."""


def warm(words: tuple[str, ...], folder: Path, environment: Mapping[str, str], terminal: int) -> Running:
    """The program finds TensorFlow loaded."""
    return warm_start().start(words, folder, environment, terminal, shown=(terminal, terminal))


def cold(words: tuple[str, ...], folder: Path, environment: Mapping[str, str], terminal: int) -> Running:
    """The program has nothing loaded."""
    command = [sys.executable, "-c", _COLD, *words]
    return subprocess.Popen(command, cwd=folder, env=environment, stdin=terminal, stdout=terminal, stderr=terminal)


def watched(
    *words: str, folder: Path, keys: Callable[[str], bytes] = lambda shown: b"", start: Start = warm
) -> tuple[int, str]:
    """The program's exit code and all that it has shown; `keys` are typed by what it has shown so far."""
    environment = {name: value for name, value in ENVIRONMENT.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    ours, its = opened()
    running = start(words, folder, {**environment, "TERM": "xterm-256color"}, its)
    os.close(its)
    try:
        shown = _followed(ours, keys)
        return running.wait(timeout=60), shown
    finally:
        running.kill()
        os.close(ours)


def opened() -> tuple[int, int]:
    """Our end of a terminal, and the program's."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return ours, its


def _followed(terminal: int, keys: Callable[[str], bytes]) -> str:
    shown = b""
    while chunk := _read(terminal):
        shown += chunk
        if typed := keys(shown.decode(errors="replace")):
            os.write(terminal, typed)
    return shown.decode(errors="replace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # what Linux says once nobody has the other end open
        return b""
