"""A command line that is none: one message in the program's own style, what to type instead, exit code 2."""

from pathlib import Path

import pytest

from cnnspec.cli.app import USAGE_ERROR, program
from cnnspec.cli.misuse import misuse
from tests.support.program import FINE, USAGE, refused, run

TYPED = {
    "train digits --epochs 2": ("train has no option --epochs", "write --set training.epochs=2"),
    "train digits --epochs=2": ("train has no option --epochs", "write --set training.epochs=2"),
    "train digits --epoch": ("no option --epoch", "write --set training.epochs=..."),
    "train digits --batch-size abc": ("no option --batch-size", "write --set training.batch_size=abc"),
    "summary digits --batchsize 9": ("no option --batchsize", "write --set training.batch_size=9"),
    "validate digits --validation-split 0.2": ("validation-split", "write --set data.validation_split=0.2"),
    "train digits --lr 0.1": ("no option --lr", "--set 'training.optimizer={adam: {learning_rate: 0.1}}'"),
    "train digits --data-rot x": ("no option --data-rot", "write --data-root"),
    "train digits --device 2": ("no option --device", "write --devices"),
    "predict r --data-root x": ("predict has no option --data-root", "leave it out: this command reads none"),
    "predict r --epochs 2": ("predict has no option --epochs", "known here: --text, --top"),
    "train digits --devices abc": ("--devices abc; expected a whole number of at least 1", "write --devices 2"),
    "train digits --workers 1.5": ("--workers 1.5; expected a whole number", "write --workers 2"),
    "train digits --workers=0": ("--workers 0; expected a whole number of at least 1", "write --workers 2"),
    "predict r --top 0": ("--top 0; expected a whole number of at least 1", "write --top 2"),
    "predict r --format jso": ("--format jso; expected table, jsonl or csv", "write --format jsonl"),
    "predict r --top": ("--top needs a value", "see cnnspec predict -h"),
    "train digits --dry-run=3": ("--dry-run takes no value", "see cnnspec train -h"),
    "predict": ("predict needs RUN", "write cnnspec predict [OPTIONS] RUN"),
    "runs show": ("runs show needs RUN", "write cnnspec runs show [OPTIONS] RUN"),
    "build digits": ("build needs --output", "write --output FILE"),
    "train digits 3": ("train takes no further argument: 3", "write cnnspec train [OPTIONS] [SPEC]"),
    "trian digits": ("cnnspec has no command trian", "write train"),
    "digits": ("cnnspec has no command digits", "write cnnspec train digits"),
    "runs lsit": ("runs has no command lsit", "write list"),
    "--colour": ("cnnspec has no option --colour", "--version"),
}


@pytest.mark.parametrize("typed", TYPED)
def test_what_cannot_be_understood_says_what_to_type(typed: str) -> None:
    with pytest.raises(USAGE_ERROR) as refusal:
        program()(args=typed.split(), prog_name="cnnspec", standalone_mode=False)
    found, (message, help) = misuse(refusal.value, typed.split()), TYPED[typed]
    assert found.code == "usage" and message in found.message and help in found.help, found


@pytest.mark.parametrize("typed", ["train digits --epochs 2", "predict r --top", "runs lsit"])
def test_it_is_said_in_the_programs_own_style_with_its_own_exit_code(typed: str, tmp_path: Path) -> None:
    said = refused(run(*typed.split(), folder=tmp_path), USAGE, "error[usage]: ", "= help: ", *TYPED[typed])
    assert "Usage:" not in said and "Try" not in said and "1 error" in said


def test_help_is_what_it_was(tmp_path: Path) -> None:
    """Asked for on standard output, with exit code 0; of the bare name on standard error, with 2."""
    asked, bare = run("-h", folder=tmp_path), run(folder=tmp_path)
    assert (
        asked.returncode == FINE and asked.stdout.startswith(b"Usage: cnnspec [OPTIONS] COMMAND") and not asked.stderr
    )
    assert bare.returncode == USAGE and bare.stderr.decode().split() == asked.stdout.decode().split()
    assert run("--version", folder=tmp_path).stdout.startswith(b"cnnspec ")


def test_control_characters_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    for words in (("train", "digits", "--\x1b[31mred"), ("\x1b[2J",), ("predict", "r", "--top", "\x1b[2J")):
        refused(run(*words, folder=tmp_path), USAGE, "error[usage]")
