"""What is wrong with data, as a diagnostic that names the file."""

from cnnspec.source.diagnostic import Diagnostic, Rejected
from cnnspec.source.span import Span


def rejected(code: str, received: str, expected: str, help: str = "", span: Span | None = None) -> Rejected:
    """What to raise for one mistake: what was received, what was expected, what to do, and where it is if known."""
    return Rejected([Diagnostic(code, f"{received}; expected {expected}", span, help=help)])
