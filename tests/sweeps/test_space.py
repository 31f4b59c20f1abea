"""What a sweep goes over: read with its places, and each value tried on the spec before anything is trained."""

import json
import re
import shlex
from pathlib import Path

import pytest

import cnnspec
from cnnspec.api.sweeping import asked
from cnnspec.results.failure import RunFailed
from cnnspec.source.diagnostic import Rejected
from cnnspec.sweeps.request import Request, read_request
from cnnspec.sweeps.space import Choices, Range
from cnnspec.sweeps.state import wanted_of
from cnnspec.sweeps.study import Study
from tests.support.places import ROOT
from tests.support.small_runs import small_spec
from tests.support.sweeps import OVER, TRAINING

RATE = "training.optimizer.rmsprop.learning_rate"
FILTERS = "model.1.conv.filters"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("space")
    small_spec(folder, TRAINING)
    return str(folder / "small.yaml")


def test_ranges_and_lists_are_read_as_they_are_written(spec: str) -> None:
    texts = (
        f"{RATE}=1e-4..1e-2 log",
        f"{FILTERS}=2..8",
        "data.validation_split=0.1..0.3 step 0.1",
        "vars.a=[1, x, {b: 2}]",
    )
    rate, filters, steps, values = read_request(spec, texts).space
    assert isinstance(rate, Range) and (rate.low, rate.high, rate.log, rate.whole) == (1e-4, 1e-2, True, False)
    assert filters.listed == tuple(map(str, range(2, 9)))
    assert steps.listed == ("0.1", "0.2", "0.3")
    assert isinstance(values, Choices) and [json.loads(each.text) for each in values.values] == [1, "x", {"b": 2}]
    assert list(map(str, (rate, filters, steps))) == ["1e-4..0.01 log", "2..8", "0.1..0.3 step 0.1"]


@pytest.mark.parametrize(
    ("over", "values"),
    [
        ("100.25..101.25 step 0.25", ["100.25", "100.5", "100.75", "101.0", "101.25"]),
        ("0.1..0.75 step 0.3", ["0.1", "0.4", "0.7"]),
        ("-0.3..0.3 step 0.1", ["-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2", "0.3"]),
        ("0.123456..0.123458 step 1e-6", ["0.123456", "0.123457", "0.123458"]),
    ],
)
def test_steps_are_tried_to_their_last_digit(spec: str, over: str, values: list[str], tmp_path: Path) -> None:
    """Listed as they add up on paper, and each of them drawn once."""
    (steps,) = read_request(spec, (f"{RATE}={over}",)).space
    assert isinstance(steps, Range) and list(steps.listed or ()) == values
    assert [each.text for each in steps.tried] == [values[0], values[-1]]
    if steps.low > 0:
        held = asked(Request(spec, (steps,), sampler="random"))[0]
        study = Study(tmp_path / "a.study", held)
        drawn = []
        while claim := study.claim(9):
            drawn.append(claim.values[RATE])
            study.finish(claim.number, 1.0)
        study.close()
        assert sorted(drawn, key=float) == values


def test_a_narrow_range_is_drawn_in_more_digits(spec: str) -> None:
    wide, narrow = read_request(spec, (f"{RATE}=0.0..1000.0", "vars.a=100.0..100.1")).space
    assert isinstance(wide, Range) and isinstance(narrow, Range)
    assert wide.written(123.456789) == "123.5" and narrow.written(100.0123456) == "100.0123"


