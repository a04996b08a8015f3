"""Calls on other devices, or on many: arrays are placed, and JAX does the rest.

The function's Python code runs at each call. Its arrays are put where the options say
when they are met, its logs are compiled for where their arrays lie (XLA's partitioner
divides them), and what only NumPy computes is computed on the host.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import jax
import numpy as np
from jax.experimental import multihost_utils

from npjit._array.array import IMPORTED_TYPES, Array, Selection, holder, is_pending
from npjit._array.extract import Extract
from npjit._array.realize import Realizer
from npjit._array.storage import Storage
from npjit._config import Options, Shard
from npjit._diagnostics.events import Event, emit
from npjit._graph.log import Log
from npjit._graph.trace import Line, Trace
from npjit._host.engine import HostEngine
from npjit._runtime.engine import failure_of
from npjit._runtime.jitted import program_of, settings
from npjit._runtime.signature import TracersGiven
from npjit._xla import views
from npjit._xla.compile import XlaError, leaf_value
from npjit._xla.settings import call_settings
from npjit.errors import Reason, Unsupported

__all__ = [
    "PlacedEngine",
    "PlacedTrace",
    "device_of",
    "mesh_of_all",
    "note_types",
    "sharding_along",
    "sharding_of",
]

#: The name of the one axis of a mesh that `npjit.shard` makes.
_AXIS: Final = "shard"
_EXHAUSTED: Final = "RESOURCE_EXHAUSTED"


def device_of(name: str) -> jax.Device:
    """The device of a name: ``"gpu"``, ``"cpu:3"``.

    Raises
    ------
    ValueError
        If there is none.
    """
    platform, _, number = name.partition(":")
    try:
        found = jax.devices(platform)
    except RuntimeError as error:
        raise ValueError(f"device {name!r}: {error}") from None
    if int(number or 0) >= len(found):
        raise ValueError(f"device {name!r}: JAX has {len(found)} of {platform!r}")
    return found[int(number or 0)]


def sharding_of(given: Any, shape: tuple[int, ...]) -> jax.sharding.Sharding:
    """Where an array of a shape goes: a sharding of JAX's, or what `shard` says."""
    if not isinstance(given, Shard):
        return given
    ndim, n_devices = len(shape), mesh_of_all().size
    is_divided = -ndim <= given.axis < ndim and shape[given.axis] % n_devices == 0
    return sharding_along(given.axis if is_divided else None, ndim)


def sharding_along(axis: int | None, ndim: int) -> jax.sharding.NamedSharding:
    """The division of an axis among all devices; None: each has the whole array."""
    spec: list[str | None] = [None] * ndim
    if axis is not None:
        spec[axis] = _AXIS
    return jax.sharding.NamedSharding(mesh_of_all(), jax.P(*spec))


@functools.cache
def mesh_of_all() -> jax.sharding.Mesh:
    """All devices of JAX's default platform, in a row."""
    automatic = (jax.sharding.AxisType.Auto,)
    return jax.make_mesh((jax.device_count(),), (_AXIS,), axis_types=automatic)


@functools.cache
def note_types() -> None:
    """Let conversion know jax.Arrays, and what JAX traces, by their types.

    Not when this is imported: it starts JAX, which has to know all processes by then.
    """
    kinds: list[type] = [jax.core.Tracer]
    for kind in kinds:
        kinds += kind.__subclasses__()
    IMPORTED_TYPES.update(kinds, {type(jax.numpy.zeros(()))})


