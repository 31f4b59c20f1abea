"""How many threads share an operation is settled before TensorFlow starts, and told."""

import os
from pathlib import Path

import pytest

from cnnspec import load
from cnnspec.backend.parallel.threads import chosen_threads, is_little
from tests.support.program import run
from tests.support.spec_texts import graph_of


@pytest.mark.parametrize(
    ("spec", "batch", "little"), [("digits", 32, True), ("digits", 512, False), ("mnist", 128, False)]
)
def test_a_batch_of_a_small_network_is_little_work(spec: str, batch: int, little: bool) -> None:
    assert is_little(load(spec).graph, batch) is little


def test_a_network_of_unknown_length_is_not_called_little() -> None:
    graph = graph_of("inputs: {x: [null, 2]}\nmodel: [conv: {filters: 2, kernel_size: 3}, global_avg_pool]\n")
    assert not is_little(graph, 1)


@pytest.mark.parametrize(("set_by_user", "told"), [({}, True), ({"TF_NUM_INTRAOP_THREADS": "2"}, False)])
def test_one_thread_is_chosen_and_told_unless_the_user_says_how_many(
    tmp_path: Path, set_by_user: dict[str, str], told: bool
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TF_NUM_INTRAOP_THREADS"} | set_by_user
    done = run("train", "digits", "--dry-run", folder=tmp_path, env=environment)
    assert done.returncode == 0 and (b"auto  threads: 1 an operation" in done.stdout) is told


def chosen(batch: int, replicas: int, processes: int, spec: str = "mnist", said: str = "") -> str:
    return str(chosen_threads(load(spec).graph, batch, replicas, processes, {"TF_NUM_INTRAOP_THREADS": said}))


def test_what_counts_is_a_devices_part_of_the_batch() -> None:
    """512 digits are much for one device, and little for each of 16; of one batch a device reads all."""
    assert chosen(512, 1, 1, "digits") == "None"
    assert chosen(512, 16, 1, "digits") == "1 an operation (a device's part of a batch of this network is little work)"
    assert chosen(32, 1, 1, "digits") == "1 an operation (a batch of this network is little work)"


def test_processes_on_one_machine_share_its_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    assert chosen(512, 2, 2) == "8 an operation (2 workers share 16 processors)"
    assert chosen(512, 2, 1) == "None"
    assert chosen(4096, 64, 32) == "1 an operation (32 workers share 16 processors)"
    assert chosen(512, 2, 2, said="3") == "None"


@pytest.mark.parametrize("option", ["--devices=2", "--workers=2", "--set=training.distribute=mirrored"])
def test_the_dry_run_tells_the_threads_however_the_batches_are_shared(tmp_path: Path, option: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TF_NUM_INTRAOP_THREADS"}
    done = run("train", "digits", "--dry-run", option, folder=tmp_path, env=environment)
    assert done.returncode == 0 and b"auto  threads: 1 an operation" in done.stdout
