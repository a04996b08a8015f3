"""JAX's transformations of functions written in NumPy: NumPy arrays in and out.

A call runs the function's Python code once, into a chain. The chain is transformed and
compiled, and kept for all calls that take the same way.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jax
import numpy as np

from npjit._array.array import STAND_INS
from npjit._convert.foreign import call_foreign
from npjit._graph.aval import DTYPES
from npjit._graph.trace import current
from npjit._runtime.jitted import JittedProgram
from npjit._transforms.chain import ChainProgram, Step, is_traced
from npjit._transforms.fusion import Fusible
from npjit._transforms.linked import Fixed, Link, LinkedTrace
from npjit._transforms.orders import in_order, key_orders, mapped
from npjit._transforms.pure import OPTIONS, call_recorded, refuse, to_jax, to_numpy
from npjit._transforms.traced import PureTrace, jax_value
from npjit._xla.results import HandOver
from npjit._xla.settings import call_settings

__all__ = ["Spec", "Transformation", "on_numpy", "spec_of", "transformed"]

Spec = jax.ShapeDtypeStruct
#: So many are kept; each holds about 2 MB.
_MAX: Final = 256
#: So many operations are compiled when they are met first; more of them at the second
#: call that takes the same way, and no longer ones: step by step that is faster.
_SHORT: Final = 200
_LONG: Final = 2000
_NUMBERS: Final = frozenset({float, complex})


class Transformation(ABC):
    """One of JAX's, with its options; hashable.

    Attributes
    ----------
    is_batch : bool
        The function is given examples, whose values nobody knows.
    has_aux : bool
        It returns a pair: its result, and something to be passed on.
    keeps_inputs : bool
        What it gives holds on to the arrays that it was given.
    """

    is_batch = False
    has_aux = False
    keeps_inputs = False

    @abstractmethod
    def specs(self, args: tuple, kwargs: dict) -> list[Spec | None] | None:
        """For the leaves of the arguments, what the function is given in the place.

        None for a leaf that it is given itself; None for all if JAX has to look at
        them: they may be wrong.
        """

    @abstractmethod
    def apply(
        self, function: Callable[..., Any], args: tuple, kwargs: dict, extra: Any
    ) -> Any:
        """Call JAX's transformation of a function."""

    @staticmethod
    @abstractmethod
    def probe(function: Callable[..., Any], arrays: list[jax.Array]) -> None:
        """Call a function with arrays that JAX traces as it does in `apply`."""


# -- calls ---------------------------------------------------------------------


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

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        trace = current.trace
        if trace is None or trace.direct:
            with call_settings():
                if transformation is None or is_traced(args, kwargs):
                    return to_numpy(derived(*args, **kwargs))
                specs = transformation.specs(args, kwargs)
                if specs is None:  # JAX says what is wrong
                    return to_numpy(derived(*args, **kwargs))
                made = _Recorded(transformation, fn, args, kwargs, specs, None)
                return made.as_numpy()
        if not isinstance(trace, PureTrace):
            return call_foreign(call, args, kwargs)
        if transformation is not None and isinstance(trace, LinkedTrace):
            apply = functools.partial(transformation.apply, to_jax(fn))
            return _nested(trace, transformation, fn, apply, args, kwargs)
        return trace.call(derived, args, kwargs)

    call.__npjit_jax__ = derived  # type: ignore[attr-defined]
    return call


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
    return _Recorded(transformation, fn, args, {}, specs, None, extra).result()


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
    specs = transformation.specs(args, kwargs)
    if specs is None:
        return outer.call(derived, (args, kwargs, extra), {})
    call = _Recorded(transformation, fn, args, kwargs, specs, outer, extra)
    given = [*call.inputs(), *map(_as_value, jax.tree.leaves(extra))]
    inputs = [outer.link_to(x) for x in given]
    whole = _whole_of(call.program, call.form)
    shapes = tuple([Spec(x.shape, x.dtype) for x in inputs])
    made, structure = whole.results(shapes)
    links = outer.add(whole.flat, inputs, made, call.program.size)
    result = jax.tree.unflatten(structure, map(outer.lifted_value, links))
    return call.filled(result)


class _PassedOn:
    """The arrays among what a function passes on beside its result."""

    def __init__(self, arrays: Sequence[Any]) -> None:
        self.arrays = arrays


jax.tree_util.register_pytree_node(
    _PassedOn, lambda x: (tuple(x.arrays), None), lambda _, arrays: _PassedOn(arrays)
)


