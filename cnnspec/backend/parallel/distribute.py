"""How the devices and processes of a training are set up, before TensorFlow computes anything."""

import contextlib
from collections.abc import Callable, Iterator
from importlib.metadata import version

import tensorflow as tf

from cnnspec.backend.data.share import Share
from cnnspec.backend.parallel.cluster import Cluster
from cnnspec.backend.parallel.control_channel import ControlChannel
from cnnspec.backend.parallel.layout import Layout
from cnnspec.backend.parallel.participants import SOLO, Participants
from cnnspec.backend.parallel.rendezvous import meet
from cnnspec.backend.parallel.tf_cluster import connect_workers
from cnnspec.backend.startup import quiet_start
from cnnspec.backend.steps.replicas import Replicas
from cnnspec.results.failure import RunFailed
from cnnspec.source.diagnostic import Diagnostic, Rejected

_COMPUTING = ("cnnspec", "tensorflow", "keras")
"""Packages of which all processes need the same version."""


@contextlib.contextmanager
def participants_of(layout: Layout, gone: Callable[[], str] = lambda: "") -> Iterator[Participants]:
    """Those who train on a layout, all of them there; raises RunFailed where one is not, or is `gone` before.

    Must come before TensorFlow computes anything in this process.
    """
    if layout.cluster is not None:
        with _workers(layout, layout.cluster, gone) as participants:
            yield participants
    elif layout.devices > 1:
        yield Participants(_local(layout))
    else:
        yield SOLO


def _local(layout: Layout) -> Replicas:
    if not layout.gpus:
        configuration = [tf.config.LogicalDeviceConfiguration()] * layout.devices
        with _not_started():
            tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], configuration)
    with quiet_start():
        strategy = tf.distribute.MirroredStrategy([f"{layout.kind}:{number}" for number in range(layout.devices)])
    return Replicas(strategy, Share(0, layout.devices, layout.devices))


@contextlib.contextmanager
def _workers(layout: Layout, cluster: Cluster, gone: Callable[[], str]) -> Iterator[Participants]:
    channel = meet(cluster, gone)
    try:
        devices = {f"{layout.kind}s": layout.devices, **{name: version(name) for name in _COMPUTING}}
        Participants(channel=channel).must_agree(devices, "the same devices and versions on every machine")
        participants = Participants(_across(cluster, channel), channel)
        with participants.watched():
            yield participants
    except KeyboardInterrupt:
        channel.close("it was interrupted")
        raise
    except RunFailed as failure:
        channel.close(str(failure))
        raise
    except Rejected as refusal:
        channel.close(_first(refusal))
        raise
    except BaseException as error:
        channel.close(type(error).__name__)
        raise
    channel.close()


def _first(refusal: Rejected) -> str:
    found: Diagnostic = next(iter(refusal.diagnostics))
    return found.message


def _across(cluster: Cluster, channel: ControlChannel) -> Replicas:
    with _not_started():
        strategy = connect_workers(cluster, channel)
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
