"""Networks as Python: what the files say when they are run, and how they read."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.support.written_code import bundled_cases, read_back, run_all, write_all

Written = tuple[Path, dict[str, dict[str, object]]]
CASES = bundled_cases()
"""What a file is called, its spec, and the settings that make it cheap."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A folder with the code of each bundled spec, run, and what cnnspec's own models say."""
    folder = tmp_path_factory.mktemp("code")
    said = write_all(CASES, folder)
    run_all(folder)
    return folder, said


@pytest.mark.parametrize("case", CASES)
def test_a_file_builds_the_same_model_without_cnnspec(written: Written, case: str) -> None:
    """Its weights have the same paths and shapes in the same order; with the same weights its outputs are the same."""
    folder, said = written
    found = read_back(folder, case)
    assert found.keys() == said[case].keys()
    for name, expected in said[case].items():
        if name in ("shapes", "name"):
            assert found[name].tolist() == expected
        else:
            assert np.isfinite(found[name]).all()
            np.testing.assert_allclose(found[name], np.asarray(expected), rtol=1e-6, atol=1e-6)


@pytest.mark.skipif(shutil.which("ruff") is None, reason="ruff comes with cnnspec[lint]")
def test_files_are_as_ruff_formats_them_and_it_finds_nothing(
    written: Written,
) -> None:
    folder, _ = written
    for arguments in (["format", "--check", "--diff"], ["check"]):
        done = subprocess.run(
            ["ruff", *arguments, "--isolated", "--no-cache", str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:]
