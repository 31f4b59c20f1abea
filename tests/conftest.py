"""What holds for every test."""

import signal

import pytest

# Tests that are started in the background ignore interrupts, and so would the programs that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The guide first, whose commands take minutes: else one of two workers is left with it at the end."""
    items.sort(key=lambda item: item.path.name != "test_guide.py")
