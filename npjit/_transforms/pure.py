"""`to_jax`: a function written for NumPy as a pure function of jax.Arrays."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

import jax
import numpy as np

from npjit._array.array import STAND_INS
from npjit._array.extract import Extract, tolist
from npjit._array.realize import Realizer
from npjit._config import Options
from npjit._convert.foreign import settle_generators, settle_notes
from npjit._convert.resolve import resolve
from npjit._graph.trace import current
from npjit._runtime.signature import ATOMS
from npjit._transforms.linked import Link
from npjit._transforms.orders import mapped
from npjit._transforms.traced import PureTrace, jax_value
from npjit.errors import NpjitError

__all__ = [
    "OPTIONS",
    "call_recorded",
    "named",
    "parameter_names",
    "refuse",
    "to_jax",
    "to_numpy",
]

_FOREVER: Final = 1 << 30
_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)
OPTIONS: Final = Options(mode="jit", exact=False, fp_reports=False)


def to_jax(
    fn: Callable[..., Any],
    *,
    static: str | int | Collection[str | int] = (),
    has_effects: bool = False,
    callbacks: bool = False,
) -> Callable[..., Any]:
    """Return a function written for NumPy as a pure function of JAX's.

    It takes jax.Arrays, tracers and ndarrays, also in lists, tuples, dicts and other
    pytrees, and returns jax.Arrays. It may be used inside `jax.jit`, `jax.grad`,
    `jax.vmap`, `jax.lax.scan`, `jax.shard_map`. Arrays without axes are NumPy scalars
    to `fn`; Python numbers, strings and other objects are handed over as they are.

    Parameters
    ----------
    fn : callable
        A function, or method, written for NumPy; also one that is accelerated.
    static : str, int, or collection of them, optional
        Names or positions of arguments that are handed over as they are: arrays among
        them as ndarrays.
    has_effects : bool, optional
        Return a pair: the result, and a dict of the arguments that the function has
        written in place, by the names of the parameters, as they are afterwards.
    callbacks : bool, optional
        Let functions that JAX does not have be called by the compiled program through
        `jax.pure_callback`, where the shape of their result does not depend on values
        (`np.packbits`, but not `np.unique`). They have no derivative.

    Returns
    -------
    callable

    Raises
    ------
    ConcretizationError
        When it is called: if `fn` needs the elements of an array that JAX traces, to
        branch on them, for a shape, or for a function that only NumPy has.
    NpjitError
        When it is called: if `fn` writes an argument in place, and not `has_effects`;
        or an array from outside of the call.

    Notes
    -----
    Values are those of `jax.numpy`, within rounding of NumPy's. Indices that JAX traces
    are taken to be within bounds, and those that are written to be different. 64 bits
    are computed with where NumPy does; results have 32 where JAX is not allowed more
    (``jax_enable_x64``).

    Examples
    --------
    >>> import jax
    >>> import npjit
    >>> def energy(x):
    ...     y = x.copy()
    ...     y[1:] -= x[:-1]
    ...     return (y**2).sum()
    >>> jax.grad(npjit.to_jax(energy))(jax.numpy.array([1.0, 2.0, 4.0]))
    Array([ 0., -2.,  4.], dtype=float32)
    """
    _check_function(fn)
    made: Callable[..., Any] | None = getattr(fn, "__npjit_jax__", None)
    if made is not None:  # by one of npjit's transformations
        return _without_effects(made) if has_effects else made
    plain = getattr(fn, "__npjit_wrapped__", fn)
    names = frozenset([static] if isinstance(static, (str, int)) else static)

    @functools.wraps(plain)
    def pure(*args: Any, **kwargs: Any) -> Any:
        result, effects = _call(plain, args, kwargs, names, callbacks=callbacks)
        if has_effects:
            return result, effects
        refuse(plain, effects)
        return result

    return pure


def _check_function(fn: Any) -> None:
    if not callable(fn):
        raise TypeError(f"a function is needed, not {type(fn).__name__}")
    if any(suspends(fn) for suspends in _SUSPENDING):
        raise TypeError(
            f"{_name(fn)} is a generator or coroutine function; give the function that"
            " does the work"
        )


_SUSPENDING: Final = (
    inspect.isgeneratorfunction,
    inspect.iscoroutinefunction,
    inspect.isasyncgenfunction,
)


def _without_effects(pure: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(pure)
    def call(*args: Any, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        return pure(*args, **kwargs), {}

    return call


def to_numpy(tree: Any) -> Any:
    """Arrays of JAX's in a pytree as NumPy's own, without axes as scalars."""
    return mapped(_as_numpy, tree)


def _as_numpy(x: Any) -> Any:
    if not isinstance(x, jax.Array) or isinstance(x, jax.core.Tracer):
        return x
    made = np.array(x)  # a copy: JAX's cannot be written
    return made if made.ndim else made[()]


def _name(fn: Callable[..., Any]) -> str:
    return getattr(fn, "__qualname__", type(fn).__qualname__)


def _call(
    fn: Callable[..., Any],
    args: tuple,
    kwargs: dict,
    static: frozenset[str | int],
    *,
    callbacks: bool,
) -> tuple[Any, dict[str, Any]]:
    """The result of a call, and the arguments it has written."""
    trace = PureTrace(OPTIONS, callbacks=callbacks)
    result, effects = call_recorded(fn, args, kwargs, static, trace)
    return jax.tree.map(_out, result), effects


def call_recorded(
    fn: Callable[..., Any],
    args: tuple,
    kwargs: dict,
    static: frozenset[str | int],
    trace: PureTrace,
) -> tuple[Any, dict[str, Any]]:
    """The result of a call that is recorded, and the arguments it has written.

    In the place of stand-ins are values, as the trace has them.
    """
    trace.bottom = call_recorded.__code__
    given = _Arguments(fn, args, kwargs, static, trace)
    outer = current.trace
    try:
        current.trace = trace
        result = resolve(fn)(*given.args, **given.kwargs)
        trace.returned = fn
        trace.flush()
        if trace.writes_outside():
            raise NpjitError(
                f"{_name(fn)} writes an array from outside of the call in place, which"
                " a JAX program cannot; pass it as an argument"
            )
        effects = given.effects()
        realizer = Realizer(_handed_out)
        result = realizer.of(result)
        settle_generators(realizer)
        given.args, given.kwargs = (), {}  # our containers do not outlive the call
        if trace.tape is not None:
            trace.tape.ends()
        while (n_notes := len(trace.notes)) and trace.prune_notes() < n_notes:
            pass  # what a forgotten object held is forgotten next
        settle_notes(trace, _kept)
        return result, effects
    finally:
        current.trace = outer
        trace.closed = True
        trace.direct += _FOREVER
        # JAX takes a living conversion of an ndarray, of 64 bits here, for the user's.
        trace.met.clear()


def refuse(fn: Callable[..., Any], effects: dict[str, Any]) -> None:
    """Raise if a function writes its arguments.

    Raises
    ------
    NpjitError
    """
    if effects:
        written = ", ".join(effects)
        raise NpjitError(
            f"{_name(fn)} writes its arguments in place ({written}); jax.Arrays"
            " do not change: copy them in the function, or let"
            " to_jax(..., has_effects=True) return them"
        )


def _handed_out(x: Any) -> Any:
    """What a stand-in in a result is to JAX."""
    if type(x) is Extract:
        trace = x.source._trace
        if x.question is tolist and isinstance(trace, PureTrace):
            raise trace.needs_value()
        value = _handed_out(x.source)
        return value.astype(_ASKED.get(x.question, value.dtype))
    return jax_value(x) if x._trace.is_pure else x


def _kept(x: Any) -> Any:
    """What a stand-in is to an object that outlives the call: an array of NumPy's."""
    value = _handed_out(x)
    trace: Any = (x.source if type(x) is Extract else x)._trace
    return _as_numpy(trace.kept(value)) if trace.is_pure else value


