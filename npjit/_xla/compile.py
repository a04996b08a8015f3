"""Executables: a lowered log, compiled by JAX and called on its leaves."""

from __future__ import annotations

import contextvars
import itertools
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import jax
import numpy as np
from jax import lax

from npjit._graph.aval import Aval
from npjit._graph.log import Log
from npjit._xla.exactness import compiler_options
from npjit._xla.flags import Flags
from npjit._xla.inputs import DYNAMIC, Form, Input, common
from npjit._xla.looks import Look
from npjit._xla.lower import Lowering
from npjit._xla.results import DeviceResults, HostResults, Results, owned
from npjit._xla.settings import X64, call_settings, tracing_settings
from npjit._xla.spares import SPARES

__all__ = ["Executable", "Prepared", "XlaError", "leaf_value"]

#: Imported from here, so that `npjit._xla` comes before JAX.
XlaError: Final = jax.errors.JaxRuntimeError
_INT64: Final = np.dtype(np.int64)
_ZERO: Final = np.zeros((), _INT64)
#: A further variant is compiled where so many bytes were copied for the lack of it;
#: that takes about as long as copying them.
_COPIED_BYTES: Final = 2**29
_MAX_VARIANTS: Final = 4

#: Calls an executable for other leaves; None if NumPy would report an entry.
Prepared = Callable[[tuple[Any, ...]], list[Any] | None]


