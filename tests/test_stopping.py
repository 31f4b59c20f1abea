"""What signals do to a process that trains: each test is a program of its own, since it is ended for good."""

import os
import signal
import subprocess
import sys
import time

import pytest

BEGIN = """
import ctypes, os, sys, time
from cnnspec import stopping
from cnnspec.stopping import Stopping

def say(*words):
    print(*words, flush=True)

def stuck():
    "Never returns to Python, whatever signals come, as TensorFlow where it waits for another process."
    c, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(64)
    say("stuck")
    c.pthread_mutex_lock(mutex)
    c.pthread_mutex_lock(mutex)

def saving(main, leave=lambda: say("left"), ends=lambda unsaved: say("ended", "unsaved" if unsaved else "saved")):
    asked = Stopping(ends)
    with asked.heeded(), asked.held(), asked.saving(lambda by: say("heard", by), leave):
        say("ready")
        main(asked)
    say("done")
"""


class Program:
    """A process whose output is waited for."""

    def __init__(self, text: str) -> None:
        command = [sys.executable, "-c", BEGIN + text]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def says(self, *lines: str) -> None:
        """These are the next lines."""
        assert self.process.stdout is not None
        assert [self.process.stdout.readline().rstrip("\n") for _ in lines] == list(lines)

    def gets(self, *numbers: int, every: float = 0.4) -> None:
        """Signals, one after the other."""
        for number in numbers:
            os.kill(self.process.pid, number)
            time.sleep(every)

    def ends(self, code: int, *lines: str, seconds: float = 10) -> None:
        """It does, with this code, these last lines and nothing on standard error."""
        started = time.monotonic()
        try:
            output, errors = self.process.communicate(timeout=60)
        finally:
            self.process.kill()
        assert (self.process.returncode, output.splitlines(), errors) == (code, list(lines), "")
        assert time.monotonic() - started < seconds


def test_the_second_signal_ends_a_process_that_is_stuck() -> None:
    """The first is acknowledged meanwhile; the folder is left before the user is told, and the exit code is 130."""
    program = Program("saving(lambda asked: stuck())")
    program.says("ready", "stuck")
    program.gets(signal.SIGINT)
    program.says("heard Ctrl-C")
    program.gets(signal.SIGTERM)
    program.ends(130, "left", "ended unsaved")


def test_the_first_signal_interrupts_nothing() -> None:
    """What the main thread does goes on until it asks."""
    program = Program("""
def wait(asked):
    while not asked.asked:
        time.sleep(0.01)
saving(wait)""")
    program.says("ready")
    program.gets(signal.SIGTERM)
    program.ends(0, "heard SIGTERM", "done")


def test_signals_that_come_at_once_are_one() -> None:
    """`timeout` sends a process SIGTERM twice, and a terminal's Ctrl-C may come by two ways."""
    program = Program("saving(lambda asked: time.sleep(1.5))")
    program.says("ready")
    program.gets(signal.SIGTERM, signal.SIGTERM, signal.SIGTERM, every=0.01)
    program.ends(0, "heard SIGTERM", "done")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_there_is_nothing_to_save_the_first_signal_ends(number: int) -> None:
    program = Program("""
asked = Stopping(lambda unsaved: say("ended", unsaved))
with asked.heeded():
    say("ready")
    stuck()""")
    program.says("ready", "stuck")
    program.gets(number)
    program.ends(130, "ended False")


def test_whatever_the_main_thread_comes_to_while_the_process_is_ended_is_not_heard() -> None:
    """Neither what it raises nor what it would say."""
    program = Program("""
def fail(asked):
    time.sleep(1)
    raise RuntimeError("by another process that is gone")
saving(fail, ends=lambda unsaved: (time.sleep(1.5), say("ended", unsaved)))""")
    program.says("ready")
    program.gets(signal.SIGINT, signal.SIGINT)
    program.ends(130, "heard Ctrl-C", "left", "ended True")


def test_once_all_is_saved_the_second_signal_ends_too_and_later_ones_are_ignored() -> None:
    """While the other workers are waited for, and while Python takes itself down."""
    program = Program("""
import atexit
atexit.register(lambda: (say("going"), time.sleep(1), say("gone")))
asked = Stopping(lambda unsaved: say("ended", unsaved))
with asked.heeded():
    with asked.saving(lambda by: say("heard", by)):
        say("ready")
        while not asked.asked:
            time.sleep(0.01)
    if len(sys.argv) > 1:
        stuck()""")
    program.says("ready")
    program.gets(signal.SIGTERM)
    program.says("heard SIGTERM", "going")
    program.gets(signal.SIGTERM)
    program.ends(0, "gone")


def test_an_end_that_hangs_is_cut_short_and_the_third_signal_waits_for_nothing() -> None:
    """A disk that does not answer keeps nobody for ever."""
    hanging = "saving(lambda asked: stuck(), leave=lambda: (say('leaving'), time.sleep(100)))"
    program = Program(f"stopping._LONGEST = 1\n{hanging}")
    program.says("ready", "stuck")
    program.gets(signal.SIGINT, signal.SIGINT)
    program.ends(130, "heard Ctrl-C", "leaving", "ended unsaved", seconds=3)
    program = Program(hanging)
    program.says("ready", "stuck")
    program.gets(signal.SIGINT, signal.SIGINT, signal.SIGINT)
    program.ends(130, "heard Ctrl-C", "leaving", seconds=3)


def test_what_goes_wrong_at_the_end_does_not_keep_the_process() -> None:
    program = Program("saving(lambda asked: stuck(), leave=lambda: 1 / 0)")
    program.says("ready", "stuck")
    program.gets(signal.SIGINT, signal.SIGINT)
    program.ends(130, "heard Ctrl-C", "ended unsaved")


def test_without_anybody_to_end_it_the_second_signal_is_an_interrupt_whatever_it_comes_out_as() -> None:
    """Used from Python, where no process is to be ended; the first signal is only noted."""
    program = Program("""
def train(asked):
    try:
        while True:
            time.sleep(0.01)
    except KeyboardInterrupt as interrupt:
        raise ValueError("as TensorFlow would") from interrupt
try:
    saving(train, ends=None)
except KeyboardInterrupt:
    say("interrupted")""")
    program.says("ready")
    program.gets(signal.SIGINT, signal.SIGINT)
    program.ends(0, "interrupted")


def test_a_signal_that_is_ignored_stays_so() -> None:
    """As in a shell's background, and under nohup."""
    program = Program("""
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
saving(lambda asked: time.sleep(1.5))""")
    program.says("ready")
    program.gets(signal.SIGINT, signal.SIGINT)
    program.ends(0, "done")
