"""The addresses of a training's workers from what Slurm says of a job's step."""

import re
from collections.abc import Iterator, Mapping

from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_PORTS = range(12000, 32000)
"""Where the ports of a job's workers begin, by its number, so that two jobs on one machine do not meet."""
_MOST = 10_000
_NODES = re.compile(r"(?P<head>[^\[\],]*)\[(?P<numbers>[0-9,-]+)\](?P<tail>.*)", re.ASCII | re.DOTALL)
_TIMES = re.compile(r"(\d+)(?:\(x(\d+)\))?", re.ASCII)


def slurm_addresses(environ: Mapping[str, str]) -> tuple[str, ...]:
    """`host:port` of every task, in the order of their numbers; tasks must be handed out in blocks, as by default.

    Raises Rejected where the environment makes no sense.
    """
    nodes = environ.get("SLURM_STEP_NODELIST") or environ.get("SLURM_JOB_NODELIST") or ""
    counts = environ.get("SLURM_STEP_TASKS_PER_NODE") or environ.get("SLURM_TASKS_PER_NODE") or "1"
    hosts, tasks = node_names(nodes), _times(counts)
    first = _first_port(environ)
    if len(tasks) == 1:
        tasks *= len(hosts)
    if len(hosts) != len(tasks):
        received = f"SLURM_JOB_NODELIST {nodes} has {len(hosts)} nodes, SLURM_TASKS_PER_NODE {counts} has {len(tasks)}"
        raise rejected("bad-cluster", received, "one number of tasks for each node", "start it with srun", at=NOWHERE)
    return tuple(f"{host}:{first + task}" for host, count in zip(hosts, tasks, strict=True) for task in range(count))


def node_names(text: str) -> list[str]:
    """The nodes of a list as Slurm writes it: `a[01-03,07],b` is a01, a02, a03, a07 and b; raises Rejected."""
    names = [name for part in _parts(text) for name in _expanded(part)]
    if not names or not all(names):
        raise _bad(text)
    return names


def _first_port(environ: Mapping[str, str]) -> int:
    number = environ.get("SLURM_JOB_ID", "0")
    return _PORTS[int(number) * 64 % len(_PORTS)] if number.isdecimal() else _PORTS[0]


def _parts(text: str) -> Iterator[str]:
    """The list cut at the commas outside of brackets."""
    start = depth = 0
    for place, character in enumerate(text):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _expanded(part: str) -> list[str]:
    """The names of one item of the list; it may have several brackets."""
    match = _NODES.fullmatch(part)
    if match is None:
        if set("[]") & set(part):
            raise _bad(part)
        return [part.strip()]
    numbers = [number for piece in match["numbers"].split(",") for number in _numbers(piece, part)]
    return [f"{match['head'].strip()}{number}{rest}" for number in numbers for rest in _rest(match["tail"])]


def _rest(tail: str) -> list[str]:
    return _expanded(tail) if tail else [""]


def _numbers(piece: str, part: str) -> list[str]:
    """`01-03` as 01, 02, 03: as many digits as the first has."""
    first, dash, last = piece.partition("-")
    last = last if dash else first
    if not (first.isdecimal() and last.isdecimal()) or not 0 <= int(last) - int(first) < _MOST:
        raise _bad(part)
    return [str(number).zfill(len(first)) for number in range(int(first), int(last) + 1)]


def _times(text: str) -> list[int]:
    """`2(x3),1` as 2, 2, 2, 1."""
    found: list[int] = []
    for piece in text.split(","):
        match = _TIMES.fullmatch(piece.strip())
        if match is None or int(match[2] or 1) > _MOST:
            help = "start it with srun"
            raise rejected("bad-cluster", f"SLURM_TASKS_PER_NODE {text}", "numbers such as 2(x3),1", help, at=NOWHERE)
        found += [int(match[1])] * int(match[2] or 1)
    return found


def _bad(text: str) -> Exception:
    help = "start it with srun, which sets it"
    return rejected("bad-cluster", f"the list of nodes {text!r}", "one such as node[01-03,07]", help, at=NOWHERE)
