"""How many threads share an operation is settled before TensorFlow starts, and told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from spec_texts import graph_of

from cnnspec.api import load
from cnnspec.runs.threads import is_little


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
    call = [sys.executable, "-m", "cnnspec", "train", "digits", "--dry-run"]
    done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert ("auto  threads: 1 an operation" in done.stdout) is told
