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


_PLAIN = """
import sys
assert not [name for name in sys.modules if name.startswith("cnnspec")]
sys.modules["cnnspec"] = None
"""


def run_plain(text: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """The program in this folder, which finds Keras loaded and cannot import the package."""
    done = warm_start().run([_PLAIN + text], folder, module=__name__, plain=True)
    assert done.returncode == 0, done.stderr.decode()
    return done


def run_trial(command: list[str], cwd: Path, **_: object) -> subprocess.CompletedProcess[str]:
    """What tries an exported file in a process of its own, as `subprocess.run` does: it finds Keras loaded."""
    words = command[1:]
    text = f"import runpy\nsys.argv = {words!r}\nsys.path[0] = ''\nrunpy.run_path({words[0]!r}, run_name='__main__')"
    done = warm_start().run([_PLAIN + text], cwd, module=__name__, plain=True)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


if __name__ == "__main__":
    exec(compile(sys.argv[1], "script", "exec"), {"__name__": "__main__"})
