"""The workers that a training is divided among, and which of them this process is.

TF_CONFIG says it, as for every program of TensorFlow, else what Slurm says of a job's step with several tasks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnspec.backend.parallel.slurm import slurm_addresses
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_FORM = '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}'
_TRAINING = ("chief", "worker")
"""Jobs whose tasks train, the chief first."""
_HERE = ("127.", "localhost:", "[::1]:")
"""How addresses begin that are on the machine that names them."""
_LONGEST = 100
"""Characters of TF_CONFIG that a message shows."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workers' addresses, `host:port`, the chief's first, and the place of this process among them.

    `source` is the environment variable that says so.
    """

    addresses: tuple[str, ...]
    index: int
    source: str = "TF_CONFIG"

    @property
    def together(self) -> int:
        """How many processes have addresses that are this machine's for certain; one at least."""
        return max(1, sum(address.startswith(_HERE) for address in self.addresses))

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
        raise rejected("bad-cluster", received, "as many tasks as SLURM_NTASKS says", "start it with srun", at=NOWHERE)
    return Cluster(addresses, int(process), "SLURM_NTASKS")


def read_tf_config(text: str) -> Cluster:
    """The cluster of a TF_CONFIG; raises Rejected saying what is wrong with it."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"TF_CONFIG is not JSON ({error}): {_cut(text)}") from None
    cluster, task = (held.get(key) if isinstance(held, dict) else None for key in ("cluster", "task"))
    if not isinstance(cluster, dict) or not isinstance(task, dict):
        raise _wrong(f"TF_CONFIG has no cluster or no task: {_cut(text)}")
    if other := [job for job in cluster if job not in (*_TRAINING, "evaluator")]:
        raise _wrong(f"TF_CONFIG has a job {_cut(other[0])}", "chief and worker alone: all processes train")
    jobs = {job: _addresses(cluster[job]) for job in _TRAINING if job in cluster}
    if len(chiefs := jobs.get("chief", ())) > 1:
        raise _wrong(f"TF_CONFIG has {len(chiefs)} chiefs, {' and '.join(chiefs[:2])}", "one, and the others as worker")
    addresses = tuple(address for job in jobs.values() for address in job)
    _refuse_twins(addresses)
    return Cluster(addresses, _index(task, jobs))


def _addresses(listed: Any) -> tuple[str, ...]:
    if not isinstance(listed, list) or not listed:
        raise _wrong(f"TF_CONFIG lists as addresses {_cut(json.dumps(listed))}", 'a list such as ["host:port", ...]')
    for address in listed:
        host, _, port = address.rpartition(":") if isinstance(address, str) else ("", "", "")
        if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) < 2**16:
            received = f"TF_CONFIG has an address {_cut(json.dumps(address))}"
            raise _wrong(received, '"host:port" with a port from 1 to 65535')
    return tuple(listed)


def _refuse_twins(addresses: tuple[str, ...]) -> None:
    """Two processes cannot listen at one address."""
    for index, address in enumerate(addresses):
        first = addresses.index(address)
        if first < index:
            received = f"TF_CONFIG names {_cut(address)} twice, as worker {first} and as worker {index}"
            raise _wrong(received, "an address of its own for each")


def _index(task: Mapping[str, Any], jobs: Mapping[str, tuple[str, ...]]) -> int:
    job = task.get("type")
    index: Any = task.get("index")
    if isinstance(index, str) and index.isascii() and index.isdecimal() and len(index) < 10:
        index = int(index)
    whole: bool = isinstance(index, int) and not isinstance(index, bool)
    if not isinstance(job, str) or not whole or not 0 <= index < len(jobs.get(job, ())):
        there = ", ".join(f"{name} 0 to {len(addresses) - 1}" for name, addresses in jobs.items()) or "none"
        named = f"{job if isinstance(job, str) else json.dumps(job)} {json.dumps(index)}"
        raise _wrong(f"TF_CONFIG names as this process {_cut(named)}, where there are {there}", "one of these as task")
    return int(index) + (len(jobs.get("chief", ())) if job == "worker" else 0)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _wrong(received: str, expected: str = _FORM) -> Exception:
    help = "correct TF_CONFIG, which counts before --workers, or unset it; see docs/distributed.md"
    return rejected("bad-cluster", received, expected, help, at=NOWHERE)