#: What Python makes of an array's number.
_ASKED: Final[dict[Any, Any]] = {
    bool: np.bool_,
    int: np.int64,
    float: np.float64,
    complex: np.complex128,
}


def _out(x: Any) -> Any:
    """A result as JAX has it under the user's settings."""
    if isinstance(x, np.ndarray | np.generic):
        x = jax.numpy.asarray(x)
    if isinstance(x, jax.Array):
        dtype = jax.dtypes.canonicalize_dtype(x.dtype)
        return x if x.dtype == dtype else jax.lax.convert_element_type(x, dtype)
    return x


_VALUES: Final = (jax.Array, Link)


class _Arguments:
    """The arguments of a call, with stand-ins in the place of arrays.

    Parameters
    ----------
    fn : callable
    args, kwargs
        As they were given.
    static : frozenset
        Names and positions of those that stay.
    trace : PureTrace
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        args: tuple,
        kwargs: dict,
        static: frozenset[str | int],
        trace: PureTrace,
    ) -> None:
        self.fn = fn
        self.trace = trace
        self.lifted: dict[int, tuple[Any, Any, int]] = {}
        positions = _positions(fn, static)
        self.args = tuple(
            _static(x) if i in positions else self._lift(x) for i, x in enumerate(args)
        )
        self.kwargs = {
            name: _static(x) if name in static else self._lift(x)
            for name, x in kwargs.items()
        }
        self.before = [jax.tree.leaves(x) for x in self._all()]
        self.is_copied = {id(x) for x in (*self.args, *self.kwargs.values())} - {
            id(x) for x in (*args, *kwargs.values())
        }

    def _lift(self, x: Any) -> Any:
        if isinstance(x, (np.ndarray, *_VALUES)):
            return self._lift_leaf(x)
        if type(x) in ATOMS:
            return x
        if not any(isinstance(leaf, _VALUES) for leaf in jax.tree.leaves(x)):
            return x  # a container stays the caller's
        return mapped(self._lift_leaf, x)

    def _lift_leaf(self, x: Any) -> Any:
        if not isinstance(x, (*_VALUES, np.ndarray)):
            return x
        found = self.lifted.get(id(x))
        if found is None:  # one array given twice is one array
            stand_in = self.trace.lift_foreign(x)
            found = self.lifted[id(x)] = x, stand_in, stand_in._storage.version
        return found[1]

    def _all(self) -> list[Any]:
        return [*self.args, *self.kwargs.values()]

    def effects(self) -> dict[str, Any]:
        """The arguments that were written, by name."""
        written = {
            id(stand_in)
            for _, stand_in, version in self.lifted.values()
            if stand_in._storage.version != version
        }
        each = zip(self.before, self._all(), strict=True)
        changed = [self._is_changed(before, x, written) for before, x in each]
        if not any(changed):
            return {}
        by_name = named(parameter_names(self.fn), self.args, self.kwargs)
        return {
            name: jax.tree.map(_after, x)
            for (name, x), is_changed in zip(by_name, changed, strict=True)
            if is_changed
        }

    def _is_changed(self, before: list[Any], x: Any, written: set[int]) -> bool:
        """Whether an argument was written, or holds something else than before."""
        held = [*map(id, jax.tree.leaves(x))]
        if not written.isdisjoint(held):
            return True
        is_ours = id(x) in self.is_copied  # the caller sees what becomes of his own
        return is_ours and held != [*map(id, before)]


def _after(x: Any) -> Any:
    return _out(jax_value(x)) if type(x) in STAND_INS else x


def _static(x: Any) -> Any:
    return jax.tree.map(lambda a: np.asarray(a) if isinstance(a, jax.Array) else a, x)


def _positions(fn: Callable[..., Any], static: frozenset[str | int]) -> set[int]:
    """The positions of static arguments, given by name or position."""
    found = {place for place in static if isinstance(place, int)}
    if any(isinstance(name, str) for name in static):
        parameters = list(inspect.signature(fn).parameters)
        found |= {parameters.index(n) for n in static if n in parameters}
    return found


def parameter_names(fn: Callable[..., Any]) -> list[str]:
    """The names of a function's positional parameters."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):  # it has none that Python knows
        return []
    return [p.name for p in parameters if p.kind in _POSITIONAL]


def named(
    parameters: Sequence[str], args: tuple, kwargs: dict
) -> Iterator[tuple[str, Any]]:
    """The arguments of a call by the names of their parameters."""
    for i, x in enumerate(args):
        yield (parameters[i] if i < len(parameters) else f"args[{i}]"), x
    yield from kwargs.items()
