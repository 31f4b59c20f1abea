"""A convolutional network and its training in one YAML file.

From Python: `cnnspec.load("digits").train()`. What `__all__` names is public; every module below is internal.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cnnspec.api.findings import Findings, validate
    from cnnspec.api.looks import DataLook, Evaluation, Planned
    from cnnspec.api.network import Network, load, summary
    from cnnspec.api.predictions import Predictions
    from cnnspec.api.run import Run, open_run
    from cnnspec.api.summaries import Comparison, Summary
    from cnnspec.api.training import Doubt
    from cnnspec.results.failure import RunFailed
    from cnnspec.source.diagnostic import Diagnostic, Rejected

__all__ = [
    "Comparison",
    "DataLook",
    "Diagnostic",
    "Doubt",
    "Evaluation",
    "Findings",
    "Network",
    "Planned",
    "Predictions",
    "Rejected",
    "Run",
    "RunFailed",
    "Summary",
    "load",
    "open_run",
    "summary",
    "validate",
]

_PLACES = {
    "Comparison": "cnnspec.api.summaries",
    "DataLook": "cnnspec.api.looks",
    "Diagnostic": "cnnspec.source.diagnostic",
    "Doubt": "cnnspec.api.training",
    "Evaluation": "cnnspec.api.looks",
    "Findings": "cnnspec.api.findings",
    "Network": "cnnspec.api.network",
    "Planned": "cnnspec.api.looks",
    "Predictions": "cnnspec.api.predictions",
    "Rejected": "cnnspec.source.diagnostic",
    "Run": "cnnspec.api.run",
    "RunFailed": "cnnspec.results.failure",
    "Summary": "cnnspec.api.summaries",
    "load": "cnnspec.api.network",
    "open_run": "cnnspec.api.run",
    "summary": "cnnspec.api.network",
    "validate": "cnnspec.api.findings",
}
"""Where each public name is made."""


def __getattr__(name: str) -> Any:
    """What the package offers is imported when first asked for, so that commands start fast."""
    if name not in _PLACES:
        raise AttributeError(f"module 'cnnspec' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    """What the package offers, imported already or not."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