class PlacedTrace(Trace):
    """The recording of a call whose arrays are placed as its options say."""

    is_silent = True

    def __init__(self, options: Options, host: HostEngine) -> None:
        engine = PlacedEngine(options, host)
        super().__init__(options, engine, host)
        self.device = engine.device
        self.shardings: dict[int, Any] = {}
        self.met: dict[int, tuple[jax.Array, Any]] = {}
        note_types()

    def taken(
        self, fn: Callable[..., Any], args: tuple, kwargs: dict
    ) -> tuple[tuple, dict]:
        """The arguments of the call, with stand-ins in the place of jax.Arrays."""
        for name, position, x in _named(fn, args, kwargs):
            given = self.options.sharding
            if isinstance(given, Mapping):
                given = given.get(name)
            elif isinstance(given, tuple):
                given = given[position] if 0 <= position < len(given) else None
            for leaf in jax.tree.leaves(x):
                if isinstance(leaf, jax.core.Tracer):
                    raise TracersGiven
                self.shardings.setdefault(id(leaf), given)
        # Containers are the caller's: what they hold is lifted when it is met.
        lifted = {name: self._lifted(x) for name, x in kwargs.items()}
        return tuple(map(self._lifted, args)), lifted

    def lift_foreign(self, a: Any) -> Any:
        """A jax.Array as the function meets it, in a container or elsewhere."""
        found = self.met.get(id(a))
        if found is None:
            found = self.met[id(a)] = a, holder(self, a.dtype, tuple(a.shape))
            found[1]._storage.value = self._placed(a, self.shardings.get(id(a)))
        return found[1]

    def lifts(self, a: np.ndarray, storage: Storage) -> None:
        """Place what NumPy has made."""
        buffer = storage.buffer
        if buffer is None or storage.pinned or storage.value is not None:
            return
        sharding = self.shardings.get(id(a)) if a.shape == buffer.shape else None
        storage.value = self._placed(buffer, sharding)

    def on_device(self, result: Any) -> Any:
        """The result of the call, with jax.Arrays if the options ask for them."""
        if self.options.results != "device":
            return result
        return Realizer(self._on_device).of(result)

    def rests(self, x: Any) -> bool:
        """Whether a result stays where it is until somebody touches it."""
        if type(x) is not Array:
            return False
        if is_pending(x):
            self.flush()
        return _is_resting(x)

    def lift_stranger(self, x: Any) -> Any:
        """A result of another call that nobody has touched: it is gone on with."""
        if not (type(x) is Array and x._trace.closed and _is_resting(x)):
            return None
        x._trace = self
        return x

    def _on_device(self, x: Any) -> Any:
        if type(x) in (Extract, Selection):  # Python's, or of unknown length
            return x
        self.flush()
        value = _unwrapped(leaf_value(x._storage))
        with settings():
            array = jax.numpy.asarray(value)
            return views.read_chain(x._structure.prims, array, x._starts)

    def _lifted(self, x: Any) -> Any:
        return self.lift_foreign(x) if isinstance(x, jax.Array) else x

    def _placed(self, x: Any, sharding: Any) -> Any:
        """An array where it belongs; None leaves it to the programs that use it."""
        is_moved = sharding is not None or self.device is not None
        if is_moved and isinstance(x, np.ndarray):
            x = x.copy()  # JAX may use the memory itself, after the call too
        with call_settings():
            if sharding is not None:
                return _wrapped(jax.device_put(x, sharding_of(sharding, x.shape)))
            if self.device is not None:
                return jax.device_put(x, self.device)
        return _wrapped(x) if isinstance(x, jax.Array) else None


def _is_resting(x: Array) -> bool:
    """Whether nobody has seen a buffer of what lies on a device of this process."""
    storage = x._storage
    is_new = storage.buffer is None and not storage.external
    return is_new and isinstance(storage.value, jax.Array)


class Spread:
    """An array of which other processes hold parts; NumPy gets all of them.

    Parameters
    ----------
    value : jax.Array
    """

    __slots__ = ("value",)

    def __init__(self, value: jax.Array) -> None:
        self.value = value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        gathered = multihost_utils.process_allgather(self.value, tiled=True)
        return np.asarray(gathered, dtype)


def _wrapped(value: jax.Array) -> Any:
    whole = value.is_fully_addressable or value.is_fully_replicated
    return value if whole else Spread(value)


def _unwrapped(value: Any) -> Any:
    return value.value if type(value) is Spread else value


class PlacedEngine:
    """Runs logs where their arrays lie; on the host what cannot run there.

    Parameters
    ----------
    options : Options
        Their device is that of arrays which lie nowhere yet.
    host : HostEngine
    """

    name = "xla"

    def __init__(self, options: Options, host: HostEngine) -> None:
        self.host = host
        self.device = device_of(options.device) if options.device else None

    def call(self, line: Line, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call one NumPy function now, as if from the user's line."""
        return self.host.call(line, func, args, kwargs)

    def run(self, trace: Trace, log: Log) -> None:
        """Compute the live storages of a log."""
        if log.done or log.damaged:  # interrupted
            self.host.run(trace, log)
            return
        live = log.live()
        try:
            results = self._results(log, [slot for slot, _ in live])
        except (Unsupported, XlaError) as error:
            reason, detail = failure_of(error)
            if _EXHAUSTED in detail:
                reason = Reason.OUT_OF_MEMORY
            line = log.entries[0].line
            trace.tell("fallback", "program", reason, line, detail.partition("\n")[0])
            self.host.run(trace, log)
            return
        values = zip(live, results, strict=True)
        log.take([(storage, value) for (_, storage), value in values])

    def _results(self, log: Log, outs: list[int]) -> list[Any]:
        program = program_of(log, outs)
        leaves = [_unwrapped(leaf_value(log.storages[s])) for s in log.leaf_slots]
        began = time.perf_counter_ns()
        with settings(), jax.default_device(self.device):
            results = program(leaves, log.values)
        elapsed_ns = time.perf_counter_ns() - began
        emit(Event("engine", self.name, count=len(log.entries), elapsed_ns=elapsed_ns))
        return [jax.tree.map(_wrapped, result) for result in results]


def _named(
    fn: Callable[..., Any], args: tuple, kwargs: dict
) -> Iterator[tuple[str, int, Any]]:
    """The arguments with the names and positions of their parameters."""
    try:
        parameters = list(inspect.signature(fn).parameters)
    except (TypeError, ValueError):  # Python knows none
        parameters = []
    for i, x in enumerate(args):
        yield (parameters[i] if i < len(parameters) else ""), i, x
    for name, x in kwargs.items():
        yield name, (parameters.index(name) if name in parameters else -1), x
