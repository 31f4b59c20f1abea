"""Trainings that several devices or processes share, as whole programs, against the same on one device."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.backend.train import train
from cnnspec.language.location import locate
from cnnspec.results.events import Event, StepsDone
from tests.support import often
from tests.support.forked_program import Program
from tests.support.places import ROOT
from tests.support.program import run
from tests.support.shared_trainings import ENVIRONMENT, PLAIN, TRAINING, written, written_small
from tests.support.small_runs import HEADER, examples, written_spec
from tests.support.spec_texts import read
from tests.support.warm_start import warm_start


def steps(folder: Path, kind: str, number: int, **training: str) -> dict[str, Any]:
    """What the training came to over so many devices or workers."""
    return shared(written(folder, **training), kind, number)


def alone(folder: Path, **training: str) -> dict[str, Any]:
    """What the same training came to on one device: the loss after each step, and the figures."""
    losses: list[float] = []

    def note(event: Event) -> None:
        if isinstance(event, StepsDone):
            losses.append(event.figures["loss"])

    spec = read(locate(str(written(folder, **training)), print))
    metrics = dict(train(*spec, runs_dir=folder / "alone", on_event=note).metrics)
    return {"losses": losses, "metrics": metrics}


def shared(spec: Path, kind: str, number: int) -> dict[str, Any]:
    """What the training of a spec came to over so many devices or workers."""
    folder = spec.parent
    words = [str(spec), str(folder / kind), kind, str(number)]
    environments = of_workers(number) if kind == "workers" else [ENVIRONMENT]
    programs = [warm_start().start(words, ROOT, each, module="tests.support.shared_steps") for each in environments]
    first, *others = (ended(each) for each in programs)
    assert all(done.returncode == 0 for done in (first, *others)), [first.stderr, *(done.stderr for done in others)]
    result: dict[str, Any] = json.loads(first.stdout.splitlines()[-1])
    return result


def of_workers(count: int) -> list[dict[str, str]]:
    """The environments of so many workers on this machine, as TF_CONFIG names them; the first is the chief's."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(count)]}
    tasks = [{"cluster": cluster, "task": {"type": "worker", "index": index}} for index in range(count)]
    return [{**ENVIRONMENT, "TF_CONFIG": json.dumps(task)} for task in tasks]


def ended(program: Program) -> subprocess.CompletedProcess[str]:
    """A program that has come to its end."""
    try:
        output, errors = program.communicate(timeout=300)
    finally:
        program.kill()
    return subprocess.CompletedProcess([], program.wait(), output, errors)


EPOCHS = often.examples(3, 13)


def test_two_devices_and_two_workers_train_as_one(tmp_path: Path) -> None:
    """The loss after each step (of 104, where all cases are asked) is that of one device within 1e-5, and so are the
    figures of all splits.

    With uneven last batches, validation, class weights and clipping, on a network without batch statistics and dropout.
    """
    training = TRAINING.replace("epochs: 13", f"epochs: {EPOCHS}")
    wanted = alone(tmp_path, training=training)
    assert len(wanted["losses"]) == 8 * EPOCHS
    for kind in ("devices", "workers"):
        shared = steps(tmp_path, kind, 2, training=training)
        assert np.allclose(shared["losses"], wanted["losses"], rtol=0, atol=1e-5)
        assert shared["metrics"] == pytest.approx(wanted["metrics"], abs=1e-5)


def test_three_devices_share_batches_that_leave_some_with_nothing(tmp_path: Path) -> None:
    """Batches of 7, and one of 4, over three devices; averaged weights, accumulated gradients, another clip."""
    training = TRAINING.replace("batch_size: 8", "batch_size: 7").replace("global_norm: 0.5", "norm: 0.1")
    training = training.replace("epochs: 13", f"epochs: {EPOCHS}")
    training += "  ema: {momentum: 0.9}\n  gradient_accumulation: 2\n"
    wanted, shared = alone(tmp_path, training=training), steps(tmp_path, "devices", 3, training=training)
    assert np.allclose(shared["losses"], wanted["losses"], rtol=0, atol=1e-5)
    assert shared["metrics"] == pytest.approx(wanted["metrics"], abs=1e-5)


SEVERAL = """
inputs: {words: {shape: [5], dtype: int32}}
model:
  embed: [embedding: {input_dim: 12, output_dim: 6, mask_zero: true, embeddings_regularizer: {l2: 0.01}}]
  tags: [dense: {units: 4, activation: softmax}]
  pool: [global_avg_pool: {from: embed}]
  size: [dense: {units: 2, from: pool, activity_regularizer: {l2: 0.1}}]
outputs: {tags: tags, size: size}
data: {source: arrays, train: train.npz, validation: validation.npz}
training:
  epochs: 3
  batch_size: 12
  optimizer: {sgd: {learning_rate: 0.1}}
  loss: auto
  loss_weights: {tags: 2.0}
  metrics: {tags: [accuracy], size: [root_mean_squared_error]}
  seed: 5
"""


