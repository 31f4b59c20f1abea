"""Whatever a command can do Python can, and the other way round."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.main import get_command

import cnnspec
from cnnspec import Diagram, Network, Run
from cnnspec.cli.app import program

Does = Callable[..., Any]
IN_PYTHON: dict[str, tuple[Does, ...]] = {
    "validate": (cnnspec.validate, Network.validate),
    "summary": (cnnspec.summary, Network.summary),
    "diff": (cnnspec.diff, Network.diff),
    "explain": (Network.explain, cnnspec.load),
    "diagram": (Network.diagram, Diagram.save, Diagram.svg, cnnspec.load),
    "data": (Network.data, cnnspec.load),
    "train": (Network.train, Network.plan, Run.resume, Run.plan, cnnspec.resume_series, cnnspec.load),
    "sweep": (cnnspec.sweep, Network.sweep, cnnspec.Swept.save),
    "evaluate": (Run.evaluate, cnnspec.open_run),
    "predict": (Run.predict, cnnspec.open_run),
    "export": (Run.export, cnnspec.open_run),
    "look": (Run.look, cnnspec.open_run),
    "report": (cnnspec.report, Run.report),
    "demo": (Run.demo, cnnspec.open_run),
    "import": (cnnspec.import_model, cnnspec.ImportedSpec.save),
    "reproduce": (Run.reproduce, cnnspec.open_run),
    "pack": (Run.pack, cnnspec.open_run),
    "unpack": (cnnspec.unpack,),
    "build": (Network.build, cnnspec.load),
    "code": (Network.code, cnnspec.load),
    "weights show": (cnnspec.show_weights,),
    "weights map": (Network.map_weights, cnnspec.load),
    "weights fetch": (Network.fetch_weights, cnnspec.load),
    "schema": (cnnspec.schema,),
    "init": (cnnspec.init,),
    "runs": (cnnspec.list_runs,),
    "runs list": (cnnspec.list_runs,),
    "runs show": (Run.show, cnnspec.open_run),
    "runs rm": (Run.remove, cnnspec.open_run),
    "runs tag": (Run.tag, cnnspec.open_run),
    "runs note": (Run.note, cnnspec.open_run),
    "runs compare": (cnnspec.compare_runs, cnnspec.open_run),
    "specs list": (cnnspec.list_specs,),
    "specs show": (cnnspec.show_spec,),
    "specs copy": (cnnspec.copy_spec,),
}
"""What each command is in Python."""

RENAMED = {
    ("init", "--from"): "start",
    ("predict", "--text"): "texts",
    ("predict", "INPUT"): "files",
    ("look", "--text"): "texts",
    ("look", "INPUT"): "files",
    ("look", "--class"): "named",
    ("diagram", "--output"): "path",
    ("sweep", "--output"): "output",
    ("import", "--output"): "path",
    ("report", "--output"): "path",
    ("pack", "--output"): "path",
    ("pack", "--no-report"): "report",
    ("reproduce", "--output"): "path",
    ("unpack", "--output"): "path",
    ("unpack", "RUN.zip"): "file",
    ("export", "--output"): "path",
    ("specs copy", "FILE"): "target",
    ("init", "FILE"): "file",
    ("diff", "A"): "one",
    ("diff", "B"): "other",
    ("summary", "SPEC"): "specs",
    ("validate", "SPEC"): "specs",
    ("specs show", "NAME"): "name",
    ("specs copy", "NAME"): "name",
    ("runs compare", "RUN"): "runs",
    ("report", "RUN"): "runs",
    ("runs tag", "TAG"): "tags",
}
"""Options and arguments that are called otherwise in Python."""

OTHERWISE: dict[tuple[str, str], str] = {
    ("", "--help"): "help(cnnspec.Network)",
    ("", "--format"): "to(...), to_json() of what is returned",
    ("", "--install-completion"): "of the shell",
    ("", "--show-completion"): "of the shell",
    ("", "--version"): "cnnspec.__version__",
    ("train", "--workers"): "further processes would be of the program that asks: TF_CONFIG or Slurm name them",
    ("train", "--resume"): "cnnspec.open_run(run).resume()",
    ("train", "--dry-run"): "Network.plan and Run.plan",
    ("build", "--output"): "model.save(path)",
    ("build", "--force"): "model.save(path, overwrite=...)",
    ("code", "--output"): "Path.write_text of what is returned",
    ("code", "--force"): "Path.write_text of what is returned",
    ("schema", "--output"): "json.dump of what is returned",
    ("predict", "--output"): "Predictions.to and .table",
    ("predict", "--force"): "Predictions.to and .table",
    ("look", "--output"): "LookedAt.png and .page()",
    ("look", "--force"): "LookedAt.png and .page()",
    ("evaluate", "--force"): "Evaluation.mistakes_csv is a text",
    ("summary", "--html"): "Network.page",
    ("summary", "--output"): "Path.write_text of what is returned",
    ("summary", "--force"): "Path.write_text of what is returned",
    ("diff", "--verbose"): "Differences.to('verbose')",
    ("import", "--weights"): "Network.map_weights(file)",
    ("export", "--json"): "Export.to_json",
    ("export", "--runs"): "open_run(run, runs) finds a run by its name",
    ("report", "--runs"): "open_run(run, runs) finds a run by its name",
    ("runs rm", "--yes"): "a program is not asked",
    ("runs", "--all"): "a sequence has all",
    ("runs list", "--all"): "a sequence has all",
}
"""What Python has in another form, and which; of one without a command, of every command."""

IN_PYTHON_ALONE = {
    "callbacks": "Keras' own, which are objects",
    "data": "what the program holds in memory",
    "x": "what the program holds in memory",
    "settings": "an older name of set",
    "progress": "a program is quiet unless told otherwise",
    "folder": "cnnspec summary, without a spec, lists the folder that it is in",
    "path": "what writes a file takes its path",
}


def commands(command: Any = None, words: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its words, groups of commands that do something by themselves among them."""
    here = get_command(program()) if command is None else command
    if getattr(here, "invoke_without_command", False) or not hasattr(here, "commands"):
        yield words, here
    for name, each in getattr(here, "commands", {}).items():
        yield from commands(each, f"{words} {name}".strip())


