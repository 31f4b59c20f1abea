"""Who the workers of a training are, as TF_CONFIG and Slurm say it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.backend.parallel.cluster import Cluster, read_cluster, read_tf_config
from cnnspec.backend.parallel.slurm import node_names, slurm_addresses
from cnnspec.source.diagnostic import Rejected
from tests.support.places import DOCS

PAGE = DOCS / "distributed.md"
WORKERS = ["a:1", "b:2"]


def written(cluster: object, job: str = "worker", index: object = 1) -> str:
    return json.dumps({"cluster": cluster, "task": {"type": job, "index": index}})


def test_tf_config_names_the_workers_and_this_process() -> None:
    assert read_tf_config(written({"worker": WORKERS})) == Cluster(("a:1", "b:2"), 1)


def test_a_chief_of_its_own_comes_first() -> None:
    """As TensorFlow counts them: the chief is worker 0, the first of the others worker 1."""
    jobs = {"worker": ["b:2", "c:3"], "chief": ["a:1"]}
    assert read_tf_config(written(jobs, "chief", 0)) == Cluster(("a:1", "b:2", "c:3"), 0)
    assert read_tf_config(written(jobs, "worker", 1)) == Cluster(("a:1", "b:2", "c:3"), 2)


def test_processes_on_one_machine_are_counted_by_addresses_that_mean_it() -> None:
    """Only what cannot be anybody else's; each process counts itself at least."""
    assert Cluster(("127.0.0.1:1", "localhost:2", "127.0.0.2:3", "host:4"), 0).together == 3
    assert Cluster(("a:1", "a:2"), 1).together == 1


def test_what_a_cluster_writes_it_reads() -> None:
    cluster = Cluster(("a:1", "b:2", "c:3"), 2)
    assert read_tf_config(cluster.tf_config()) == cluster


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "no cluster"),
        ('{"cluster": {}}', "no cluster or no task"),
        (written({"ps": WORKERS}), "a job ps; expected chief and worker alone"),
        (written({"worker": []}), "lists as addresses []"),
        (written({"worker": ["a"]}), 'an address "a"'),
        (written({"worker": ["a:99999"]}), 'an address "a:99999"'),
        (written({"worker": ["a:0"]}), "a port from 1 to 65535"),
        (written({"worker": ["a:²"]}), "a port from 1 to 65535"),
        (written({"worker": [3]}), "an address 3"),
        (written({"worker": ["a:1", "b:2", "a:1"]}), "names a:1 twice, as worker 0 and as worker 2"),
        (written({"worker": ["a:1"], "chief": ["a:1"]}), "names a:1 twice"),
        (written({"worker": ["c:3"], "chief": ["a:1", "b:2"]}), "has 2 chiefs"),
        (written({"worker": WORKERS}, index=True), "worker true"),
        (written({"worker": WORKERS}, index=-1), "worker -1"),
        (written({"worker": WORKERS}, job="evaluator", index=0), "evaluator 0, where"),
        (written({"worker": WORKERS}, job="gpu", index=0), "gpu 0, where there are worker 0 to 1"),
        (written({"worker": WORKERS}, index=2), "worker 2, where there are worker 0 to 1"),
        (written({"worker": WORKERS}, index=None), "worker null"),
        (written({"worker": WORKERS}, job="chief", index=0), "chief 0, where"),
    ],
)
def test_a_damaged_tf_config_is_refused_with_what_it_has(text: str, named: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_tf_config(text)
    (found,) = refused.value.diagnostics
    assert found.code == "bad-cluster" and named in found.message and len(found.message) < 400
    assert "correct TF_CONFIG" in found.help


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("node7", ["node7"]),
        ("node[01-03,07]", ["node01", "node02", "node03", "node07"]),
        ("a1,b[9-11],c", ["a1", "b9", "b10", "b11", "c"]),
        ("rack[1-2]node[3-4].x", ["rack1node3.x", "rack1node4.x", "rack2node3.x", "rack2node4.x"]),
    ],
)
def test_a_list_of_nodes_is_written_out(text: str, names: list[str]) -> None:
    """The forms of the Slurm manual: ranges that keep their zeros, lists, several brackets."""
    assert node_names(text) == names


@pytest.mark.parametrize("text", ["", "a[1-", "a[3-1]", "a[x]", "a]b["])
def test_a_list_of_nodes_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        node_names(text)


NAMES = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
RANGES = st.tuples(st.integers(0, 1200), st.integers(0, 12), st.integers(1, 4))
"""Where a range begins, how many follow, and with how many digits at least."""
PARTS = st.tuples(NAMES, st.lists(RANGES, min_size=1, max_size=3), st.sampled_from(["", ".x", "-ib"]))


@given(st.lists(PARTS, min_size=1, max_size=4))
def test_a_list_of_nodes_has_what_was_written_into_it(parts: list[tuple[str, list[tuple[int, int, int]], str]]) -> None:
    """Ranges of any widths, several in a bracket, several names in a list, in the order written."""
    items, wanted = [], []
    for head, ranges, tail in parts:
        spans = [f"{first:0{width}}" + (f"-{first + more:0{width}}" if more else "") for first, more, width in ranges]
        items.append(f"{head}[{','.join(spans)}]{tail}")
        for first, more, width in ranges:
            wanted += [f"{head}{number:0{width}}{tail}" for number in range(first, first + more + 1)]
    assert node_names(",".join(items)) == wanted


