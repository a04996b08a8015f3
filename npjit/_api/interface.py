"""What users ask of an accelerated function, besides calling it."""

from __future__ import annotations

import functools
import sys
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, NamedTuple

from npjit._api.state import State
from npjit._config import Options
from npjit._convert.functions import converted
from npjit._runtime.policy import Choice, examples
from npjit._runtime.signature import text_of

if TYPE_CHECKING:
    from npjit._transforms.lowering import Lowered

__all__ = ["CacheInfo", "Interface", "python_function"]


class CacheInfo(NamedTuple):
    """Counters of an accelerated function, in the manner of `functools.lru_cache`.

    `hits` and `misses` count calls that compiled nothing and calls that did, not those
    that mode "auto" made of the plain function; `maxsize` is `max_versions`, `currsize`
    the number of signatures met, `compiled` that of the programs compiled for it.
    """

    hits: int
    misses: int
    maxsize: int
    currsize: int
    compiled: int


class Interface:
    """What `Accelerated` and its bound form offer; `_state` finds the counters."""

    __slots__ = ()

    @property
    def __npjit_wrapped__(self) -> Any:
        return self.__wrapped__  # type: ignore[attr-defined]

    @property
    def options(self) -> Options:
        """The options this function was accelerated with."""
        return self._state.options

    @property
    def own_options(self) -> dict[str, Any]:
        """Those of them that were given."""
        return dict(self._state.own)

    @property
    def _state(self) -> State:
        parent: Any = getattr(self, "_self_parent", None)
        owner: Any = self if parent is None else parent
        state: State = owner._self_state
        return state

    def cache_info(self) -> CacheInfo:
        """Return the counters of this function."""
        state = self._state
        return CacheInfo(
            state.hits,
            state.misses,
            state.options.max_versions,
            len(state.courses),
            state.compiled,
        )

    def cache_clear(self) -> None:
        """Forget this function's signatures and counters, and all compiled programs."""
        self._state.clear()
        programs = sys.modules.get("npjit._runtime.programs")
        if programs is not None:
            programs.PROGRAMS.clear()

    def signatures(self) -> list[Any]:
        """Return shape and dtype of the arguments of each version met.

        Returns
        -------
        list of tuple
            In order of appearance: positional arguments and a tuple of (name, argument)
            pairs; arrays as text like ``float64[3,4]``.
        """
        return list(map(text_of, self._state.courses))

    def choices(self) -> list[Choice]:
        """Return what mode "auto" found to be faster, and the times it measured.

        Returns
        -------
        list of Choice
            A row of signature, engine, plain_us and accelerated_us for each version
            met, in order of appearance.
        """
        return self._state.policy.choices()

    def warmup(self, *specs: Any) -> None:
        """Compile what calls with such arguments need, ahead of them.

        The function is called a few times, with all its effects. In mode ``"auto"``
        JAX is imported at once, and the next calls are measured.

        Parameters
        ----------
        *specs : tuple
            The positional arguments of a call; a single one need not be in a tuple.
            Arrays are copied, so that the caller's are not written. An object that has
            no more than ``shape`` and ``dtype``, as `jax.ShapeDtypeStruct`, stands for
            an array of ones.

        Examples
        --------
        >>> fast = npjit.accelerate(lambda x: np.sin(x) * 2)
        >>> fast.warmup(np.ones(1000))
        """
        for spec in specs:
            args = examples(spec if type(spec) is tuple else (spec,))
            self._state.warm_up(self.__wrapped__, args)  # type: ignore[attr-defined]

    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        """Return the JAX program of a call, to look at and to compile.

        Parameters
        ----------
        *args, **kwargs
            Arguments of a call. Of arrays and NumPy scalars only shape and dtype count,
            and `jax.ShapeDtypeStruct` stands for them; other values are fixed.

        Returns
        -------
        Lowered
            In the manner of `jax.jit(f).lower`: has ``as_text()``, in StableHLO,
            ``cost_analysis()`` and ``compile()``, which returns a function from
            ndarrays to ndarrays.

        Raises
        ------
        ConcretizationError
            If the function needs the elements of an array.

        Examples
        --------
        >>> fast = npjit.accelerate(lambda x: np.sin(x) * 2)
        >>> fast.lower(np.zeros(3)).compile()(np.zeros(3))
        array([0., 0., 0.])
        """
        from npjit._transforms.lowering import lower

        return lower(self.__wrapped__, args, kwargs)  # type: ignore[attr-defined]

    def converted_source(self) -> str:
        """Return the text that runs in place of the function while it is recorded.

        Raises
        ------
        ValueError
            If the function is not converted: its source was not found, or it was
            excluded from conversion.
        """
        function = python_function(self.__wrapped__)  # type: ignore[attr-defined]
        found = None if function is None else converted(function)
        if found is None:
            raise ValueError(f"{self.__wrapped__!r} runs unconverted")  # type: ignore[attr-defined]
        return found.source


def python_function(fn: Any) -> FunctionType | None:
    """The Python function that a callable leads to."""
    while type(fn) is not FunctionType:
        if isinstance(fn, Interface):
            fn = fn.__npjit_wrapped__
        elif isinstance(fn, functools.partial):
            fn = fn.func
        elif isinstance(fn, (MethodType, staticmethod, classmethod)):
            fn = fn.__func__
        else:
            fn = getattr(type(fn), "__call__", None)  # noqa: B004 - what will be called
            return fn if type(fn) is FunctionType else None
    return fn
