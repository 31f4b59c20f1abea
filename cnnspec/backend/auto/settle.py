"""What `precision: auto` and `xla: auto` become: by the device, or by a short trial of real training steps.

A trial trains two networks of its own on the first batch, by turns, about a second each. What counts is the time for
the whole training, compiling included: a choice must save a tenth of it, and must have won every turn, since other
programs may slow down either. Otherwise float32 without XLA stays, as it does without a trial on a processor that has
no instructions for bfloat16.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import tensorflow as tf

from cnnspec.backend.auto.race import race, runner, short
from cnnspec.backend.parallel.layout import Layout
from cnnspec.backend.prepared import Prepared
from cnnspec.language.objective import AUTO
from cnnspec.language.training import Training

Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]

_TRIED = ("precision", "xla")
_CPUINFO = Path("/proc/cpuinfo")
_LISTS = ("flags", "Features")
"""What Linux calls the list, on x86 and on ARM."""
_BFLOAT16 = frozenset({"avx512_bf16", "amx_bf16", "bf16", "svebf16"})


def undecided(training: Training) -> bool:
    """Whether something is left to choose."""
    return AUTO in (training.precision, training.xla)


def settled(job: Prepared, batch: Any) -> Prepared:
    """The job with `auto` precision and XLA replaced by what is quickest here, as its `objective.auto` says.

    `batch` is one of (inputs, labels) or (inputs, labels, weights), as large as those to come.
    """
    if not undecided(job.training):
        return job
    job = _with_precision(job, batch) if job.training.precision == AUTO else job
    return _with_xla(job, batch) if job.training.xla == AUTO else job


def laid_out(job: Prepared, layout: Layout) -> Prepared:
    """The job over its devices, with what these decide."""
    if layout.threads is not None:
        auto = {**job.objective.auto, "threads": str(layout.threads)}
        job = replace(job, objective=replace(job.objective, auto=auto))
    if job.training.distribute == AUTO:
        kind = "multi_worker" if layout.workers > 1 else "mirrored" if layout.devices > 1 else "none"
        job = _chosen(job, "distribute", kind, layout.words(job.training.batch_size) or f"{layout.named} here")
    if layout.replicas > 1 and job.training.xla == AUTO:
        job = _chosen(job, "xla", False, "over several devices")
    return replace(job, layout=layout)


def choices(job: Prepared) -> dict[str, Any]:
    """What was left to choose and is chosen, as JSON holds it."""
    return {"training": {key: getattr(job.training, key) for key in _TRIED}, "auto": dict(job.objective.auto)}


def as_chosen(job: Prepared, chosen: Mapping[str, Any]) -> Prepared:
    """The job with these choices."""
    training = job.training.model_copy(update=chosen["training"])
    return replace(job, training=training, objective=replace(job.objective, auto=chosen["auto"]))


def _with_precision(job: Prepared, batch: Any) -> Prepared:
    if device := _accelerator():
        return _chosen(job, "precision", *device)
    if has_bfloat16() is False:
        return _chosen(job, "precision", "float32", "this processor has no instructions for bfloat16")
    xla = job.training.xla is True
    exact, mixed = race(*(runner(job, batch, precision, xla) for precision in ("float32", "mixed_bfloat16")))
    if exact is None or mixed is None:
        return _chosen(job, "precision", "float32", "mixed_bfloat16 does not train here")
    why = mixed.verdict(exact, _steps(job))
    if mixed.saves(exact, _steps(job)):
        return _chosen(job, "precision", "mixed_bfloat16", f"in a trial {mixed} a step, {exact} in float32: {why}")
    return _chosen(job, "precision", "float32", f"in a trial {exact} a step, {mixed} in mixed_bfloat16: {why}")


def _with_xla(job: Prepared, batch: Any) -> Prepared:
    plain, compiled = race(*(runner(job, batch, job.training.precision, xla) for xla in (False, True)))
    if plain is None or compiled is None:
        return _chosen(job, "xla", False, "XLA does not compile this network")
    verdict = compiled.verdict(plain, _steps(job))
    why = f"in a trial {compiled} a step after {short(compiled.first)} s of compiling, {plain} without: {verdict}"
    return _chosen(job, "xla", compiled.saves(plain, _steps(job)), why)


def _steps(job: Prepared) -> int:
    return job.training.epochs * -(-job.dataset.train.count // job.training.batch_size)


def _chosen(job: Prepared, key: str, value: object, why: str) -> Prepared:
    """The job with a key of its training settled, and told among what was chosen by itself."""
    said = {**job.objective.auto, key: f"{str(value).lower()} ({why})"}
    training = job.training.model_copy(update={key: value})
    return replace(job, training=training, objective=replace(job.objective, auto=said))


def _accelerator() -> tuple[Precision, str] | None:
    """The precision for a GPU: bfloat16 since NVIDIA's Ampere, float16 since Volta; None where there is none."""
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return None
    details = tf.config.experimental.get_device_details(devices[0])
    major = cast(tuple[int, int], details.get("compute_capability", (0, 0)))[0]
    name = str(details.get("device_name", "a GPU"))
    if major >= 8:
        return "mixed_bfloat16", name
    return ("mixed_float16" if major == 7 else "float32"), name


def has_bfloat16(told: Path = _CPUINFO) -> bool | None:
    """Whether the processor multiplies bfloat16 by instructions of its own; None where the system does not tell."""
    try:
        lines = told.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    listed = next((line.partition(":")[2] for line in lines if line.startswith(_LISTS)), "")
    return bool(_BFLOAT16.intersection(listed.split())) if listed else None
