"""Ctrl-C and SIGTERM: the first one is noted, so that the training can stop where its state is whole."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Whether somebody asked this process to stop."""

    def __init__(self) -> None:
        self.asked = False

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Note the first signal in here; a second one raises KeyboardInterrupt wherever the program is.

        Outside the main thread, where Python hands over no signals, nothing is noted.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        before = {number: handler for number, handler in before.items() if handler not in (None, signal.SIG_IGN)}
        for number in before:
            signal.signal(number, self._note)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
