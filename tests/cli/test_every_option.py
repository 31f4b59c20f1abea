"""Every option of every command does something: with it the command says, writes or ends otherwise.

Whether it does the right thing is held elsewhere; here nothing may be taken and then forgotten.
"""

import contextlib
import functools
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import typer

from cnnspec import load, open_run
from cnnspec.api.sweeping import asked
from cnnspec.backend.export import verify
from cnnspec.backend.train import train
from cnnspec.cli.app import program
from cnnspec.language.bundled import bundled_names
from cnnspec.results.thresholds import Threshold
from cnnspec.results.transfer import Start
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.labels import tag
from cnnspec.runs.thresholds import write_thresholds
from cnnspec.sweeps.request import read_request
from cnnspec.sweeps.study import Study
from tests.support.interrupted_demo import interrupt_demos
from tests.support.places import TESTS
from tests.support.program import run_here
from tests.support.script import run_trial
from tests.support.small_runs import TESTED, small_spec, two_outputs, written_spec

WARNED = "cnnspec: 1\nname: warned\nvars: {unused: 1}\ninputs: {x: [4]}\nmodel: [dense: 2]\n"
REVIEWS = """
inputs: {tokens: {shape: [4], dtype: int32}}
model: [embedding: {input_dim: 20, output_dim: 2}, flatten, dense: {units: 3, activation: softmax}]
data: {source: table, train: reviews.csv, text: {column: text}, label: {column: kind}}
training: {epochs: 1, loss: auto, seed: 1}
"""
SEEING = """
inputs: {image: [6, 6, 1]}
model:
  - conv: {filters: 2, kernel_size: 3}
  - flatten
  - dense: {units: 3, activation: softmax}
"""
TRAINING = "training: {epochs: 2, batch_size: 10, optimizer: sgd, loss: auto, metrics: [accuracy], seed: 5}\n"
PICTURES = """
inputs: {photo: [6, 6, 3]}
model: [rescaling: 0.004, flatten, dense: {units: 2, activation: softmax}]
data: {source: synthetic, train: 8}
"""

