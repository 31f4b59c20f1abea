"""What a spec says of freezing is answered the same every time."""

import subprocess
import sys

from tests.support.places import ENVIRONMENT, ROOT


def test_help_names_one_path_and_always_the_same() -> None:
    """A stage may be called in two ways, as it is written and as its layers are named: one of them is enough."""
    helps = set()
    for seed in ("1", "2", "3", "4"):
        command = [sys.executable, "-m", "cnnspec", "validate", "tests/specs_bad/freeze-names.yaml"]
        environment = {**ENVIRONMENT, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
        helps |= {line.strip() for line in done.stdout.splitlines() if "stage.edges" in line and "help" in line}
    assert helps == {"= help: write first_stage.edges"}
