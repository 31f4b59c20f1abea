"""The door to what takes long to import: the backend with TensorFlow, all families of kinds for the schema, the formats
that few ask for, and what shows mistakes, of which most commands have none.

`door.train.plan(...)` imports the module at that moment. To mypy these are the modules themselves, so that who calls
them otherwise than they are declared is told before anything runs.
"""

import gc
import importlib
from typing import TYPE_CHECKING

__all__ = [
    "as_json",
    "attribution",
    "attribution_sheet",
    "build",
    "compare",
    "demo_server",
    "diagnostics",
    "diagnostics_json",
    "diagram",
    "differences",
    "evaluate",
    "export",
    "fetch",
    "github",
    "given",
    "html",
    "importing",
    "latex",
    "layout",
    "load_model",
    "look",
    "mapping",
    "markdown",
    "mlflow_server",
    "pdf",
    "predict",
    "reproduce",
    "reproduced",
    "run_page",
    "samples",
    "sarif",
    "schema",
    "series",
    "source",
    "start",
    "startup",
    "sweep",
    "tensorboard",
    "thresholds",
    "train",
    "trying",
]

if TYPE_CHECKING:
    from cnnspec.backend import evaluate, predict, reproduce, series, startup, thresholds, train, trying
    from cnnspec.backend.attribution import looking as attribution
    from cnnspec.backend.attribution import sheet as attribution_sheet
    from cnnspec.backend.data import given
    from cnnspec.backend.export import export, samples
    from cnnspec.backend.inspect import look
    from cnnspec.backend.model import build, load_model
    from cnnspec.backend.parallel import layout
    from cnnspec.backend.transfer import fetch, start
    from cnnspec.comparison import compare
    from cnnspec.foreign import importing
    from cnnspec.language import schema
    from cnnspec.reports import differences, latex, markdown
    from cnnspec.reports.demo import server as demo_server
    from cnnspec.reports.diagnostics import as_json as diagnostics_json
    from cnnspec.reports.diagnostics import github, sarif
    from cnnspec.reports.diagnostics import text as diagnostics
    from cnnspec.reports.diagram import diagram, html, pdf
    from cnnspec.reports.run_page import page as run_page
    from cnnspec.reports.summary import as_json
    from cnnspec.sweeps import carry as sweep
    from cnnspec.trackers import mlflow_server, tensorboard
    from cnnspec.weights import mapping, reproduced, source
else:
    _PLACES = {
        "as_json": "cnnspec.reports.summary.as_json",
        "attribution": "cnnspec.backend.attribution.looking",
        "attribution_sheet": "cnnspec.backend.attribution.sheet",
        "build": "cnnspec.backend.model.build",
        "compare": "cnnspec.comparison.compare",
        "differences": "cnnspec.reports.differences",
        "diagnostics": "cnnspec.reports.diagnostics.text",
        "diagnostics_json": "cnnspec.reports.diagnostics.as_json",
        "github": "cnnspec.reports.diagnostics.github",
        "sarif": "cnnspec.reports.diagnostics.sarif",
        "fetch": "cnnspec.backend.transfer.fetch",
        "evaluate": "cnnspec.backend.evaluate",
        "export": "cnnspec.backend.export.export",
        "samples": "cnnspec.backend.export.samples",
        "importing": "cnnspec.foreign.importing",
        "given": "cnnspec.backend.data.given",
        "latex": "cnnspec.reports.latex",
        "layout": "cnnspec.backend.parallel.layout",
        "load_model": "cnnspec.backend.model.load_model",
        "look": "cnnspec.backend.inspect.look",
        "mapping": "cnnspec.weights.mapping",
        "markdown": "cnnspec.reports.markdown",
        "pdf": "cnnspec.reports.diagram.pdf",
        "diagram": "cnnspec.reports.diagram.diagram",
        "html": "cnnspec.reports.diagram.html",
        "predict": "cnnspec.backend.predict",
        "run_page": "cnnspec.reports.run_page.page",
        "reproduce": "cnnspec.backend.reproduce",
        "reproduced": "cnnspec.weights.reproduced",
        "schema": "cnnspec.language.schema",
        "series": "cnnspec.backend.series",
        "source": "cnnspec.weights.source",
        "start": "cnnspec.backend.transfer.start",
        "startup": "cnnspec.backend.startup",
        "tensorboard": "cnnspec.trackers.tensorboard",
        "mlflow_server": "cnnspec.trackers.mlflow_server",
        "sweep": "cnnspec.sweeps.carry",
        "thresholds": "cnnspec.backend.thresholds",
        "train": "cnnspec.backend.train",
        "trying": "cnnspec.backend.trying",
        "demo_server": "cnnspec.reports.demo.server",
    }

    def __getattr__(name):
        """The module of this name; where it is the backend's, memory is collected again from here on."""
        if name not in _PLACES:
            raise AttributeError(f"module 'cnnspec.door' has no attribute {name!r}")
        if _PLACES[name].startswith(("cnnspec.backend.", "cnnspec.sweeps.")):
            gc.enable()
        return importlib.import_module(_PLACES[name])
