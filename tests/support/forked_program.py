"""A program that a process has forked for a test, as the test sees it."""

import os
import select
import signal
import subprocess
from pathlib import Path

from tests.support.spare_process import is_spare


class Program:
    """A program that runs, and what it has said: what `subprocess.Popen` is to a cold one.

    The files hold what it writes to its streams; they are closed once it has ended. What it shows on a terminal, the
    terminal's owner reads.
    """

    def __init__(self, told: int, said: int, errors: int) -> None:
        self._told, self._files, self._said = told, (said, errors), (b"", b"")
        self.pid = int(os.read(told, 64))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        return self._awaited(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; raises subprocess.TimeoutExpired where it has not ended in so many seconds."""
        if (code := self._awaited(timeout)) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it has written to both streams, once it has ended."""
        self.wait(timeout)
        output, errors = self.said
        return output.decode(), errors.decode()

    def kill(self) -> None:
        """End it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    @property
    def children(self) -> list[int]:
        """The processes that it has started and that are there."""
        found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [number for number in map(int, found) if not is_spare(number)]

    @property
    def said(self) -> tuple[bytes, bytes]:
        """What it has written so far to its output and its errors."""
        return self._said if self.returncode is not None else (_whole(self._files[0]), _whole(self._files[1]))

    def _awaited(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], seconds)[0]:
            code, self._said = int(os.read(self._told, 64)), self.said
            self.returncode = code
            for each in (self._told, *self._files):
                os.close(each)
        return self.returncode


def _whole(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)
