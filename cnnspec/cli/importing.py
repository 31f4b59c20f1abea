"""`cnnspec import`: the spec that says the same as a model in a file."""

from pathlib import Path
from shlex import quote
from typing import Annotated

from cnnspec import door
from cnnspec.analysis import Analysis, analyse
from cnnspec.cli.boundary import FINE, WRONG, ends_here, usage_error
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import errors, flowing, say, show_diagnostics
from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.page import put
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
    weights: Annotated[
        bool,
        Option(
            "--weights", help="With -o: hold the file's weights against the network, and say how to start from them."
        ),
    ] = False,
) -> None:
    """Write the spec of a model that somebody has: repeats folded into blocks, stages named as its layers are.

    The file is read as data, and nothing in it runs. What no spec can say is told on standard error, and stands in a
    comment; the exit code is 1 where layers are left out, since the spec then computes something else.
    """
    if weights and output is None:
        help = f"cnnspec import {quote(shown(str(file)))} -o {quote(f'{file.stem}.yaml')} --weights"
        raise usage_error("--weights without -o: it says how the spec that is written starts from the weights", help)
    if output is not None:
        check_new_file(output, force, "-o", ".yaml")
    found = door.importing.imported(file)
    if output is None:
        say(found.text, end="")
        raise SystemExit(_told(found.left_out, len(found.passed_over), _analysed(found.text)))
    write_text(output, found.text)
    analysis = analyse(str(output))
    _say_written(output, analysis)
    code = _told(found.left_out, len(found.passed_over), analysis)
    if weights and analysis.spec is not None and analysis.graph is not None:
        code = max(code, _say_weights(file, output, analysis.spec, analysis.graph))
    raise SystemExit(code)


def _analysed(text: str) -> Analysis:
    return analyse("-", standard_input=text.encode)


def _say_written(output: Path, analysis: Analysis) -> None:
    count = f"{totals(analysis.graph.nodes).params:,} parameters" if analysis.graph is not None else "a network"
    lines = sum(1 for _ in output.read_text(encoding="utf-8").splitlines())
    say(f"{shown(str(output))}: {lines} lines, {count}")


def _told(left_out: tuple[str, ...], passed_over: int, analysis: Analysis) -> int:
    """Say on standard error what is missing; the exit code, which is that of mistakes where the network is another."""
    for each in left_out:
        _warn(f"left out: {shown(each)}")
    if passed_over:
        layers = "1 layer is" if passed_over == 1 else f"{passed_over:,} layers are"
        _warn(f"{layers} left out: the spec computes something else than the model")
    if analysis.wrong:
        show_diagnostics([each for each in analysis.diagnostics if each.severity == "error"], analysis.texts)
    return WRONG if analysis.wrong or passed_over else FINE


def _warn(text: str) -> None:
    put(errors(), flowing(text, errors()))
    errors().file.flush()


def _say_weights(file: Path, output: Path, spec: Spec, graph: Graph) -> int:
    """What of the file's weights the network takes, and what to write for it; the exit code."""
    if not any(node.facts.weights for node in graph.nodes):
        say("weights: the network has no weights")
        return FINE
    found, _, refused = door.mapping.mapped(door.source.named(Start(file), spec), graph)
    fit = found.count("loaded")
    say(f"weights: {fit:,} of {len(found.weights):,} are in {shown(str(file))}, found by {found.way}")
    if found.unused:
        layers = dict.fromkeys(name.rpartition("/")[0] for name, _ in found.unused)
        say(flowing(f"left in the file: {shown(', '.join(layers))}"))
    if refused is not None:
        show_diagnostics([refused], {})
    if fit:
        _say_start(file, output, refused is not None)
    return FINE if refused is None else WRONG


def _say_start(file: Path, output: Path, partial: bool) -> None:
    """What to write in the spec, where it may name the file, and the commands that need nothing written there."""
    beside = door.source.path_below(file, output.parent)
    if beside is not None:
        line = door.importing.start_from(beside, partial)
        say(f"to start from them, write in {shown(str(output))}: {shown(line)}")
    given = f"{quote(shown(str(output)))} --start-from {quote(shown(str(file)))}{' --partial' if partial else ''}"
    say(flowing(f"to train from them, with data and training in the spec: cnnspec train {given}"))
    say(flowing(f"to have a model with them: cnnspec build {given} -o {quote(shown(str(_new_model(output))))}"))


def _new_model(output: Path) -> Path:
    """A name beside the spec that no file has."""
    names = (f"{output.stem}{each}.keras" for each in ("", "_built", *(f"_built{number}" for number in range(2, 100))))
    return next((path for name in names if not (path := output.with_name(name)).exists()), output.with_suffix(".keras"))
