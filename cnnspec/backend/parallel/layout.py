"""What a training is to run on: as the command line says, else its spec, the environment and the devices there are."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import tensorflow as tf

from cnnspec.backend.parallel.cluster import Cluster, read_cluster, read_tf_config
from cnnspec.backend.parallel.rendezvous import patience
from cnnspec.backend.parallel.threads import OF_TENSORFLOW, Threads, chosen_threads, is_little
from cnnspec.checks.sharing import refuse_sharing
from cnnspec.graph.nodes import Graph
from cnnspec.language.objective import AUTO
from cnnspec.language.spec import Spec
from cnnspec.language.training import Training
from cnnspec.results.history import devices_words
from cnnspec.results.resumption import spread_options
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

_WASTED = 1 / 16
"""The part of what is computed for nothing from which it is told."""
_KEEPS_LITTLE = "TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE"
"""TensorFlow's variable, read at the first operation: whether oneDNN's programs are made anew for each to save memory.

Where operations are short, making them takes up to a tenth of the time.
"""


def _nobody() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line says: so many devices of this machine, or so many worker processes.

    In a process that `settles`, which is the training's own, TensorFlow's threads are chosen for it. `gone` says of a
    worker process that was started for the training whether it has ended, and how.
    """

    devices: int | None = None
    workers: int | None = None
    settles: bool = False
    gone: Callable[[], str] = _nobody

    @property
    def options(self) -> tuple[str, ...]:
        """The same as options of the command line."""
        return spread_options(self.devices, self.workers)


ANY = Wish()


@dataclass(frozen=True, slots=True)
class Layout:
    """What a training is to run on: `devices` of this machine, all `gpus` or none, or the workers of a `cluster`.

    `workers` is how many there will be; a plan names them before there is a cluster. `threads` that share an operation
    are told where they were chosen, `notes` say what the user may not expect.
    """

    devices: int = 1
    workers: int = 1
    gpus: bool = False
    cluster: Cluster | None = None
    threads: Threads | None = None
    notes: tuple[str, ...] = ()

    @property
    def replicas(self) -> int:
        """How many share out a batch."""
        return self.devices * self.workers

    @property
    def kind(self) -> str:
        """What the devices are: GPU or CPU."""
        return "GPU" if self.gpus else "CPU"

    @property
    def named(self) -> str:
        """`2 workers`, `4 GPUs`."""
        return devices_words(self.workers, self.devices, self.kind)

    def share(self, batch_size: int) -> int:
        """How many examples of a batch each computes."""
        return -(-batch_size // self.replicas)

    def words(self, batch_size: int) -> str:
        """`2 workers, 64 examples each`; empty for one device."""
        each = self.share(batch_size)
        return f"{self.named}, {each:,} example{'s' * (each != 1)} each" if self.replicas > 1 else ""

    def facts(self, precision: str) -> dict[str, object]:
        """What a run's folder keeps of it."""
        given = os.environ.get(OF_TENSORFLOW, "")
        threads = tf.config.threading.get_intra_op_parallelism_threads() or (int(given) if given.isdecimal() else 0)
        where = {"workers": self.workers, "devices": self.devices, "kind": self.kind}
        if self.gpus:
            precision = precision_told(precision, _generation(), _rounds(os.environ))
        return {**where, "precision": precision, "threads": threads or os.cpu_count() or 1}


def precision_told(precision: str, generation: int, rounds: bool) -> str:
    """The precision as a run tells it: with TF32, where NVIDIA's GPUs from Ampere (8) on round float32 to it."""
    return f"{precision} with products in TF32" if rounds and generation >= 8 and precision == "float32" else precision


def _generation() -> int:
    details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[0])
    return int(details.get("compute_capability", (0, 0))[0])


def _rounds(environ: Mapping[str, str]) -> bool:
    """Whether TensorFlow and NVIDIA's libraries are left to round factors of products to TF32."""
    allowed = tf.config.experimental.tensor_float_32_execution_enabled()
    return bool(allowed) and environ.get("NVIDIA_TF32_OVERRIDE") != "0"


ONE_DEVICE = Layout()


def layout_of(spec: Spec, graph: Graph, wish: Wish, environ: Mapping[str, str], planned: bool = False) -> Layout:
    """What to train a spec with a training section on: as the command line says, else as `distribute` does.

    Raises Rejected for what is not there or cannot share a batch. What is only `planned` needs no other process yet.
    """
    assert spec.training is not None
    training = spec.training
    size = min(each.training.batch_size for each in spec.each_phase() if each.training is not None)
    layout = _found(training, wish, environ, planned)
    refuse_sharing(spec, graph, layout.replicas, layout.named)
    notes = (*layout.notes, *_doubts(layout, graph, size), *_left_out(training, wish, environ))
    layout = replace(layout, notes=notes)
    if not wish.settles:
        return layout
    return _threaded(layout, chosen_threads(graph, size, layout.replicas, _here(layout), environ))


