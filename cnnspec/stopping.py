"""Ctrl-C and SIGTERM: the first stops a training where its state is whole, the second ends the process at once.

Python carries out signal handlers between two steps of the main thread's own code. That thread may be in TensorFlow for
long, or wait there for another process for ever, and what a handler raises inside TensorFlow may come out as something
else. So a thread of its own hears of signals as they come, and it is what ends the process.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType

INTERRUPTED = 130
_WORDS: dict[int, str] = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
_SAME = 0.15
"""Seconds within which a second signal is the first one: `timeout` and `srun` send one that has come already."""
_AT_ONCE = 64
_LONGEST = 4.0
"""Seconds that each part of the end may take: a disk or a terminal may hang."""

Acknowledge = Callable[[str], None]
"""Told by what somebody asked to stop: `Ctrl-C` or `SIGTERM`."""


@dataclass(frozen=True, slots=True)
class _Saving:
    """What is done at a signal while there is something to save."""

    acknowledge: Acknowledge
    leave: Callable[[], None]


class Stopping:
    """Whether somebody asked this process to stop, and what becomes of it then.

    Once it is to end, `ends` says so to the user, in a thread of its own, told whether there was something to save;
    then the process ends with exit code 130, whatever its other threads do. Without `ends` a second signal raises
    KeyboardInterrupt in the main thread.
    """

    def __init__(self, ends: Callable[[bool], None] | None = None) -> None:
        self.asked = False
        """Whether a signal came while there was something to save."""
        self.by = ""
        """What that signal was, once `asked`: `Ctrl-C` or `SIGTERM`."""
        self._ends = ends
        self._handled: tuple[int, ...] = ()
        self._heeds = self._raised = False
        self._saving: _Saving | None = None
        self._came: list[float] = []
        self._ending = threading.Event()

    @contextlib.contextmanager
    def heeded(self) -> Iterator[None]:
        """Heed signals in here; outside the main thread, where Python hands over none, nothing changes.

        Who was asked to stop ends soon, and ignores what comes after this.
        """
        if self._heeds or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._heeds = True
        try:
            # The pipe before the handlers, and away after them: Python writes into it only for signals that it handles,
            # and one that came in between would be lost.
            with self._heard() if self._ends else contextlib.nullcontext(), self._handling():
                try:
                    yield
                finally:
                    # In here, since afterwards a further signal would end the process before `ends` has spoken.
                    self._rest()
        finally:
            self._heeds = False

    def ask(self, by: str) -> None:
        """Ask as a first signal does, for a reason of the program's own, which `by` then is."""
        self.by, self.asked = by, True

    def take_back(self) -> None:
        """Handle signals again that a library has begun to handle: TensorFlow takes SIGTERM where it has workers."""
        for number in self._handled if self._heeds else ():
            signal.signal(number, self._note)

    @contextlib.contextmanager
    def saving(
        self, acknowledge: Acknowledge = lambda by: None, leave: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """In here the first signal is noted and acknowledged; at a second one `leave` comes before the end."""
        with self.heeded(), self.held():
            before, self._saving = self._saving, _Saving(acknowledge, leave)
            self.take_back()
            # It came in a block around this one, which had nobody to tell.
            if self.asked:
                acknowledge(self.by)
            try:
                yield
            finally:
                # What `leave` works on must not be taken apart under it.
                self._rest()
                self._saving = before

    def _note(self, number: int, frame: FrameType | None) -> None:
        """The handler in the main thread, where no other thread hears of signals."""
        if self._ends:
            return
        if self.asked or self._saving is None:
            # First the mark: if TensorFlow makes an error of its own out of this, `held` knows what it was.
            self._raised = True
            raise KeyboardInterrupt
        self.asked = True

    @contextlib.contextmanager
    def _handling(self) -> Iterator[None]:
        """Handle the signals that the process does not ignore."""
        before = {number: signal.getsignal(number) for number in _WORDS}
        self._handled = tuple(number for number, each in before.items() if each not in (None, signal.SIG_IGN))
        for number in self._handled:
            signal.signal(number, self._note)
        try:
            yield
        finally:
            # Who was asked is about to end with a code of its own, which one signal more would change.
            for number in self._handled:
                signal.signal(number, signal.SIG_IGN if self.asked and self._ends else before[number])

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nothing leaves this once the process is to end, so that nobody but `ends` speaks.

        Once KeyboardInterrupt was raised, whatever comes of it leaves as that.
        """
        try:
            yield
        except Exception as error:
            if self._raised:
                raise KeyboardInterrupt from error
            raise
        finally:
            self._rest()

    @contextlib.contextmanager
    def _heard(self) -> Iterator[None]:
        """Let a thread hear of each signal, its number written into a pipe by Python's handler in C."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        thread = threading.Thread(target=self._listen, args=(reader,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            # Python must have let go of the descriptor before it is closed; that in turn ends the thread.
            signal.set_wakeup_fd(before)
            os.close(writer)
            thread.join(_LONGEST)

    def _listen(self, reader: int) -> None:
        with open(reader, "rb", buffering=0) as signals:
            while numbers := signals.read(_AT_ONCE):
                if heard := [number for number in numbers if number in _WORDS]:
                    self._hear(heard[0])

    def _hear(self, number: int) -> None:
        """What a signal does; whatever takes time is left to other threads, so that the next signal is heard."""
        now, saving = time.monotonic(), self._saving
        if self._came and now - self._came[-1] < _SAME:
            return
        self._came.append(now)
        # A third signal, or one more where nothing was to be saved: whoever sends it does not want to wait for the end.
        if self._ending.is_set():
            os._exit(INTERRUPTED)
        if saving is None or self.asked:
            # First the mark, at which the main thread stays where it is: nothing it says may come between.
            self._ending.set()
            threading.Thread(target=self._end, args=(saving,), daemon=True).start()
            return
        # By what before that: who sees that it was asked reads this.
        self.by = _WORDS[number]
        self.asked = True
        threading.Thread(target=saving.acknowledge, args=(self.by,), daemon=True).start()

    def _end(self, saving: _Saving | None) -> None:
        ends = self._ends
        # The folder before the user: a terminal is likelier to hang, and what stands in the folder stays.
        if saving is not None:
            _within(_LONGEST, saving.leave)
        if ends is not None:
            _within(_LONGEST, lambda: ends(saving is not None))
        # Not by an exception: it would wait for TensorFlow, which may never come back.
        os._exit(INTERRUPTED)

    def _rest(self) -> None:
        """Wait for the end, where the process is being ended: longer than its parts may take together."""
        if self._ending.is_set():
            threading.Event().wait(3 * _LONGEST)


def _within(seconds: float, action: Callable[[], None]) -> None:
    """Do something that may fail or hang, for so many seconds at most."""

    def tried() -> None:
        with contextlib.suppress(Exception):
            action()

    thread = threading.Thread(target=tried, daemon=True)
    thread.start()
    thread.join(seconds)
