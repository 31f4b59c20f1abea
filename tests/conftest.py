"""What holds for every test."""

import signal

# Tests that are started in the background ignore interrupts, and so would the programs that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
