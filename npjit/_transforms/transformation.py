"""JAX's transformations of functions written in NumPy: NumPy arrays in and out.

A call runs the function's Python code once, into a chain. The chain is transformed and
compiled, and kept for all calls that take the same way; where the Python code would do
the same again, later calls do not run it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from npjit._array.array import STAND_INS
from npjit._convert.foreign import call_foreign
from npjit._graph.trace import current
from npjit._runtime.replays import name_of
from npjit._transforms.chain import is_traced
from npjit._transforms.chain_tape import ChainTape
from npjit._transforms.linked import Fixed, Link, LinkedTrace
from npjit._transforms.orders import key_orders, mapped
from npjit._transforms.pure import OPTIONS, call_recorded, refuse, to_jax, to_numpy
from npjit._transforms.replayed import DerivedCalls, calls_of
from npjit._transforms.traced import PureTrace, jax_value
from npjit._transforms.whole import (
    ARRAY,
    Filling,
    Form,
    Spec,
    Transformation,
    as_numpy,
    is_array,
    whole_of,
)
from npjit._xla.settings import call_settings
from npjit.errors import Reason

__all__ = ["on_numpy", "transformed"]


def on_numpy(
    derived: Callable[..., Any],
    fn: Callable[..., Any],
    transformation: Transformation | None = None,
) -> Any:
    """A function of JAX's made of `fn`, for arrays of NumPy's.

    It knows what it was made of, so that it can be transformed again, and may be called
    by functions that are recorded.

    Parameters
    ----------
    derived, fn : callable
    transformation : Transformation, optional
        Makes the one of the other.
    """
    plain = getattr(fn, "__npjit_wrapped__", fn)
    calls = None if transformation is None else calls_of(plain, transformation)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        trace = current.trace
        if trace is None or trace.direct:
            with call_settings():
                if transformation is None or calls is None:
                    return to_numpy(derived(*args, **kwargs))
                found = calls.replayed(plain, args, kwargs)
                if found is not None:
                    return found[0]
                return _recorded(transformation, derived, plain, calls, args, kwargs)
        if not isinstance(trace, PureTrace):
            return call_foreign(call, args, kwargs)
        if transformation is not None and isinstance(trace, LinkedTrace):
            apply = functools.partial(transformation.apply, to_jax(fn))
            return _nested(trace, transformation, fn, apply, args, kwargs)
        return trace.call(derived, args, kwargs)

    call.__npjit_jax__ = derived  # type: ignore[attr-defined]
    return call


def _recorded(
    transformation: Transformation,
    derived: Callable[..., Any],
    fn: Callable[..., Any],
    calls: DerivedCalls,
    args: tuple,
    kwargs: dict,
) -> Any:
    """What a call returns that runs the function's Python code."""
    specs = None
    if not is_traced(args, kwargs):
        specs = transformation.specs(args, kwargs)
    if specs is None:  # JAX says what is wrong
        return to_numpy(derived(*args, **kwargs))
    taped = calls.are_worth_taping(args, kwargs)
    made = _Recorded(transformation, fn, args, kwargs, specs, is_taped=taped)
    whole, inputs = whole_of(made.program, made.form), made.inputs()
    result = as_numpy(whole, made.filling, inputs, whole(inputs, ()))
    if made.tape is not None:
        new = made.tape.replay_of(made.program, made.filling, name_of(fn))
        calls.take(new, made.tape.failure, name_of(fn))
    return result


def transformed(
    transformation: Transformation, fn: Callable[..., Any], args: tuple, extra: Any
) -> Any:
    """What a transformation gives, as JAX has it; in a recording of one, stand-ins."""
    trace, derived = current.trace, functools.partial(transformation.apply, to_jax(fn))
    if isinstance(trace, PureTrace) and not trace.direct:
        if isinstance(trace, LinkedTrace):
            return _nested(trace, transformation, fn, derived, args, {}, extra)
        return trace.call(derived, (args, {}, extra), {})
    specs = transformation.specs(args, {})
    if specs is None:
        return derived(args, {}, extra)
    return _Recorded(transformation, fn, args, {}, specs, extra=extra).result()


def _nested(
    outer: LinkedTrace,
    transformation: Transformation,
    fn: Callable[..., Any],
    derived: Callable[..., Any],
    args: tuple,
    kwargs: dict,
    extra: Any = (),
) -> Any:
    """What a transformed function returns in a recording, as stand-ins."""
    if outer.tape is not None:  # nobody would see what this function reads
        outer.tape.fail(Reason.UNGUARDED, "a derivative in what is differentiated")
    specs = transformation.specs(args, kwargs)
    if specs is None:
        return outer.call(derived, (args, kwargs, extra), {})
    call = _Recorded(transformation, fn, args, kwargs, specs, outer, extra)
    given = [*call.inputs(), *map(_as_value, jax.tree.leaves(extra))]
    inputs = [outer.link_to(x) for x in given]
    whole = whole_of(call.program, call.form)
    shapes = tuple([Spec(x.shape, x.dtype) for x in inputs])
    made, structure = whole.results(shapes)
    links = outer.add(whole.flat, inputs, made, call.program.size)
    result = jax.tree.unflatten(structure, map(outer.lifted_value, links))
    return call.filling(result)


