"""A command line that no command understands: what was typed, what is expected, what to type instead."""

import re
import shlex
from collections.abc import Sequence
from typing import Any

from cnnspec.language.location import bundled_names
from cnnspec.language.sources.section import DataSection
from cnnspec.language.training import Training
from cnnspec.source.diagnostic import Diagnostic, nearest, suggestion

_ALSO = {"batch": "training.batch_size", "bs": "training.batch_size", "epoch": "training.epochs"}
_RATES = frozenset({"lr", "learning_rate", "rate"})
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
        message, help = _other(error)
    return Diagnostic("usage", message, help=help or _usage(error.ctx, typed))


def _no_option(error: Any, typed: Sequence[str]) -> tuple[str, str]:
    """An option that there is not; one that is a key of specs is set with --set, where there is that."""
    name, options = error.option_name, _options(error.ctx)
    message = f"{error.ctx.command_path} has no option {name}"
    if name == "--data-root":
        return message, "leave it out: this command reads none of the data that the spec names"
    if "--set" in options and (setting := _setting(name, options, _value_of(name, typed))):
        return message, f"write --set {shlex.quote(setting)}"
    return message, suggestion(name, options)


def _setting(name: str, options: Sequence[str], value: str) -> str:
    """What sets the key of a spec that an option is called like; empty where an option was rather meant."""
    word = name.lstrip("-").replace("-", "_")
    if word in _RATES:
        return f"training.optimizer={{adam: {{learning_rate: {value}}}}}"
    keys = {key: f"data.{key}" for key in DataSection.model_fields}
    keys |= {key: f"training.{key}" for key in Training.model_fields} | _ALSO
    key = word if word in keys else None if nearest(name, options) else nearest(word, keys)
    return f"{keys[key]}={value}" if key else ""


def _value_of(name: str, typed: Sequence[str]) -> str:
    """What was typed for an option."""
    for at, word in enumerate(typed):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name and at + 1 < len(typed) and not typed[at + 1].startswith("--"):
            return typed[at + 1]
    return "..."


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


def _other(error: Any) -> tuple[str, str]:
    message, path = error.message, error.ctx.command_path if error.ctx else "cnnspec"
    if found := _COMMAND.search(message):
        return f"{path} has no command {found[1]}", _command_for(found[1], error.ctx)
    if found := _EXTRA.search(message):
        return f"{path} takes no further argument: {found[1]}", ""
    if found := _LACKING.search(message):
        return f"{found[1]} {'needs a' if found[2] == 'requires' else 'takes no'} value", ""
    return message.rstrip("."), ""


def _command_for(word: str, context: Any) -> str:
    """The command that was meant; what is a spec is most often trained."""
    if context.parent is None and (word.partition("@")[0] in bundled_names() or word.endswith(".yaml")):
        return f"write cnnspec train {word}, or cnnspec summary {word}"
    return suggestion(word, context.command.list_commands(context), limit=20)


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
