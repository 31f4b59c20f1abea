"""TensorFlow's own connections between the workers of a training.

TensorFlow makes them while it holds Python's lock, so that nothing else of this process runs until they are there:
nobody would notice that another process has died, and by itself TensorFlow waits an hour. So it is told to wait some
seconds until all have registered; of who dies after that it hears by itself.
"""

import os
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context

from cnnspec.backend.parallel.cluster import Cluster
from cnnspec.backend.parallel.control_channel import ControlChannel
from cnnspec.backend.startup import lacks_memory, quiet_start
from cnnspec.results.failure import RunFailed

_SECONDS = 30
"""How long they may take who have just met."""
_HEARTBEAT = 10
"""Seconds without a sign of life after which TensorFlow takes a process for lost."""
_NOTICED = 5.0
"""Seconds in which the channel, which could not run, says who is lost."""


def connect_workers(cluster: Cluster, channel: ControlChannel) -> Any:
    """The strategy of `tf.distribute` over the workers, all of them connected; raises RunFailed where one is not."""
    os.environ["TF_CONFIG"] = cluster.tf_config()
    _limit_waiting(len(cluster.addresses))
    try:
        with quiet_start():
            return tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.OpError as error:
        if lacks_memory(error):
            raise
        channel.refuse_lost(_NOTICED)
        message = f"TensorFlow could not connect the {len(cluster.addresses)} workers within {_SECONDS} s"
        help = "see that every worker can reach the address of every other, and that no firewall stands between them"
        raise RunFailed("no-worker", message, help) from error


def _limit_waiting(count: int) -> None:
    """Configure what the strategy would else configure without a limit."""
    own = context.context()
    own.configure_coordination_service(
        service_type="standalone",
        service_leader="/job:worker/replica:0/task:0",
        cluster_register_timeout_in_ms=1000 * _SECONDS,
        heartbeat_timeout_in_ms=1000 * _HEARTBEAT,
    )
    own.coordination_service.cluster_register_with_barrier = True
    own.coordination_service.coordinated_job_list.add(name="worker", num_tasks=count)