FOLDED = str(TESTS / "specs_ok" / "paper-unet.yaml")
DRY = ("train", "small.yaml", "--dry-run")
FILTERS = ("--over", "model.0.conv.filters=[2, 4]")
SWEPT = ("sweep", "small.yaml", *FILTERS, "--dry-run")
EXPORTED = ("export", "small-1", "--output", "new.tflite")
CASES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "validate --format": (("validate", "warned.yaml"), ("--format", "json")),
    "validate --strict": (("validate", "warned.yaml"), ("--strict",)),
    "validate --set": (("validate", "warned.yaml"), ("--set", "model.0.dense=0")),
    "summary --layers": (("summary", "small.yaml"), ("--layers",)),
    "summary --expand": (("summary", FOLDED), ("--expand",)),
    "summary --format": (("summary", "small.yaml"), ("--format", "csv")),
    "summary --set": (("summary", "small.yaml"), ("--set", "model.2.dense.units=4")),
    "summary --html": (("summary", "small.yaml"), ("--html",)),
    "summary --output": (("summary", "small.yaml", "--html"), ("--output", "new.html")),
    "summary --force": (("summary", "small.yaml", "--html", "-o", "there.html"), ("--force",)),
    "diff --verbose": (("diff", "small.yaml", "other.yaml"), ("--verbose",)),
    "diff --format": (("diff", "small.yaml", "other.yaml"), ("--format", "json")),
    "diff --set": (("diff", "small.yaml", "small.yaml"), ("--set", "model.2.dense.units=4")),
    "diff --every-variant": (("diff", "resnet-cifar", "plain-cifar"), ("--every-variant",)),
    "diagram --output": (("diagram", "small.yaml"), ("--output", "new.svg")),
    "diagram --style": (("diagram", "small.yaml", "-o", "new.svg"), ("--style", "volumes")),
    "diagram --depth": (("diagram", "small.yaml"), ("--depth", "stages")),
    "diagram --unfold": (("diagram", "resnet"), ("--unfold",)),
    "diagram --theme": (("diagram", "small.yaml", "-o", "new.svg"), ("--theme", "dark")),
    "diagram --force": (("diagram", "small.yaml", "-o", "there.svg"), ("--force",)),
    "diagram --set": (("diagram", "small.yaml"), ("--set", "model.2.dense.units=4")),
    "import --output": (("import", "runs/small-1/best.keras"), ("--output", "new.yaml")),
    "import --force": (("import", "runs/small-1/best.keras", "-o", "small.yaml"), ("--force",)),
    "import --weights": (("import", "runs/small-1/best.keras", "-o", "new.yaml"), ("--weights",)),
    "explain --format": (("explain", "small.yaml"), ("--format", "json")),
    "explain --set": (("explain", "small.yaml", "training.epochs"), ("--set", "training.epochs=3")),
    "code --output": (("code", "small.yaml"), ("--output", "small.py")),
    "code --force": (("code", "small.yaml", "-o", "there.py"), ("--force",)),
    "code --training": (("code", "small.yaml"), ("--training",)),
    "code --set": (("code", "small.yaml"), ("--set", "model.2.dense.units=4")),
    "data --contact-sheet": (("data", "pictures.yaml"), ("--contact-sheet", "sheet.png")),
    "data --force": (("data", "pictures.yaml", "--contact-sheet", "there.png"), ("--force",)),
    "data --row": (("data", "reviews.yaml"), ("--row", "2")),
    "data --text": (("data", "reviews.yaml"), ("--text", "good good film")),
    "data --every-class": (("data", "many.yaml"), ("--every-class",)),
    "data --data-root": (("data", "small.yaml"), ("--data-root", "elsewhere")),
    "data --format": (("data", "small.yaml"), ("--format", "json")),
    "data --set": (("data", "small.yaml"), ("--set", "data.train=test.npz")),
    "train --runs": (("train", "small.yaml"), ("--runs", "others")),
    "train --data-root": (DRY, ("--data-root", "elsewhere")),
    "train --fold": (("train", "reviews.yaml", "--dry-run"), ("--fold", "1/3")),
    "train --folds": (("train", "reviews.yaml", "--dry-run"), ("--folds", "3")),
    "train --seeds": (DRY, ("--seeds", "3")),
    "train --start-from": (DRY, ("--start-from", "runs/small-1")),
    "train --partial": (("train", "other.yaml", "--dry-run", "--start-from", "runs/small-1"), ("--partial",)),
    "train --new": (
        ("train", "other.yaml", "--dry-run", "--start-from", "runs/small-1"),
        ("--new", "more", "--new", "dense2"),
    ),
    "train --resume": (("train", "--dry-run"), ("--resume", "runs/small-1", "--set", "training.epochs=5")),
    "train --dry-run": (("train", "small.yaml"), ("--dry-run",)),
    "train --devices": (DRY, ("--devices", "2")),
    "train --workers": (DRY, ("--workers", "2")),
    "train --tensorboard": (("train", "small.yaml"), ("--tensorboard", "board")),
    "train --mlflow": (DRY, ("--mlflow", "http://127.0.0.1:9")),
    "train --format": (DRY, ("--format", "json")),
    "train --set": (DRY, ("--set", "training.epochs=7")),
    "sweep --over": (("sweep", "small.yaml", "--dry-run"), FILTERS),
    "sweep --dry-run": (("sweep", "small.yaml", *FILTERS, "--trials", "1", "--study", "done.study"), ("--dry-run",)),
    "sweep --trials": (SWEPT, ("--trials", "1")),
    "sweep --seeds": (SWEPT, ("--seeds", "2")),
    "sweep --sampler": (SWEPT, ("--sampler", "random")),
    "sweep --pruner": ((*SWEPT, "--monitor", "loss"), ("--pruner", "median")),
    "sweep --monitor": (SWEPT, ("--monitor", "accuracy")),
    "sweep --study": (SWEPT, ("--study", "no.study")),
    "sweep --output": (SWEPT, ("--output", "new.svg")),
    "sweep --force": ((*SWEPT, "-o", "there.svg"), ("--force",)),
    "sweep --runs": (SWEPT, ("--runs", "no")),
    "sweep --data-root": (SWEPT, ("--data-root", "elsewhere")),
    "sweep --format": (SWEPT, ("--format", "json")),
    "sweep --set": (SWEPT, ("--set", "training.batch_size=4")),
    "evaluate --split": (("evaluate", "small-1"), ("--split", "train")),
    "evaluate --data": (("evaluate", "reviews-1"), ("--data", "reviews.csv")),
    "evaluate --by": (("evaluate", "reviews-1", "--split", "train"), ("--by", "kind")),
    "evaluate --groups": (("evaluate", "reviews-1", "--split", "train"), ("--groups", "kind")),
    "evaluate --threshold": (("evaluate", "reviews-1", "--split", "train"), ("--threshold", "0.9")),
    "evaluate --data-root": (("evaluate", "small-1"), ("--data-root", "elsewhere", "--changed-data")),
    "evaluate --changed-data": (("evaluate", "small-1", "--data-root", "elsewhere"), ("--changed-data",)),
    "evaluate --mistakes": (("evaluate", "small-1"), ("--mistakes", "new.csv")),
    "evaluate --force": (("evaluate", "small-1", "--mistakes", "there.csv"), ("--force",)),
    "evaluate --runs": (("evaluate", "small-9"), ("--runs", "more")),
    "evaluate --format": (("evaluate", "small-1"), ("--format", "json")),
    "export --output": (("export", "small-1"), ("--output", "new.tflite")),
    "export --format": (("export", "small-1", "-o", "new"), ("--format", "saved_model")),
    "export --precision": (EXPORTED, ("--precision", "float16")),
    "export --samples": (EXPORTED, ("--samples", "4")),
    "export --tolerance": ((*EXPORTED, "--precision", "float16"), ("--tolerance", "1e-12")),
    "export --data-root": (EXPORTED, ("--data-root", "elsewhere", "--changed-data")),
    "export --changed-data": ((*EXPORTED, "--data-root", "elsewhere"), ("--changed-data",)),
    "export --force": (("export", "small-1", "-o", "there.tflite"), ("--force",)),
    "export --json": (EXPORTED, ("--json",)),
    "export --runs": (("export", "small-9", "-o", "new.tflite"), ("--runs", "more")),
    "look --text": (("look", "reviews-1"), ("--text", "good film")),
    "look --at": (("look", "small-1", "one.npy"), ("--at", "conv1")),
    "look --class": (("look", "small-1", "one.npy"), ("--class", "0")),
    "look --head": (("look", "several/small-1", "one.npy"), ("--head", "size")),
    "look --baseline": (("look", "small-1", "one.npy"), ("--baseline", "3")),
    "look --steps": (("look", "small-1", "one.npy"), ("--steps", "8")),
    "look --maps": (("look", "small-1", "one.npy", "-o", "new.png"), ("--maps", "conv1")),
    "look --kernels": (("look", "small-1", "one.npy", "-o", "new.png"), ("--kernels",)),
    "look --encoding": (("look", "reviews-1", "sentences.txt"), ("--encoding", "latin-1")),
    "look --runs": (("look", "small-9", "one.npy"), ("--runs", "more")),
    "look --format": (("look", "small-1", "one.npy"), ("--format", "json")),
    "look --output": (("look", "small-1", "one.npy"), ("--output", "new.html")),
    "look --force": (("look", "small-1", "one.npy", "-o", "there.png"), ("--force",)),
    "predict --text": (("predict", "reviews-1"), ("--text", "good film")),
    "predict --top": (("predict", "small-1", "some.npy"), ("--top", "1")),
    "predict --unsure": (("predict", "small-1", "some.npy"), ("--unsure",)),
    "predict --encoding": (("predict", "reviews-1", "sentences.txt"), ("--encoding", "latin-1")),
    "predict --runs": (("predict", "small-9", "some.npy"), ("--runs", "more")),
    "predict --format": (("predict", "small-1", "some.npy"), ("--format", "csv")),
    "predict --output": (("predict", "small-1", "some.npy"), ("--output", "there.csv.new", "--format", "csv")),
    "predict --force": (("predict", "small-1", "some.npy", "-o", "there.csv", "--format", "csv"), ("--force",)),
    "report --output": (("report", "small-1"), ("--output", "new.html")),
    "report --split": (("report", "small-1", "--output", "new.html"), ("--split", "train")),
    "report --data-root": (("report", "small-1", "--output", "new.html"), ("--data-root", "elsewhere")),
    "report --changed-data": (
        ("report", "small-1", "--output", "new.html", "--data-root", "elsewhere"),
        ("--changed-data",),
    ),
    "report --force": (("report", "small-1", "-o", "there.html"), ("--force",)),
    "report --runs": (("report", "small-9", "-o", "new.html"), ("--runs", "more")),
    "build --output": (("build", "small.yaml"), ("--output", "new.keras")),
    "build --seed": (("build", "small.yaml", "--output", "new.keras"), ("--seed", "3")),
    "build --force": (("build", "small.yaml", "-o", "there.keras"), ("--force",)),
    "build --start-from": (("build", "small.yaml", "--output", "new.keras"), ("--start-from", "runs/small-1")),
    "build --new": (
        ("build", "other.yaml", "-o", "new.keras", "--start-from", "runs/small-1"),
        ("--new", "more", "--new", "dense2"),
    ),
    "build --partial": (("build", "other.yaml", "-o", "new.keras", "--start-from", "runs/small-1"), ("--partial",)),
    "weights show --format": (("weights", "show", "runs/small-1"), ("--format", "json")),
    "weights map --new": (("weights", "map", "runs/small-1", "other.yaml", "--format", "json"), ("--new", "more")),
    "weights map --format": (("weights", "map", "runs/small-1", "small.yaml"), ("--format", "json")),
    "weights map --set": (("weights", "map", "runs/small-1", "small.yaml"), ("--set", "model.2.dense.units=4")),
    "build --set": (("build", "small.yaml", "--output", "new.keras"), ("--set", "model.2.dense.units=4")),
    "reproduce --output": (("reproduce", "small-1"), ("--output", "others")),
    "reproduce --data-root": (("reproduce", "small.zip", "-o", "others"), ("--data-root", ".")),
    "reproduce --start-from": (("reproduce", "begun-1", "-o", "others"), ("--start-from", "reviews-1")),
    "reproduce --runs": (("reproduce", "small-9", "-o", "others"), ("--runs", "more")),
    "reproduce --format": (("reproduce", "small-1", "--output", "others"), ("--format", "json")),
    "pack --output": (("pack", "small-1", "--no-report"), ("--output", "new.zip")),
    "pack --hub": (("pack", "small-1", "--no-report"), ("--hub", "ada/small")),
    "pack --no-report": (("pack", "small-1"), ("--no-report",)),
    "pack --data-root": (("pack", "small.zip", "-o", "new.zip"), ("--data-root", ".")),
    "pack --force": (("pack", "small-1", "-o", "there.zip", "--no-report"), ("--force",)),
    "pack --runs": (("pack", "small-9", "--no-report"), ("--runs", "more")),
    "unpack --output": (("unpack", "small.zip"), ("--output", "new")),
    "schema --output": (("schema",), ("--output", "new.json")),
    "init --from": (("init", "new.yaml"), ("--from", "lenet")),
    "init --force": (("init", "small.yaml"), ("--force",)),
    "runs list --runs": (("runs", "list"), ("--runs", "more")),
    "demo --port": (("demo", "small-1"), ("--port", "0")),
    "demo --runs": (("demo", "small-9", "--port", "0"), ("--runs", "more")),
    "runs list --where": (("runs", "list"), ("--where", "training.seed < 5")),
    "runs list --reverse": (("runs", "list"), ("--reverse",)),
    "runs list --sort": (("runs", "list"), ("--sort", "test_accuracy")),
    "runs list --all": (("runs", "list", "--runs", "lots"), ("--all",)),
    "runs list --format": (("runs", "list"), ("--format", "json")),
    "runs show --metric": (("runs", "show", "small-1"), ("--metric", "accuracy")),
    "runs show --runs": (("runs", "show", "small-9"), ("--runs", "more")),
    "runs show --format": (("runs", "show", "small-1"), ("--format", "json")),
    "runs compare --metric": (("runs", "compare", "small-1", "small-2"), ("--metric", "accuracy")),
    "runs compare --runs": (("runs", "compare", "small-9", "small-8"), ("--runs", "more")),
    "runs rm --yes": (("runs", "rm", "small-1"), ("--yes",)),
    "runs rm --runs": (("runs", "rm", "small-9", "--yes"), ("--runs", "more")),
    "runs tag --remove": (("runs", "tag", "reviews-1", "good"), ("--remove",)),
    "runs tag --runs": (("runs", "tag", "small-9", "good"), ("--runs", "more")),
    "runs note --runs": (("runs", "note", "small-9", "good"), ("--runs", "more")),
    "runs compare --format": (("runs", "compare", "small-1", "small-2"), ("--format", "json")),
    "specs list --format": (("specs", "list"), ("--format", "csv")),
    "specs copy --force": (("specs", "copy", "lenet", "small.yaml"), ("--force",)),
    "--version": ((), ("--version",)),
}
"""By option, a command without it and what is typed with it."""
Done = tuple[object, str, dict[str, str | None]]
"""How a command ends, what it says, and which files it has changed, written or (None) removed."""
TIMED = {"train --runs", "train --tensorboard", "train --dry-run", "build --output", "reproduce --output"} | {
    f"export --{name}" for name in ("output", "format", "changed-data", "force", "runs")
}
"""What is said or written differs from time to time anyway: other files must be there."""
ENDS = {"validate --strict": 1, "validate --set": 1, "export --tolerance": 3}
"""How what does not succeed with its option ends."""
OF_THE_SHELL = {"--install-completion", "--show-completion", "--help"}
"""They are typer's own."""


