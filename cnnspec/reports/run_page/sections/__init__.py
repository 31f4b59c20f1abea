"""The sections of the page in their order: each a function in a file of its own, which tells None where it has nothing
to tell of the runs."""

from collections.abc import Callable, Sequence

from cnnspec.reports.run_page.blocks import Section
from cnnspec.reports.run_page.reported import Reported
from cnnspec.reports.run_page.sections.calibration import calibration
from cnnspec.reports.run_page.sections.confusion import confusion
from cnnspec.reports.run_page.sections.curves import curves
from cnnspec.reports.run_page.sections.data import data
from cnnspec.reports.run_page.sections.environment import environment
from cnnspec.reports.run_page.sections.gradients import gradients
from cnnspec.reports.run_page.sections.mistakes import mistakes
from cnnspec.reports.run_page.sections.network import network
from cnnspec.reports.run_page.sections.overview import overview
from cnnspec.reports.run_page.sections.reproduction import reproduction
from cnnspec.reports.run_page.sections.residuals import residuals
from cnnspec.reports.run_page.sections.scores import scores
from cnnspec.reports.run_page.sections.spec import spec
from cnnspec.reports.run_page.sections.thresholds import thresholds

SECTIONS: tuple[Callable[[Sequence[Reported]], Section | None], ...] = (
    overview,
    spec,
    network,
    data,
    curves,
    gradients,
    scores,
    confusion,
    calibration,
    thresholds,
    residuals,
    mistakes,
    environment,
    reproduction,
)
