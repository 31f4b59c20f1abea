"""A command line without options is answered like the one that is taken apart, and ends with the same exit code."""

import os
import re
import shutil
from pathlib import Path

import pytest

from cnnspec.runs.folder import RunFolder
from tests.support.places import ENVIRONMENT, TESTS
from tests.support.program import run, run_cold
from tests.support.run_endings import digest
from tests.support.small_runs import TRAINING, written_spec
from tests.support.terminal import cold, warm, watched
from tests.support.terminal_screen import seen
from tests.support.warm_start import warm_start

_TIMES = re.compile(r" +[\d.]+[KM]? +[\d.]+m?s$")


def outcome(*typed: str) -> tuple[int, str, str]:
    done = run(*typed, folder=TESTS / "specs_bad", env=ENVIRONMENT)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


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
    ended = [run_cold("--version", *more, folder=TESTS) for more in ((), ("--help",))]
    alone, beside = ((done.returncode, done.stdout, done.stderr) for done in ended)
    assert alone == beside


SENTENCES = """
inputs: {words: {shape: [6], dtype: int32}}
model:
  - embedding: {input_dim: 20, output_dim: 4}
  - dropout: 0.2
  - flatten
  - dense: {units: 2, activation: softmax}
data: {source: text_lines, train: train.txt, validation: train.txt, test: train.txt}
"""


def test_a_program_that_finds_tensorflow_loaded_does_what_a_cold_one_does(tmp_path: Path) -> None:
    """The same training to the last bit, the same on a terminal and on either stream, the same input and exit code.

    A terminal is told once that TensorFlow starts, and no other stream is.
    """
    (tmp_path / "train.txt").write_text("good such fun\nbad so rotten\ngood a fine day\nbad no fun\n" * 5)
    written_spec(tmp_path, SENTENCES + TRAINING)
    ends = []
    for on_terminal, piped in ((cold, run_cold), (warm, run)):
        code, shown = watched("train", "small.yaml", folder=tmp_path, start=on_terminal)
        done = piped(
            "predict", "small-1", "-", "--format", "jsonl", folder=tmp_path, stdin=b"no day\n\xff\n", env=ENVIRONMENT
        )
        lines = [_TIMES.sub("", line) for line in seen(shown)]
        trained = (code, lines, digest(RunFolder(tmp_path / "runs" / "small-1")))
        ends.append((trained, (done.returncode, done.stdout, done.stderr)))
        shutil.rmtree(tmp_path / "runs")
    assert ends[0] == ends[1]
    ((code, lines, _), (failed, output, errors)) = ends[0]
    assert code == 0 and lines.count("starting TensorFlow ...") == 1 and len(lines) > 20, lines
    assert failed == 1 and b'"no day"' in output and b"0xff" in errors and b"starting" not in errors, errors
    assert not warm_start().suits({**os.environ, "OMP_NUM_THREADS": "2"})
    for left in ("TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE", "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "TF_CPP_MIN_LOG_LEVEL"):
        assert warm_start().suits({**os.environ, left: "3"}), "left behind by trainings, trackers and exports"
