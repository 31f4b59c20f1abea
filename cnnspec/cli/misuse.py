"""A command line that no command understands: what was typed, what is expected, what to type instead."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnspec.analysis import analyse
from cnnspec.cli.run_names import is_spec, newest_run, run_named
from cnnspec.language.bare_keys import RATES, path_of
from cnnspec.language.bundled import bundled_names
from cnnspec.language.bundled_variants import bundled_meant
from cnnspec.runs.places import RUNS
from cnnspec.source.diagnostic import Diagnostic, likely, nearest, suggestion
from cnnspec.source.values import Mapping

_OPTIONS = {
    **dict.fromkeys(("output-dir", "out-dir", "logdir", "log-dir", "save-dir", "runs-dir"), "--runs"),
    **dict.fromkeys(("gpus", "gpu", "num-gpus", "ngpus"), "--devices"),
    **dict.fromkeys(("weights", "pretrained", "init-from"), "--start-from"),
    **dict.fromkeys(("data-dir", "data-path", "dataroot"), "--data-root"),
    **dict.fromkeys(("csv", "errors", "mistaken"), "--mistakes"),
    "json": "--format json",
}
"""What other programs call options of ours."""
_WRITES = frozenset({"o", "output", "out"})
"""What they call the file that a command writes, or else the folder that it writes into."""
_WRITTEN = ("--mistakes", "--contact-sheet", "--output", "--runs")
_NOTHING = "..."
"""Stands for a value that was not typed."""
_CHOICES = re.compile(r"is not one of (.*?)\.?$", re.DOTALL)
_NUMBER = re.compile(r"integer|range|than or equal")
_COMMAND = re.compile(r"No such command '(.*?)'", re.DOTALL)
_EXTRA = re.compile(r"unexpected extra arguments?(?:\(s\))? \((.*)\)", re.DOTALL)
_LACKING = re.compile(r"Option '(.*?)' (requires|does not take) ", re.DOTALL)


def misuse(error: Any, typed: Sequence[str]) -> Diagnostic:
    """What to say of an error that typer found in what was typed after the program's name."""
    if hasattr(error, "possibilities"):
        message, help = _no_option(error, typed)
    elif hasattr(error, "param_type"):
        message, help = _nothing_for(error)
    elif getattr(error, "param", None) is not None:
        message, help = _bad_value(error, typed)
    else:
        message, help = _other(error, typed)
    return Diagnostic("usage", message, help=help or _usage(error.ctx, typed))


def _no_option(error: Any, typed: Sequence[str]) -> tuple[str, str]:
    """Options that there are not; those that are keys of specs are set with --set, where there is that."""
    options = _options(error.ctx)
    names = list(dict.fromkeys(word.partition("=")[0] for word in typed if word.startswith("--") and len(word) > 2))
    wrong = [name for name in names if name not in options] if error.option_name in names else [error.option_name]
    message = f"{error.ctx.command_path} has no option {' and no option '.join(wrong)}"
    if "--data-root" in wrong:
        return message, "leave it out: this command reads none of the data that the spec names"
    translated = {name: _translated(name, options, typed) for name in wrong}
    if all(translated.values()):
        return message, f"write {' '.join(translated.values())}"
    if any(translated.values()):
        return message, "; ".join(f"for {n} write {to}" if to else f"leave out {n}" for n, to in translated.items())
    return message, suggestion(wrong[0], options)


def _translated(name: str, options: Sequence[str], typed: Sequence[str]) -> str:
    """What to type for an option that there is not: a setting of a spec, or one of the command's own options."""
    value, word = _value_of(name, typed), name.lstrip("-")
    ours = next((each for each in _WRITTEN if each in options), "") if word in _WRITES else _OPTIONS.get(word, "")
    if ours.split(" ")[0] in options:
        return ours if " " in ours else f"{ours} {shlex.quote(value)}"
    if "--set" in options and (setting := _setting(name, options, value, typed)):
        return f"--set {shlex.quote(setting)}"
    meant = nearest(name, options)
    return " ".join(word for word in (meant, shlex.quote(value) if value != _NOTHING else "") if word) if meant else ""


def _setting(name: str, options: Sequence[str], value: str, typed: Sequence[str]) -> str:
    """What sets the key of a spec that an option is called like; empty where an option was rather meant."""
    word = name.lstrip("-").replace("-", "_")
    root = _root_in(typed)
    path = path_of(word, root, alike=not nearest(name, options))
    if path is None and word in RATES and root is None:
        return f"training.optimizer={{adam: {{learning_rate: {value}}}}}"
    return f"{path}={value}" if path else ""


def _root_in(typed: Sequence[str]) -> Mapping | None:
    """What the spec says that was typed, if there is one."""
    return next((found for each in typed[1:] if (found := _root_of(each))), None)


