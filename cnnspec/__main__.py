"""`python -m cnnspec`, and where the installed command begins."""

import gc
import importlib
import signal
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line.

    What is imported and read lives until the end, so that looking for garbage among it only costs time.
    An interrupt may come before the command line is there to end it.
    """
    gc.disable()
    try:
        importlib.import_module("cnnspec.cli.entry").main()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
