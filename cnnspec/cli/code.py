"""`cnnspec code`: the network as a Python file that needs Keras alone."""

import sys
from pathlib import Path
from typing import Annotated

from cnnspec.cli.boundary import ends_here, shown_with, understood, usage_error
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.options import SetOption, SpecArgument, standard_input
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import errors, flowing, say
from cnnspec.reports.code.program import keras_code
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown
from cnnspec.runs.files import write_text

_IMPORTED = frozenset(
    {"keras", "tensorflow", "numpy", "jax", "torch", "sklearn", "scipy", "pandas", "PIL", "h5py", "ml_dtypes", "optree"}
    | {
        "absl",
        "astunparse",
        "certifi",
        "charset_normalizer",
        "cloudpickle",
        "dateutil",
        "flatbuffers",
        "gast",
        "google",
    }
    | {
        "idna",
        "joblib",
        "namex",
        "narwhals",
        "opt_einsum",
        "packaging",
        "psutil",
        "pygments",
        "requests",
        "rich",
        "six",
    }
    | {"termcolor", "threadpoolctl", "traitlets", "typing_extensions", "urllib3", "wrapt"}
)
"""What a program with Keras imports, and what that imports, besides Python's own modules."""


@ends_here
def code(
    spec: SpecArgument,
    output: Annotated[
        Path | None,
        Option("--output", "-o", metavar="FILE", help="The file to write, which ends in .py; else it is printed."),
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    training: Annotated[
        bool, Option("--training", help="Load the data, compile and fit, too, as the spec's data and training say.")
    ] = False,
    settings: SetOption = None,
) -> None:
    """Write the network as Python with Keras alone: blocks as functions, repeats as loops, stages as comments.

    The file defines build_model, and prints the model's summary when it is run. Its layers are called as those of
    cnnspec build, so that weights fit.
    """
    if output is not None:
        check_new_file(output, force, "-o", ".py")
        _check_hides_nothing(output)
    read, graph, analysis = understood(spec, settings or (), standard_input)
    with shown_with(analysis.texts):
        written = keras_code(read, graph, training)
    for said in written.left_out:
        put(errors(), flowing(f"note: not as in cnnspec train: {shown(said)}", errors()))
    if output is None:
        say(written.text, end="")
        return
    write_text(output, written.text)
    say(f"{shown(str(output))}: {shown(read.shown)}; try: python {shown(str(output))}")


def _check_hides_nothing(output: Path) -> None:
    """A file beside which Python looks for modules first is no other module's namesake."""
    module = output.stem
    if module in sys.stdlib_module_names or module in _IMPORTED:
        whose = "Python's" if module in sys.stdlib_module_names else "the"
        other = shown(str(output.with_name(f"{module}_model.py")))
        raise usage_error(
            f"{shown(str(output))} would hide {whose} module {module} that Keras needs", f"write -o {other}"
        )