def _root_of(word: str) -> Mapping | None:
    """What the spec says that a word names, if it names one."""
    if word.startswith("-") or not (word.partition("@")[0] in bundled_names() or ".yaml" in word or ".yml" in word):
        return None
    spec = analyse(word).spec
    return None if spec is None else spec.root


def _value_of(name: str, typed: Sequence[str]) -> str:
    """What was typed for an option."""
    for at, word in enumerate(typed):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name and at + 1 < len(typed) and not typed[at + 1].startswith("--"):
            return typed[at + 1]
    return _NOTHING


def _nothing_for(error: Any) -> tuple[str, str]:
    """An option or argument that must be given."""
    name = _called(error)
    return f"{error.ctx.command_path} needs {name}", f"write {name} {error.param.metavar}" if name[0] == "-" else ""


def _bad_value(error: Any, typed: Sequence[str]) -> tuple[str, str]:
    """A value of another kind than its option takes, or out of its bounds."""
    name, least = _called(error), getattr(error.param, "min", None)
    value = _value_of(name, typed)
    if found := _CHOICES.search(error.message):
        choices = found[1].replace("'", "").split(", ")
        expected = f"{', '.join(choices[:-1])} or {choices[-1]}"
        return f"{name} {value}; expected {expected}", f"write {name} {nearest(value, choices) or choices[0]}"
    if _NUMBER.search(error.message):
        bound = "" if least is None else f" of at least {least}"
        return f"{name} {value}; expected a whole number{bound}", f"write {name} {max(2, least or 0)}"
    return f"{name} {value}: {error.message.rstrip('.')}", ""


def _other(error: Any, typed: Sequence[str]) -> tuple[str, str]:
    message, path = error.message, error.ctx.command_path if error.ctx else "cnnspec"
    if found := _COMMAND.search(message):
        return f"{path} has no command {found[1]}", _command_for(found[1], error.ctx)
    if found := _EXTRA.search(message):
        return f"{path} takes no further argument: {found[1]}", _set_apart(typed)
    if found := _LACKING.search(message):
        help = _run_to_resume(typed) if found[1] == "--resume" else ""
        return f"{found[1]} {'needs a' if found[2] == 'requires' else 'takes no'} value", help
    return message.rstrip("."), ""


def _run_to_resume(typed: Sequence[str]) -> str:
    """What to type to go on with the newest run, of the spec where one was typed."""
    given = _value_of("--runs", typed)
    runs = RUNS if given == _NOTHING else Path(given)
    spec = next((word for word in typed[1:] if is_spec(word)), None)
    newest = newest_run(spec, runs)
    more = "" if runs == RUNS else f" --runs {shlex.quote(given)}"
    if newest is not None:
        return f"write cnnspec train --resume {shlex.quote(newest.name)}{more}"
    return f"there is no run to go on with: write cnnspec train {shlex.quote(spec)}{more}" if spec else ""


def _set_apart(typed: Sequence[str]) -> str:
    """What to type where a setting and its value are words of their own, as in `--set training.epochs 2`."""
    found: list[str] = []
    words = iter(typed)
    for word in words:
        written = next(words, "") if word == "--set" else word.removeprefix("--set=") if "--set=" in word else ""
        path = written.rstrip(":=")
        if path and "=" not in path:
            value = next((each.lstrip("=") for each in words if each.strip("=:")), "")
            path = (None if "." in path else path_of(path, _root_in(typed))) or path
            found += [] if value.startswith("--") else [f"--set {shlex.quote(f'{path}={value}')}"]
    return f"write {' '.join(found)}" if found else ""


def _command_for(word: str, context: Any) -> str:
    """The command that was meant; what is a spec is most often trained."""
    if context.parent is None and (word.partition("@")[0] in bundled_names() or word.endswith(".yaml")):
        return f"write cnnspec train {word}, or cnnspec summary {word}"
    commands = context.command.list_commands(context)
    if run := _run_to_show(word, context):
        return f"write cnnspec runs show {shlex.quote(run.name)}"
    meant = bundled_meant(word) if context.parent is None and not likely(word, commands) else ()
    if len(meant) == 1:
        return f"write cnnspec train {meant[0]}, or cnnspec summary {meant[0]}"
    return suggestion(word, commands, limit=20)


def _run_to_show(word: str, context: Any) -> Path | None:
    """The run that stands where a command is expected; after `runs` the newest one of a spec, too."""
    newest = newest_run(word) if context.info_name == "runs" else None
    return run_named(word) or newest


def _called(error: Any) -> str:
    """The option, or the argument as the usage line has it."""
    param = error.param
    if param.param_type_name == "option":
        return str(max(param.opts, key=len))
    return str(param.metavar or param.name.upper())


def _options(context: Any) -> list[str]:
    return [name for param in context.command.params for name in param.opts if name.startswith("--")]


def _usage(context: Any, typed: Sequence[str]) -> str:
    """How the command is written, else where to read of it."""
    if context is None:
        return f"see cnnspec {typed[0]} -h"
    return f"write {' '.join(context.get_usage().split()[1:])}"