class Executable:
    """A compiled cut of a log.

    Parameters
    ----------
    log : Log
        Or what is known of one before there are data.
    outs : sequence of int
        The slots whose values are computed.
    static : sequence of int or None
        The starts compiled in; None for those given at each call.
    look : Look
        What is told of the values.
    exact : bool
        Whether elementwise arithmetic keeps NumPy's bits.

    Attributes
    ----------
    flagged : list of int
        For each flag the entry it belongs to.
    variants : list
        For each form of the inputs, what JAX compiled.
    """

    def __init__(
        self,
        log: Log,
        outs: Sequence[int],
        static: Sequence[int | None],
        look: Look,
        exact: bool,
    ) -> None:
        avals = [log.storages[slot].aval for slot in log.leaf_slots]
        shapes = {
            slot: aval.shape for slot, aval in zip(log.leaf_slots, avals, strict=True)
        }
        # Not the lines: they hold the globals of the user's modules.
        entries = [entry._replace(line=()) for entry in log.entries]
        flags = Flags(entries, outs, static, shapes, look)
        self.lowering = Lowering(
            entries, log.values, log.leaf_slots, outs, static, exact, flags
        )
        self.flagged = flags.lines
        self.options = compiler_options(exact)
        self.dynamic = [i for i, start in enumerate(static) if start is None]
        self.values_by_dtype: dict[str, list[int]] = {}
        for index, (dtype, _) in self.lowering.places.items():
            self.values_by_dtype.setdefault(dtype, []).append(index)
        # The zero of `exactness.py` goes with the numbers of a dtype: an argument less.
        self.zero_with = next((d for d in self.values_by_dtype if d[1] in "iuf"), None)
        self.inputs = [
            Input(aval, slot in self.lowering.kept)
            for slot, aval in zip(log.leaf_slots, avals, strict=True)
        ]
        self.results: Results = DeviceResults()
        self.is_adapted = False
        if jax.default_backend() == "cpu":
            self.results = HostResults(_avals_of(log, outs))
            self.is_adapted = not all(x.is_plain for x in self.inputs)
        self.is_direct = not self.is_adapted and not self.results.spares
        leaves = [leaf_value(log.storages[slot]) for slot in log.leaf_slots]
        self.first_forms = [f or 0 for f in self._forms_at(self._places(leaves))]
        self.variants: list[_Variant] = []
        self.copied_bytes = 0
        self.lock = threading.Lock()
        self.last: tuple[bytes, list[Any] | None] | None = None

    def compile(self) -> None:
        """Trace, lower and compile, ahead of the first call; needs no data."""
        self._compile_variant(self.first_forms)
        with call_settings():
            for size, dtype in self.results.spares:  # making one takes a compilation
                SPARES.provide(size, dtype)

    def _compile_variant(self, forms: Sequence[Form]) -> None:
        specs = self._specs(forms)
        n_inputs = sum(1 + (form == DYNAMIC) for form in forms)
        donated = tuple(range(n_inputs, n_inputs + len(self.results.spares)))
        traced = _Traced(partial(self._program, forms))
        jitted = jax.jit(
            traced,
            compiler_options=self.options,
            donate_argnums=donated,
            keep_unused=bool(donated),
        )
        with call_settings(), np.errstate(all="ignore"):
            # In a context of its own: what an interrupt leaves there is forgotten.
            lowered = contextvars.copy_context().run(jitted.lower, *specs)
            compiled = lowered.compile()
        traced.program = None
        self.variants = [*self.variants, _Variant(tuple(forms), compiled, jitted)]

    def _specs(self, forms: Sequence[Form]) -> list[jax.ShapeDtypeStruct]:
        spec = jax.ShapeDtypeStruct
        specs = []
        for given, form in zip(self.inputs, forms, strict=True):
            if not self.is_adapted:
                specs.append(spec(given.aval.shape, given.aval.dtype))
            else:
                specs += given.specs(form)
        specs += [spec((size,), dtype) for size, dtype in self.results.spares]
        for dtype, indices in self.values_by_dtype.items():
            n = len(indices) + (dtype == self.zero_with)
            specs.append(spec((n,), np.dtype(dtype)))
        if self.dynamic:
            specs.append(spec((len(self.dynamic),), _INT64))
        if self.zero_with is None:
            specs.append(spec((), _INT64))
        return specs

    def _program(self, forms: Sequence[Form], *arguments: Any) -> Any:
        """What JAX traces."""
        rest = iter(arguments)
        leaves = [
            given.taken(rest, form) if self.is_adapted else next(rest)
            for given, form in zip(self.inputs, forms, strict=True)
        ]
        for _ in self.results.spares:
            next(rest)  # only written into
        values = {dtype: next(rest) for dtype in self.values_by_dtype}
        starts = next(rest) if self.dynamic else None
        if self.zero_with is None:
            zero = next(rest)
        else:
            zero = lax.convert_element_type(values[self.zero_with][-1], _INT64)
        return self.results.packed(*self.lowering(leaves, values, starts, zero))

    # Calls -------------------------------------------------------------------------

    def __call__(self, log: Log) -> tuple[list[Any], int | None]:
        """The values of the result slots, and the first entry to be reported."""
        try:
            numbers = self._numbers(log.values, log.starts)
        except FloatingPointError:  # a number is too large for the dtype it is given
            return [], 0
        leaves = [leaf_value(log.storages[slot]) for slot in log.leaf_slots]
        return self.run(leaves, self._kept_if_repeated(numbers))

    def prepare(
        self, values: Sequence[Any], starts: Sequence[int], *, owns: bool = False
    ) -> Prepared:
        """What calls the executable again and again, for other leaves.

        It is given a tuple of arrays, and returns the values of the result slots, or
        None if an entry is to be reported.

        Parameters
        ----------
        values, starts : sequence
            Those of the log.
        owns : bool
            Results shall lie in memory of NumPy's.

        Raises
        ------
        FloatingPointError
            If a number is too large for the dtype it is given.
        """
        numbers = tuple(_kept(self._numbers(values, starts)))
        only = self.results.only()
        if not self.is_direct or only is None:
            return partial(self._run_prepared, numbers, owns)
        function, asarray = self.variants[0].jitted, np.asarray
        frombuffer = np.frombuffer
        memory_type, dtype, flag, flag_byte, stretch, take = only
        size = 0 if stretch is None else stretch.stop

        def call(leaves: tuple[Any, ...]) -> list[Any] | None:
            # In the fewest steps: what is small is called often.
            nonlocal function
            try:
                context = X64.pop() if X64 else jax.enable_x64(True)
                with context:
                    (output,) = function(*leaves, *numbers)
                X64.append(context)
            except Exception:  # noqa: BLE001 - see `run`
                function = self.variants[0].compiled
                return self._run_prepared(numbers, owns, leaves)
            if memory_type is not None:
                memory = memory_type.from_address(output.unsafe_buffer_pointer())
                if flag is not None and memory[flag_byte]:
                    return None
                if stretch is None:
                    return [take(memory)]
                return [frombuffer(memory, dtype, size).copy()]
            memory = asarray(output)  # waits for it
            if flag is not None and memory.item(flag):
                return None
            return [take(memory) if stretch is None else memory[stretch].copy()]

        return call

    def _run_prepared(
        self, numbers: Sequence[Any], owns: bool, leaves: Sequence[Any]
    ) -> list[Any] | None:
        results, reported = self.run(leaves, numbers)
        if reported is not None:
            return None
        return [*map(owned, results)] if owns else results

    def _numbers(self, values: Sequence[Any], starts: Sequence[int]) -> list[Any]:
        """The arguments behind the leaves."""
        numbers = []
        with np.errstate(all="raise", under="ignore"):
            for dtype, indices in self.values_by_dtype.items():
                of_dtype = [values[i] for i in indices]
                if dtype == self.zero_with:
                    of_dtype.append(0)
                numbers.append(np.array(of_dtype, dtype))
        if self.dynamic:
            numbers.append(np.array([starts[i] for i in self.dynamic], _INT64))
        if self.zero_with is None:
            numbers.append(_ZERO)
        return numbers

    def _kept_if_repeated(self, numbers: list[Any]) -> list[Any]:
        """The arguments for numbers: JAX's own arrays take a quarter of the time."""
        key = b"".join([a.tobytes() for a in numbers])
        last = self.last
        if last is None or last[0] != key:
            self.last = key, None
            return numbers
        if last[1] is None:
            self.last = last = key, _kept(numbers)
        return last[1]  # type: ignore[return-value]  # just made

    def run(
        self, leaves: Sequence[Any], numbers: Sequence[Any]
    ) -> tuple[list[Any], int | None]:
        """Call with arrays for the leaves, and arguments for the numbers."""
        try:
            context = X64.pop() if X64 else jax.enable_x64(True)
            with context:
                results, first = self._called(leaves, numbers)
            X64.append(context)
        except Exception:  # noqa: BLE001 - of JAX's own classes; raised again below
            # Maybe for the user's settings (a transfer guard, no jit, no NaN): to
            # ask for them before each call takes 0.5 us.
            with call_settings():
                results, first = self._called(leaves, numbers)
        return results, None if first is None else self.flagged[first]

    def _called(
        self, leaves: Sequence[Any], numbers: Sequence[Any]
    ) -> tuple[list[Any], int | None]:
        if self.is_direct:
            outputs = self.variants[0].compiled(*leaves, *numbers)
            return self.results.unpacked(outputs)
        places = self._places(leaves)
        variant = self._variant_for(places)
        arguments: list[Any] = [*leaves]
        kept: list[Any] = []
        if self.is_adapted:
            each = zip(self.inputs, leaves, places, variant.forms, strict=True)
            found = [x.given(a, first, form, kept) for x, a, first, form in each]
            arguments = [*itertools.chain.from_iterable(found)]
        arguments += [SPARES.take(size, dtype) for size, dtype in self.results.spares]
        outputs = variant.compiled(*arguments, *numbers)
        results = self.results.unpacked(outputs)  # waits until all is computed
        for give_back in kept:
            give_back()
        return results

    # Variants ----------------------------------------------------------------------

    def _places(self, leaves: Sequence[Any]) -> list[int]:
        """The addresses of the leaves that matter."""
        if not self.is_adapted:
            return [0] * len(leaves)
        return [x.address_of(a) for x, a in zip(self.inputs, leaves, strict=True)]

    def _forms_at(self, places: Sequence[int]) -> list[Form | None]:
        """The forms in which arrays could be given without a copy."""
        return [x.form_at(first) for x, first in zip(self.inputs, places, strict=True)]

    def _variant_for(self, places: Sequence[int]) -> _Variant:
        """The variant that needs no copies, or, as long as these are few, the last."""
        forms = self._forms_at(places)
        for variant in self.variants:
            if variant.serves(forms):
                return variant
        with self.lock:
            last = self.variants[-1]
            self.copied_bytes += sum(
                x.aval.nbytes
                for x, old, new in zip(self.inputs, last.forms, forms, strict=True)
                if new is not None and old not in (new, DYNAMIC)
            )
            if self.copied_bytes > _COPIED_BYTES and len(self.variants) < _MAX_VARIANTS:
                self.copied_bytes = 0
                self._compile_variant(common(last.forms, forms))
            return self.variants[-1]


