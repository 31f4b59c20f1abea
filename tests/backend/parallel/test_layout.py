"""What a training is to run on, and what is said where it cannot or will not pay."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from cnnspec.backend.parallel.layout import Layout, Wish, layout_of, precision_told
from cnnspec.source.diagnostic import Diagnostic, Rejected
from tests.support.places import ROOT
from tests.support.script import run_script
from tests.support.small_runs import DATA, MODEL, written_spec

PAIR = {"cluster": {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}, "task": {"type": "worker", "index": 0}}
CLUSTER = {"TF_CONFIG": json.dumps(PAIR)}
WIDE = """
inputs: {image: [64, 64, 3]}
model: [conv: {filters: 256, kernel_size: 3}, global_avg_pool, dense: 3]
"""


def laid_out(
    folder: Path, training: str, environ: dict[str, str] | None = None, model: str = MODEL, **wish: Any
) -> Layout:
    spec, graph = written_spec(folder, f"{model}{DATA}training: {{loss: auto, {training}}}\n")
    return layout_of(spec, graph, Wish(**wish), environ or {}, planned=True)


def refusal(folder: Path, training: str, environ: dict[str, str] | None = None, **wish: Any) -> Diagnostic:
    with pytest.raises(Rejected) as refused:
        laid_out(folder, training, environ, **wish)
    (found,) = refused.value.diagnostics
    return found


@pytest.mark.parametrize(
    ("option", "count", "named"), [("devices", 9, "9 logical CPUs"), ("workers", 12, "12 workers")]
)
def test_fewer_examples_than_devices_are_refused_with_both_numbers(
    tmp_path: Path, option: str, count: int, named: str
) -> None:
    found = refusal(tmp_path, "batch_size: 8", **{option: count})
    assert found.code == "bad-cluster" and found.span is not None
    assert found.message == f"batch_size 8 for {named}; expected at least {count}, an example for each"
    assert f"write batch_size: {count}" in found.help and "over 8 at most" in found.help


def test_as_many_examples_as_devices_are_enough(tmp_path: Path) -> None:
    assert laid_out(tmp_path, "batch_size: 8", devices=8).words(8) == "8 logical CPUs, 1 example each"


def test_a_batch_that_is_not_divided_is_told_with_what_it_costs(tmp_path: Path) -> None:
    """Three devices compute nine examples for a batch of seven; of 127 over two it is not worth a word."""
    (told,) = laid_out(tmp_path, "batch_size: 7", model=WIDE, devices=3).notes
    assert told.startswith("3 do not divide a batch of 7: 2 of 9 examples a step are computed for nothing")
    assert laid_out(tmp_path, "batch_size: 127", model=WIDE, devices=2).notes == ()


def test_a_batch_of_little_work_is_told_not_to_pay(tmp_path: Path) -> None:
    (told,) = laid_out(tmp_path, "batch_size: 8", workers=2).notes
    assert "so little work that one device alone may be quicker" in told


def test_mirrored_without_a_gpu_is_said_to_be_one_device(tmp_path: Path) -> None:
    layout = laid_out(tmp_path, "distribute: mirrored")
    assert layout.replicas == 1 and layout.notes == (
        "distribute: mirrored finds no GPU here, so one device trains alone;"
        " --devices N shares every batch over N logical CPUs",
    )
    assert laid_out(tmp_path, "distribute: mirrored", devices=1).notes == ()


def test_workers_that_are_named_and_not_asked_for_are_told(tmp_path: Path) -> None:
    """Each of the two would train alone; not so where the user says so, or where one worker is named."""
    (told,) = laid_out(tmp_path, "batch_size: 8", CLUSTER).notes
    assert told.startswith("TF_CONFIG names 2 workers, and this process trains alone")
    assert laid_out(tmp_path, "batch_size: 8", CLUSTER, workers=1).notes == ()
    alone = {"TF_CONFIG": json.dumps({**PAIR, "cluster": {"worker": ["127.0.0.1:1"]}})}
    assert laid_out(tmp_path, "batch_size: 8", alone).notes == ()
    assert laid_out(tmp_path, "batch_size: 8", {"TF_CONFIG": "{"}).notes == ()


def test_the_environment_counts_before_the_option(tmp_path: Path) -> None:
    """TF_CONFIG and --workers must agree; a damaged TF_CONFIG is refused beside --workers too."""
    found = refusal(tmp_path, "batch_size: 32", CLUSTER, workers=3)
    assert found.message == "--workers 3, where TF_CONFIG names 2; expected the same number"
    assert found.help == "leave out --workers, or unset TF_CONFIG"
    assert "TF_CONFIG is not JSON" in refusal(tmp_path, "batch_size: 32", {"TF_CONFIG": "{"}, workers=3).message
    slurm = {"SLURM_NTASKS": "2", "SLURM_PROCID": "0", "SLURM_JOB_NODELIST": "a", "SLURM_TASKS_PER_NODE": "2"}
    assert "where SLURM_NTASKS names 2" in refusal(tmp_path, "batch_size: 32", slurm, workers=3).message
    assert laid_out(tmp_path, "batch_size: 32", slurm, workers=2).cluster is not None


def test_a_setting_of_the_wait_that_is_none_is_refused_before_anybody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNSPEC_CONNECT_SECONDS", "abc")
    assert "CNNSPEC_CONNECT_SECONDS is abc" in refusal(tmp_path, "distribute: multi_worker", CLUSTER).message


def test_several_workers_that_nobody_names_are_refused(tmp_path: Path) -> None:
    found = refusal(tmp_path, "distribute: multi_worker")
    assert found.message.startswith("distribute: multi_worker, and neither TF_CONFIG nor a job step of Slurm")
    assert "--workers N" in found.help and "--set training.distribute=none" in found.help


def test_statistics_that_replicas_would_share_are_refused_over_devices_at_the_layer(tmp_path: Path) -> None:
    """Keras' own gradient of them ends in a traceback there; on one device the layer does as any other."""
    model = MODEL.replace("norm: batch", "norm: {batch: {synchronized: true}}")
    found = refusal(tmp_path, "batch_size: 8", model=model, devices=2)
    assert found.code == "not-running" and found.span is not None and found.span.line == 7
    assert (
        found.message == "batch_norm with synchronized: true does not run over several devices yet, here 2 logical CPUs"
    )
    assert laid_out(tmp_path, "batch_size: 8", model=model, devices=1).replicas == 1


