"""What is wrong with data, as a diagnostic that names the file."""

from cnnspec.source.diagnostic import Diagnostic, Rejected


def rejected(code: str, received: str, expected: str, help: str = "") -> Rejected:
    """What to raise for one mistake: what was received, what was expected, what to do."""
    return Rejected([Diagnostic(code, f"{received}; expected {expected}", help=help)])
