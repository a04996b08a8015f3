"""Chains with a transformation of JAX's put over them, as functions that are kept."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jax
import numpy as np

from npjit._graph.aval import DTYPES
from npjit._runtime.jitted import JittedProgram
from npjit._transforms.chain import ChainProgram, Step, is_traced
from npjit._transforms.fusion import Fusible
from npjit._transforms.linked import Fixed, Link
from npjit._transforms.orders import in_order, mapped
from npjit._transforms.pure import to_numpy
from npjit._xla.results import HandOver
from npjit._xla.settings import call_settings

__all__ = [
    "ARRAY",
    "Filling",
    "Form",
    "PassedOn",
    "Spec",
    "Transformation",
    "Whole",
    "as_numpy",
    "is_array",
    "spec_of",
    "whole_of",
]

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


def spec_of(x: Any, kinds: str) -> Spec | None:
    """Of an array or a number whose dtype is of one of these kinds; None if not."""
    if type(x) in _NUMBERS:
        return Spec((), np.dtype(type(x)))
    dtype = getattr(x, "dtype", None)
    if dtype not in DTYPES or dtype.kind not in kinds:
        return None
    return Spec(x.shape, dtype)


class PassedOn:
    """The arrays among what a function passes on beside its result."""

    def __init__(self, arrays: Sequence[Any]) -> None:
        self.arrays = arrays


jax.tree_util.register_pytree_node(
    PassedOn, lambda x: (tuple(x.arrays), None), lambda _, arrays: PassedOn(arrays)
)


@dataclass(frozen=True, slots=True)
class Form:
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


class Whole:
    """A transformed chain, as a function that JAX compiles."""

    def __init__(self, program: ChainProgram, form: Form) -> None:
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

    def on_arrays(self, inputs: list[Any]) -> Any:
        """The result for arrays of NumPy's, which JAX does not trace."""
        if self.is_compiled:
            return self.compiled(inputs, ())
        return self(inputs, ())

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
        return (result, PassedOn([*made])) if form.passes else result


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
        if isinstance(owner, Whole)
        else isinstance(owner, JittedProgram)
        and any(op.func in _JOINING for op in owner.operations)
        for owner in owners
    )


def _is_kept(step: Step) -> bool:
    """Whether a step may be met again: it holds no large array."""
    return getattr(getattr(step.function, "__self__", None), "is_kept", True)


def whole_of(program: ChainProgram, form: Form) -> Whole:
    make = _kept if all(map(_is_kept, program.steps)) else Whole
    return make(program, form)


_kept = functools.lru_cache(_MAX)(Whole)


# -- results -------------------------------------------------------------------------


#: In the place of an array among what is passed on.
ARRAY: Final = object()


@dataclass(frozen=True, slots=True)
class Filling:
    """Completes what JAX computes: with all that is passed on, and keys in order.

    Parameters
    ----------
    form : Form
    passed : list
        The leaves of what is passed on, `ARRAY` in the place of arrays.
    structure : PyTreeDef
        Of what is passed on.
    orders : dict
        What `key_orders` has found.
    """

    form: Form
    passed: list[Any]
    structure: Any
    orders: dict[frozenset, tuple]

    def __call__(self, tree: Any) -> Any:
        if not self.form.passes:
            return in_order(tree, self.orders)

        def fill(x: Any) -> Any:
            if not isinstance(x, PassedOn):
                return x
            arrays = iter(x.arrays)
            leaves = [next(arrays) if y is ARRAY else y for y in self.passed]
            return jax.tree.unflatten(self.structure, leaves)

        whole = jax.tree.map(fill, tree, is_leaf=lambda x: isinstance(x, PassedOn))
        return in_order(whole, self.orders)


def is_array(x: Any) -> bool:
    """Whether a leaf of a function's result is computed."""
    return isinstance(x, (Link, jax.Array, np.ndarray, np.generic))


def as_numpy(whole: Whole, filling: Filling, inputs: list[Any], result: Any) -> Any:
    """What JAX has computed of inputs, as the caller's own arrays."""
    result = filling(result)
    if not whole.is_compiled:
        return to_numpy(result)
    # What a program hands on is an input, be it of the caller's, or one for two.
    hand_over = HandOver(inputs)
    if isinstance(result, jax.Array):  # in a quarter of the time
        return hand_over(result)
    return mapped(hand_over, result)
