"""Recording for JAX: a trace whose arrays hold what JAX traces.

A log is not compiled and called here, but becomes part of the JAX program that is being
traced or differentiated: the values of its leaves go in, those of its results come out.
What Python then needs to know of them is asked of JAX, which may not know it yet.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from npjit._array.array import SCALARS, STAND_INS, Array, Scalar, holder, real_of
from npjit._array.memory import owner_of
from npjit._array.storage import Storage
from npjit._chapters.registry import Operation
from npjit._config import Options
from npjit._diagnostics.events import Name
from npjit._graph.log import Log
from npjit._graph.structure import Structure
from npjit._graph.trace import (
    Line,
    Trace,
    current,
    line_outside_of_numpy,
    location,
    user_line,
)
from npjit._host.engine import HostEngine
from npjit._runtime.jitted import JittedProgram, program_of, settings
from npjit._runtime.placement import note_types
from npjit._transforms.constants import Constants, dependent_slots, placeholder
from npjit._transforms.rules import INSTEAD
from npjit._xla import views
from npjit._xla.compile import leaf_value
from npjit._xla.settings import call_settings
from npjit.errors import ConcretizationError, NpjitError, Reason, Unsupported

__all__ = ["NEEDS_VALUE", "PureTrace", "Traced", "jax_value", "reader", "unwrapped"]


#: What JAX raises where one of its functions would need the value of a traced array.
NEEDS_VALUE: Final = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
)


class Traced:
    """What a storage holds: a value of JAX's, which NumPy may ask for its elements.

    Parameters
    ----------
    trace : PureTrace
    value : jax.Array, or what the trace has in its place
    """

    __slots__ = ("trace", "value")

    def __init__(self, trace: PureTrace, value: Any) -> None:
        self.trace = trace
        self.value = value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        value = self.trace.known(self.value)
        with call_settings():
            return np.asarray(value, dtype)


class PureTrace(Trace):
    """The recording of a call that JAX traces.

    Parameters
    ----------
    options : Options
    callbacks : bool
        Whether what only NumPy computes may be called by the compiled program.

    Attributes
    ----------
    met : dict
        id of an array -> the array, and its stand-in.
    outside : list of Storage
        What is older than the call.
    made : dict of int to ndarray
        What NumPy has made in the call.
    last : tuple or None
        What was told last: an operation, why it is none of JAX's, and where.
    returned : callable or None
        The function, once it has returned.
    """

    is_pure = True
    # NumPy's reports are about values that are not there.
    errstate_reacts = property(lambda self: False, lambda self, reacts: None)
    errstate_raises = property(lambda self: False, lambda self, raises: None)

    def __init__(self, options: Options, *, callbacks: bool = False) -> None:
        host = HostEngine()
        super().__init__(options, _TracingEngine(host), host)
        note_types()
        self.callbacks = callbacks
        self.met: dict[int, tuple[Any, Any]] = {}
        self.outside: list[Storage] = []
        self.made: dict[int, np.ndarray] = {}
        self.constants = Constants()
        self.last: tuple[str, Reason, Line] | None = None
        self.returned: Callable[..., Any] | None = None

    def tell(
        self, name: Name, operation: str, reason: Reason, line: Line, detail: str = ""
    ) -> None:
        """Remember why a value is going to be asked for."""
        self.last = operation, reason, line
        if reason is Reason.RANDOM:  # a draw would be the same in each call
            raise self.needs_value()

    def lift_foreign(self, a: Any) -> Any:
        """The stand-in of an argument, or of a jax.Array that the function meets."""
        found = self.met.get(id(a))
        if found is None:
            found = self.met[id(a)] = a, self.lifted_value(self.taken_in(a))
        return found[1]

    def taken_in(self, a: Any) -> Any:
        """What a storage holds of an array that is older than the call."""
        return _value(real_of(a) if type(a) in STAND_INS else a)

    def known(self, value: Any) -> Any:
        """A value whose elements NumPy may look at.

        Raises
        ------
        ConcretizationError
            If JAX traces it.
        """
        value = self._computed_if_constant(value)
        if value.dtype.kind in "biu":  # where only derivatives are traced JAX knows it
            value = self._without_derivative(value)
        if isinstance(value, jax.core.Tracer):
            raise self.needs_value()
        return value

    def shown(self, x: Array | Scalar) -> Any:
        """The value of a stand-in, for a text."""
        value = self._without_derivative(self.value_of(x))
        return np.array(self.known(value))[()]

    def kept(self, value: Any) -> Any:
        """What an object that outlives the call may hold of a value."""
        value = self._without_derivative(value)
        if isinstance(value, jax.core.Tracer):
            raise NpjitError(OUTLIVES)
        return value

    def _computed_if_constant(self, value: Any) -> Any:
        with settings():
            return self.constants.value(value)

    def _without_derivative(self, value: Any) -> Any:
        value = self._computed_if_constant(value)
        is_traced = isinstance(value, jax.core.Tracer)
        return jax.lax.stop_gradient(value) if is_traced else value

    def run_program(self, program: JittedProgram, log: Log) -> list[Any]:
        """The results of a log."""
        leaves = [unwrapped(leaf_value(log.storages[s])) for s in log.leaf_slots]
        with settings():
            results = program(leaves, log.values)
        self._note_constants(log, leaves, results)
        return results

    def _note_constants(self, log: Log, leaves: list[Any], results: list[Any]) -> None:
        """Take note of results that depend on no leaf that is unknown."""
        knows, slots = self.constants.knows, log.leaf_slots
        unknown = {s for s, x in zip(slots, leaves, strict=True) if not knows(x)}
        dependent = dependent_slots(log, unknown)
        live = zip(log.live(), results, strict=True)
        noted = {slot: x for (slot, _), x in live if slot not in dependent}
        if noted:
            program = program_of(log, [*noted], is_pure=True)
            given = [x if knows(x) else placeholder(x) for x in leaves]
            compute = functools.partial(_computed, program, log.values)
            self.constants.note([*noted.values()], compute, given)

    def value_of(self, x: Array | Scalar) -> Any:
        """The value of a stand-in."""
        self.flush()
        value = unwrapped(leaf_value(x._storage))
        if isinstance(value, jax.Array) and not x._structure.prims:
            return value
        read = reader(x._structure, tuple(x._starts))
        [found] = read(value)
        if self.constants.knows(value):
            self.constants.note([found], read, [value])
        return found

    def lifts(self, a: np.ndarray, storage: Storage) -> None:
        """Take note of an array that NumPy has not made in this call."""
        if id(owner_of(a)) not in self.made:
            self.outside.append(storage)

    def makes(self, result: Any) -> None:
        """Take note of what NumPy has made."""
        for x in result if isinstance(result, (tuple, list)) else (result,):
            if issubclass(type(x), np.ndarray):
                self.made[id(owner_of(x))] = owner_of(x)

    def writes_outside(self) -> bool:
        """Whether an array that is older than the call was written."""
        return any(id(storage) in self.dirty for storage in self.outside)

    def needs_value(self) -> ConcretizationError:
        """The error that says where a value would be needed, and what for."""
        if self.returned is not None:
            reason = Reason.DATA_DEPENDENT_SHAPE
            return ConcretizationError("the result", reason, *_place(self.returned))
        operation, reason, line = self.last or ("", Reason.VALUE_NEEDED, None)
        here = user_line()
        if line is None or location(line) != location(here):
            operation, reason = "", Reason.VALUE_NEEDED
        return ConcretizationError(
            operation, reason, *location(line_outside_of_numpy())
        )

    def lifted_value(self, value: Any) -> Array | Scalar:
        """The stand-in of a value.

        Raises
        ------
        TypeError
            If NumPy has no such dtype.
        """
        found = holder(self, value.dtype, tuple(value.shape))
        found._storage.value = Traced(self, value)
        return found

    def call(self, func: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
        """Call a function of JAX's on stand-ins."""
        self.flush()
        given = [jax.tree.map(_given, x) for x in args]
        named = {name: jax.tree.map(_given, x) for name, x in kwargs.items()}
        with call_settings():
            result = func(*given, **named)
            self._note_constant_call(func, given, named, result)
        return jax.tree.map(self._taken, result)

    def _note_constant_call(
        self, func: Callable[..., Any], args: list[Any], kwargs: dict, result: Any
    ) -> None:
        """Take note of the arrays in a result that depends on nothing unknown."""
        leaves, structure = jax.tree.flatten((args, kwargs))

        def compute(*leaves: Any) -> list[Any]:
            args, kwargs = jax.tree.unflatten(structure, leaves)
            return jax.tree.leaves(func(*args, **kwargs))

        if all(map(self.constants.knows, leaves)):
            self.constants.note(jax.tree.leaves(result), compute, leaves)

    def _taken(self, x: Any) -> Any:
        return self.lifted_value(x) if isinstance(x, jax.Array) else x

    def knows(self, op: Operation) -> bool:
        """Whether JAX has a function for what NumPy composes of others."""
        return op.func in INSTEAD

    def instead(self, op: Operation, args: tuple, kwargs: dict) -> Any:
        """What JAX computes in the place of NumPy; NotImplemented if it must not."""
        given = any(map(_is_traced, jax.tree.leaves((args, kwargs))))
        if not given or kwargs.get("out") is not None:
            return NotImplemented
        rule = INSTEAD.get(op.func)
        if rule is None:
            rule = _callback(op.func) if self.callbacks else None
        if rule is None:
            return NotImplemented
        self.last = op.name, Reason.VALUE_NEEDED, user_line()
        try:
            return self.call(rule, args, kwargs)
        except NEEDS_VALUE as error:
            raise self.needs_value() from error


