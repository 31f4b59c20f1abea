"""Composites: residuals, and branches side by side."""

from abc import abstractmethod
from collections.abc import Callable, Sequence

from cnnspec.graph.nodes import Branch, Step
from cnnspec.reports.code.operations import Operations, Statements
from cnnspec.reports.code.parameters import Apart
from cnnspec.reports.code.syntax import (
    Assign,
    Call,
    Do,
    Expression,
    Keyword,
    Listed,
    Literal,
    Loop,
    Name,
    Operation,
    Part,
    Ref,
    Statement,
    Variable,
    When,
)
from cnnspec.reports.code.uses import Entry, Turns, View
from cnnspec.reports.code.variables import identifier


class Joins(Operations):
    """Writes what runs side by side, and what brings it together."""

    @abstractmethod
    def listed(self, view: View, lists: Sequence[Sequence[Step]], source: Sequence[int], out: Variable) -> Statements:
        """Steps one after the other."""

    def attempt(self, view: View, one: Callable[[], Statements], other: Callable[[], Statements]) -> Statements:
        """What the one makes, or the other where the first cannot."""
        state = view.scope.state()
        try:
            return one()
        except Apart:
            view.scope.restore(state)
            return other()

    def residual(self, view: View, steps: Sequence[Step], out: Variable) -> Statements:
        """A main path, and a skip connection where there is one."""
        source = [step.reads[0] for step in steps]
        mains = [step.branches[0] for step in steps]
        main = Variable()
        written = self.listed(view, [each.steps for each in mains], source, main)
        ends = [_end(branch, step) for branch, step in zip(mains, steps, strict=True)]
        for position in ends:
            view.scope.variables[position] = main
        for position, step in zip(ends, steps, strict=True):
            if position == step.reads[0]:
                raise Apart
        added = [step.shortcut != "none" for step in steps]
        if any(added) and not all(added):
            return written + self._added_or_not(view, steps, added, main, out)
        if not any(added):
            return written + self._joined(view, steps, main, out, ends)
        longer = [bool(step.branches[1].steps) for step in steps]
        if not any(longer):
            return written + self._joined(view, steps, main, out, ends)
        shortcut = Variable("shortcut")
        lists = [step.branches[1].steps for step in steps]
        if all(longer):
            written += self.listed(view, lists, source, shortcut)
            return written + self._joined(view, steps, main, out, ends)
        read = view.variable(source)
        inside = view.only(longer)
        there = [step for step, each in zip(steps, longer, strict=True) if each]
        body = self._projected(inside, there, shortcut)
        shapes = [self.graph.nodes[a].output != self.graph.nodes[b].output for a, b in zip(source, ends, strict=True)]
        if shapes == longer:
            condition: Expression = Operation(Part(read, ".shape"), "!=", Part(Ref(main), ".shape"))
        else:
            condition = view.condition(longer, "projection")
        written += [Assign((shortcut,), read), When(condition, tuple(body))]
        entries = tuple(
            entry if each else Entry(entry.use, entry.turns, {**entry.renamed, step.reads[0]: shortcut})
            for entry, each, step in zip(view.entries, longer, steps, strict=True)
        )
        return written + self._joined(View(view.scope, entries, view.loops), steps, main, out, ends)

    def _projected(self, view: View, steps: Sequence[Step], out: Variable) -> Statements:
        """The skip connections of some uses; what a projection takes over from the main path is said as there."""
        view.scope.projects = all(step.shortcut == "projection" for step in steps)
        lists = [step.branches[1].steps for step in steps]
        body = self.listed(view, lists, [step.reads[0] for step in steps], out)
        view.scope.projects = False
        return body

    def _joined(
        self, view: View, steps: Sequence[Step], main: Variable, out: Variable, ends: Sequence[int]
    ) -> Statements:
        """The addition and the activation, as far as they are there."""
        if not any(step.nodes for step in steps):
            return [Assign((out,), Ref(main))]
        return self.nodes(view, [(step.name, step.nodes) for step in steps], out)

    def _added_or_not(
        self, view: View, steps: Sequence[Step], added: Sequence[bool], main: Variable, out: Variable
    ) -> Statements:
        """An addition only where shapes agree."""
        there = [step for step, each in zip(steps, added, strict=True) if each]
        if any(len(step.nodes) != each for step, each in zip(steps, added, strict=True)):
            raise Apart
        if any(step.branches[1].steps for step in there):
            raise Apart
        agree = [
            self.graph.nodes[step.reads[0]].output == self.graph.nodes[_end(step.branches[0], step)].output
            for step in steps
        ]
        total = Variable()
        body = self.nodes(view.only(added), [(step.name, step.nodes) for step in there], total)
        if agree == list(added):
            read = view.variable([step.reads[0] for step in steps])
            condition: Expression = Operation(Part(Ref(main), ".shape"), "==", Part(read, ".shape"))
        else:
            condition = view.condition(added, "shortcut")
        return [Assign((total,), Ref(main)), When(condition, tuple(body)), Assign((out,), Ref(total))]

    def branches(self, view: View, steps: Sequence[Step], out: Variable) -> Statements:
        """Branches side by side, and what merges them."""
        if len({len(step.branches) for step in steps}) > 1:
            raise Apart
        if _in_turn(steps):
            return self.attempt(view, lambda: self._looped(view, steps, out), lambda: self._each(view, steps, out))
        return self._each(view, steps, out)

    def _looped(self, view: View, steps: Sequence[Step], out: Variable) -> Statements:
        """The branches as turns of a loop, whose results are gathered in a list."""
        if any(self._escapes_branch(branch, step) for step in steps for branch in step.branches):
            raise Apart
        scope = view.scope
        turns, gathered, held = Turns(scope.index(), 1), Variable("branches"), Variable()
        entries, lists, source = [], [], []
        for entry, step in zip(view.entries, steps, strict=True):
            for turn, branch in enumerate(step.branches, 1):
                entries.append(Entry(entry.use, (*entry.turns, turn), entry.renamed))
                lists.append(branch.steps)
                source.append(step.reads[0])
        inside = View(scope, tuple(entries), (*view.loops, turns))
        body = self.listed(inside, lists, source, held)
        scope.loops -= 1
        added = Do(Call(Part(Ref(gathered), ".append"), (Ref(held),)))
        for step in steps:
            scope.gathered[tuple(_end(branch, step) for branch in step.branches)] = gathered
        count = Literal(len(steps[0].branches))
        loop = loop_of(turns, count, (*body, added))
        merged = self.nodes(view, [(step.name, step.nodes) for step in steps], out)
        return [Assign((gathered,), Listed(())), loop, *merged]

    def _escapes_branch(self, branch: Branch, step: Step) -> bool:
        """Whether something else than the merge reads what a branch makes."""
        made, end = {node for inner in branch.steps for node in inner.all_nodes()}, _end(branch, step)
        return self.read_outside(made - {end}, made) or self.read_outside(made & {end}, {*made, *step.nodes})

    def _each(self, view: View, steps: Sequence[Step], out: Variable) -> Statements:
        written: Statements = []
        source = [step.reads[0] for step in steps]
        count = len(steps[0].branches)
        merged = bool(steps[0].nodes)
        for number in range(count):
            branches = [step.branches[number] for step in steps]
            if not any(branch.steps for branch in branches):
                continue
            last = not merged and number == count - 1
            held = out if last else Variable(_branch_word(branches[0], number))
            written += self.listed(view, [branch.steps for branch in branches], source, held)
            for branch in branches:
                if branch.steps:
                    view.scope.variables[branch.steps[-1].output] = held
        if not merged:
            if not steps[0].branches[-1].steps:
                written.append(Assign((out,), view.variable([step.output for step in steps])))
            return written
        return written + self.nodes(view, [(step.name, step.nodes) for step in steps], out)


