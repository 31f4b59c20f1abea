"""What Keras and TensorFlow raise, in few words: a mistake of the spec, or a step that failed."""

import contextlib
import re
import warnings
from collections.abc import Iterator

import tensorflow as tf

from cnnspec.backend.startup import lacks_memory
from cnnspec.results.failure import RunFailed
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import Route

_LONGEST = 300
_BOLD = re.compile(r"\x1b\[1m(.*?)\x1b\[0m", re.DOTALL)
"""How Keras marks what matters in the error of a layer's call."""
_OF_XLA = re.compile(r"\bXLA\b|XLA_|jit_compile|xla::|tf2xla", re.IGNORECASE)
_OWN = re.compile(r" for '?\{\{.*?\}\}.*?'| ?\[Op:\w+\].*|\{\{.*?\}\}|^ *\(\d+\) [A-Z_]+: +")
"""Names of their own parts."""
_WHERE = re.compile(
    r"\[\[|File \"|Graph execution error:$|Detected at node .* defined at|<stack traces unavailable>"
    r"|Stack trace for op definition|\d+ root error\(s\) found"
)
"""How lines begin that say where in their own parts something happened, and not what."""


@contextlib.contextmanager
def refused(code: str, received: str, what: str, help: str, at: Route) -> Iterator[None]:
    """Whatever is raised in here, or warned of, is a mistake there; only a lack of memory is none.

    `what` is what was expected, as in `what it can compare`; the reason is added.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)
            yield
    except Exception as error:  # Keras raises whatever its operations happen to raise.
        if lacks_memory(error):
            raise
        raise rejected(code, received, f"{what} (Keras: {first_line(error)})", help, at=at) from error


@contextlib.contextmanager
def step_errors() -> Iterator[None]:
    """Turn what TensorFlow refuses to compute in a step into RunFailed; a lack of memory passes through."""
    try:
        yield
    except tf.errors.OpError as error:
        if lacks_memory(error):
            raise
        help = "a value in the data or the network's output is none that the loss or a metric takes"
        if _OF_XLA.search(str(error)):
            help = "XLA does not compile this network: leave out xla, or write xla: auto"
        raise RunFailed("step-failed", f"TensorFlow stopped at a step: {first_line(error)}", help) from error


def first_line(error: Exception) -> str:
    """What an exception of Keras or TensorFlow says first, without the names of their own parts."""
    text = getattr(error, "message", "") or str(error)
    marked = _BOLD.search(text)
    lines = (_OWN.sub("", line).strip() for line in (marked[1] if marked else text).splitlines())
    line = next((line for line in lines if line and not _WHERE.match(line)), type(error).__name__)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
