"""`cnnspec look`: what a run's network looked at in examples, and what it is made of."""

import io
import math
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.cli.boundary import WRONG, announce_tensorflow, ends_here, shown_with, usage_error
from cnnspec.cli.finding import RunArgument, RunsOption, find_run, understood_run
from cnnspec.cli.meter import Progress
from cnnspec.cli.new_file import already_there, check_new_file
from cnnspec.cli.options import Format, FormatOption, open_input
from cnnspec.cli.parameters import Option
from cnnspec.cli.predict import InputsArgument, check_texts
from cnnspec.cli.screen import announce, errors, flowing, page, say, show_diagnostics
from cnnspec.reports.attribution.page import looks_page
from cnnspec.reports.attribution.table import looks_json, looks_sheets
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.results.attribution import Look, Looks
from cnnspec.runs.files import AlreadyThere, write_with
from cnnspec.runs.places import RUNS

_ENDINGS = (".png", ".html")
MOST = 64
"""Examples that are looked at: nobody looks at more, and each takes its time."""


@ends_here
def look(
    run: RunArgument,
    inputs: InputsArgument = None,
    text: Annotated[list[str] | None, Option("--text", metavar="TEXT", help="A sentence; may be given again.")] = None,
    at: Annotated[
        str | None,
        Option("--at", metavar="STAGE", help="Where Grad-CAM looks; else the last place with spatial axes."),
    ] = None,
    named: Annotated[
        str | None,
        Option("--class", metavar="NAME", help="The class that is looked for; else the one that it says."),
    ] = None,
    head: Annotated[
        str | None, Option("--head", metavar="OUTPUT", help="The output that is asked; else the first.")
    ] = None,
    baseline: Annotated[
        float,
        Option(
            "--baseline", metavar="NUMBER", help="What integrated gradients start from in place of each number read."
        ),
    ] = 0.0,
    steps: Annotated[
        int | None,
        Option(
            "--steps",
            metavar="N",
            min=4,
            help="How many steps they take; else as many as 1 % of error asks, within seconds.",
        ),
    ] = None,
    maps: Annotated[
        str | None, Option("--maps", metavar="STAGE", help="Show what this stage gives of each example, too.")
    ] = None,
    kernels: Annotated[bool, Option("--kernels", help="Show the kernels of the first convolution, too.")] = False,
    encoding: Annotated[
        str | None,
        Option("--encoding", metavar="NAME", help="The encoding; else utf-8, and of a table that of the run's own."),
    ] = None,
    runs: RunsOption = RUNS,
    format: FormatOption = Format.table,
    output: Annotated[
        Path | None, Option("--output", "-o", metavar="FILE", help="A picture or a page to write: .png or .html.")
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Show what a run's network looked at: Grad-CAM, integrated gradients, feature maps and kernels."""
    _check(inputs, text, kernels, maps, output, force)
    if not math.isfinite(baseline):
        raise usage_error(f"--baseline {baseline} is no number to start from", "write --baseline 0")
    check_texts(text or [])
    given_input = open_input() if "-" in (inputs or []) else io.BytesIO()
    folder = find_run(run, runs)
    spec, graph, analysis = understood_run(folder)
    with shown_with(analysis.texts):
        announce_tensorflow()
        drawn = door.attribution.look_at_kernels(folder, spec, graph) if kernels else None
        found: tuple[Look, ...] = ()
        remarks: tuple[str, ...] = ()
        if inputs or text:
            wish = door.attribution.Wish(at, head, named, baseline, steps, maps)
            looker = door.attribution.Looker(folder, spec, graph, wish)
            remarks = looker.remarks
            examples = looker.examples(inputs or [], text or [], encoding, given_input)
            found = _all(lambda taken: looker.look(examples, taken))
    looks = Looks(shown(str(folder.shown)), door.attribution.weights_of(folder), found, drawn, remarks)
    _report(found)
    _tell(looks, format, output, force)
    if any(each.problems for each in found):
        raise SystemExit(WRONG)


def _check(
    inputs: list[str] | None, text: list[str] | None, kernels: bool, maps: str | None, output: Path | None, force: bool
) -> None:
    """Raise what ends the command where it cannot do anything, or cannot write where it should."""
    if not inputs and not text and (maps is not None or not kernels):
        raise usage_error("nothing is given to look at", "give files or folders, --text, or --kernels alone")
    if output is None:
        if kernels or maps is not None:
            what = "--kernels" if kernels else "--maps"
            raise usage_error(f"{what} are drawn into a file", f"write -o {what.removeprefix('--')}.png")
        return
    if output.suffix not in _ENDINGS:
        named = shown(str(output.parent / f"{output.stem or 'look'}.png"))
        raise usage_error(f"{shown(str(output))} ends in none of {', '.join(_ENDINGS)}", f"write -o {named}")
    check_new_file(output, force, "-o")


def _all(look: Callable[[Callable[[int], None]], Iterator[Look]]) -> tuple[Look, ...]:
    """The looks, as many as are wanted, with how many gradients have been taken, of which each needs many."""
    sizes: list[int] = []
    with Progress(errors(), "gradients", None) as progress:

        def taken(more: int) -> None:
            sizes.append(more)
            progress.reached(sum(sizes))

        looks = look(taken)
        found = tuple(islice(looks, MOST))
    if next(looks, None) is not None:
        put(errors(), flowing(f"there are more than {MOST} inputs: the first {MOST} are looked at", errors()))
    return found


def _report(looks: tuple[Look, ...]) -> None:
    """Say what could not be read, and what was done to the others."""
    show_diagnostics([problem for look in looks for problem in look.problems], {})
    for remark in dict.fromkeys(remark for look in looks for remark in look.remarks):
        put(errors(), flowing(shown(remark), errors()))


def _tell(looks: Looks, format: Format, output: Path | None, force: bool) -> None:
    readable = any(look.target is not None for look in looks.looks)
    if format is Format.json:
        say(looks_json(looks))
    elif readable:
        say(lay_out(looks_sheets(looks), page()))
    if output is None or not (readable or looks.kernels):
        return
    content = _content(looks, output.suffix)
    try:
        write_with(output, lambda path: _fill(path, content), force)
    except AlreadyThere:
        raise already_there(output) from None
    announce(f"{shown(str(output))}: {looks.run}")


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _content(looks: Looks, ending: str) -> bytes:
    if ending == ".html":
        return looks_page(looks).encode()
    return door.attribution_sheet.sheet(looks.looks, f"{looks.run}: what it looked at", looks.kernels)
