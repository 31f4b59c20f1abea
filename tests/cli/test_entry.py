"""A command line without options is answered like the one that is taken apart, and ends with the same exit code."""

import subprocess
import sys

import pytest

from tests.support.places import ENVIRONMENT, ROOT


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
