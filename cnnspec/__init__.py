"""A convolutional network and its training in one YAML file.

From Python: `cnnspec.load("digits").train()`. What `__all__` names is public; every module below is internal.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cnnspec.api.attributions import LookedAt
    from cnnspec.api.bundled import Specs, copy_spec, init, list_specs, show_spec
    from cnnspec.api.curves import Curves
    from cnnspec.api.demo import Demo
    from cnnspec.api.exporting import Export
    from cnnspec.api.findings import Findings, validate
    from cnnspec.api.looks import DataLook, Evaluation, Planned
    from cnnspec.api.network import Network, load, summary
    from cnnspec.api.predictions import Predictions
    from cnnspec.api.report import report
    from cnnspec.api.reproducing import Reproduced
    from cnnspec.api.run import Run, open_run, unpack
    from cnnspec.api.runs import Runs, RunsCompared, compare_runs, list_runs
    from cnnspec.api.schema import schema
    from cnnspec.api.series import TrainedRuns, resume_series
    from cnnspec.api.summaries import Comparison, Summary
    from cnnspec.api.sweeping import Swept, sweep
    from cnnspec.api.training import Doubt
    from cnnspec.api.views import Diagram, Differences, Explanation, ImportedSpec, diff, import_model
    from cnnspec.api.weights import FetchedWeights, WeightsFile, WeightsMap, show_weights
    from cnnspec.reports.code.program import KerasCode
    from cnnspec.results.failure import RunFailed
    from cnnspec.source.diagnostic import Diagnostic, Rejected

__all__ = [
    "Comparison",
    "Curves",
    "DataLook",
    "Demo",
    "Diagnostic",
    "Diagram",
    "Differences",
    "Doubt",
    "Evaluation",
    "Explanation",
    "Export",
    "FetchedWeights",
    "Findings",
    "ImportedSpec",
    "KerasCode",
    "LookedAt",
    "Network",
    "Planned",
    "Predictions",
    "Rejected",
    "Reproduced",
    "Run",
    "RunFailed",
    "Runs",
    "RunsCompared",
    "Specs",
    "Summary",
    "Swept",
    "TrainedRuns",
    "WeightsFile",
    "WeightsMap",
    "compare_runs",
    "copy_spec",
    "diff",
    "import_model",
    "init",
    "list_runs",
    "list_specs",
    "load",
    "open_run",
    "report",
    "resume_series",
    "schema",
    "show_spec",
    "show_weights",
    "summary",
    "sweep",
    "unpack",
    "validate",
]

_PLACES = {
    "Comparison": "cnnspec.api.summaries",
    "Curves": "cnnspec.api.curves",
    "DataLook": "cnnspec.api.looks",
    "Demo": "cnnspec.api.demo",
    "Diagnostic": "cnnspec.source.diagnostic",
    "Diagram": "cnnspec.api.views",
    "Differences": "cnnspec.api.views",
    "Doubt": "cnnspec.api.training",
    "Evaluation": "cnnspec.api.looks",
    "LookedAt": "cnnspec.api.attributions",
    "Explanation": "cnnspec.api.views",
    "Export": "cnnspec.api.exporting",
    "FetchedWeights": "cnnspec.api.weights",
    "Findings": "cnnspec.api.findings",
    "ImportedSpec": "cnnspec.api.views",
    "KerasCode": "cnnspec.reports.code.program",
    "Network": "cnnspec.api.network",
    "Planned": "cnnspec.api.looks",
    "Predictions": "cnnspec.api.predictions",
    "Rejected": "cnnspec.source.diagnostic",
    "Reproduced": "cnnspec.api.reproducing",
    "Run": "cnnspec.api.run",
    "RunFailed": "cnnspec.results.failure",
    "Runs": "cnnspec.api.runs",
    "RunsCompared": "cnnspec.api.runs",
    "Specs": "cnnspec.api.bundled",
    "Summary": "cnnspec.api.summaries",
    "Swept": "cnnspec.api.sweeping",
    "TrainedRuns": "cnnspec.api.series",
    "WeightsFile": "cnnspec.api.weights",
    "WeightsMap": "cnnspec.api.weights",
    "compare_runs": "cnnspec.api.runs",
    "copy_spec": "cnnspec.api.bundled",
    "diff": "cnnspec.api.views",
    "import_model": "cnnspec.api.views",
    "init": "cnnspec.api.bundled",
    "list_runs": "cnnspec.api.runs",
    "list_specs": "cnnspec.api.bundled",
    "load": "cnnspec.api.network",
    "open_run": "cnnspec.api.run",
    "report": "cnnspec.api.report",
    "resume_series": "cnnspec.api.series",
    "schema": "cnnspec.api.schema",
    "show_spec": "cnnspec.api.bundled",
    "show_weights": "cnnspec.api.weights",
    "summary": "cnnspec.api.network",
    "unpack": "cnnspec.api.run",
    "sweep": "cnnspec.api.sweeping",
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
