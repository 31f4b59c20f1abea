"""The commands that made the runs, and those that make them again, with the run's folder or from this page alone."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.commands import titled_commands
from cnnspec.reports.page import Page
from cnnspec.reports.run_page.blocks import Block, Section, Source, Words
from cnnspec.reports.run_page.reported import Reported, beside
from cnnspec.reports.runs.showing import again_command, again_in_python, fold_option, is_in_memory

_ALONE = (
    "with this page alone: save the spec as it was resolved as spec.yaml, bring the data files into a folder DIR, "
    "and let the versions be those above"
)
_HELD = (
    "a program held the data in memory, and no command knows it: save the spec as it was resolved as spec.yaml, let "
    "the versions be those above, and give the same data in Python"
)


def reproduction(runs: Sequence[Reported]) -> Section:
    """To be copied."""
    return Section("again", "To get it again", beside(runs, _told))


def _told(run: Reported) -> tuple[Block, ...]:
    made = run.known.run.environment
    resumed = [each.machine.command for each in made.resumed if each.machine.command][-1:]
    commands = [("trained by", made.command), *(("resumed by", each) for each in resumed)]
    again = [(title, ("cnnspec", *words[1:])) for title, words in commands if words]
    if is_in_memory(run.known):
        return tuple(_in_memory(run, titled_commands(again, Page())))
    whole = titled_commands([*again, ("again", again_command(run.known))], Page())
    root = ("--data-root", "DIR") if made.data else ()
    options = (*fold_option(run.known.run), *root)
    alone = titled_commands([("", ("cnnspec", "train", "spec.yaml", *options))], Page(), gap=0)
    here = Source("", "\n".join(whole), wraps=True)
    return (here, Words(_ALONE), Source("", "\n".join(alone), wraps=True)) if run.resolved else (here,)


def _in_memory(run: Reported, made: Sequence[str]) -> Iterator[Block]:
    """The same of a run whose data a program held."""
    if made:
        yield Source("", "\n".join(made), wraps=True)
    if run.resolved:
        yield Words(_HELD)
        yield Source("", again_in_python(run.known, "spec.yaml"), wraps=True)
