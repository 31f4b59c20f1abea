"""What a spec says of freezing is answered the same every time."""

import subprocess
import sys

from tests.support.places import ENVIRONMENT, ROOT


def test_help_names_the_paths_in_one_order() -> None:
    """A stage may be called in two ways, as it is written and as its layers are named."""
    helps = set()
    for seed in ("1", "2", "3", "4"):
        command = [sys.executable, "-m", "cnnspec", "validate", "tests/specs_bad/freeze-names.yaml"]
        environment = {**ENVIRONMENT, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
        helps |= {
            line.strip()
            for line in done.stdout.splitlines()
            if "first_stage.edges or" in line or "or first_stage" in line
        }
    assert helps == {"= help: write first stage.edges or first_stage.edges"}
