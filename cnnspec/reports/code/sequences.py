"""Lists of entries: one after the other, under conditions where not all uses have them, repeats as loops."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

from cnnspec.graph.nodes import Graph, Step
from cnnspec.language.spec import Spec
from cnnspec.reports.code.function import Function
from cnnspec.reports.code.joins import Joins, loop_of
from cnnspec.reports.code.operations import Statements, called
from cnnspec.reports.code.parameters import Apart
from cnnspec.reports.code.syntax import Assign, Literal, Ref, Variable, When
from cnnspec.reports.code.uses import Entry, Turns, View
from cnnspec.reports.code.variables import identifier


class Sequences(Joins):
    """Writes lists of steps, and calls the functions of blocks."""

    def __init__(self, spec: Spec, graph: Graph) -> None:
        super().__init__(spec, graph)
        self.titles = {stage.output: stage.slug for stage in graph.stages}

    @abstractmethod
    def function_of(self, step: Step) -> Function | None:
        """The function of a block, for this use of it; None where its uses stand where they are."""

    def listed(self, view: View, lists: Sequence[Sequence[Step]], source: Sequence[int], out: Variable) -> Statements:
        """Steps one after the other, what the last one gives in `out`; raises Apart."""
        rows = _columns(lists)
        if not rows:
            return [Assign((out,), view.variable(source))]
        written: Statements = []
        current = list(source)
        pending: list[dict[int, Variable]] = [{} for _ in lists]
        for number, column in enumerate(rows):
            later = _following(rows, number, len(lists))
            partial = not all(column)
            last = number == len(rows) - 1
            target = out if last and not partial else out.before()
            if not last and not partial and self.kept(column, later):
                target = Variable(self._hint(view, column))
            inside = _renamed(view, pending)
            if partial:
                written.append(Assign((target,), inside.variable(current)))
            written += self.column(inside, column, target)
            pending = [{} if run else {now: target} for run, now in zip(column, current, strict=True)]
            current = [run[-1].output if run else now for run, now in zip(column, current, strict=True)]
        if target is not out:
            written.append(Assign((out,), Ref(target)))
            view.scope.variables |= {run[-1].output: out for run in rows[-1] if run}
        return written

    def kept(self, column: Sequence[Sequence[Step]], following: Sequence[Sequence[Step]]) -> bool:
        """Whether something else than the next entry reads what the column gives."""
        for run, later in zip(column, following, strict=True):
            if not run or not later:
                continue
            position = run[-1].output
            after = {node for step in later[:1] for node in step.all_nodes()}
            if position in self.outputs or not self.readers.get(position, set()) <= after:
                return True
        return False

    def _hint(self, view: View, column: Sequence[Sequence[Step]]) -> str:
        step = next(run[-1] for run in column if run)
        title = self.titles.get(step.output) if view.scope.is_main else None
        return identifier(title or step.called or step.name.split(".")[-1], "value")

    def column(self, view: View, column: Sequence[Sequence[Step]], out: Variable) -> Statements:
        """One entry with its repeats, for each use that has it."""
        present = [bool(run) for run in column]
        if not all(present):
            inside = view.only(present)
            word = f"with_{_word_of(next(run[0] for run in column if run))}"
            condition = view.condition(present, word)
            return [When(condition, tuple(self.column(inside, [run for run in column if run], out)))]
        if max(map(len, column)) == 1:
            return self._step(view, [run[0] for run in column], out)
        return self.attempt(view, lambda: self._loop(view, column, out), lambda: self._unrolled(view, column, out))

    def _unrolled(self, view: View, column: Sequence[Sequence[Step]], out: Variable) -> Statements:
        if len(set(map(len, column))) > 1:
            raise Apart
        written: Statements = []
        for number, steps in enumerate(zip(*column, strict=True)):
            last = number == len(column[0]) - 1
            kept = not last and self.kept([[step] for step in steps], [[run[number + 1]] for run in column])
            target = Variable(self._hint(view, [[step] for step in steps])) if kept else out if last else out.before()
            written += self._step(view, steps, target)
        return written

    def _loop(self, view: View, column: Sequence[Sequence[Step]], out: Variable) -> Statements:
        starts = {_number_of(run[0]) for run in column}
        if len(starts) > 1 or any(self._escapes(run) for run in column):
            raise Apart
        before = view.variable([run[0].reads[0] for run in column])
        scope = view.scope
        turns, carried = Turns(scope.index(), starts.pop()), out.before()
        entries: list[Entry] = []
        for entry, run in zip(view.entries, column, strict=True):
            for turn, step in enumerate(run, 1):
                entries.append(Entry(entry.use, (*entry.turns, turn), {**entry.renamed, step.reads[0]: carried}))
                scope.variables[step.output] = carried
        inside = View(scope, tuple(entries), (*view.loops, turns))
        body = self._step(inside, [step for run in column for step in run], carried)
        scope.loops -= 1
        count = Literal(0) if turns.beside else view.said([len(run) for run in column], "repeat")
        scope.variables |= {run[-1].output: out for run in column}
        return [Assign((carried,), before), loop_of(turns, count, tuple(body)), Assign((out,), Ref(carried))]

    def _escapes(self, run: Sequence[Step]) -> bool:
        """Whether something else than the next turn reads what a turn makes."""
        last = self.read_outside(set(run[-1].all_nodes()) - {run[-1].output}, set(run[-1].all_nodes()))
        turns = ((set(one.all_nodes()), set(two.all_nodes())) for one, two in pairwise(run))
        return last or any(
            self.read_outside(made - {one.output}, made) or self.read_outside({one.output}, made | later)
            for one, (made, later) in zip(run, turns, strict=False)
        )

    def _step(self, view: View, steps: Sequence[Step], out: Variable) -> Statements:
        first = steps[0]
        if len({step.kind for step in steps}) > 1:
            raise Apart
        if first.block:
            written = self._block(view, steps, out)
        elif first.kind == "residual":
            written = self.residual(view, steps, out)
        elif first.branches:
            written = self.branches(view, steps, out)
        else:
            written = self.nodes(view, [(step.name, step.nodes) for step in steps], out)
        for step in steps:
            view.scope.variables[step.output] = out
        return written

    def _block(self, view: View, steps: Sequence[Step], out: Variable) -> Statements:
        def inline() -> Statements:
            lists = [step.branches[0].steps for step in steps]
            return self.listed(view, lists, [step.reads[0] for step in steps], out)

        found = [self.function_of(step) for step in steps]
        function = found[0]
        if function is None or any(each is not function for each in found):
            return inline()
        return self.attempt(view, lambda: self._called(view, function, steps, out), inline)

    def _called(self, view: View, function: Function, steps: Sequence[Step], out: Variable) -> Statements:
        at = [function.uses.index(step.name) for step in steps]
        read = [view.variable([step.reads[0] for step in steps])]
        read += [view.variable([row[each] for each in at]) for row in function.outside]
        return [called(view, function, read, [step.name for step in steps], out)]


def _renamed(view: View, pending: Sequence[dict[int, Variable]]) -> View:
    """The same with other variables for what some entries read."""
    entries = zip(view.entries, pending, strict=True)
    more = tuple(Entry(each.use, each.turns, {**each.renamed, **held}) for each, held in entries)
    return View(view.scope, more, view.loops)


def _columns(lists: Sequence[Sequence[Step]]) -> list[list[list[Step]]]:
    """The entries of several lists beside each other, each with its repeats; nothing where an entry is not there."""
    runs = [{key: list(run) for key, run in groupby(steps, key=_key)} for steps in lists]
    if any(sum(map(len, each.values())) != len(steps) for each, steps in zip(runs, lists, strict=True)):
        raise Apart
    order: list[Any] = []
    for each in runs:
        place = 0
        for key in each:
            if key in order:
                place = order.index(key) + 1
            else:
                order.insert(place, key)
                place += 1
    for each in runs:
        places = [order.index(key) for key in each]
        if places != sorted(places):
            raise Apart
    return [[each.get(key, []) for each in runs] for key in order]


def _following(rows: Sequence[Sequence[list[Step]]], number: int, count: int) -> list[list[Step]]:
    """The next entry of each list after the one of this number; nothing at its end."""
    later = rows[number + 1 :]
    return [next((row[place] for row in later if row[place]), []) for place in range(count)]


def _key(step: Step) -> tuple[Any, ...]:
    return (step.span, re.sub(r"\d+$", "", step.name.split(".")[-1]))


def _number_of(step: Step) -> int:
    """The number at the end of a step's name, which may follow on digits of its kind."""
    word = step.name.split(".")[-1].removeprefix(step.kind)
    found = re.search(r"(\d+)$", word)
    return int(found[1]) if found else 1


def _word_of(step: Step) -> str:
    """What a step is called, without its number."""
    return identifier(re.sub(r"\d+$", "", step.name.split(".")[-1]), "step")
