"""A command line that is none: one message in the program's own style, what to type instead, exit code 2."""

from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.cli import screen
from cnnspec.cli.app import USAGE_ERROR, carried_out, program
from cnnspec.cli.misuse import misuse
from tests.support.program import FINE, USAGE, refused, run_here

TYPED = {
    "train digits --epochs 2": ("train has no option --epochs", "write --set training.epochs=2"),
    "train digits --epochs=2": ("train has no option --epochs", "write --set training.epochs=2"),
    "train digits --epoch": ("no option --epoch", "write --set training.epochs=..."),
    "train digits --batch-size abc": ("no option --batch-size", "write --set training.batch_size=abc"),
    "summary digits --batchsize 9": ("no option --batchsize", "write --set training.batch_size=9"),
    "validate digits --validation-split 0.2": ("validation-split", "write --set data.validation_split=0.2"),
    "train digits --lr 0.1": ("no option --lr", "write --set training.optimizer.adamw.learning_rate.cosine.peak=0.1"),
    "train signal --lr 0.1": ("no option --lr", "write --set training.optimizer.adam.learning_rate=0.1"),
    "train nowhere.yaml --lr 0.1": ("no option --lr", "--set 'training.optimizer={adam: {learning_rate: 0.1}}'"),
    "train digits --epochs 3 --lr 0.01 --batch-size=16": (
        "no option --epochs and no option --lr and no option --batch-size",
        "write --set training.epochs=3 --set training.optimizer.adamw.learning_rate.cosine.peak=0.01 "
        "--set training.batch_size=16",
    ),
    "train digits --epochs 3 --quickly": (
        "--epochs and no option --quickly",
        "for --epochs write --set training.epochs=3",
    ),
    "train digits --name mine": ("no option --name", "write --set name=mine"),
    "train digits --output here": ("no option --output", "write --runs here"),
    "train digits --gpus 2": ("no option --gpus", "write --devices 2"),
    "evaluate r --split vali": ("--split vali; expected train, validation or test", "write --split validation"),
    "train digits --data-rot x": ("no option --data-rot", "write --data-root"),
    "train digits --set training.epochs 2": ("takes no further argument: 2", "write --set training.epochs=2"),
    "train digits --set training.epochs = 2": ("no further argument", "write --set training.epochs=2"),
    "train digits --set training.epochs: 2": ("no further argument: 2", "write --set training.epochs=2"),
    "train digits --set=training.epochs 2 --set training.seed=1": ("argument: 2", "write --set training.epochs=2"),
    "train --set epochs 2 digits": ("no further argument: digits", "write --set training.epochs=2"),
    "train digits --set lr 0.1": (
        "argument: 0.1",
        "write --set training.optimizer.adamw.learning_rate.cosine.peak=0.1",
    ),
    "train digits --set training.epochs=2 lenet": ("argument: lenet", "write cnnspec train [OPTIONS] [SPEC]"),
    "evaluate r -o x.csv": ("evaluate has no option -o", "write --mistakes x.csv"),
    "evaluate r --output x.csv": ("no option --output", "write --mistakes x.csv"),
    "evaluate r --csv=x.csv": ("no option --csv", "write --mistakes x.csv"),
    "data digits -o x.png": ("no option -o", "write --contact-sheet x.png"),
    "train digits -o here": ("no option -o", "write --runs here"),
    "resnet50": ("cnnspec has no command resnet50", "write cnnspec train resnet@50, or cnnspec summary resnet@50"),
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
    said = refused(run_here(*typed.split(), folder=tmp_path), USAGE, "error[usage]: ", "= help: ", *TYPED[typed])
    assert "Usage:" not in said and "Try" not in said and "1 error" in said


def test_help_is_what_it_was(tmp_path: Path) -> None:
    """Asked for on standard output, with exit code 0; of the bare name on standard error, with 2."""
    asked, bare = run_here("-h", folder=tmp_path), run_here(folder=tmp_path)
    assert (
        asked.returncode == FINE and asked.stdout.startswith(b"Usage: cnnspec [OPTIONS] COMMAND") and not asked.stderr
    )
    assert bare.returncode == USAGE and bare.stderr.decode().split() == asked.stdout.decode().split()
    assert run_here("--version", folder=tmp_path).stdout.startswith(b"cnnspec ")


def test_control_characters_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    for words in (("train", "digits", "--\x1b[31mred"), ("\x1b[2J",), ("predict", "r", "--top", "\x1b[2J")):
        refused(run_here(*words, folder=tmp_path), USAGE, "error[usage]")


SPEC = """cnnspec: 1
inputs: {x: [4]}
model: [dense: {units: 2, activation: softmax}]
data: {source: synthetic}
training: {loss: auto, optimizer: OPTIMIZER}
"""
OPTIMIZERS = {
    "adam": ("adam.learning_rate", 0.5),
    "{sgd: 0.1}": ("sgd.learning_rate", 0.5),
    "{sgd: {momentum: 0.9}}": ("sgd.learning_rate", 0.5),
    "{adamw: {learning_rate: {step: {peak: 0.1, every: 1}}}}": ("adamw.learning_rate.step.peak", 0.5),
    "{lion: {learning_rate: {constant: 0.1}}}": ("lion.learning_rate.constant.rate", 0.5),
}


@pytest.mark.parametrize(("optimizer", "path"), [(key, path) for key, (path, _) in OPTIMIZERS.items()])
def test_a_learning_rate_is_set_in_the_optimizer_that_is_written(optimizer: str, path: str, tmp_path: Path) -> None:
    """What the help says to type keeps everything else of the optimizer, its schedule included."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC.replace("OPTIMIZER", optimizer))
    typed = ["train", str(spec), "--lr", "0.5"]
    with pytest.raises(USAGE_ERROR) as refusal:
        program()(args=typed, prog_name="cnnspec", standalone_mode=False)
    help = misuse(refusal.value, typed).help
    assert help == f"write --set training.optimizer.{path}=0.5"
    before, after = analyse(str(spec)), analyse(str(spec), [help.removeprefix("write --set ")])
    assert not after.diagnostics and before.spec and after.spec and before.spec.training and after.spec.training
    old, new = before.spec.training.optimizer, after.spec.training.optimizer
    assert (type(new), type(new.learning_rate)) == (type(old), type(old.learning_rate))
    assert {**new.written(), "learning_rate": 0} == {**old.written(), "learning_rate": 0}


LISTED = [("runs", "--format", "json"), ("runs", "list", "--format", "json")]


@pytest.mark.parametrize("words", LISTED)
def test_runs_alone_takes_what_its_list_takes(words: tuple[str, ...], tmp_path: Path) -> None:
    for more in ((), ("--runs", str(tmp_path)), ("--all",)):
        ended = run_here(*words, *more, folder=tmp_path)
        assert (ended.returncode, ended.stdout) == (FINE, b"[]\n")


def test_its_options_before_another_command_are_told_and_not_passed_over(tmp_path: Path) -> None:
    said = refused(run_here("runs", "--runs", str(tmp_path), "show", "x", folder=tmp_path), USAGE)
    assert "--runs before the command show" in said and f"runs show ... --runs {tmp_path}" in " ".join(said.split())


def test_a_file_that_is_not_there_is_told_by_the_bundled_spec_of_its_name(tmp_path: Path) -> None:
    """And never by a file that merely lies there."""
    (tmp_path / "zebra.yaml").write_text("cnnspec: 1\n")
    for typed, help in (
        ("digits.yaml", "write digits for"),
        ("digtis.yaml", "write digits for"),
        ("zbera.yaml", "zebra.yaml"),
    ):
        said = refused(run_here("train", typed, folder=tmp_path), 1)
        assert help in said and ("zebra" in said) == (typed == "zbera.yaml")


def test_a_word_behind_a_bare_tensorboard_is_the_spec_where_no_other_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no spec is told to have been taken for the folder of events."""
    monkeypatch.chdir(tmp_path)
    Path("wrong.yaml").write_text("cnnspec: 1\nmodle: []\n")
    for words, code, said in (
        (("--tensorboard", "wrong.yaml"), 1, "a spec has no key modle"),
        (("--tensorboard", "digts"), 2, "digts is no spec but the folder for --tensorboard"),
        (("--tensorboard=logs",), 2, "write the spec first, cnnspec train SPEC --tensorboard=logs"),
    ):
        for console in (screen.output, screen.errors):
            console.cache_clear()
        with pytest.raises(SystemExit) as ended:
            carried_out(["train", *words])
        assert ended.value.code == code
        assert said in " ".join(capsys.readouterr().err.split())
