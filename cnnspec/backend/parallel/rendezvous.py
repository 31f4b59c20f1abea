"""How the processes of a training find each other: all of them within a minute, or a message that names who is missing.

The chief listens at its address, and every worker comes to it. The chief also knocks at the address of each worker,
since TensorFlow will. Then TensorFlow takes over the ports, and the connections to the chief stay as the channel.
"""

import contextlib
import errno
import hashlib
import json
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

from cnnspec.backend.parallel.cluster import Cluster
from cnnspec.backend.parallel.control_channel import ControlChannel
from cnnspec.results.failure import RunFailed
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_SECONDS = 60.0
_SETTING = "CNNSPEC_CONNECT_SECONDS"
"""The environment variable that says how long to wait for the others."""
_TRY = 2.0
_LONGEST = 1000
_LONGEST_WAIT = 86_400
_GLANCE = 0.5
"""Seconds after which the chief looks whether a process it waits for has ended."""
_FOR_GOOD = (errno.EACCES, errno.EADDRNOTAVAIL)
"""Why a port cannot be had, and will not be however long one waits."""
_HELP = "start all of them, and see that they know each other by these addresses and that no firewall stands between"


def patience() -> float:
    """Seconds that the processes wait for each other; raises Rejected where the user's setting is no such number."""
    written = os.environ.get(_SETTING, "").strip()
    try:
        seconds = float(written) if written else _SECONDS
    except ValueError:
        seconds = math.nan
    if not 1 <= seconds <= _LONGEST_WAIT:
        received, expected = f"{_SETTING} is {written[:40]}", f"seconds, from 1 to {_LONGEST_WAIT:,}"
        raise rejected(
            "bad-cluster", received, expected, f"write {_SETTING}=600, or unset it for {_SECONDS:.0f}", at=NOWHERE
        )
    return seconds


def meet(cluster: Cluster, gone: Callable[[], str] = lambda: "") -> ControlChannel:
    """Wait until every process of the cluster is there; raises RunFailed naming the address of one that is not.

    It is given up at once where a process is known to be `gone`.
    """
    deadline = time.monotonic() + patience()
    with _listening(cluster, deadline) as listener:
        if cluster.is_chief:
            return _receive(cluster, listener, deadline, gone)
        return _come(cluster, deadline, gone)


@contextlib.contextmanager
def _listening(cluster: Cluster, deadline: float) -> Iterator[socket.socket]:
    """Listen at this process' own address; a port that an earlier process has not given back yet is waited for."""
    host, port = _split(cluster.addresses[cluster.index])
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        while True:
            try:
                listener.bind((host if host.startswith("127.") else "", port))
                break
            except OSError as error:
                if time.monotonic() > deadline or error.errno in _FOR_GOOD:
                    message = f"{cluster.named(cluster.index)} cannot listen at its port: {error.strerror}"
                    raise RunFailed("no-worker", message, "end what uses the port, or name another") from None
                time.sleep(0.2)
        listener.listen(len(cluster.addresses) + 8)
        yield listener


def _receive(cluster: Cluster, listener: socket.socket, deadline: float, gone: Callable[[], str]) -> ControlChannel:
    """As the chief, wait for the workers."""
    there: dict[int, socket.socket] = {}
    while missing := [index for index in range(1, len(cluster.addresses)) if index not in there]:
        left = deadline - time.monotonic()
        if ended := gone():
            raise _turn_away(there, f"{ended} before all were there")
        if left <= 0:
            raise _turn_away(there, f"{_absent(cluster, missing)} did not come within {patience():.0f} s")
        listener.settimeout(min(left, _GLANCE))
        with contextlib.suppress(TimeoutError):
            connection, _ = listener.accept()
            index, count, list_of = _hello(connection)
            problem = _stranger(cluster, missing, index, count, list_of)
            if index is not None and not problem:
                there[index] = connection
                continue
            connection.close()
            if problem:
                raise _turn_away(there, problem)
    for index in there:
        _knock(cluster, index, there, deadline)
    for connection in there.values():
        connection.sendall(b'{"go": 1}\n')
    return ControlChannel(cluster, there)


