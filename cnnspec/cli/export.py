"""`cnnspec export`: a run's network in a file of another runtime."""

from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.cli.boundary import announce_tensorflow, ends_here, shown_with, usage_error
from cnnspec.cli.finding import RunArgument, RunsOption, find_run, understood_run
from cnnspec.cli.new_file import already_there, check_new_file
from cnnspec.cli.options import DataRootOption
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import announce, page, say
from cnnspec.reports.exported import exported_json, exported_sheet
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.results.exported import KINDS, SAMPLES, SCRIPT, Asked, Format, Precision, format_of, misfit
from cnnspec.runs.files import AlreadyThere
from cnnspec.runs.places import RUNS


@ends_here
def export(
    run: RunArgument,
    output: Annotated[
        Path,
        Option(
            "--output", "-o", metavar="FILE", help="The file to write: .keras, .onnx, .tflite or .xml; else a folder."
        ),
    ],
    format: Annotated[
        Format | None, Option("--format", help="What it is for, where the file's ending does not say it.")
    ] = None,
    precision: Annotated[
        Precision,
        Option("--precision", help="Fewer digits, for onnx and litert; int8 is fitted to the training split."),
    ] = Precision.float32,
    samples: Annotated[
        int, Option("--samples", metavar="N", min=1, help="How many examples are compared, at most.")
    ] = SAMPLES,
    tolerance: Annotated[
        float | None,
        Option("--tolerance", metavar="X", help="Largest difference that passes; of int8, points of accuracy."),
    ] = None,
    data_root: DataRootOption = None,
    changed_data: Annotated[
        bool, Option("--changed-data", help="Go on where the data is not what it was when the run was trained.")
    ] = False,
    force: Annotated[bool, Option("--force", help="Replace files that are there.")] = False,
    json: Annotated[bool, Option("--json", help="Print what came of it as JSON.")] = False,
    runs: RunsOption = RUNS,
) -> None:
    """Write a run's best weights for another runtime, load the file there, and hold it against the run's own model.

    A predict.py beside it needs that runtime and numpy alone. Where the file does not say what the model says, nothing
    is written.
    """
    if wrong := misfit(output.suffix, format, precision, tolerance):
        raise usage_error(f"{shown(str(output))}: {wrong[0]}", wrong[1])
    meant = format or format_of(output.suffix)
    assert meant is not None
    asked = Asked(output, meant, precision, samples, tolerance, force)
    check_new_file(output, force, "-o")
    _check_extra(asked.format)
    folder = find_run(run, runs)
    spec, graph, analysis = understood_run(folder)
    with shown_with(analysis.texts):
        announce_tensorflow()
        where = door.samples.Where(data_root, changed_data)
        try:
            exported = door.export.export(folder, spec, graph, asked, where, announce)
        except AlreadyThere as there:
            raise _in_the_way(there.path, output) from None
    say(exported_json(exported) if json else lay_out((exported_sheet(exported),), page()))


def _in_the_way(path: Path, output: Path) -> SystemExit:
    """Show what would be replaced; to be raised."""
    if path.name != SCRIPT:
        return already_there(path)
    other = f"{shown(str(path))} is there already, and is not the one that goes with {shown(output.name)}"
    return usage_error(other, "write into a folder of its own, or --force to replace it")


def _check_extra(format: Format) -> None:
    """Raise what ends the command where a library is missing that the format needs."""
    kind = KINDS[format]
    if kind.missing:
        needed = f"{format} needs {' and '.join(kind.missing)}, which {'is' if len(kind.missing) == 1 else 'are'} not"
        raise usage_error(f"{needed} installed", f"pip install 'cnnspec[{kind.extra}]', or write --format keras")
