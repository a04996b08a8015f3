"""Several processes, on one machine or many, as one: JAX's, for NumPy code.

Every process runs the same program and calls the same functions in the same order, each
with its own rows::

    npjit.distributed.initialize()  # finds Slurm, Open MPI, Kubernetes by itself
    rows = npjit.distributed.from_local(my_rows)
    total = npjit.accelerate(sharding=npjit.shard())(sum_of_squares)(rows)

docs/scaling.md tells what goes over the network.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from npjit._runtime.placement import mesh_of_all, sharding_along
from npjit._xla.settings import call_settings

__all__ = ["from_local", "initialize", "to_local"]

_LOOPBACK = ("localhost", "127.0.0.1")


def initialize(
    coordinator_address: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
    **options: Any,
) -> None:
    """Join this process to the others; before anything is computed with JAX.

    Parameters
    ----------
    coordinator_address : str, optional
        ``host:port`` of process 0. Found by JAX under Slurm, Open MPI, Kubernetes and
        on TPUs, as are the other two.
    num_processes, process_id : int, optional
        How many there are, and which one this is.
    **options
        Of `jax.distributed.initialize`, which this calls. Process 0 listens on the
        loopback interface alone where the address is that of it; else on all, unless
        ``coordinator_bind_address`` says so.
    """
    host, _, port = (coordinator_address or "").rpartition(":")
    if host in _LOOPBACK and process_id == 0:
        options.setdefault("coordinator_bind_address", f"127.0.0.1:{port}")
    jax.distributed.initialize(
        coordinator_address, num_processes, process_id, **options
    )


def from_local(rows: Any, axis: int = 0) -> jax.Array:
    """Return an array made of what each process has of it.

    Parameters
    ----------
    rows : array_like
        This process's part, of the same shape and dtype in each of them; its length
        along `axis` is a multiple of the number of this process's devices.
    axis : int, optional
        Along which the parts are joined, in the order of the processes.

    Returns
    -------
    jax.Array
        All of it, as one array for accelerated functions with a ``sharding``.

    Raises
    ------
    ValueError
        If the rows cannot be divided among this process's devices.
    """
    local = np.asarray(rows)
    sharding = sharding_along(axis, local.ndim)
    with call_settings():
        return jax.make_array_from_process_local_data(sharding, local)


def to_local(array: jax.Array, axis: int = 0) -> np.ndarray:
    """Return this process's part of an array, as NumPy's.

    Parameters
    ----------
    array : jax.Array
        Made by `from_local`, or a result under ``results="device"``.
    axis : int, optional
        Along which it is divided.
    """
    spec = sharding_along(axis, array.ndim).spec
    with call_settings():
        local = multihost_utils.global_array_to_host_local_array(
            array, mesh_of_all(), spec
        )
    return np.array(local)