def _stranger(cluster: Cluster, missing: list[int], index: int | None, count: int, list_of: str) -> str:
    """Why a process that came does not belong here; nothing where it does, or is no worker at all."""
    if index is None:
        return ""
    if index not in missing or count != len(cluster.addresses):
        return f"a process calls itself worker {index} of {count}, where {_names(cluster, missing)} is awaited"
    if list_of != _fingerprint(cluster):
        return f"{cluster.named(index)} names other addresses for the workers than {cluster.named(0)}"
    return ""


def _come(cluster: Cluster, deadline: float, gone: Callable[[], str]) -> ControlChannel:
    """As a worker, go to the chief."""
    connection = _connected(cluster, 0, deadline, gone)
    if isinstance(connection, OSError):
        message = f"{cluster.named(0)} could not be reached within {patience():.0f} s: {_reason(connection)}"
        raise RunFailed("no-worker", gone() or message, _HELP)
    hello = {"worker": cluster.index, "workers": len(cluster.addresses), "of": _fingerprint(cluster)}
    try:
        connection.sendall(json.dumps(hello).encode() + b"\n")
        connection.settimeout(patience() + 10)
        answer = _line(connection)
    except OSError as error:
        answer = {"lost": f"{cluster.named(0)} said nothing ({_reason(error)})"}
    if "go" not in answer:
        connection.close()
        said = answer.get("lost", f"{cluster.named(0)} has ended")
        raise RunFailed("no-worker", str(said), _HELP)
    return ControlChannel(cluster, {0: connection})


def _knock(cluster: Cluster, index: int, there: dict[int, socket.socket], deadline: float) -> None:
    """See that a worker can be reached at the address that TensorFlow will use."""
    connection = _connected(cluster, index, max(deadline, time.monotonic() + _TRY))
    if isinstance(connection, OSError):
        what = f"{cluster.named(index)} came to the chief, but cannot be reached at its address: {_reason(connection)}"
        raise _turn_away(there, what)
    connection.close()


def _connected(
    cluster: Cluster, index: int, deadline: float, gone: Callable[[], str] = lambda: ""
) -> socket.socket | OSError:
    """A connection to a process, or why there was none until the deadline, or until it was known to be `gone`."""
    while True:
        try:
            return socket.create_connection(_split(cluster.addresses[index]), timeout=_TRY)
        except OSError as error:
            if time.monotonic() > deadline or gone():
                return error
            time.sleep(0.2)


def _turn_away(there: dict[int, socket.socket], what: str) -> RunFailed:
    """Tell those who came why nothing will be; what to raise."""
    for connection in there.values():
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps({"lost": what}).encode() + b"\n")
            connection.close()
    return RunFailed("no-worker", what, _HELP)


def _hello(connection: socket.socket) -> tuple[int | None, int, str]:
    """Who a connection is from: its number, of how many, named in which list; None if it is no worker's."""
    connection.settimeout(_TRY)
    with contextlib.suppress(OSError):
        said = _line(connection)
        index, count = said.get("worker"), said.get("workers")
        if isinstance(index, int) and isinstance(count, int):
            return index, count, str(said.get("of"))
    return None, 0, ""


def _fingerprint(cluster: Cluster) -> str:
    return hashlib.sha256(json.dumps(cluster.addresses).encode()).hexdigest()


def _line(connection: socket.socket) -> dict[str, object]:
    """The next line, read byte by byte since what follows is for others; nothing where it is no message."""
    text = b""
    while not text.endswith(b"\n") and len(text) < _LONGEST:
        byte = connection.recv(1)
        if not byte:
            break
        text += byte
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _names(cluster: Cluster, indices: list[int]) -> str:
    return " and ".join(cluster.named(index) for index in indices)


def _absent(cluster: Cluster, indices: list[int]) -> str:
    """The processes that are not there, and of each whose name is not known here that it is not."""
    said = ((cluster.named(index), _unknown(cluster.addresses[index])) for index in indices)
    return " and ".join(f"{name}, {why}," if why else name for name, why in said)


def _unknown(address: str) -> str:
    """Why the name in an address stands for no machine; nothing where it does. An answer may take its time."""
    host, port = _split(address)
    found: list[str] = []

    def look() -> None:
        try:
            socket.getaddrinfo(host, port)
        except OSError as error:
            found.append(f"whose name is not known here ({_reason(error)})")

    asking = threading.Thread(target=look, daemon=True)
    asking.start()
    asking.join(_TRY)
    return found[0] if found else ""


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or "no answer"


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
