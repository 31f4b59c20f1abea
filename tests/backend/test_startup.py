"""TensorFlow starts without its chatter, and what is not chatter is not lost."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

from cnnspec.backend.startup import draw_seed, is_chatter, memory_errors, whole_float32
from cnnspec.results.failure import RunFailed
from tests.support.places import ENVIRONMENT
from tests.support.script import run_script


def said(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, env={**ENVIRONMENT, **environment})


def test_starting_and_computing_says_nothing() -> None:
    script = "import cnnspec.backend, tensorflow as tf; print(float(tf.reduce_sum(tf.ones((2, 3)))))"
    done = said(script)
    assert (done.stdout, done.stderr, done.returncode) == ("6.0\n", "", 0)


def test_what_is_no_chatter_comes_through(tmp_path: Path) -> None:
    """Whatever else is written to standard error while TensorFlow starts is written out afterwards."""
    script = (
        "import os\n"
        "from cnnspec.backend.startup import quiet_start\n"
        "with quiet_start():\n"
        "    os.write(2, b'I0000 00:00:1 1 port.cc:153] oneDNN custom operations are on.\\nthe house is on fire\\n')\n"
    )
    assert run_script(script, tmp_path).stderr == b"the house is on fire\n"


def test_an_error_while_starting_is_raised(tmp_path: Path) -> None:
    script = "from cnnspec.backend.startup import quiet_start\nwith quiet_start():\n    raise OSError('broken')\n"
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run_script(script, tmp_path)
    assert b"OSError: broken" in failed.value.stderr


def test_neither_a_closed_standard_error_nor_another_backend_of_keras_matters() -> None:
    """A shell that asks for jax still trains with TensorFlow, if keras was not there before."""
    script = "import os; os.close(2)\nimport cnnspec.backend, keras; print('fine', keras.backend.backend())"
    done = said(script, KERAS_BACKEND="jax")
    assert (done.stdout, done.returncode) == ("fine tensorflow\n", 0)


@pytest.mark.parametrize(
    ("line", "chatter"),
    [
        ("WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n", True),
        ("E0000 00:00:1795440833.276265 4279 cuda_platform.cc:52] failed call to cuInit: INTERNAL\n", True),
        ("2025-01-01 10:00:00.123: I tensorflow/core/util/port.cc:153] oneDNN\n", True),
        ("E0000 00:00:1795440833.276265 4279 bfc_allocator.cc:1] out of memory\n", False),
        ("Traceback (most recent call last):\n", False),
    ],
)
def test_chatter_is_known_by_its_form(line: str, chatter: bool) -> None:
    assert is_chatter(line) is chatter


def test_drawn_seeds_differ() -> None:
    assert len({draw_seed() for _ in range(20)}) == 20


def test_where_memory_lacks_it_is_said_what_helps_also_where_others_fill_a_gpu() -> None:
    """As TensorFlow says it where it cannot even set the GPU up; what else goes wrong in it is no lack of memory."""
    full = tf.errors.InternalError(None, None, "cudaSetDevice() on GPU:0 failed. Status: out of memory")
    for error, told, helps in (
        (full, "not enough memory for this network", "CUDA_VISIBLE_DEVICES"),
        (tf.errors.ResourceExhaustedError(None, None, "OOM"), "not enough memory for this network", "batch_size"),
        (MemoryError(), "not enough memory for this network", "batch_size"),
    ):
        with pytest.raises(RunFailed, match=told) as failed, memory_errors():
            raise error
        assert failed.value.diagnostics[0].code == "out-of-memory" and helps in failed.value.diagnostics[0].help
    with pytest.raises(tf.errors.InternalError), memory_errors():
        raise tf.errors.InternalError(None, None, "another")


def test_a_process_takes_no_more_of_a_gpu_than_it_needs(tmp_path: Path) -> None:
    """Unless its user has said otherwise."""
    script = "print(os.environ[name])"
    for first, then in (("pop(name, None)", "true"), ("update({name: 'false'})", "false")):
        begun = f"import os; name = 'TF_FORCE_GPU_ALLOW_GROWTH'; os.environ.{first}\n"
        done = run_script(f"{begun}from cnnspec.backend import startup; startup._start()\n{script}", tmp_path)
        assert done.stdout.decode() == f"{then}\n"


def test_float32_is_rounded_again_after_what_must_not_be() -> None:
    rounded = tf.config.experimental.tensor_float_32_execution_enabled
    assert rounded()
    with contextlib.suppress(OSError), whole_float32():
        assert not rounded()
        raise OSError
    assert rounded()