@pytest.mark.parametrize(
    ("over", "code", "said", "column"),
    [
        (f"{FILTERS}=5..1", "bad-range", "goes down", 22),
        (f"{FILTERS}=4..4", "bad-range", "one value", 22),
        (f"{FILTERS}=[]", "bad-range", "no value", 22),
        (f"{FILTERS}=[2, 4, 2]", "bad-range", "2 twice", 29),
        (f"{FILTERS}=4", "bad-range", "expected a list or a range", 22),
        (f"{FILTERS}=1..8 lgo", "bad-range", "expected log or step", 22),
        (f"{FILTERS}=1..8 step 0", "bad-range", "steps of 0", 22),
        (f"{FILTERS}=1..8 step 9", "bad-range", "steps of 9", 22),
        (f"{RATE}=0..1 log", "bad-range", "no logarithm", 42),
        (f"{RATE}=-1..1 log", "bad-range", "no logarithm", 42),
        (f"{RATE}=1e-4..1e999", "bad-range", "beyond all numbers", 42),
        (FILTERS, "bad-setting", "no path and value", 1),
        ("model.9.conv.filters=[1, 2]", "unknown-path", "has no item 9", 1),
        ("vars.width=[1, 2]", "unknown-path", "has no", 1),
        ("training.optimizer.adamw.learning_rate=1e-4..1e-2", "unknown-path", "which has no adamw", 1),
        ("training.optimizer.rmsprop.learnin_rate=1e-4..1e-2", "unknown-argument", "learnin_rate", 28),
        (f"{FILTERS}=[2, -4]", "bad-value", "-4", 26),
        ("model.1.conv.kernel_size=[2, 9]", "shape-mismatch", "window of 9", 30),
        ("training.seed=[1, 2]", "bad-range", "no sweep goes over training.seed", 1),
        ("training.distribute=[none, mirrored]", "bad-range", "no sweep goes over", 1),
    ],
)
def test_what_is_wrong_is_said_at_its_place_before_anything_is_trained(
    spec: str, over: str, code: str, said: str, column: int
) -> None:
    with pytest.raises(Rejected) as mistakes:
        asked(read_request(spec, (over,)))
    found = mistakes.value.diagnostics[0]
    assert found.code == code and said in found.message
    assert found.span is not None and (found.span.file, found.span.line, found.span.column) == ("--over", 1, column)


def test_paths_within_each_other_are_refused(spec: str) -> None:
    with pytest.raises(Rejected, match="within it"):
        read_request(spec, ("training.optimizer=[sgd, adam]", f"{RATE}=1e-4..1e-2"))
    with pytest.raises(Rejected, match="twice"):
        read_request(spec, (f"{FILTERS}=[2, 4]", f"{FILTERS}=[8]"))


@pytest.mark.parametrize(
    ("over", "settings", "said"),
    [
        (f"{FILTERS}=[2, 4]", {FILTERS: 8}, f"{FILTERS} is set, and the sweep goes over it"),
        ("training.optimizer=[sgd, adam]", {RATE: 0.1}, "goes over training.optimizer, which takes its place"),
        (f"{RATE}=1e-4..1e-2 log", {"training.optimizer.rmsprop": 0.1}, f"goes over {RATE}, which takes its place"),
    ],
)
def test_a_setting_that_the_sweep_would_pass_over_is_refused(
    spec: str, over: str, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(Rejected, match=said) as mistakes:
        cnnspec.sweep(spec, dict([over.split("=", 1)]), set=settings, dry_run=True)
    found = mistakes.value.diagnostics[0]
    assert found.span is not None and (found.span.file, found.span.line) == ("--set", 1)


def test_a_setting_around_what_is_swept_stays(spec: str) -> None:
    around = {"training.optimizer": {"rmsprop": {"rho": 0.8}}}
    assert cnnspec.sweep(spec, {RATE: "1e-4..1e-2 log"}, set=around, dry_run=True).told.settings


def test_a_dry_run_says_that_the_study_cannot_be_written_as_the_sweep_does_and_leaves_nothing(
    spec: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    said = []
    for dry_run in (True, False):
        with pytest.raises(RunFailed) as failure:
            cnnspec.sweep(spec, {FILTERS: [2, 4]}, study=tmp_path / "file" / "x.study", dry_run=dry_run)
        said.append(failure.value.diagnostics[0])
    assert said[0] == said[1] and said[0].code == "cannot-write"
    cnnspec.sweep(spec, {FILTERS: [2, 4]}, study=tmp_path / "new" / "x.study", dry_run=True)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_the_examples_of_the_option_sweep_the_bundled_spec() -> None:
    """Of a spec with another optimizer its own name is to be written, as is then said."""
    rows = (ROOT / "docs" / "commands.md").read_text().splitlines()
    texts = re.findall(r"'(\S+=.+?)'", next(row for row in rows if row.startswith("| `--over ")))
    assert len(asked(read_request("digits", texts))[0].request.space) == 2
    with pytest.raises(Rejected, match="help: write adam"):
        asked(read_request("signal", texts))
    assert asked(read_request("signal", (texts[1].replace("adamw", "adam"),)))


def test_what_to_write_where_nothing_is_swept_over_is_a_sweep_of_any_spec(spec: str) -> None:
    with pytest.raises(Rejected, match="nothing to sweep over") as mistakes:
        read_request(spec, ())
    (typed,) = shlex.split(mistakes.value.diagnostics[0].help)[2:]
    request = read_request(spec, (typed,))
    assert asked(request) and [each.path for each in request.space] == ["training.batch_size"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"monitor": "val_acuracy"}, "which the training does not measure"),
        ({"monitor": "test_loss"}, "a sweep by test_loss"),
        ({"monitor": "val_loss", "settings": ('data={"source":"arrays","train":"train.npz"}',)}, "nothing is kept"),
        ({"pruner": "median", "settings": ('data={"source":"arrays","train":"train.npz"}',)}, "without a figure"),
    ],
)
def test_a_figure_that_cannot_be_watched_is_refused(spec: str, more: dict[str, object], said: str) -> None:
    request = read_request(spec, (f"{FILTERS}=[2, 4]",))
    with pytest.raises(Rejected, match=said):
        asked(Request(request.spec, request.space, **more))


