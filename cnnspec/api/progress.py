"""How far a training is: a table that grows in a notebook, lines on standard error where they are asked for."""

import sys
from typing import Any

from cnnspec.reports.epochs import Subject
from cnnspec.reports.live import training_view
from cnnspec.reports.notebook import NotebookView
from cnnspec.reports.page import console_for
from cnnspec.reports.training import TrainingView

Progress = bool | None
"""Whether to show how far a training is: None shows it in notebooks alone, True in terminals too, False nowhere."""


def view_of(progress: Progress, subject: Subject) -> TrainingView | None:
    """What shows a training here; None where nobody wants to see it."""
    if progress is not False and (display := notebook_display()) is not None:
        return NotebookView(display, subject)
    return training_view(console_for(sys.stderr), subject) if progress else None


def notebook_display() -> Any:
    """IPython's `display`, where this program runs in a kernel that a notebook shows; else None."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    return sys.modules["IPython.display"].display
