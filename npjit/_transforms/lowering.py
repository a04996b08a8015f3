"""`lower`: the program of a function written for NumPy, to look at and to compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from npjit._transforms.convention import Convention, FlatFunction
from npjit._transforms.pure import named, to_numpy
from npjit._xla.exactness import options_without_bits
from npjit._xla.settings import call_settings

__all__ = ["Compiled", "Lowered", "lower"]


def lower(fn: Callable[..., Any], args: tuple, kwargs: dict) -> Lowered:
    """The program of a function for such arguments, not compiled yet.

    Raises
    ------
    ConcretizationError
        If the function needs the elements of an array.
    """
    flat = FlatFunction(fn, args, kwargs, has_effects=True)
    with call_settings():
        lowered = jax.jit(flat).lower(*flat.in_avals)
    return Lowered(flat.convention(), lowered)


class _Stage:
    """What is known of a program, compiled or not."""

    __slots__ = ("_convention", "_stage")

    def __init__(self, convention: Convention, stage: Any) -> None:
        self._convention = convention
        self._stage = stage

    @property
    def args_info(self) -> dict[str, Any]:
        """The arguments by name: `jax.ShapeDtypeStruct` for arrays, others fixed."""
        return dict(self._convention.arguments)

    @property
    def in_avals(self) -> tuple[jax.ShapeDtypeStruct, ...]:
        """The array arguments, in the order in which the program takes them."""
        return self._convention.in_avals

    @property
    def out_info(self) -> Any:
        """The result, with `jax.ShapeDtypeStruct` for arrays.

        The program also gives the arguments that the function writes in place.
        """
        return self._convention.result[0]

    def cost_analysis(self) -> Any:
        """XLA's estimate of the program's costs, as flops and bytes accessed."""
        return self._stage.cost_analysis()

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} program of {self._convention.name}>"


class Lowered(_Stage):
    """The program of a function written for NumPy, for certain arguments."""

    __slots__ = ()

    def as_text(self, dialect: str | None = None) -> str:
        """The program's text, in StableHLO unless another dialect is named."""
        text: str = self._stage.as_text(dialect)
        return text

    def compile(self, compiler_options: dict[str, Any] | None = None) -> Compiled:
        """Compile the program; the options are those of `jax.stages.Lowered`."""
        with call_settings():
            options = {**(options_without_bits() or {}), **(compiler_options or {})}
            compiled = self._stage.compile(options)
        return Compiled(self._convention, compiled)


class Compiled(_Stage):
    """A compiled program, which is called as its function is.

    It takes arrays of the shapes and dtypes, and the Python values, that it was made
    for, and returns ndarrays. Arguments that the function writes in place are written.
    """

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program.

        Raises
        ------
        TypeError
            If it was made for other arguments.
        """
        arrays = self._convention.arrays(args, kwargs)
        with call_settings():
            results = to_numpy(self._stage(*arrays))
        result, effects = self._convention.filled(results)
        for name, given in named(self._convention.parameters, args, kwargs):
            if name in effects:
                jax.tree.map(_write, given, effects[name])
        return result

    def as_text(self) -> str | None:
        """The program's text as XLA has optimized it, where the platform tells it."""
        text: str | None = self._stage.as_text()
        return text

    def memory_analysis(self) -> Any:
        """The bytes that the program takes, as XLA estimates them."""
        return self._stage.memory_analysis()


def _write(old: Any, new: Any) -> None:
    # Of what cannot be written, the program returns the elements that it was given.
    if isinstance(old, np.ndarray) and (
        old.flags.writeable or not np.array_equal(old, new, equal_nan=True)
    ):
        np.copyto(old, new)