def test_xla_over_devices_is_refused_at_its_place_with_what_to_write(tmp_path: Path) -> None:
    found = refusal(tmp_path, "xla: true", devices=2)
    assert found.code == "not-running" and found.span is not None
    assert "does not run over several devices yet, and here it would over 2 logical CPUs" in found.message
    assert found.help.startswith("leave out xla, or write xla: auto")
    assert laid_out(tmp_path, "xla: true", devices=1).replicas == 1


@pytest.mark.parametrize(("given", "kept"), [({}, "false"), ({"TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE": "true"}, "true")])
def test_where_a_batch_is_little_work_onednn_keeps_its_programs_unless_the_user_says_otherwise(
    given: dict[str, str], kept: str
) -> None:
    """In a process of its own, since TensorFlow has computed in this one."""
    program = (
        "import os, cnnspec\n"
        "from cnnspec.backend.parallel.layout import Wish, layout_of\n"
        "network = cnnspec.load('digits')\n"
        "layout_of(network.spec, network.graph, Wish(settles=True), {})\n"
        "print(os.environ.get('TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE'))\n"
    )
    there = {name: value for name, value in os.environ.items() if name != "TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE"}
    assert run_script(program, ROOT, {**there, **given}).stdout.decode().split()[-1:] == [kept]


@pytest.mark.parametrize(
    ("precision", "generation", "rounds", "said"),
    [
        ("float32", 9, True, "float32 with products in TF32"),
        ("float32", 9, False, "float32"),
        ("float32", 7, True, "float32"),
        ("mixed_bfloat16", 9, True, "mixed_bfloat16"),
    ],
)
def test_a_run_on_a_gpu_says_where_float32_is_rounded(precision: str, generation: int, rounds: bool, said: str) -> None:
    assert precision_told(precision, generation, rounds) == said


def test_what_a_run_on_a_gpu_keeps_of_its_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of TensorFlow as on an H200, unless NVIDIA's libraries are told to leave float32 alone."""
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU:0"])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: {"compute_capability": (9, 0)})
    on_gpu = Layout(gpus=True)
    assert (
        on_gpu.facts("float32")["precision"] == "float32 with products in TF32" and on_gpu.facts("x")["kind"] == "GPU"
    )
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "0")
    assert on_gpu.facts("float32")["precision"] == "float32"