COMMANDS = dict(commands())


def parameters(words: str) -> set[str]:
    """The names of what a command's functions and methods in Python take."""
    return {name for does in IN_PYTHON[words] for name in inspect.signature(does).parameters} - {"self"}


def asked(command: Any) -> Iterator[str]:
    """A command's arguments by the words of its usage line, and its options by their long names."""
    for each in command.params:
        if each.param_type_name == "option":
            yield next(name for name in each.opts if name.startswith("--"))
        else:
            yield (each.metavar or each.name.upper()).strip("[]{}.")


def in_python(words: str, option: str) -> str:
    """What an option or an argument is called there."""
    return RENAMED.get((words, option), option.removeprefix("--").replace("-", "_").lower())


def test_every_command_has_its_functions_in_python() -> None:
    assert set(COMMANDS) == set(IN_PYTHON)
    public = {getattr(cnnspec, name) for name in cnnspec.__all__}
    for does in (does for each in IN_PYTHON.values() for does in each):
        owner = getattr(cnnspec, does.__qualname__.partition(".")[0])
        assert owner in public and not does.__name__.startswith("_")


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_of_a_command_is_a_parameter_in_python(words: str) -> None:
    """Under its own name, under another, or in another form that is named."""
    there = parameters(words)
    for option in asked(COMMANDS[words]):
        if (words, option) in OTHERWISE or ("", option) in OTHERWISE:
            continue
        if option in ("SPEC", "RUN") and (words, option) not in RENAMED:
            continue  # what load and open_run take
        name = in_python(words, option)
        assert name in there, f"{words} {option}: there is no {name} among {sorted(there)}"


@pytest.mark.parametrize("words", COMMANDS)
def test_every_parameter_in_python_is_an_option_of_a_command(words: str) -> None:
    options = {in_python(words, each) for each in asked(COMMANDS[words])}
    assert parameters(words) - options <= {*IN_PYTHON_ALONE, "set", "spec", "run"}


def test_no_exception_is_left_over() -> None:
    """Each is of a command and an option that there are."""
    there = {(words, option) for words, command in COMMANDS.items() for option in asked(command)}
    every = {option for _, option in there} | {"--help", "--version", "--install-completion", "--show-completion"}
    for words, option in (*RENAMED, *OTHERWISE):
        assert (words, option) in there or (not words and option in every), (words, option)