def _found(training: Training, wish: Wish, environ: Mapping[str, str], planned: bool) -> Layout:
    gpus = len(tf.config.list_physical_devices("GPU"))
    asked = _asked(training, wish)
    if asked in ("multi_worker", AUTO) and wish.workers != 1:
        cluster = read_cluster(environ)
        if cluster is not None:
            return _clustered(cluster, wish, gpus)
        if planned and wish.workers:
            return Layout(1, wish.workers, gpus >= wish.workers)
        if asked == "multi_worker":
            written = "distribute: multi_worker" if wish.workers is None else f"{wish.workers} workers"
            received = f"{written}, and neither TF_CONFIG nor a job step of Slurm with several tasks"
            help = "give --workers N for processes on this machine, or --set training.distribute=none for one"
            at = ("training", "distribute") if wish.workers is None else NOWHERE
            raise rejected("bad-cluster", received, "one of them", f"{help}; see docs/distributed.md", at=at)
    if asked in ("mirrored", AUTO):
        return _mirrored(wish.devices, gpus, told=asked == "mirrored")
    return Layout(gpus=gpus > 0)


def _asked(training: Training, wish: Wish) -> str:
    if wish.workers is not None:
        return "multi_worker"
    return "mirrored" if wish.devices is not None else training.distribute


def _clustered(cluster: Cluster, wish: Wish, gpus: int) -> Layout:
    """Over the workers that the environment names; where it is one, over the GPUs of this machine."""
    count = len(cluster.addresses)
    if (wish.workers or count) != count:
        received = f"--workers {wish.workers}, where {cluster.source} names {count}"
        raise rejected(
            "bad-cluster", received, "the same number", f"leave out --workers, or unset {cluster.source}", at=NOWHERE
        )
    if count == 1:
        return _mirrored(None, gpus)
    patience()
    return Layout(max(1, gpus), count, gpus > 0, cluster)


def _mirrored(wanted: int | None, gpus: int, told: bool = False) -> Layout:
    if wanted is not None and 0 < gpus < wanted:
        received = f"--devices {wanted} on a machine with {gpus} GPU{'s' * (gpus > 1)}"
        raise rejected("bad-cluster", received, f"at most {gpus}", f"write --devices {gpus}", at=NOWHERE)
    layout = Layout(wanted or max(1, gpus), gpus=gpus > 0)
    if wanted is not None or layout.replicas > 1 or not told:
        return layout
    found = "one GPU" if gpus else "no GPU"
    more = "" if gpus else "; --devices N shares every batch over N logical CPUs"
    return replace(layout, notes=(f"distribute: mirrored finds {found} here, so one device trains alone{more}",))


def _doubts(layout: Layout, graph: Graph, batch_size: int) -> Iterator[str]:
    """Why sharing may not be worth it."""
    if layout.replicas == 1:
        return
    each = layout.share(batch_size)
    computed = each * layout.replicas
    if computed - batch_size >= _WASTED * computed:
        wasted = f"{computed - batch_size} of {computed} examples a step are computed for nothing"
        yield f"{layout.replicas} do not divide a batch of {batch_size}: {wasted}; batch_size: {computed} would"
    if is_little(graph, each):
        yield "each device's part of a batch is so little work that one device alone may be quicker"


def _left_out(training: Training, wish: Wish, environ: Mapping[str, str]) -> Iterator[str]:
    """That other workers are named and none is asked for."""
    written = environ.get("TF_CONFIG", "").strip()
    if not written or wish.workers is not None or _asked(training, wish) in ("multi_worker", AUTO):
        return
    try:
        count = len(read_tf_config(written).addresses)
    except Rejected:
        return
    if count > 1:
        yield f"TF_CONFIG names {count} workers, and this process trains alone; distribute: multi_worker joins them"


def _here(layout: Layout) -> int:
    """How many processes of the training share this machine, as far as the addresses tell."""
    return layout.cluster.together if layout.cluster else layout.workers


def _threaded(layout: Layout, threads: Threads | None) -> Layout:
    """With so many threads an operation, unless TensorFlow has started already."""
    if threads is None:
        return layout
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads.number)
    except RuntimeError:
        return layout
    if threads.number == 1:
        os.environ.setdefault(_KEEPS_LITTLE, "false")
    return replace(layout, threads=threads)
