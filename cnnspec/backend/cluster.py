"""The workers that a training is divided among, and which of them this process is.

TF_CONFIG says it, as for every program of TensorFlow, else what Slurm says of a job's step with several tasks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnspec.backend.data.wrong import rejected
from cnnspec.backend.slurm import slurm_addresses

_FORM = '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}'
_TRAINING = ("chief", "worker")
"""Jobs whose tasks train, the chief first."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workers' addresses, `host:port`, the chief's first, and the place of this process among them."""

    addresses: tuple[str, ...]
    index: int

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run."""
        return self.index == 0

    def named(self, index: int) -> str:
        """`worker 1 (host:port)`, as messages call it."""
        return f"{'the chief' if index == 0 else f'worker {index}'} ({self.addresses[index]})"

    def tf_config(self) -> str:
        """The same as TF_CONFIG has it."""
        task = {"type": "worker", "index": self.index}
        return json.dumps({"cluster": {"worker": list(self.addresses)}, "task": task})


def read_cluster(environ: Mapping[str, str]) -> Cluster | None:
    """The cluster that the environment speaks of; None where it speaks of none. Raises Rejected for a damaged one."""
    if environ.get("TF_CONFIG", "").strip():
        return read_tf_config(environ["TF_CONFIG"])
    tasks, process = (environ.get(name, "") for name in ("SLURM_NTASKS", "SLURM_PROCID"))
    if not tasks.isdecimal() or not process.isdecimal() or int(tasks) < 2:
        return None
    addresses = slurm_addresses(environ)
    if len(addresses) != int(tasks) or int(process) >= int(tasks):
        received = f"SLURM_NTASKS {tasks}, SLURM_PROCID {process} and {len(addresses)} tasks on the job's nodes"
        raise rejected("bad-cluster", received, "as many tasks as SLURM_NTASKS says", "start it with srun")
    return Cluster(addresses, int(process))


def read_tf_config(text: str) -> Cluster:
    """The cluster of a TF_CONFIG; raises Rejected saying what is wrong with it."""
    try:
        held = json.loads(text)
    except ValueError as error:
        raise _wrong(f"TF_CONFIG is not JSON ({error})") from None
    cluster, task = (held.get(key) if isinstance(held, dict) else None for key in ("cluster", "task"))
    if not isinstance(cluster, dict) or not isinstance(task, dict):
        raise _wrong(f"TF_CONFIG has no cluster or no task: {text[:200]}")
    if other := [job for job in cluster if job not in (*_TRAINING, "evaluator")]:
        raise _wrong(f"TF_CONFIG has a job {other[0]!r}")
    jobs = {job: _addresses(cluster[job]) for job in _TRAINING if job in cluster}
    return Cluster(tuple(address for job in jobs.values() for address in job), _index(task, jobs))


def _addresses(listed: Any) -> tuple[str, ...]:
    if not isinstance(listed, list) or not listed:
        raise _wrong(f"TF_CONFIG lists as addresses {json.dumps(listed)[:200]}")
    for address in listed:
        host, _, port = address.rpartition(":") if isinstance(address, str) else ("", "", "")
        if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
            raise _wrong(f"TF_CONFIG has an address {json.dumps(address)[:200]}")
    return tuple(listed)


def _index(task: Mapping[str, Any], jobs: Mapping[str, tuple[str, ...]]) -> int:
    job, index = task.get("type"), task.get("index")
    if isinstance(index, str) and index.isdecimal():
        index = int(index)
    if not isinstance(job, str) or not isinstance(index, int) or not 0 <= index < len(jobs.get(job, ())):
        there = ", ".join(f"{name} 0 to {len(addresses) - 1}" for name, addresses in jobs.items()) or "none"
        raise _wrong(f"TF_CONFIG names as this process {job} {index}, where there are {there}")
    return index + (len(jobs.get("chief", ())) if job == "worker" else 0)


def _wrong(received: str) -> Exception:
    return rejected("bad-cluster", received, _FORM, "see docs/distributed.md")
