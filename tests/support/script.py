"""A program that is given as text, in a process of its own: `python -m tests.support.script TEXT`."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.places import ENVIRONMENT
from tests.support.warm_start import warm_start


def run_script(
    text: str, folder: Path, environment: Mapping[str, str] = ENVIRONMENT
) -> subprocess.CompletedProcess[bytes]:
    """The program in this folder, which finds TensorFlow and the package loaded; raises CalledProcessError."""
    done = warm_start().run([text], folder, environment, module=__name__)
    done.check_returncode()
    return done


if __name__ == "__main__":
    exec(compile(sys.argv[1], "script", "exec"), {"__name__": "__main__"})