def _end(branch: Branch, step: Step) -> int:
    return branch.steps[-1].output if branch.steps else step.reads[0]


def _branch_word(branch: Branch, number: int) -> str:
    name = branch.name
    return identifier(name, "branch") if name else f"branch_{number + 1}"


def _in_turn(steps: Sequence[Step]) -> bool:
    """Whether the branches are one list of entries, written once."""
    for step in steps:
        spans = {tuple(inner.span for inner in branch.steps) for branch in step.branches}
        if not step.nodes or len(step.branches) < 2 or len(spans) > 1 or spans == {()}:
            return False
    return True


def loop_of(turns: Turns, count: Expression, body: tuple[Statement, ...]) -> Loop:
    """So many turns, with the values that go along."""
    start = turns.start
    if not turns.beside:
        return Loop(turns.index if turns.used else "_", _range(start, count), body)
    names, values = tuple(turns.beside), tuple(turns.beside.values())
    if len(names) == 1:
        one, over = names[0], values[0]
    else:
        one = ", ".join(names)
        over = Call(Name("zip"), values, ())
    if not turns.used:
        return Loop(one, over, body)
    one = f"({one})" if len(names) > 1 else one
    return Loop(
        f"{turns.index}, {one}", Call(Name("enumerate"), (over,), (Keyword("start", Literal(start), (0,)),)), body
    )


def _range(start: int, count: Expression) -> Expression:
    if isinstance(count, Literal):
        return Call(Name("range"), (Literal(start), Literal(start + count.value)))
    return Call(Name("range"), (Literal(start), Operation(count, "+", Literal(start))))