@dataclass(frozen=True, slots=True)
class _Form:
    """How a chain is called and what it gives, beside the arrays.

    Parameters
    ----------
    transformation : Transformation
    arguments : PyTreeDef
        Of positional and named ones.
    places : tuple of int
        Which of their leaves are given to the chain.
    passes : bool
        Some of its results are passed on.
    result : PyTreeDef
        Of the others, and of
    fixed : tuple
        what is no array among them, None for an array.
    extra : PyTreeDef
        Of what the transformation is given besides.
    """

    transformation: Transformation
    arguments: Any
    places: tuple[int, ...]
    passes: bool
    result: Any
    fixed: tuple[Fixed | None, ...]
    extra: Any


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
    """

    def __init__(
        self,
        transformation: Transformation,
        fn: Callable[..., Any],
        args: tuple,
        kwargs: dict,
        specs: list[Spec | None],
        outer: LinkedTrace | None,
        extra: Any = (),
    ) -> None:
        self.extra = extra
        plain = getattr(fn, "__npjit_wrapped__", fn)
        probe, is_batch = transformation.probe, transformation.is_batch
        self.trace = LinkedTrace(OPTIONS, probe, is_batch, outer)
        self.given: list[Any] = []
        structure, rest = jax.tree.structure((args, kwargs)), iter(specs)
        args = tuple([self._linked(x, rest) for x in args])
        named = {name: self._linked(kwargs[name], rest) for name in sorted(kwargs)}
        kwargs = {name: named[name] for name in kwargs}
        result, effects = call_recorded(plain, args, kwargs, frozenset(), self.trace)
        refuse(plain, effects)
        self.orders = key_orders((args, kwargs, result))
        self._end(transformation, structure, specs, result)

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
    ) -> None:
        """Make a function of the chain."""
        passed = None
        is_pair = isinstance(result, tuple) and len(result) == 2
        if transformation.has_aux and is_pair:
            result, passed = result
        self.passed, self.passed_structure = jax.tree.flatten(passed)
        leaves, result_structure = jax.tree.flatten(result)
        links = [self._link(x) for x in leaves]
        aux = [x for x in map(self._link, self.passed) if x is not None]
        outputs = [x.number for x in (*links, *aux) if x is not None]
        self.program = self.trace.chain.program(self.trace.transformed, outputs)
        self.form = _Form(
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

    def _link(self, x: Any) -> Link | None:
        """The link to an array in the result; None for something else."""
        is_array = isinstance(x, (Link, jax.Array, np.ndarray, np.generic))
        return self.trace.link_to(x) if is_array else None

    def inputs(self) -> list[Any]:
        """The arrays that the function takes."""
        n_given, numbers = len(self.given), self.program.inputs
        return [*self.given, *map(self.trace.chain.input, numbers[n_given:])]

    def result(self) -> Any:
        """What JAX computes."""
        whole, inputs = _whole_of(self.program, self.form), self.inputs()
        if self.form.transformation.keeps_inputs:  # the caller may write his own
            inputs = [x.copy() if isinstance(x, np.ndarray) else x for x in inputs]
        return self.filled(whole(inputs, self.extra))

    def as_numpy(self) -> Any:
        """What JAX computes, as the caller's own arrays."""
        whole, inputs = _whole_of(self.program, self.form), self.inputs()
        result = self.filled(whole(inputs, ()))
        if not whole.is_compiled:
            return to_numpy(result)
        # What a program hands on is an input, be it of the caller's, or one for two.
        hand_over = HandOver(inputs)
        return mapped(hand_over, result)

    def filled(self, tree: Any) -> Any:
        """A result, with all that is passed on in its place, and keys in order."""
        if not self.form.passes:
            return in_order(tree, self.orders)

        def fill(x: Any) -> Any:
            if not isinstance(x, _PassedOn):
                return x
            arrays = iter(x.arrays)
            leaves = [next(arrays) if self._is_array(y) else y for y in self.passed]
            return jax.tree.unflatten(self.passed_structure, leaves)

        whole = jax.tree.map(fill, tree, is_leaf=lambda x: isinstance(x, _PassedOn))
        return in_order(whole, self.orders)

    def _is_array(self, x: Any) -> bool:
        return isinstance(x, (Link, jax.Array, np.ndarray, np.generic))


def _as_value(x: Any) -> Any:
    return jax_value(x) if type(x) in STAND_INS else x