OUTLIVES: Final = (
    "a function that JAX traces leaves an array in an object that outlives the call;"
    " return it instead"
)


def _value(x: Any) -> jax.Array:
    """An array argument as JAX has it."""
    if isinstance(x, np.ndarray):
        with settings():
            return jax.numpy.array(x)  # a copy: the caller may write his
    if not isinstance(x, jax.core.Tracer):
        return x
    if jax.dtypes.canonicalize_dtype(np.float64) == np.float64:
        return x
    # In a batch of 32 bits may be float64 of NumPy's, not converted yet.
    return jax.numpy.copy(x)


def _place(fn: Callable[..., Any]) -> tuple[str, int]:
    """Where a function is defined."""
    code = getattr(inspect.unwrap(fn), "__code__", None)
    return ("", 0) if code is None else (code.co_filename, code.co_firstlineno)


def _is_traced(x: Any) -> bool:
    return type(x) is Array or type(x) in SCALARS


def _given(x: Any) -> Any:
    return jax_value(x) if _is_traced(x) else x


def _callback(func: Callable[..., Any]) -> Callable[..., jax.Array]:
    """A NumPy function as one that the compiled program calls."""

    def call(*args: Any, **kwargs: Any) -> jax.Array:
        ones = jax.tree.map(_ones_like, (args, kwargs))
        with np.errstate(all="ignore"):
            made = np.asarray(func(*ones[0], **ones[1]))
        spec = jax.ShapeDtypeStruct(made.shape, made.dtype)

        def compute(args: tuple, kwargs: dict) -> np.ndarray:
            given = jax.tree.map(_as_numpy, (args, kwargs))
            return np.asarray(func(*given[0], **given[1]), made.dtype)

        return jax.pure_callback(compute, spec, args, kwargs)

    return call