class _Traced:
    """A program that JAX may trace while it is compiled, and never again.

    Attributes
    ----------
    program : callable or None
    """

    def __init__(self, program: Callable[..., Any]) -> None:
        self.program: Callable[..., Any] | None = program
        self.__name__ = "program"

    def __call__(self, *arguments: Any) -> Any:
        if self.program is None:
            raise RuntimeError("a compiled program is called under other settings")
        # Entered in here, so that JAX finds the executable again without them.
        with tracing_settings():
            return self.program(*arguments)


class _Variant(NamedTuple):
    """What JAX compiled for one form of each input.

    `compiled` may be called whatever the user's settings are, `jitted` only under those
    that were there when it was compiled; it is a layer of Python less, 0.3 us.
    """

    forms: tuple[Form, ...]
    compiled: Any
    jitted: Any

    def serves(self, forms: Sequence[Form | None]) -> bool:
        """Whether no input need be copied."""
        return all(a in (b, DYNAMIC) for a, b in zip(self.forms, forms, strict=True))


def _kept(numbers: list[Any]) -> list[Any]:
    with call_settings():
        return jax.block_until_ready([jax.device_put(a) for a in numbers])


def _avals_of(log: Log, outs: Sequence[int]) -> list[Aval]:
    """What is known of the results."""
    avals = {slot: log.storages[slot].aval for slot in log.leaf_slots}
    for entry in log.entries:
        avals |= zip(entry.outs, entry.inferred.outs, strict=True)
    return [avals[slot] for slot in outs]


def leaf_value(storage: Any) -> Any:
    """What a leaf holds, wherever it lies."""
    return storage.buffer if storage.value is None else storage.value