def _array_of(x: Any, spec: Spec) -> Any:
    if type(x) in STAND_INS:
        return jax_value(x)
    return x if isinstance(x, (np.ndarray, jax.Array)) else np.asarray(x, spec.dtype)


def spec_of(x: Any, kinds: str) -> Spec | None:
    """Of an array or a number whose dtype is of one of these kinds; None if not."""
    if type(x) in _NUMBERS:
        return Spec((), np.dtype(type(x)))
    dtype = getattr(x, "dtype", None)
    if dtype not in DTYPES or dtype.kind not in kinds:
        return None
    return Spec(x.shape, dtype)


class _Whole:
    """A transformed chain, as a function that JAX compiles."""

    def __init__(self, program: ChainProgram, form: _Form) -> None:
        self.program = program
        self.form = form
        self.compiled = Fusible(self._call, program.size, joins=_joins(program))
        self.jitted = jax.jit(self._call)
        self.is_kept = all(map(_is_kept, program.steps))
        self.n_calls = 0
        self.made: dict[tuple[Spec, ...], tuple[list[Spec], Any]] = {}

    @property
    def is_compiled(self) -> bool:
        """Whether it is called as one program."""
        if not self.is_kept:
            return False
        size = self.program.size
        is_one = len(self.program.steps) == 1  # Python has not asked for a value
        return size <= _LONG and (size <= _SHORT or is_one or self.n_calls > 1)

    def __call__(self, inputs: list[Any], extra: Any) -> Any:
        self.n_calls += 1
        if not self.is_compiled:
            return self._call(inputs, extra)
        if is_traced(inputs, extra):  # options are not for a part of a program
            return self.jitted(inputs, extra)
        return self.compiled(inputs, extra)

    def results(self, shapes: tuple[Spec, ...]) -> tuple[list[Spec], Any]:
        """The arrays in the result, and its structure."""
        if shapes not in self.made:
            made = jax.eval_shape(self._call, *self._parted(shapes))
            self.made[shapes] = jax.tree.flatten(made)
        return self.made[shapes]

    def flat(self, *inputs: Any) -> list[Any]:
        """The arrays in the result."""
        with call_settings():
            return jax.tree.leaves(self(*self._parted(inputs)))

    def _parted(self, arrays: Sequence[Any]) -> tuple[list[Any], Any]:
        """The inputs, and what the transformation is given besides."""
        n = len(self.program.inputs)
        return [*arrays[:n]], jax.tree.unflatten(self.form.extra, arrays[n:])

    def _call(self, inputs: list[Any], extra: Any) -> Any:
        form = self.form
        n_given = len(form.places)
        leaves: list[Any] = [0] * form.arguments.num_leaves
        for place, x in zip(form.places, inputs, strict=False):
            leaves[place] = x
        args, kwargs = jax.tree.unflatten(form.arguments, leaves)
        function = functools.partial(self._plain, inputs[n_given:])
        return form.transformation.apply(function, args, kwargs, extra)

    def _plain(self, rest: list[Any], *args: Any, **kwargs: Any) -> Any:
        """The function that is transformed."""
        form = self.form
        leaves = jax.tree.leaves((args, kwargs))
        made = iter(self.program(*[leaves[i] for i in form.places], *rest))
        values = [next(made) if x is None else x.value for x in form.fixed]
        result = jax.tree.unflatten(form.result, values)
        return (result, _PassedOn([*made])) if form.passes else result


#: What takes XLA:CPU long to compile where it is fused.
_JOINING: Final = frozenset(
    {np.concatenate, np.stack, np.hstack, np.vstack, np.dstack, np.column_stack}
    | {np.block, np.roll, np.pad, np.append, np.insert, np.repeat, np.tile}
)


def _joins(program: ChainProgram) -> bool:
    """Whether operations of a program join arrays."""
    owners = [getattr(step.function, "__self__", None) for step in program.steps]
    return any(
        _joins(owner.program)
        if isinstance(owner, _Whole)
        else isinstance(owner, JittedProgram)
        and any(op.func in _JOINING for op in owner.operations)
        for owner in owners
    )


def _is_kept(step: Step) -> bool:
    """Whether a step may be met again: it holds no large array."""
    return getattr(getattr(step.function, "__self__", None), "is_kept", True)


def _whole_of(program: ChainProgram, form: _Form) -> _Whole:
    make = _kept_whole_of if all(map(_is_kept, program.steps)) else _Whole
    return make(program, form)


_kept_whole_of = functools.lru_cache(_MAX)(_Whole)
