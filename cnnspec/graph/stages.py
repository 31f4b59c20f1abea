"""The stages of a model: titled lists of entries, one after the other."""

import re
from dataclasses import dataclass, replace
from itertools import groupby

from cnnspec.graph.entries import read_entries
from cnnspec.graph.nodes import Stage, Step
from cnnspec.graph.scope import Around, Result, ResultScope
from cnnspec.graph.walk import Walk, spoilt
from cnnspec.source.diagnostic import Note
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Sequence, Value, describe

MAX_TITLE = 64
_NOT_SLUG = re.compile(r"[^A-Za-z0-9_]+")


def slug(title: str) -> str:
    """A stage's title as part of a name: `average pool` -> `average_pool`."""
    return _NOT_SLUG.sub("_", title).strip("_")


@dataclass(slots=True, eq=False, repr=False)
class Stages:
    """Runs the stages of a model in order."""

    walk: Walk
    around: Around
    outputs: frozenset[str]

    def run(self, model: Value) -> tuple[list[Stage], Result | None]:
        """The stages and the last one's result."""
        inputs = list(self.around.results.inputs.values())
        current = inputs[0] if len(inputs) == 1 else None
        if self.around.complaints.blind:
            current = Result(None, "", model.span)
        if isinstance(model, Sequence):
            return self._plain(model, current)
        if not isinstance(model, Mapping) or not model.entries:
            self.around.complaints.uncertain = True
            received = "empty" if isinstance(model, Mapping) else describe(model)
            self._error(
                "bad-value",
                f"model is {received}, expected a map of stage title to entries, or a list of entries",
                model.span,
            )
            return [], None
        return self._titled(model, current)

    def _error(self, code: str, message: str, span: Span, help: str = "", notes: tuple[Note, ...] = ()) -> None:
        self.around.error(code, message, span, help, notes)

    def _plain(self, model: Sequence, current: Result | None) -> tuple[list[Stage], Result | None]:
        """A list without stages: each entry, with its repeats, is a row of its own."""
        items = read_entries(model, "model", model.span, self.around.report)
        if items is None:
            self.around.complaints.uncertain = True
            return [], None
        steps, result = self.walk.run(items, current, self.around)
        rows = [tuple(group) for _, group in groupby(steps, key=lambda step: step.span)]
        return [_row(row) for row in rows], result

    def _titled(self, model: Mapping, current: Result | None) -> tuple[list[Stage], Result | None]:
        stages: list[Stage] = []
        slugs: dict[str, Span] = {}
        for entry in model:
            path = f"{slug(entry.key)}."
            if not self._check_title(entry, slugs):
                path = f"{entry.span}."
            items = read_entries(entry.value, f"stage {entry.key}", entry.span, self.around.report)
            if items is None:
                current = spoilt(entry.span, current, self.around)
                self._keep(entry, current, ResultScope(self.around.results))
                continue
            steps, result = self._stage(entry, items, current, path)
            if result is not None and result.position is not None and steps:
                stages.append(Stage(entry.key, slug(entry.key), steps, result.position, entry.span))
            current = result
            if entry.key in self.outputs or slug(entry.key) in self.outputs:
                current = self._after_output(result, entry is model.entries[-1])
        return stages, current

    def _after_output(self, result: Result | None, last: bool) -> Result | None:
        """After a stage that is an output the next entry must say what it reads."""
        return result if last else None

    def _check_title(self, entry: Entry, slugs: dict[str, Span]) -> bool:
        short = slug(entry.key)
        if not short or len(entry.key) > MAX_TITLE:
            self._error(
                "bad-name",
                f"stage {entry.key[:80]!r} has no usable title",
                entry.span,
                f"ASCII letters, digits and spaces (at most {MAX_TITLE})",
            )
            return False
        earlier = slugs.setdefault(short, entry.span)
        if earlier != entry.span:
            self._error(
                "duplicate-name",
                f"the stage {entry.key} is called {short}, as an earlier one",
                entry.span,
                "give it another title",
                (Note("the earlier one", earlier),),
            )
            return False
        taken = self.around.results.inputs.get(short)
        if taken is not None:
            self._error(
                "duplicate-name",
                f"the stage {entry.key} has the name of an input",
                entry.span,
                "give it another title",
                (Note("the input", taken.span),),
            )
        return taken is None

    def _stage(
        self, entry: Entry, items: tuple[Value, ...], current: Result | None, path: str
    ) -> tuple[tuple[Step, ...], Result | None]:
        results = ResultScope(self.around.results)
        defaults = self.walk.spec.defaults_at(f"model.{entry.key}")
        inside = replace(self.around, results=results, path=path, defaults=defaults)
        steps, result = self.walk.run(items, current, inside)
        titled = result
        if result is not None and steps:
            titled = Result(result.position, entry.key, entry.span, steps=steps, last=result)
            result.titled = True
            self.walk.results.append(titled)
        if titled is not None:
            self._keep(entry, titled, results)
        return steps, titled

    def _keep(self, entry: Entry, titled: Result, results: ResultScope) -> None:
        """Let later entries read the stage, by its title or its slug, and what is named in it."""
        for name in dict.fromkeys((entry.key, slug(entry.key))):
            self.around.results.names[name] = titled
            self.around.results.inner[name] = results


def _row(steps: tuple[Step, ...]) -> Stage:
    first, last = steps[0], steps[-1]
    title = first.name if len(steps) == 1 else f"{first.name} to {last.name}"
    return Stage(title, first.name, steps, last.output, first.span)
