"""A command line without options is answered like the one that is taken apart, and ends with the same exit code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnnspec.runs.folder import RunFolder
from tests.support.places import ENVIRONMENT, ROOT
from tests.support.program import run, run_cold
from tests.support.run_endings import digest
from tests.support.small_runs import small_spec
from tests.support.warm_start import warm_start

_TIMES = re.compile(rb"(took|left) \S+|[\d.]+[KM]? \w+/s")


def outcome(*typed: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "cnnspec", *typed],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        cwd=ROOT / "tests" / "specs_bad",
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "typed",
    [
        ["validate", "digits"],
        ["validate", "digits", "resnet@18"],
        ["validate", "no-such-spec"],
        ["validate", "blocks-arguments.yaml"],
        ["summary", "digits"],
        ["summary", "no-such-spec"],
        ["summary", "digits", "resnet@18"],
    ],
    ids=" ".join,
)
def test_words_alone_are_answered_like_words_after_two_dashes(typed: list[str]) -> None:
    """The dashes end the options, so that the whole command line is made."""
    assert outcome(*typed) == outcome(typed[0], "--", *typed[1:])


def test_the_version_is_the_same_beside_other_options() -> None:
    assert outcome("--version") == outcome("--version", "--help")


def test_a_program_that_finds_tensorflow_loaded_does_what_a_cold_one_does(tmp_path: Path) -> None:
    """The same training to the last bit, the same words on either stream, the same exit code, the same input."""
    ends = []
    for start in (run_cold, run):
        folder = tmp_path / start.__name__
        folder.mkdir()
        small_spec(folder)
        trained = start("train", "small.yaml", "--format", "json", folder=folder)
        assert trained.returncode == 0, trained
        refused = start("predict", "small-1", "-", folder=folder, stdin=b"no picture")
        said = [(done.returncode, done.stdout, _TIMES.sub(b"", done.stderr)) for done in (trained, refused)]
        ends.append((digest(RunFolder(folder / "runs" / "small-1")), said))
    assert ends[0] == ends[1] and ends[0][1][1][0] != 0
    assert not warm_start().suits({**os.environ, "OMP_NUM_THREADS": "2"})
    assert warm_start().suits({**os.environ, "TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE": "false"})  # a training leaves it here
