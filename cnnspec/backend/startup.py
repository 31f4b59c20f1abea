"""Start TensorFlow without its chatter, and make a run a function of its seed.

TensorFlow's C++ parts write to file descriptor 2 before any of their settings count, so the descriptor
itself points elsewhere while they start; whatever is not known chatter is written out afterwards.
"""

import contextlib
import importlib
import logging
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from cnnspec.results.failure import RunFailed

_STAMP = r"\d{4}-\d\d-\d\d [\d:.]+: "
_HARMLESS = (
    r"cuInit|Unable to register cu|cuda_platform|cuda_dnn|cuda_fft|cuda_blas|computation_placer|oneDNN supports DT_"
)
_CHATTER = re.compile(
    rf"^[IW]\d{{4}} |^{_STAMP}[IW] |^(E\d{{4}} |{_STAMP}E ).*({_HARMLESS})"
    r"|^WARNING: All log messages before absl|^To enable the following instructions|^\s*$"
)


def is_chatter(line: str) -> bool:
    """Whether a line of standard error is only TensorFlow telling how it starts."""
    return bool(_CHATTER.match(line))


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Hold back standard error; at the end write out what is not chatter."""
    try:
        sys.stderr.flush()
        real = os.dup(2)
    except (OSError, AttributeError, ValueError):
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(real, 2)
            os.close(real)
            held.seek(0)
            text = held.read().decode(errors="replace")
            sys.stderr.writelines(line for line in text.splitlines(keepends=True) if not is_chatter(line))


def _start() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Else each process takes all memory of a GPU, and those of a sweep or another training find none.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    keras_was_there = "keras" in sys.modules
    if not keras_was_there:
        os.environ["KERAS_BACKEND"] = "tensorflow"
    with quiet_start():
        tensorflow: Any = importlib.import_module("tensorflow")
        keras: Any = importlib.import_module("keras")
        tensorflow.config.list_physical_devices()
    if keras.backend.backend() != "tensorflow":
        message = f"Keras runs on {keras.backend.backend()} here; cnnspec needs it on tensorflow"
        raise RunFailed("keras-backend", message, "set KERAS_BACKEND=tensorflow")
    if not keras_was_there:
        keras.config.set_floatx("float32")
        keras.config.set_image_data_format("channels_last")
    for name in ("tensorflow", "absl"):
        logging.getLogger(name).setLevel(logging.ERROR)


def draw_seed() -> int:
    """A seed for a run whose spec names none."""
    return secrets.randbelow(2**31)


def use_seed(seed: int) -> None:
    """Make what is drawn from here on a function of the seed: initial weights, dropout."""
    keras: Any = importlib.import_module("keras")
    keras.utils.set_random_seed(seed)


def make_repeatable() -> None:
    """Let TensorFlow add up in the same order every time, for the rest of the process."""
    tensorflow: Any = importlib.import_module("tensorflow")
    tensorflow.config.experimental.enable_op_determinism()


def lacks_memory(error: BaseException) -> bool:
    """Whether Python or TensorFlow was refused memory; on a GPU that others fill, it may not even come to asking."""
    tensorflow: Any = importlib.import_module("tensorflow")
    if isinstance(error, tensorflow.errors.InternalError):
        return "out of memory" in str(error)
    return isinstance(error, (MemoryError, tensorflow.errors.ResourceExhaustedError))


@contextlib.contextmanager
def memory_errors() -> Iterator[None]:
    """Turn a refusal of memory, by Python or TensorFlow, into RunFailed."""
    tensorflow: Any = importlib.import_module("tensorflow")
    try:
        yield
    except (MemoryError, tensorflow.errors.OpError) as error:
        if not lacks_memory(error):
            raise
        message = "there is not enough memory for this network and batch size"
        on_gpu = isinstance(error, tensorflow.errors.InternalError) or tensorflow.config.list_physical_devices("GPU")
        raise RunFailed("out-of-memory", message, f"{_SMALLER}{_ON_A_GPU if on_gpu else ''}") from error


_SMALLER = "train with a smaller batch_size, or fewer units"
_ON_A_GPU = (
    "; or end what else computes on the GPU, which nvidia-smi names, or set CUDA_VISIBLE_DEVICES to another, or to -1 "
    "for the processor"
)


@contextlib.contextmanager
def whole_float32() -> Iterator[None]:
    """Let float32 be that on a GPU too, where TensorFlow rounds what it multiplies to 10 bits (TF32)."""
    tensorflow: Any = importlib.import_module("tensorflow")
    rounded = tensorflow.config.experimental.tensor_float_32_execution_enabled()
    tensorflow.config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        tensorflow.config.experimental.enable_tensor_float_32_execution(rounded)


_start()
