"""`cnnspec import`: the spec that says the same as a model in a file."""

from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.analysis import Analysis, analyse
from cnnspec.cli.boundary import FINE, WRONG, ends_here
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import flowing, say, show_diagnostics
from cnnspec.graph.facts import totals
from cnnspec.reports.safe import shown
from cnnspec.results.transfer import Start
from cnnspec.runs.files import write_text


@ends_here
def import_(
    file: Annotated[
        Path,
        Argument(
            metavar="FILE",
            help="A model of Keras (.keras, .h5, its config.json), of Darknet (.cfg) or Caffe (.prototxt).",
        ),
    ],
    output: Annotated[
        Path | None, Option("--output", "-o", metavar="SPEC.yaml", help="Write it there instead of printing it.")
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    weights: Annotated[bool, Option("--weights", help="Say also how to start from the file's weights.")] = False,
) -> None:
    """Write the spec of a model that somebody has: repeats folded into blocks, stages named as its layers are.

    The file is read as data, and nothing in it runs. What no spec can say is told, and stands in a comment.
    """
    if output is not None:
        check_new_file(output, force, "-o", ".yaml")
    found = door.importing.imported(file)
    if output is None:
        say(found.text, end="")
        raise SystemExit(_told(found.left_out, _analysed(found.text), None))
    write_text(output, found.text)
    analysis = analyse(str(output))
    _say_written(output, analysis)
    code = _told(found.left_out, analysis, output)
    if weights and analysis.graph is not None:
        _say_weights(file, output, analysis)
    raise SystemExit(code)


def _analysed(text: str) -> Analysis:
    return analyse("-", standard_input=text.encode)


def _say_written(output: Path, analysis: Analysis) -> None:
    count = f"{totals(analysis.graph.nodes).params:,} parameters" if analysis.graph is not None else "a network"
    lines = sum(1 for _ in output.read_text(encoding="utf-8").splitlines())
    say(f"{shown(str(output))}: {lines} lines, {count}")


def _told(left_out: tuple[str, ...], analysis: Analysis, output: Path | None) -> int:
    """Say what is missing; the exit code, which is that of a spec with mistakes where what it needs is left out."""
    if output is not None:
        for each in left_out:
            say(flowing(f"left out: {shown(each)}"))
    if not analysis.wrong:
        return FINE
    show_diagnostics([each for each in analysis.diagnostics if each.severity == "error"], analysis.texts)
    return WRONG


def _say_weights(file: Path, output: Path, analysis: Analysis) -> None:
    """What of the file's weights the network takes, and what to write for it."""
    assert analysis.spec is not None and analysis.graph is not None
    found, _, refused = door.mapping.mapped(door.source.named(Start(file), analysis.spec), analysis.graph)
    if refused is not None:
        show_diagnostics([refused], analysis.texts)
        return
    say(f"weights: {found.count('loaded')} of {len(found.weights)} are in {shown(str(file))} ({found.way})")
    say(flowing(f"to start from them: training: {{start_from: {shown(str(file))}}}, or cnnspec train --start-from"))