def _ones_like(x: Any) -> Any:
    return np.ones(x.shape, x.dtype) if isinstance(x, jax.Array) else x


def _as_numpy(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, jax.Array) else x


def jax_value(x: Array | Scalar) -> Any:
    """The value of a stand-in of a `PureTrace`, as JAX has it; else the real array."""
    trace = x._trace
    return trace.value_of(x) if isinstance(trace, PureTrace) else real_of(x)


@functools.lru_cache(512)
def reader(
    structure: Structure, starts: tuple[int, ...]
) -> Callable[[Any], list[jax.Array]]:
    """What reads a view of a root."""

    def read(root: Any) -> list[jax.Array]:
        with settings():
            return [views.read_chain(structure.prims, jnp.asarray(root), starts)]

    return read


def unwrapped(value: Any) -> Any:
    """What the storage of a `PureTrace` holds."""
    return value.value if type(value) is Traced else value


def _computed(program: JittedProgram, values: list[Any], *leaves: Any) -> list[Any]:
    return program(leaves, values)


class _TracingEngine:
    """Makes logs part of the JAX program that is being traced."""

    name = "jax"

    def __init__(self, host: HostEngine) -> None:
        self.host = host

    def call(self, line: Line, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call one NumPy function now, as if from the user's line."""
        result = self.host.call(line, func, args, kwargs)
        trace = current.trace
        if isinstance(trace, PureTrace):
            trace.makes(result)
        return result

    def run(self, trace: Trace, log: Log) -> None:
        """Give the live storages of a log their values."""
        assert isinstance(trace, PureTrace)
        live = log.live()
        if not live:
            log.finish()
            return
        program = program_of(log, [slot for slot, _ in live], is_pure=True)
        try:
            results = trace.run_program(program, log)
        except Unsupported as error:
            line = log.entries[0].line
            name = log.entries[0].inferred.op.name
            raise ConcretizationError(name, error.reason, *location(line)) from error
        log.take(
            [
                (storage, jax.tree.map(lambda leaf: Traced(trace, leaf), value))
                for (_, storage), value in zip(live, results, strict=True)
            ]
        )
