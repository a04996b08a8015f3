"""Recording into a chain: arrays are links to values that nobody has computed yet."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Final, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from npjit._array.array import STAND_INS
from npjit._array.memory import owner_of
from npjit._array.storage import Storage
from npjit._config import Options
from npjit._diagnostics.events import Name
from npjit._graph.log import Log
from npjit._graph.trace import Line
from npjit._runtime.jitted import JittedProgram
from npjit._runtime.signature import ATOMS
from npjit._transforms.chain import Chain, Function
from npjit._transforms.traced import (
    NEEDS_VALUE,
    OUTLIVES,
    PureTrace,
    jax_value,
    reader,
    unwrapped,
)
from npjit._xla.compile import leaf_value
from npjit._xla.settings import call_settings
from npjit.errors import NpjitError, Reason

__all__ = ["Link", "LinkedTrace", "Probe", "Sources"]

#: Tells which of a function's results depend on some of its arguments, as JAX has it.
Probe = Callable[[Callable[..., Any], list[jax.Array]], Any]
_MAX: Final = 512
#: Calls that are decided by more elements are not kept.
_KEPT_BYTES: Final = 2**14


class Link:
    """An array of a chain.

    Parameters
    ----------
    trace : LinkedTrace
    number : int
        Of the value, in the chain of the trace.
    """

    __slots__ = ("dtype", "number", "shape", "trace")

    def __init__(self, trace: LinkedTrace, number: int) -> None:
        self.trace = trace
        self.number = number
        spec = trace.chain.specs[number]
        self.dtype: np.dtype = spec.dtype
        self.shape: tuple[int, ...] = spec.shape

    def astype(self, dtype: Any) -> Link:
        """The same elements in another dtype."""
        if dtype == self.dtype:
            return self
        spec = jax.ShapeDtypeStruct(self.shape, dtype)
        return self.trace.add(_caster(np.dtype(dtype)), [self], [spec])[0]


@functools.lru_cache(_MAX)
def _caster(dtype: np.dtype) -> Function:
    return lambda x: [x.astype(dtype)]


class Sources(Protocol):
    """Is told where the inputs of a chain come from."""

    def lies_in(self, storage: Storage, number: int) -> None:
        """An input is what a storage holds."""

    def is_met(self, a: Any, number: int) -> None:
        """An input is an array that is older than the call."""

    def is_fixed(self, number: int) -> None:
        """An input is made of the numbers in a log."""


class LinkedTrace(PureTrace):
    """The recording of a call that is going to be transformed.

    Parameters
    ----------
    options : Options
    probe : callable
        Of the transformation.
    is_batch : bool
        Inputs stand for one example of a batch: nobody knows their values. Else they
        are known, but floats that depend on them must not leave the recording.
    outer : LinkedTrace or None
        The recording in which the call is made.

    Attributes
    ----------
    chain : Chain
    transformed : list of int
        The inputs that the transformation is about.
    strangers : list of Storage
        Those that stand for storages of outer recordings.
    sources : Sources or None
        The tape of the call, if it has one.
    """

    def __init__(
        self, options: Options, probe: Probe, is_batch: bool, outer: LinkedTrace | None
    ) -> None:
        super().__init__(options)
        self.chain = Chain()
        self.probe = probe
        self.is_batch = is_batch
        self.outer = outer
        self.transformed: list[int] = []
        self.strangers: list[Storage] = []
        self.sources: Sources | None = None
        self.dependent: dict[int, dict[int, bool]] = {}

    # Values ------------------------------------------------------------------------

    def given(self, value: Any) -> Link:
        """The link to an array that is known, or to that of an outer recording."""
        spec = jax.ShapeDtypeStruct(value.shape, value.dtype)
        return Link(self, self.chain.given(value, spec))

    def to_transform(self, value: Any, spec: jax.ShapeDtypeStruct) -> Link:
        """The link to an argument that the transformation is about."""
        # What does not depend on an example is computed beside what does.
        known = np.zeros(spec.shape, spec.dtype) if self.is_batch else value
        number = self.chain.given(known, spec)
        self.transformed.append(number)
        return Link(self, number)

    def add(
        self,
        function: Function,
        inputs: list[Link],
        specs: list[jax.ShapeDtypeStruct],
        size: int = 1,
    ) -> list[Link]:
        """The results of a step."""
        numbers = self.chain.add(function, [x.number for x in inputs], specs, size)
        return [Link(self, number) for number in numbers]

    def link_to(self, value: Any) -> Link:
        """The link to an array."""
        if type(value) is Link and value.trace is self:
            return value
        if isinstance(value, np.ndarray) and id(owner_of(value)) in self.made:
            value = value.copy()  # NumPy may write it again
        return self.given(value)

    def taken_in(self, a: Any) -> Any:
        """What a storage holds of an array that is older than the call."""
        if type(a) in STAND_INS:  # of an outer recording
            a = jax_value(a)
        link = self.link_to(a) if type(a) is Link else self.given(a)
        if self.sources is not None:
            self.sources.is_met(a, link.number)
        return link

    def link_of(self, storage: Storage) -> Link:
        """The link to what a storage holds."""
        value = unwrapped(leaf_value(storage))
        link = self.link_to(value)
        if link is not value and self.sources is not None:
            self.sources.lies_in(storage, link.number)
        return link

    def lift_stranger(self, x: Any) -> Any:
        """The stand-in of one of an outer recording."""
        if not isinstance(x._trace, LinkedTrace):
            return None
        found = self.met.get(id(x))
        if found is None:
            found = self.met[id(x)] = x, self.lifted_value(self.given(jax_value(x)))
            self.strangers.append(found[1]._storage)
        return found[1]

    def writes_outside(self) -> bool:
        """Whether an array that is older than the call was written."""
        written = any(storage.version for storage in self.strangers)
        return written or super().writes_outside()

    def value_of(self, x: Any) -> Link:
        """The value of a stand-in."""
        self.flush()
        root = self.link_of(x._storage)
        if not x._structure.prims:
            return root
        spec = jax.ShapeDtypeStruct(x._aval.shape, x._aval.dtype)
        return self.add(reader(x._structure, tuple(x._starts)), [root], [spec])[0]

    def tell(
        self, name: Name, operation: str, reason: Reason, line: Line, detail: str = ""
    ) -> None:
        """Remember why a value is going to be asked for; draws are made at each call.

        Not in a batch, where each example has draws of its own.
        """
        if reason is not Reason.RANDOM or any(x.is_batch for x in self.around()):
            super().tell(name, operation, reason, line, detail)
        else:
            self.last = operation, reason, line

    def around(self) -> Iterator[LinkedTrace]:
        """The recording itself, and those in which it is made."""
        trace: LinkedTrace | None = self
        while trace is not None:
            yield trace
            trace = trace.outer

    # What Python asks for ----------------------------------------------------------

    def known(self, value: Any) -> Any:
        """A value whose elements NumPy may look at."""
        link = self.link_to(value)
        for trace in self.around():
            has_none = trace.is_batch or link.dtype.kind not in "biu"
            if has_none and self.depends(link.number, trace):
                raise self.needs_value()
        return super().known(_computed(link))

    def shown(self, x: Any) -> Any:
        """The value of a stand-in, for a text; not remembered as known."""
        link = self.value_of(x)
        if self.is_of_batch(link):
            raise self.needs_value()
        if self.tape is not None:
            self.tape.fail(Reason.VALUE_NEEDED, "the text of an array")
        with call_settings():
            return np.array(_computed(link))[()]

    def kept(self, value: Any) -> Any:
        """What an object that outlives the call may hold of a value."""
        if self.is_of_batch(value):
            raise NpjitError(OUTLIVES)
        if self.tape is not None:
            self.tape.fail(Reason.EFFECT, "an object that outlives the call")
        return super().kept(_computed(value))

    def is_of_batch(self, link: Link) -> bool:
        """Whether a value depends on an example that nobody knows."""
        batches = (trace for trace in self.around() if trace.is_batch)
        return any(self.depends(link.number, trace) for trace in batches)

    def depends(self, number: int, on: LinkedTrace) -> bool:
        """Whether a value depends on what a recording, this or an outer, transforms."""
        known = self.dependent.setdefault(id(on), {})
        for step in self.chain.leading_to([number], lambda i: i not in known):
            given = tuple([self._depends(i, on, known) for i in step.inputs])
            specs = tuple([self.chain.specs[i] for i in step.inputs])
            made = [False] * len(step.outputs)
            if any(given):
                made = _passed_on(step.function, given, specs, on.probe)
            known.update(zip(step.outputs, made, strict=True))
        return self._depends(number, on, known)

    def _depends(self, number: int, on: LinkedTrace, known: dict[int, bool]) -> bool:
        if number not in known:
            value = self.chain.input(number)
            known[number] = on is self and number in self.transformed
            if type(value) is Link:
                known[number] |= value.trace.depends(value.number, on)
        return known[number]

    # Calls -------------------------------------------------------------------------

    def run_program(self, program: JittedProgram, log: Log) -> list[Any]:
        """The results of a log."""
        inputs = [self.link_of(log.storages[slot]) for slot in log.leaf_slots]
        inputs += [*map(self.given, program.numbers(log.values))]
        if self.sources is not None:
            for link in inputs[len(log.leaf_slots) :]:
                self.sources.is_fixed(link.number)
        # A selection is a pair: all elements, and the mask.
        specs, structure = jax.tree.flatten(program.specs)
        made = self.add(program.flat, inputs, specs, len(log.entries))
        results: list[Any] = jax.tree.unflatten(structure, made)
        return results

    def call(self, func: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
        """Call a function of JAX's, which does nothing but compute, on stand-ins."""
        leaves, structure = jax.tree.flatten((args, kwargs))
        links: list[Link] = []
        marks: list[Any] = []
        for x in leaves:
            is_array = type(x) in STAND_INS or isinstance(x, (np.ndarray, jax.Array))
            marks.append(_ARRAY if is_array else Fixed(x))
            if is_array:
                value = jax_value(x) if type(x) in STAND_INS else x
                links.append(self.link_to(value))
        specs = tuple([self.chain.specs[x.number] for x in links])
        about = func, structure, tuple(marks), specs
        try:
            called, used = _call_of(*about, (None,) * len(links)), links
        except NEEDS_VALUE:
            if self.tape is not None:
                self.tape.fail(Reason.DATA_DEPENDENT_SHAPE, "a shape made of values")
            texts = tuple([self._text(x) for x in links])
            n_bytes = sum(len(text[0]) for text in texts if text is not None)
            called = (_call_of if n_bytes <= _KEPT_BYTES else _Call)(*about, texts)
            called.is_kept = n_bytes <= _KEPT_BYTES
            used = [x for x, text in zip(links, texts, strict=True) if text is None]
        results = self.add(called.flat, used, called.specs)
        return jax.tree.unflatten(called.structure, map(self.lifted_value, results))

    def _text(self, x: Link) -> tuple[bytes, tuple[int, ...], str] | None:
        """The elements of integers, which a function may need for a shape."""
        if x.dtype.kind not in "biu":
            return None
        known = np.asarray(self.known(x))
        return known.tobytes(), known.shape, known.dtype.str


