"""`python -m cnnspec`, and where the installed command begins."""

import gc
import importlib


def main() -> None:
    """Run the command line.

    What is imported and read lives until the end, so that looking for garbage among it only costs time.
    """
    gc.disable()
    importlib.import_module("cnnspec.cli.app").main()


if __name__ == "__main__":
    main()