class _Recorded:
    """One call: the chain it made, and what it was given.

    Parameters
    ----------
    transformation : Transformation
    fn : callable
    args, kwargs
        Of the call.
    specs : list
        What `transformation.specs` said of them.
    outer : LinkedTrace or None
        The recording in which the call is made.
    extra : pytree
        What the transformation is given besides.
    is_taped : bool
        A replay is to be made of it.
    """

    def __init__(
        self,
        transformation: Transformation,
        fn: Callable[..., Any],
        args: tuple,
        kwargs: dict,
        specs: list[Spec | None],
        outer: LinkedTrace | None = None,
        extra: Any = (),
        *,
        is_taped: bool = False,
    ) -> None:
        self.extra = extra
        plain = getattr(fn, "__npjit_wrapped__", fn)
        probe, is_batch = transformation.probe, transformation.is_batch
        self.trace = LinkedTrace(OPTIONS, probe, is_batch, outer)
        self.tape = None
        if is_taped:
            self.tape = ChainTape(self.trace, plain, args, kwargs, specs)
            self.trace.tape = self.trace.sources = self.tape
        self.given: list[Any] = []
        structure, rest = jax.tree.structure((args, kwargs)), iter(specs)
        args = tuple([self._linked(x, rest) for x in args])
        named = {name: self._linked(kwargs[name], rest) for name in sorted(kwargs)}
        kwargs = {name: named[name] for name in kwargs}
        try:
            result, effects = call_recorded(
                plain, args, kwargs, frozenset(), self.trace
            )
        finally:
            self.trace.tape = self.trace.sources = None  # each holds the other
        refuse(plain, effects)
        orders = key_orders((args, kwargs, result))
        self._end(transformation, structure, specs, result, orders)

    def _linked(self, x: Any, specs: Iterator[Spec | None]) -> Any:
        """An argument with links in the place of arrays that are to be transformed."""
        if isinstance(x, (np.ndarray, float)):  # in a quarter of the time
            return self._linked_leaf(x, next(specs))
        of_leaves = [next(specs) for _ in jax.tree.leaves(x)]
        if all(spec is None for spec in of_leaves):
            return x  # a container stays the caller's
        rest = iter(of_leaves)
        return mapped(lambda leaf: self._linked_leaf(leaf, next(rest)), x)

    def _linked_leaf(self, x: Any, spec: Spec | None) -> Any:
        if spec is None:
            return x
        value = _array_of(x, spec)
        self.given.append(value)
        return self.trace.to_transform(value, spec)

    def _end(
        self,
        transformation: Transformation,
        structure: Any,
        specs: list[Spec | None],
        result: Any,
        orders: dict[frozenset, tuple],
    ) -> None:
        """Make a function of the chain."""
        passed = None
        is_pair = isinstance(result, tuple) and len(result) == 2
        if transformation.has_aux and is_pair:
            result, passed = result
        passed_leaves, passed_structure = jax.tree.flatten(passed)
        leaves, result_structure = jax.tree.flatten(result)
        links = [self._link(x) for x in leaves]
        aux = [x for x in map(self._link, passed_leaves) if x is not None]
        outputs = [x.number for x in (*links, *aux) if x is not None]
        self.program = self.trace.chain.program(self.trace.transformed, outputs)
        self.form = Form(
            transformation,
            structure,
            tuple([i for i, spec in enumerate(specs) if spec is not None]),
            transformation.has_aux and is_pair,
            result_structure,
            tuple(
                Fixed(x) if link is None else None
                for x, link in zip(leaves, links, strict=True)
            ),
            jax.tree.structure(self.extra),
        )
        marked = [ARRAY if is_array(x) else x for x in passed_leaves]
        self.filling = Filling(self.form, marked, passed_structure, orders)

    def _link(self, x: Any) -> Link | None:
        """The link to an array in the result; None for something else."""
        return self.trace.link_to(x) if is_array(x) else None

    def inputs(self) -> list[Any]:
        """The arrays that the function takes."""
        n_given, numbers = len(self.given), self.program.inputs
        return [*self.given, *map(self.trace.chain.input, numbers[n_given:])]

    def result(self) -> Any:
        """What JAX computes."""
        whole, inputs = whole_of(self.program, self.form), self.inputs()
        if self.form.transformation.keeps_inputs:  # the caller may write his own
            inputs = [x.copy() if isinstance(x, np.ndarray) else x for x in inputs]
        return self.filling(whole(inputs, self.extra))


def _as_value(x: Any) -> Any:
    return jax_value(x) if type(x) in STAND_INS else x


def _array_of(x: Any, spec: Spec) -> Any:
    if type(x) in STAND_INS:
        return jax_value(x)
    return x if isinstance(x, (np.ndarray, jax.Array)) else np.asarray(x, spec.dtype)