def test_several_outputs_with_padding_and_penalties_have_the_figures_of_one_device(tmp_path: Path) -> None:
    """Each loss, their sum with what weights and activities cost, and metrics; a last batch of 6 after those of 12."""
    random = np.random.default_rng(0)
    for name, count in (("train", 30), ("validation", 18)):
        words = random.integers(0, 12, (count, 5))
        words[:, 0] = 1
        tags, size = random.integers(0, 4, (count, 5)), random.normal(size=(count, 2)).astype("float32")
        np.savez(tmp_path / f"{name}.npz", words=words, tags=tags, size=size)
    wanted = train(*written_spec(tmp_path, SEVERAL), runs_dir=tmp_path / "alone").metrics
    assert {"val_loss", "val_tags_loss", "val_size_loss", "val_size_root_mean_squared_error"} < set(wanted)
    for kind, number in (("devices", 3), ("workers", 2)):
        assert shared(tmp_path / "small.yaml", kind, number)["metrics"] == pytest.approx(wanted, abs=1e-5)


def trained(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`cnnspec train` in this folder, to its end."""
    return ended(started(folder, *arguments))


def test_digits_with_dropout_and_batch_statistics_learn_as_well(tmp_path: Path) -> None:
    """Where replicas compute otherwise than one device, the accuracy is the same within the noise of 360 examples."""
    model = PLAIN.replace("activation: relu}", "norm: batch, activation: relu}\n  - dropout: 0.2").replace(
        "6, 6", "8, 8"
    )
    model = model.replace("units: 3", "units: 10")
    training = "training: {epochs: 3, batch_size: 64, loss: auto, metrics: [accuracy], seed: 1, "
    training += "optimizer: {adam: 0.01}}\n"
    (tmp_path / "digits.yaml").write_text(HEADER + model + "data: {source: digits}\n" + training)
    done = trained(tmp_path, "digits.yaml", "--devices", "2", "--format", "json")
    assert done.returncode == 0, done.stderr
    one = train(*read(locate(str(tmp_path / "digits.yaml"), print)), runs_dir=tmp_path / "alone").metrics
    scores = [each["test_accuracy"] for each in (one, json.loads(done.stdout)["metrics"])]
    assert min(scores) > 0.8 and abs(scores[0] - scores[1]) < 0.05


def figures(run: Path) -> list[list[float]]:
    """The rows of a run's metrics.csv, without what was not computed."""
    lines = (run / "metrics.csv").read_text().splitlines()[1:]
    return [[float(cell) for cell in line.split(",") if cell != "NA"] for line in lines]


def started(folder: Path, *arguments: str, environment: Mapping[str, str] = ENVIRONMENT) -> Program:
    """`cnnspec train` in this folder."""
    return warm_start().start(["train", *arguments], folder, environment)


def started_cold(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`cnnspec train` in this folder as its user starts it: it tells TensorFlow what to say before that is loaded."""
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.Popen(
        [sys.executable, "-m", "cnnspec", "train", *arguments],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def await_epochs(run: Path, count: int, process: Program | subprocess.Popen[str]) -> None:
    """Wait until a run has so many epochs."""
    until = time.monotonic() + 120
    while not (run / "metrics.csv").exists() or len(figures(run)) < count:
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)


def child_of(process: Program | subprocess.Popen[str]) -> int:
    """The one process that this one started."""
    if isinstance(process, Program):
        return process.children[0]
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


def test_a_worker_that_is_killed_ends_all_and_the_run_goes_on_with_one_and_with_two(tmp_path: Path) -> None:
    """Exit code 3 within 60 s, a message that names worker and command, and nothing that TensorFlow says of it; then
    the figures of a run never interrupted.
    """
    training = TRAINING.replace("epochs: 13", "epochs: 3000").replace("every: 0.1", "every: 1")
    training = training.replace("adam: {learning_rate: 0.01}", "sgd: {learning_rate: 0.01}")
    written_small(tmp_path, training)
    run = tmp_path / "runs" / "small-1"
    process = started_cold(tmp_path, "small.yaml", "--workers", "2")
    try:
        await_epochs(run, 2, process)
        os.kill(child_of(process), signal.SIGKILL)
        killed = time.monotonic()
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 3 and time.monotonic() - killed < 60
    ended, lost, help, *counted = errors.splitlines()
    assert ended == "worker 1 failed: it was ended by SIGKILL, as the system does where memory runs out"
    assert lost.startswith("error[worker-lost]: worker 1 (127.0.0.1:")
    assert "cnnspec train --resume runs/small-1 --workers 2, also on another number of workers" in help
    assert counted == ["", "1 error"], errors
    done = len(figures(run))
    for workers, epochs in (("1", done + 1), ("2", done + 2)):
        again = trained(tmp_path, "--resume", str(run), "--workers", workers, "--set", f"training.epochs={epochs}")
        assert again.returncode == 0, again.stderr
        assert len(figures(run)) == epochs
    whole = read(locate(str(tmp_path / "small.yaml"), print), settings=[f"training.epochs={done + 2}"])
    one = train(*whole, runs_dir=tmp_path / "alone").run
    assert np.allclose(figures(run), figures(Path(one)), rtol=0, atol=1e-4)


@pytest.mark.parametrize("moment", ["start", "epoch"])
def test_no_worker_outlives_the_process_that_started_it(tmp_path: Path, moment: str) -> None:
    """SIGKILL to that one, before they have met and in an epoch: the other one is gone within 60 s."""
    written_small(tmp_path, TRAINING.replace("epochs: 13", "epochs: 30000").replace("every: 0.1", "every: 1000"))
    process = started(tmp_path, "small.yaml", "--workers", "2")
    until = time.monotonic() + 60
    while not (children := process.children):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    (worker,) = children
    if moment == "epoch":
        await_epochs(tmp_path / "runs" / "small-1", 1, process)
    process.kill()
    process.communicate()
    until = time.monotonic() + 60
    while Path(f"/proc/{worker}").exists():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_worker_that_is_told_to_stop_stops_all_and_the_state_is_kept(tmp_path: Path) -> None:
    """SIGTERM to a worker alone: the chief saves, says how to go on, and both are gone."""
    written_small(tmp_path, TRAINING.replace("epochs: 13", "epochs: 30000").replace("every: 0.1", "every: 1000"))
    run = tmp_path / "runs" / "small-1"
    process = started(tmp_path, "small.yaml", "--workers", "2")
    await_epochs(run, 1, process)
    worker = child_of(process)
    os.kill(worker, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "cnnspec train --resume runs/small-1 --workers 2" in errors
    assert errors.startswith("stopping: another process was asked to: saving the state after this step")
    assert list((run / "checkpoints").glob("*.checkpoint"))
    assert not Path(f"/proc/{worker}").exists()


def ended_in_the_first_epoch(run: Path) -> tuple[int, int, str]:
    """A training whose worker stands still before there is a checkpoint, and that was asked to stop twice.

    Its exit code, that worker and what it said. On a machine that is busy the epoch may be over before the worker is
    found, or soon after that, where the worker had sent its part of the last step: then once more.
    """
    for _ in range(10):
        process = started(run.parent.parent, "small.yaml", "--workers", "2", "--runs", run.parent.name)
        until = time.monotonic() + 120
        while not (run / "spec.yaml").exists():
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.01)
        with contextlib.suppress(ProcessLookupError, FileNotFoundError, IndexError):
            os.kill(worker := child_of(process), signal.SIGSTOP)
            time.sleep(1)
            for _ in range(2):
                os.kill(process.pid, signal.SIGINT)
                time.sleep(0.4)
            _, errors = process.communicate(timeout=20)
            if not (run / "metrics.csv").exists():
                return process.wait(), worker, errors
        process.kill()
        process.communicate()
        shutil.rmtree(run.parent)
    raise AssertionError("ten times an epoch was over at once")


def test_a_second_signal_ends_a_training_that_waits_for_a_worker_and_the_command_it_prints_goes_on(
    tmp_path: Path,
) -> None:
    """In the first epoch, before there is a checkpoint; the worker is stopped, so that no step ends.

    The command is copied as it stands, with its quotes and with what spread the training, and begins from the start.
    A program that finds TensorFlow loaded may let it say that the worker is lost; see the test of one that is killed.
    """
    written_small(tmp_path, TRAINING.replace("epochs: 13", "epochs: 2").replace("every: 0.1", "every: 1000"))
    run = tmp_path / "it's here" / "small-1"
    code, worker, errors = ended_in_the_first_epoch(run)
    ours = [line for line in errors.splitlines() if line.startswith(("stopping", "ended", "interrupted", "to go on"))]
    assert code == 130 and len(ours) == 3 and "Traceback" not in errors, errors
    acknowledged, ended, going_on = ours
    assert acknowledged.startswith("stopping: saving the state after this step")
    assert ended.startswith("ended at once in epoch 1, without saving; lost is all of it")
    assert json.loads((run / "result.json").read_text())["status"] == "interrupted"
    assert not Path(f"/proc/{worker}").exists()
    command = going_on.removeprefix("to go on: ")
    assert command == """cnnspec train --resume 'it'"'"'s here/small-1' --workers 2"""
    shell = f"cnnspec() {{ printf '%s\\0' \"$@\"; }}; {command}"
    words = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True).stdout.split("\0")[:-1]
    again = trained(tmp_path, *words[1:])
    assert again.returncode == 0 and "devices  2 workers" in again.stdout, again.stderr
    assert "no checkpoint yet: the training starts from the start" in again.stdout and len(figures(run)) == 2


def test_a_worker_with_another_spec_and_other_data_is_refused_with_both_values(tmp_path: Path) -> None:
    """Both end with exit code 3, and nothing was trained; chief and worker say what is where."""
    folders = [tmp_path / name for name in ("chief", "worker")]
    for folder in folders:
        folder.mkdir()
        written_small(folder, TRAINING + "  distribute: multi_worker\n")
    pictures, labels = examples(60, seed=9)
    np.savez(folders[1] / "train.npz", x=pictures, y=labels)
    settings = ([], ["--set", "training.batch_size=16"])
    processes = [
        started(folder, "small.yaml", *each, environment=environment)
        for folder, each, environment in zip(folders, settings, of_workers(2), strict=True)
    ]
    for process in processes:
        errors = process.communicate(timeout=100)[1]
        assert process.returncode == 3
        assert "training.batch_size is 16 on worker 1; expected 8; the data file.train.npz is" in errors
        assert "as the chief has it" in errors
    assert not (tmp_path / "chief" / "runs").exists()


def test_two_tasks_of_slurm_train_together_and_the_run_says_what_it_ran_on(tmp_path: Path) -> None:
    """From the variables that srun sets alone; then it goes on with one process, and `runs show` knows of both."""
    training = TRAINING.replace("epochs: 13", "epochs: 2").replace("every: 0.1", "every: 1")
    written_small(tmp_path, training + "  distribute: auto\n")
    job = {"SLURM_JOB_ID": str(os.getpid()), "SLURM_STEP_NODELIST": "127.0.0.[1]", "SLURM_STEP_TASKS_PER_NODE": "2"}
    processes = []
    for task in ("0", "1"):
        environment = {**ENVIRONMENT, **job, "SLURM_NTASKS": "2", "SLURM_PROCID": task}
        processes.append(started(tmp_path, "small.yaml", environment=environment))
    for process in processes:
        said, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert ("devices  2 workers, 4 examples each" in said) is (process is processes[0])
    alone = ("--set", "training.distribute=none", "--set", "training.epochs=3")
    again = trained(tmp_path, "--resume", "runs/small-1", *alone)
    assert again.returncode == 0, again.stderr
    shown = run("runs", "show", "runs/small-1", folder=tmp_path).stdout.decode()
    assert "computed on  2 workers, float32, 1 thread an operation\n" in shown
    assert "computed on  one CPU, float32, 1 thread an operation (after epoch 2)" in shown


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    found = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return found


def test_more_workers_than_examples_are_refused_before_any_is_started(tmp_path: Path) -> None:
    """A thousand processes would take minutes to start."""
    written_small(tmp_path)
    done = trained(tmp_path, "small.yaml", "--workers", "1000")
    assert done.returncode == 1
    assert "batch_size 8 for 1000 workers; expected at least 1000, an example for each" in done.stderr


def test_a_worker_that_cannot_be_reached_and_a_damaged_tf_config(tmp_path: Path) -> None:
    """Exit codes 3 and 1, the address in the message, and no run folder."""
    spec = str(written_small(tmp_path))
    cluster = {"worker": ["127.0.0.1:23997", "127.0.0.1:23998"]}
    for config, code, said in (
        (json.dumps({"cluster": cluster, "task": {"type": "worker", "index": 0}}), 3, "worker 1 (127.0.0.1:23998) did"),
        ('{"cluster": 3}', 1, "error[bad-cluster]: TF_CONFIG has no cluster"),
    ):
        there = {**ENVIRONMENT, "TF_CONFIG": config, "CNNSPEC_CONNECT_SECONDS": "2"}
        done = ended(started(tmp_path, spec, "--set", "training.distribute=multi_worker", environment=there))
        assert done.returncode == code and said in done.stderr
    assert not (tmp_path / "runs").exists()