_ARRAY: Final = object()


class Fixed:
    """A Python value as part of a key.

    Parameters
    ----------
    value : object
    """

    __slots__ = ("key", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        # Their repr tells nan, and -0.0 from 0.0.
        is_atom = type(value) in ATOMS or isinstance(value, np.generic)
        self.key: Hashable = repr(value) if is_atom else _hashable(value)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        same = type(other) is Fixed and type(self.value) is type(other.value)
        return same and self.key == other.key  # type: ignore[attr-defined]


def _hashable(x: Any) -> Hashable:
    try:
        hash(x)
    except TypeError:
        return object()  # like nothing else
    return x


def _computed(link: Link) -> Any:
    """The value of a link; steps are taken if they have to be."""
    with call_settings():
        return link.trace.chain.value(link.number, _resolved)


def _resolved(value: Any) -> Any:
    return _computed(value) if type(value) is Link else value


@functools.lru_cache(_MAX)
def _passed_on(
    function: Function,
    given: tuple[bool, ...],
    specs: tuple[jax.ShapeDtypeStruct, ...],
    probe: Probe,
) -> list[bool]:
    """Which results of a step depend on the given inputs, as JAX has it."""
    found: list[bool] = []

    def look(*some: jax.Array) -> None:
        rest = iter(some)
        zeros = [
            next(rest) if is_given else jnp.zeros(spec.shape, spec.dtype)
            for is_given, spec in zip(given, specs, strict=True)
        ]
        found.extend(isinstance(x, jax.core.Tracer) for x in function(*zeros))

    with call_settings():
        probe(
            look,
            [
                jnp.zeros(spec.shape, spec.dtype)
                for is_given, spec in zip(given, specs, strict=True)
                if is_given
            ],
        )
    return found


class _Call:
    """A call of one of JAX's functions, as a step.

    Attributes
    ----------
    structure : PyTreeDef
        Of its result.
    specs : list of jax.ShapeDtypeStruct
        Of the arrays in it.
    is_kept : bool
        It is kept for the calls like it.
    """

    is_kept = True

    def __init__(
        self,
        func: Callable[..., Any],
        structure: Any,
        marks: tuple[Any, ...],
        specs: tuple[jax.ShapeDtypeStruct, ...],
        texts: tuple[Any, ...],
    ) -> None:
        self.func = func
        self.arguments = structure
        self.marks = marks
        self.texts = texts
        used = [s for s, text in zip(specs, texts, strict=True) if text is None]
        with call_settings():
            made = jax.eval_shape(self._result, *used)
        self.specs, self.structure = jax.tree.flatten(made)

    def _result(self, *arrays: Any) -> Any:
        rest, texts = iter(arrays), iter(self.texts)
        leaves = [
            _read(next(texts), rest) if mark is _ARRAY else mark.value
            for mark in self.marks
        ]
        args, kwargs = jax.tree.unflatten(self.arguments, leaves)
        return self.func(*args, **kwargs)

    def flat(self, *arrays: Any) -> list[Any]:
        """The arrays of the result."""
        with call_settings():
            return jax.tree.leaves(self._result(*arrays))


def _read(text: Any, arrays: Any) -> Any:
    if text is None:
        return next(arrays)
    data, shape, dtype = text
    return np.frombuffer(data, dtype).reshape(shape)


_call_of = functools.lru_cache(_MAX)(_Call)
