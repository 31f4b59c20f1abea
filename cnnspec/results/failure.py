"""What goes wrong while running although spec and data are right: a full disk, a loss that is no number."""

from cnnspec.source.diagnostic import Diagnostic


class RunFailed(Exception):
    """The run could not go on; `diagnostics` say why. What was finished before stays as it is."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        self.diagnostics = (Diagnostic(code, message, help=help),)
        super().__init__(message)


class WorkerLost(RunFailed):
    """Another process of the training ended, hangs or cannot be reached; `index` is its number, where it is known."""

    def __init__(self, index: int | None, message: str, help: str) -> None:
        super().__init__("worker-lost", message, help)
        self.index = index
