"""What holds for every test."""

import gc
import os
import signal
import sys
from collections.abc import Iterator

import pytest

# A GPU's driver does not survive the fork by which tests start programs; see tests/support/gpu_checks.py.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# Tests that are started in the background ignore interrupts, and so would the programs that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
gc.disable()  # until all is collected, of which nothing goes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The guide first, whose commands take minutes: else one of two workers is left with it at the end."""
    items.sort(key=lambda item: item.path.name != "test_guide.py")


_threads_told = False


def pytest_collectreport() -> None:
    """One thread for an operation, and graphs as they are recorded: networks here are small.

    Workers share the processors, and to rewrite a graph takes longer than the few steps that it is for; programs that
    tests start have theirs rewritten. It must be said once TensorFlow is imported, before some module computes with it.
    """
    global _threads_told
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None and not _threads_told:
        _threads_told = True
        tensorflow.config.threading.set_intra_op_parallelism_threads(1)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def pytest_collection_finish() -> None:
    """TensorFlow and thousands of tests stay to the end: looking for garbage among them costs time and finds none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 10)
    gc.enable()


@pytest.fixture(autouse=True)
def _consoles_of_their_own() -> Iterator[None]:
    """A command's consoles are made once a process, for its streams, which in here are other ones for each test."""
    yield
    screen = sys.modules.get("cnnspec.cli.screen")
    for console in (screen.output, screen.errors) if screen is not None else ():
        console.cache_clear()