def options(command: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every option of a command and of those below it, by its longest name."""
    for each in getattr(command, "params", ()):
        names = [name for name in each.opts if name.startswith("--")]
        if names and names[0] not in OF_THE_SHELL:
            yield " ".join((*path, names[0]))
    for name, below in getattr(command, "commands", {}).items():
        yield from options(below, (*path, name))


def test_every_option_is_tried() -> None:
    """An option of a group is that of its command which is meant where none is named."""
    found = set(options(typer.main.get_command(program())))
    assert {each for each in found if each.split()[:2] != ["runs", each.split()[-1]]} == set(CASES)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Specs, data, runs of pictures and of texts, and files that are there already."""
    folder = tmp_path_factory.mktemp("place")
    for number in range(2):
        training = TRAINING.replace("seed: 5", f"seed: {5 - number}")
        train(*small_spec(folder, training, SEEING, TESTED), runs_dir=folder / "runs")
    write_thresholds(RunFolder(folder / "runs" / "small-1"), [Threshold("output", (), 1.0)])
    small = (folder / "small.yaml").read_text()
    (folder / "reviews.csv").write_text("text,kind\n" + "good film,a\nbad film,b\nan odd film,c\n" * 3)
    spec, graph = written_spec(folder, REVIEWS)
    (folder / "reviews.yaml").write_text((folder / "small.yaml").read_text().replace("name: small", "name: reviews"))
    run = Path(train(spec, graph, runs_dir=folder / "texts").run)
    shutil.move(run, folder / "runs" / "reviews-1")
    (folder / "small.yaml").write_text(small)
    (folder / "other.yaml").write_text(small.replace("flatten", "{dense: {units: 5, name: more}}\n  - flatten"))
    (folder / "warned.yaml").write_text(WARNED)
    (folder / "pictures.yaml").write_text(f"cnnspec: 1\nname: pictures\n{PICTURES}")
    (folder / "many.yaml").write_text(
        f"cnnspec: 1\nname: many\n{PICTURES}".replace("units: 2", "units: 70").replace("train: 8", "train: 300")
    )
    (folder / "two").mkdir()
    train(*two_outputs(folder / "two", "epochs: 1, loss: auto", train=8), runs_dir=folder / "several")
    tag(RunFolder(folder / "runs" / "reviews-1"), ["good"])
    for ending in ("png", "csv", "keras", "tflite", "py", "html", "svg", "zip"):
        (folder / f"there.{ending}").write_text("something")
    np.save(folder / "one.npy", np.load(folder / "test.npz")["x"][:1])
    np.save(folder / "some.npy", np.load(folder / "test.npz")["x"][:4])
    (folder / "sentences.txt").write_bytes("caf\u00e9 film".encode("latin-1"))
    (folder / "elsewhere").mkdir()
    with contextlib.chdir(folder):
        study = Study(Path("done.study"), asked(read_request("small.yaml", FILTERS[1:]))[0])
    assert study.claim(1) is not None
    study.finish(0, 0.5)
    study.close()
    for name in ("train", "validation", "test"):
        parts = np.load(folder / f"{name}.npz")
        np.savez(folder / "elsewhere" / f"{name}.npz", x=parts["x"][:9] + 1, y=parts["y"][:9])
    open_run(folder / "runs" / "small-1").pack(folder / "small.zip", report=False)
    begun = Path(train(spec, graph, runs_dir=folder / "texts", start_from=Start(folder / "runs" / "reviews-1")).run)
    shutil.move(begun, folder / "runs" / "begun-1")
    transfer = folder / "runs" / "begun-1" / "transfer.json"
    transfer.write_text(transfer.read_text().replace(str(folder), "/gone"))
    for number in (8, 9):
        shutil.copytree(folder / "runs" / "small-1", folder / "more" / f"small-{number}")
    for number in range(22):
        shutil.copytree(folder / "runs" / "small-1", folder / "lots" / f"small-{number}")
    held = digests(folder)
    yield folder
    assert digests.__wrapped__(folder) == held, "a command has written into a file of another folder's too"


@pytest.fixture(autouse=True)
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_demos(monkeypatch)
    monkeypatch.setattr(verify, "subprocess", SimpleNamespace(run=run_trial))


@pytest.fixture(scope="module")
def known(place: Path) -> dict[tuple[str, ...], Done]:
    """What commands do: several options may be tried with one, or come to the same words."""
    return {}


@functools.lru_cache
def digests(folder: Path) -> dict[str, str]:
    """What is in each file of a folder that stays as it is, by path within it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def done(typed: tuple[str, ...], place: Path, folder: Path) -> Done:
    """How a command ends in a folder like that place, what it says, and what it changes there."""
    unused = {"lots", "more"}.difference(typed)
    shutil.copytree(place, folder, ignore=shutil.ignore_patterns(*unused), copy_function=os.link)
    ended = run_here(*typed, folder=folder)
    before = {name: held for name, held in digests(place).items() if Path(name).parts[0] not in unused}
    after = digests.__wrapped__(folder)
    changed = {name: after.get(name) for name in before | after if before.get(name) != after.get(name)}
    return ended.returncode, (ended.stdout + ended.stderr).decode().replace(str(folder), ""), changed


@pytest.mark.parametrize("option", CASES)
def test_a_command_does_otherwise_with_an_option(
    option: str, place: Path, known: dict[tuple[str, ...], Done], tmp_path: Path
) -> None:
    """Nothing of it is a mistake of usage but where the option is what it lacks."""
    plain, added = CASES[option]
    for number, typed in enumerate((plain, (*plain, *added))):
        if typed not in known:
            known[typed] = done(typed, place, tmp_path / str(number))
    before, after = known[plain], known[(*plain, *added)]
    if option in TIMED:
        assert set(before[2]) != set(after[2])
    assert before != after
    ends = (0, 1) if plain[:1] == ("diff",) else (ENDS.get(option, 0),)
    assert after[0] in ends and "Traceback" not in after[1], after[1]


def test_a_seed_makes_initial_weights_repeatable(place: Path, tmp_path: Path) -> None:
    """Other seeds give others."""
    drawn = []
    for number, seed in enumerate(("3", "3", "4")):
        folder = tmp_path / str(number)
        done(("build", "small.yaml", "-o", "new.keras", "--seed", seed), place, folder)
        drawn.append(keras.models.load_model(folder / "new.keras").get_weights())
    assert all(map(np.array_equal, drawn[0], drawn[1])) and not all(map(np.array_equal, drawn[0], drawn[2]))


@pytest.mark.parametrize("name", [name for name in bundled_names() if "@" not in name])
def test_what_a_first_spec_is_told_to_try_works(name: str, place: Path, tmp_path: Path) -> None:
    """It is trained where its data is there; else the data is to be put there; a network alone is looked at."""
    code, said, _ = done(("init", "new.yaml", "--from", name), place, tmp_path / "here")
    told = " ".join(said.split())
    tried = re.findall(r"(?:try|then): cnnspec (\w+) new.yaml", told)
    spec = load(tmp_path / "here" / "new.yaml").spec
    missing = [file for file in (spec.data.files() if spec.data else ()) if not (tmp_path / "here" / file).exists()]
    assert code == 0 and tried == ["summary" if not (spec.data and spec.training) else "data" if missing else "train"]
    assert not missing or f"put your data where it says, as {missing[0]}," in told


AGAIN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "--set": (("summary", "small.yaml"), ("--set", "model.0.conv.filters=7"), ("--set", "model.2.dense.units=5")),
    "--over": (
        ("sweep", "small.yaml", "--dry-run"),
        ("--over", "model.0.conv.filters=[2, 4]"),
        ("--over", "training.batch_size=[4, 8]"),
    ),
    "--text": (("predict", "reviews-1"), ("--text", "good film"), ("--text", "bad film")),
}
"""By option that may be given again, a command and two values."""


@pytest.mark.parametrize("option", AGAIN)
def test_an_option_that_may_be_given_again_counts_each_time(option: str, place: Path, tmp_path: Path) -> None:
    command, one, two = AGAIN[option]
    said = [
        done((*command, *typed), place, tmp_path / str(number))[:2]
        for number, typed in enumerate((one, two, (*one, *two)))
    ]
    assert said[0] != said[2] != said[1] and all(code == 0 for code, _ in said)
