"""Over which devices and processes a training runs, and how they are set up before TensorFlow does anything."""

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import tensorflow as tf

from cnnspec.backend.cluster import Cluster, read_cluster
from cnnspec.backend.data.share import Share
from cnnspec.backend.data.wrong import rejected
from cnnspec.backend.link import abandon
from cnnspec.backend.meeting import meet, patience
from cnnspec.backend.replicas import Replicas
from cnnspec.backend.startup import quiet_start
from cnnspec.backend.team import SOLO, Team
from cnnspec.language.training import AUTO, Training
from cnnspec.runs.failure import RunFailed
from cnnspec.source.diagnostic import Diagnostic, Rejected


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line says: so many devices of this machine, or so many worker processes."""

    devices: int | None = None
    workers: int | None = None


ANY = Wish()


@dataclass(frozen=True, slots=True)
class Layout:
    """What a training is to run on: `devices` of this machine, all `gpus` or none, or the workers of a `cluster`.

    `workers` is how many there will be; a plan names them before there is a cluster.
    """

    devices: int = 1
    workers: int = 1
    gpus: bool = False
    cluster: Cluster | None = None

    @property
    def replicas(self) -> int:
        """How many share out a batch."""
        return self.devices * self.workers

    def words(self, batch_size: int) -> str:
        """`2 workers, 64 examples each`; empty for one device."""
        if self.replicas == 1:
            return ""
        kind = "GPUs" if self.gpus else "logical CPUs"
        parts = [f"{self.workers} workers"] if self.workers > 1 else []
        parts += [f"{self.devices} {kind}{' each' if parts else ''}"] if self.devices > 1 else []
        return f"{' with '.join(parts)}, {-(-batch_size // self.replicas):,} examples each"


ONE_DEVICE = Layout()


def layout_of(training: Training, wish: Wish, environ: Mapping[str, str], planned: bool = False) -> Layout:
    """What to run on: as the command line says, else as `distribute` does; raises Rejected.

    What is only `planned` needs no other process yet.
    """
    gpus = len(tf.config.list_physical_devices("GPU"))
    asked = _asked(training, wish)
    if asked == "multi_worker" or (asked == AUTO and wish.workers is None):
        cluster = None if wish.workers == 1 else read_cluster(environ)
        if cluster is not None and (wish.workers or len(cluster.addresses)) != len(cluster.addresses):
            received = f"--workers {wish.workers}, where the environment names {len(cluster.addresses)}"
            raise rejected("bad-cluster", received, "the same number", "leave out --workers")
        workers = len(cluster.addresses) if cluster else wish.workers or 1
        if workers > 1 and (cluster or planned):
            return Layout(max(1, gpus), workers, gpus > 0, cluster)
        if asked == "multi_worker" and wish.workers is None and cluster is None:
            received = "distribute: multi_worker, and neither TF_CONFIG nor a job step of Slurm with several tasks"
            help = "give --workers N for processes on this machine, or see docs/distributed.md"
            raise rejected("bad-cluster", received, "one of them", help)
    if asked in ("mirrored", AUTO):
        return _mirrored(wish.devices, gpus)
    return ONE_DEVICE


def _asked(training: Training, wish: Wish) -> str:
    if wish.workers is not None:
        return "multi_worker"
    return "mirrored" if wish.devices is not None else training.distribute


def _mirrored(wanted: int | None, gpus: int) -> Layout:
    if wanted is not None and 0 < gpus < wanted:
        raise rejected("bad-cluster", f"--devices {wanted} on a machine with {gpus} GPUs", f"at most {gpus}")
    return Layout(wanted or max(1, gpus), gpus=gpus > 0)


@contextlib.contextmanager
def team_of(layout: Layout) -> Iterator[Team]:
    """Those who train on a layout, all of them there; raises RunFailed where one is not.

    Must come before TensorFlow computes anything in this process.
    """
    if layout.cluster is not None:
        with _workers(layout.cluster) as team:
            yield team
    elif layout.devices > 1:
        yield Team(_local(layout))
    else:
        yield SOLO


def _local(layout: Layout) -> Replicas:
    kind = "GPU" if layout.gpus else "CPU"
    if not layout.gpus:
        configuration = [tf.config.LogicalDeviceConfiguration()] * layout.devices
        with _not_started():
            tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], configuration)
    with quiet_start():
        strategy = tf.distribute.MirroredStrategy([f"{kind}:{number}" for number in range(layout.devices)])
    return Replicas(strategy, Share(0, layout.devices, layout.devices))


@contextlib.contextmanager
def _workers(cluster: Cluster) -> Iterator[Team]:
    link = meet(cluster)
    try:
        team = Team(_across(cluster), link)
        with team.watched():
            yield team
    except KeyboardInterrupt:
        link.close("it was interrupted")
        raise
    except RunFailed as failure:
        link.close(str(failure))
        raise
    except Rejected as refusal:
        link.close(_first(refusal))
        raise
    except BaseException as error:
        link.close(type(error).__name__)
        raise
    link.close()


def _first(refusal: Rejected) -> str:
    found: Diagnostic = next(iter(refusal.diagnostics))
    return found.message


def _across(cluster: Cluster) -> Replicas:
    """TensorFlow's own connections between the workers; who cannot make them in time is told so."""
    os.environ["TF_CONFIG"] = cluster.tf_config()
    message = f"TensorFlow could not connect the {len(cluster.addresses)} workers within {patience():.0f} s"
    help = "see that every worker can reach the address of every other, as TF_CONFIG names them"
    watch = threading.Timer(patience(), lambda: abandon(RunFailed("no-worker", message, help)))
    watch.daemon = True
    watch.start()
    try:
        with _not_started(), quiet_start():
            strategy = tf.distribute.MultiWorkerMirroredStrategy()
    finally:
        watch.cancel()
    count = strategy.num_replicas_in_sync
    local = count // len(cluster.addresses)
    return Replicas(strategy, Share(cluster.index * local, local, count))


@contextlib.contextmanager
def _not_started() -> Iterator[None]:
    """TensorFlow sets up devices once, before it computes anything."""
    try:
        yield
    except RuntimeError as error:
        message = "TensorFlow has already started in this process, and its devices cannot change any more"
        raise RunFailed("devices-fixed", message, "train in a process of its own, as the command line does") from error
