"""What a run is made from, as its folder keeps it."""

from collections.abc import Mapping
from dataclasses import asdict

from cnnspec.backend.data.input_arrays import ranges_of
from cnnspec.backend.prepared import Prepared, sections
from cnnspec.language.objective import NONE
from cnnspec.results.series import Membership
from cnnspec.runs.environment import describe
from cnnspec.runs.files import write_text
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.metrics import write_json
from cnnspec.runs.resolved import resolved_spec
from cnnspec.runs.series import write_membership
from cnnspec.runs.transfer import write_transfer
from cnnspec.runs.written import write_written, written_of


def describe_run(
    folder: RunFolder, job: Prepared, given: Mapping[str, object], membership: Membership | None = None
) -> None:
    """Write what the run is made from; its spec comes last, so that a folder that has it lacks nothing.

    `given` are keys of its training section that did not come with the spec; `membership` is its place in a series.
    """
    learnt = {name: {loss.kind: loss.written()} for name, loss in job.objective.losses.items()}
    losses = {name: learnt.get(name, NONE) for name in job.graph.outputs}
    chosen = losses if job.graph.named_outputs else next(iter(losses.values()))
    auto = {name.partition(".")[0] for name in job.objective.auto}
    settled = {key: getattr(job.training, key) for key in ("precision", "xla", "distribute")}
    found = {"loss": chosen, **settled}
    kept = {"seed": job.seed, **{key: value for key, value in found.items() if key in auto}, **given}
    ran_on = job.layout.facts(job.training.precision)
    written = written_of(job.spec)
    whence = (job.folder.path, job.fold, ran_on, written.facts)
    write_json(folder.environment, describe(job.seed, job.objective.auto, *whence))
    write_written(folder, written)
    names = {output: list(classes) for output, classes in job.classes.items()}
    write_json(folder.classes, names if job.graph.named_outputs else next(iter(names.values()), []))
    write_json(folder.data, job.marks)
    if job.dataset.skipped:
        write_json(folder.skipped, [asdict(each) for each in job.dataset.skipped])
    if ranges := ranges_of(job.dataset.train, sections(job.spec)[1]):
        write_json(folder.ranges, {name: asdict(found) for name, found in ranges.items()})
    if job.transfer is not None:
        write_transfer(folder, job.transfer)
    for name, vocabulary in job.dataset.vocabularies.items():
        write_text(folder.vocabulary(name if len(job.graph.inputs) > 1 else ""), "\n".join(vocabulary.lines()) + "\n")
    if membership is not None:
        write_membership(folder, membership)
    write_text(folder.spec, resolved_spec(job.spec, kept))