def test_the_figure_is_what_says_which_epoch_is_the_best(spec: str) -> None:
    request = read_request(spec, (f"{FILTERS}=[2, 4]",))
    assert (asked(request)[0].monitor, asked(request)[0].direction) == ("val_loss", "min")
    watched = Request(request.spec, request.space, monitor="val_accuracy")
    assert asked(watched)[0].direction == "max"


def test_there_are_never_more_trials_than_combinations(spec: str) -> None:
    for trials, over, sampler, count in (
        (None, OVER, "tpe", 20),
        (7, OVER, "tpe", 7),
        (20, OVER[1:], "tpe", 3),
        (None, OVER[1:], "grid", 3),
        (2, OVER[1:], "grid", 2),
    ):
        request = read_request(spec, over)
        held = asked(Request(request.spec, request.space, trials=trials, sampler=sampler))[0]
        assert wanted_of(held) == count


def test_a_file_of_its_own_says_the_same(spec: str) -> None:
    """Its spec lies beside it, its mistakes have places in it, and options go before what it says."""
    file = Path(spec).parent / "tries.yaml"
    file.write_text(
        "sweep:\n  spec: small.yaml\n  over:\n"
        f"    {RATE}: 1e-4..1e-1 log\n    {FILTERS}: [2, 4, 8]\n"
        "  trials: 5\n  seeds: 2\n  sampler: random\n  pruner: halving\n  monitor: val_accuracy\n"
        "  set: {training.epochs: 4}\n"
    )
    held = read_request(str(file), (f"{FILTERS}=[2]",))
    assert (held.spec, held.trials, held.seeds, held.sampler) == (spec, 5, 2, "random")
    assert (held.pruner, held.monitor, held.settings) == ("halving", "val_accuracy", ("training.epochs=4",))
    assert [str(each) for each in held.space] == ["1e-4..0.1 log", "[2]"]
    held = read_request(str(file), ("training.epochs=[2, 3]",))
    assert not held.settings and [each.path for each in held.space] == [RATE, FILTERS, "training.epochs"]
    file.write_text(f"sweep:\n  spec: small.yaml\n  over:\n    {FILTERS}: [2, 4]\n  set:\n    {FILTERS}: 8\n")
    with pytest.raises(Rejected, match="is set, and the sweep goes over it") as mistakes:
        read_request(str(file), ())
    assert mistakes.value.diagnostics[0].place == (str(file), 6, 5)
    with pytest.raises(Rejected, match="and is no spec") as mistakes:
        cnnspec.load(file)
    assert mistakes.value.diagnostics[0].help == f"write cnnspec sweep {file}" and len(mistakes.value.diagnostics) == 1
    file.write_text(f"sweep:\n  spec: small.yaml\n  trails: 5\n  over:\n    {FILTERS}: 8..2\nmore: 1\n")
    with pytest.raises(Rejected) as mistakes:
        read_request(str(file), ())
    found = {(each.code, each.span.line) for each in mistakes.value.diagnostics if each.span}
    assert found == {("unknown-argument", 3), ("unknown-key", 6)}
    file.write_text(f"sweep:\n  spec: small.yaml\n  over:\n    {FILTERS}: 8..2\n")
    with pytest.raises(Rejected, match="goes down"):
        read_request(str(file), ())


def test_no_extra_is_a_misuse_with_what_to_install(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnspec.api.sweeping.find_spec", lambda name: None)
    with pytest.raises(Rejected, match=r"cnnspec\[sweep\]"):
        cnnspec.sweep(spec, {FILTERS: [2, 4]})
