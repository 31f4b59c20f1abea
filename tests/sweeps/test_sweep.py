"""A small sweep: killed and gone on with, each trial as it is alone, drawn again as it was drawn."""

import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import optuna
import pytest

import cnnspec
from cnnspec import Swept
from cnnspec.api.sweeping import asked
from cnnspec.cli.app import carried_out
from cnnspec.source.diagnostic import Rejected
from cnnspec.sweeps import trainer
from cnnspec.sweeps.importances import importances
from cnnspec.sweeps.request import Request, read_request
from cnnspec.sweeps.study import Study
from tests.support.forked_program import Program
from tests.support.program import run
from tests.support.sweeps import OVER, epochs, finished, killed, place, started
from tests.support.warm_start import warm_start

VALUES = {path: text for path, _, text in (each.partition("=") for each in OVER)}
OVER_IN_PYTHON = {**VALUES, "model.1.conv.filters": [2, 4, 8]}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, float], Swept]:
    """A sweep of three trials, its process killed in the midst of the second, and gone on with from here."""
    folder = place(tmp_path_factory.mktemp("sweep"))
    killed(folder, started(folder, "--trials", "3"), 4)
    before = finished(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": trains}))
        return folder, before, again(folder)


def trains(command: list[str], pass_fds: list[int], **_: object) -> Program:
    """The process that trains, which finds TensorFlow loaded; the socket that it is given is its standard input."""
    return warm_start().start(["0"], Path.cwd(), stdin=pass_fds[0], module=command[2])


def again(folder: Path) -> Swept:
    return cnnspec.sweep(folder / "small.yaml", OVER_IN_PYTHON, trials=3, runs=folder / "runs")


def test_what_was_killed_loses_no_finished_trial_and_trains_none_twice(
    swept: tuple[Path, dict[int, float], Swept],
) -> None:
    folder, before, found = swept
    assert len(before) == 1
    assert before.items() <= finished(folder).items()
    assert {each.state for each in found.trials} == {"finished"} and len(found.trials) == 3
    assert len(list(folder.glob("runs/*/spec.yaml"))) == 3
    assert epochs(folder) == 9
    assert found.best is not None and found.best.value == min(finished(folder).values())


def test_a_trial_is_to_the_bit_what_it_is_alone(swept: tuple[Path, dict[int, float], Swept]) -> None:
    """The second one, which was killed: the command that its run keeps trains the same, in a process of its own."""
    folder, _, found = swept
    mine = found.runs(1)[0]
    words = [word for path, text in found.trials[1].values.items() for word in ("--set", f"{path}={text}")]
    assert mine.told.environment.command[-len(words) - 2 :] == (*words, "--set", "training.seed=5")
    done = run("train", "small.yaml", "--runs", "alone", *words, "--set", "training.seed=5", folder=folder)
    assert done.returncode == 0, done.stderr
    alone = cnnspec.open_run(folder / "alone" / "small-1")
    ones, others = (keras.saving.load_model(each.path / "last.keras").get_weights() for each in (alone, mine))
    assert all(np.array_equal(one, other) for one, other in zip(ones, others, strict=True))
    assert mine.metrics == alone.metrics


def test_a_study_that_is_over_is_told_without_training(
    swept: tuple[Path, dict[int, float], Swept], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a table, as JSON and as a picture."""
    folder, _, found = swept
    monkeypatch.chdir(folder)
    words = ["sweep", "small.yaml", "--trials", "3", *(word for each in OVER for word in ("--over", each))]
    assert carried_out(words) == 0
    table = capsys.readouterr().out
    assert "3 trials" in table and "best" in table and max(map(len, table.splitlines()[:9])) <= 80
    assert carried_out([*words, "--format", "json", "-o", "picture.svg"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["value"] for each in told["trials"]] == [each.value for each in found.trials]
    assert told["best"] == found.best.number if found.best else False
    picture = (folder / "picture.svg").read_text()
    assert picture.count("<circle") == 9 and "<script" not in picture
    shutil.rmtree(folder / found.trials[0].members[0].run)
    assert carried_out(words) == 0 and capsys.readouterr().out.count("removed") == 1


def test_what_is_drawn_depends_on_the_trials_before_alone(tmp_path: Path) -> None:
    """A study that is told the same figures draws the same values, by TPE and at random, opened once or each time."""
    spec = str(place(tmp_path) / "small.yaml")
    for sampler in ("tpe", "random"):
        once = _drawn(spec, tmp_path / f"{sampler}-once.study", sampler, reopened=False)
        assert _drawn(spec, tmp_path / f"{sampler}-again.study", sampler, reopened=True) == once
        assert len(set(once)) == len(once)


def _drawn(spec: str, path: Path, sampler: str, reopened: bool) -> list[tuple[str, ...]]:
    request = read_request(spec, OVER)
    held = asked(Request(request.spec, request.space, sampler=sampler))[0]
    study, drawn = Study(path, held), []
    for number in range(14):
        claim = study.claim(14)
        assert claim is not None and claim.number == number
        drawn.append(tuple(claim.values.values()))
        study.finish(number, abs(float(drawn[-1][0]) - 0.01))
        if reopened:
            study.close()
            study = Study(path, held)
    study.close()
    return drawn


def test_a_pruner_ends_what_is_worse_than_most(tmp_path: Path) -> None:
    spec = str(place(tmp_path) / "small.yaml")
    request = read_request(spec, OVER)
    held = asked(Request(request.spec, request.space, pruner="median"))[0]
    study = Study(tmp_path / "a.study", held)
    for number in range(5):
        assert study.claim(6) is not None
        study.report(number, 0, 1.0 + number / 10)
        study.finish(number, 1.0 + number / 10)
    assert study.claim(6) is not None
    study.report(5, 0, 0.9)
    assert not study.is_hopeless(5)
    study.report(5, 0, 9.0)  # an epoch that is told again, as after a resumption, changes nothing
    assert not study.is_hopeless(5)
    study.finish(5, 0.9)
    assert study.claim(7) is not None
    study.report(6, 0, 2.0)
    assert study.is_hopeless(6)


def test_halving_judges_after_one_three_and_nine_epochs(tmp_path: Path) -> None:
    """A trial goes on where it is the best of three there, and whatever it comes to between."""
    request = read_request(str(place(tmp_path) / "small.yaml"), OVER)
    study = Study(tmp_path / "a.study", asked(Request(request.spec, request.space, pruner="halving"))[0])
    hopeless: list[list[int]] = []
    for number, figures in enumerate(([0.5] * 10, [0.6], [0.4, 9.9, 0.9], [0.4, 9.9, 0.4, *[9.9] * 6])):
        assert study.claim(4) is not None
        found = []
        for epoch, figure in enumerate(figures):
            study.report(number, epoch, figure)
            found += [epoch + 1] if study.is_hopeless(number) else []
        hopeless.append(found)
        study.prune(number)
    assert hopeless == [[], [1], [3], [9]]
    assert [list(study.epochs(each)) for each in study.trials] == [list(range(10)), [0], [0, 1, 2], list(range(9))]
    study.close()


@pytest.mark.parametrize(("alone", "together"), [(1.0, 0.0), (0.25, 1.0), (1.0, 1.0)])
def test_what_mattered_is_each_paths_share_of_the_whole_variance(tmp_path: Path, alone: float, together: float) -> None:
    """As Optuna has it, and near what an analysis of variance of all combinations comes to."""
    spec = str(place(tmp_path) / "small.yaml")
    request = read_request(spec, ("training.batch_size=1..6", "model.1.conv.filters=1..6"))
    held = asked(Request(request.spec, request.space, sampler="grid"))[0]
    study = Study(tmp_path / "a.study", held)
    values = {}
    while claim := study.claim(36):
        one, other = (int(each) > 3 for each in claim.values.values())
        values[one, other] = alone * one + together * (one != other)
        study.finish(claim.number, values[one, other])
    found = importances(study.held, held)
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        theirs = optuna.importance.get_param_importances(study.held, evaluator=evaluator, normalize=False)
    study.close()
    assert found == theirs
    table = np.array([[values[one, other] for other in (False, True)] for one in (False, True)])
    expected = [table.mean(axis=axis).var() / table.var() for axis in (1, 0)]
    assert [found[each.path] for each in request.space] == pytest.approx(expected, abs=0.12)


def test_a_study_of_another_sweep_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    """With what differs, or where it is damaged; a last line that was cut off is no damage."""
    spec, path = str(place(tmp_path) / "small.yaml"), tmp_path / "a.study"
    request = read_request(spec, OVER)
    held = asked(request)[0]
    Study(path, held).close()
    other = asked(Request(spec, request.space, settings=("training.batch_size=4",)))[0]
    with pytest.raises(Rejected, match=r"another sweep: spec.training.batch_size was 8 and is now 4"):
        Study(path, other)
    with pytest.raises(Rejected, match=r"over.model.1.conv.filters was"):
        Study(path, asked(read_request(spec, (OVER[0], "model.1.conv.filters=[2, 4]")))[0])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])
    Study(path, held).close()
    assert path.read_bytes() == whole
    path.write_bytes(whole[:5])
    Study(path, held).close()
    assert path.read_bytes().startswith(whole[:5]) and path.read_bytes().count(b"\n") == whole.count(b"\n")
    for broken, said in (
        (b"\x00\xff\n" + whole, "damaged in line 1"),
        (b"a line of something else, without an end", "damaged in line 1"),
        (whole + b"{}\n", "damaged in line 3"),
        (whole + b'{"op_code": 6}\n', "does not tell one study"),
        (b'{"op_code": 0, "worker_id": "a", "study_name": "b", "directions": [1]}\n', "did not begin"),
    ):
        path.write_bytes(broken)
        with pytest.raises(Rejected, match=said) as mistakes:
            Study(path, held)
        assert mistakes.value.diagnostics[0].code == "bad-study" and path.read_bytes() == broken
    path.unlink()
    path.symlink_to(tmp_path / "small.yaml")
    with pytest.raises(Rejected, match="a link"):
        Study(path, held)