@given(st.text("ab01[],-9", max_size=30))
def test_whatever_stands_in_a_list_of_nodes_is_names_or_refused(text: str) -> None:
    try:
        names = node_names(text)
    except Rejected:
        return
    assert names and all(names) and not any(set("[],") & set(name) for name in names)


WORD = st.sampled_from(["worker", "chief", "ps", "type", "index", "a"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORD | st.just(["a:1", "b:2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=12,
)


@given(st.fixed_dictionaries({"cluster": JSON, "task": JSON}))
def test_whatever_tf_config_holds_names_a_process_or_is_refused(held: object) -> None:
    try:
        cluster = read_tf_config(json.dumps(held))
    except Rejected:
        return
    assert 0 <= cluster.index < len(cluster.addresses) == len(set(cluster.addresses))


def test_slurm_names_a_worker_for_each_task() -> None:
    """Tasks are counted node by node, and those on one node have ports of their own."""
    step = {"SLURM_JOB_NODELIST": "n[1-3]", "SLURM_TASKS_PER_NODE": "2(x2),1", "SLURM_JOB_ID": "0"}
    expected = ("n1:12000", "n1:12001", "n2:12000", "n2:12001", "n3:12000")
    assert slurm_addresses(step) == expected
    task = {"SLURM_NTASKS": "5", "SLURM_PROCID": "3"}
    assert read_cluster({**step, **task}) == Cluster(expected, 3, "SLURM_NTASKS")


def test_a_step_of_slurm_that_does_not_add_up_is_refused() -> None:
    step = {"SLURM_JOB_NODELIST": "n1", "SLURM_TASKS_PER_NODE": "2", "SLURM_NTASKS": "3", "SLURM_PROCID": "0"}
    with pytest.raises(Rejected):
        read_cluster(step)


def test_one_task_or_none_is_no_cluster() -> None:
    assert read_cluster({}) is None
    assert read_cluster({"SLURM_NTASKS": "1", "SLURM_PROCID": "0", "SLURM_JOB_NODELIST": "n1"}) is None


def test_a_step_of_slurm_may_name_nodes_by_ranges() -> None:
    """Seven tasks on three nodes: each has its place, and the ports of a job are its own."""
    step = {"SLURM_STEP_NODELIST": "node[01-02,07]", "SLURM_STEP_TASKS_PER_NODE": "3,2(x2)", "SLURM_JOB_ID": "3"}
    named = ("node01:12192", "node01:12193", "node01:12194", "node02:12192", "node02:12193", "node07:12192")
    for task in range(7):
        cluster = read_cluster({**step, "SLURM_NTASKS": "7", "SLURM_PROCID": str(task)})
        assert cluster == Cluster((*named, "node07:12193"), task, "SLURM_NTASKS")


def examples_of(language: str) -> list[str]:
    """The examples of the page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def run_in_bash(script: str, folder: Path, **environment: str) -> str:
    """What a script prints in this folder, where the commands that it calls say what they were given."""
    for name in ("cnnspec", "srun", "scontrol"):
        (folder / name).write_text('#!/bin/bash\necho "$(basename "$0") $*"; echo "$TF_CONFIG"; exit "${CODE:-0}"\n')
        (folder / name).chmod(0o755)
    there = {"PATH": f"{folder}:{os.environ['PATH']}", **environment}
    return subprocess.run(["bash", "-c", script], cwd=folder, env=there, capture_output=True, text=True).stdout


def test_the_job_for_slurm_trains_goes_on_and_is_queued_again(tmp_path: Path) -> None:
    (script,) = examples_of("bash")
    said = run_in_bash(script, tmp_path, SLURM_JOB_ID="17")
    assert "srun cnnspec train photos.yaml --set training.distribute=multi_worker --runs runs/17\n" in said
    assert "scontrol" not in said
    (tmp_path / "runs" / "17" / "photos-1").mkdir(parents=True)
    said = run_in_bash(script, tmp_path, SLURM_JOB_ID="17", CODE="130")
    assert "srun cnnspec train --resume runs/17/photos-1\n" in said and "scontrol requeue 17\n" in said


def test_the_pods_for_kubernetes_make_a_tf_config_that_is_one(tmp_path: Path) -> None:
    """Each of the two pods is the worker of its number, by the name that the service gives it."""
    (written_down,) = examples_of("yaml")
    service, job = yaml.safe_load_all(written_down)
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    for index in range(job["spec"]["completions"]):
        said = run_in_bash(container["args"][0], tmp_path, JOB_COMPLETION_INDEX=str(index))
        command, config = said.split("\n", 1)
        names = tuple(f"{job['metadata']['name']}-{pod}.{service['metadata']['name']}:2222" for pod in range(2))
        assert read_tf_config(config) == Cluster(names, index)
        assert command == "cnnspec train photos.yaml --set training.distribute=multi_worker"
    assert pod["subdomain"] == service["metadata"]["name"] and container["command"] == ["bash", "-c"]
    (tmp_path / "runs" / "photos-2").mkdir(parents=True)
    said = run_in_bash(container["args"][0], tmp_path, JOB_COMPLETION_INDEX="0")
    assert said.startswith("cnnspec train --resume runs/photos-2\n")
