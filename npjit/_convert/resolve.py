"""`resolve(f)`: what converted code calls in place of `f`.

NumPy callables are answered by the recorder, Python functions by their conversion, a
few builtins see stand-ins, and all else is foreign. No frame of npjit lies between a
user's function and the one it calls.
"""

from __future__ import annotations

import copy
import dataclasses
import enum
import functools
import inspect
import types
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from npjit._array.array import (
    STAND_INS,
    SUBSTITUTES,
    Array,
    lift,
    lift_array,
    look,
    peek,
    sync,
)
from npjit._array.creation import FROM_OBJECT
from npjit._array.flat import Flat
from npjit._array.host_node import are_plain, call_at_line, call_on_numbers
from npjit._array.recorder import call
from npjit._chapters.registry import OPERATIONS, Kind, Operation, operation_of
from npjit._config import Options
from npjit._convert import groups
from npjit._convert.converter import Converted
from npjit._convert.foreign import (
    ask_class,
    call_foreign,
    foreign,
    note_attribute,
    note_change,
    note_container,
    note_effect,
    note_function,
    refresh_errstate,
)
from npjit._convert.functions import conversion_of, converted, is_convertible
from npjit._convert.libraries import called_from_library, in_library, reaches
from npjit._convert.traced_numbers import traced
from npjit._convert.written_out import BY_VALUES, WRITTEN_OUT, vectorized
from npjit._graph.trace import current, user_line
from npjit.errors import ConcretizationError, Reason

__all__ = [
    "call_user",
    "install_view",
    "native_or_foreign",
    "resolve",
    "settle",
    "sync_for",
    "with_own",
]

_DISPATCHER = type(np.sum)
_BUILTIN = type(len)
_DRAWING: Final = frozenset({np.random.Generator, np.random.RandomState})
#: So many arguments of a draw come before `out`, at least.
_BEFORE_OUT: Final = 2
_CYTHON_FUNCTION = type(np.random.default_rng)
_METHOD_WRAPPER = type([].__len__)
_SLOT_WRAPPER = type(list.__len__)
_OWN: Final = __name__.partition(".")[0]
#: Types whose methods look at what an object holds, all of which is watched.
_HOLDING: Final[tuple[Any, ...]] = (*groups.CONTAINERS, str, bytes)
#: Types of Python's whose methods NumPy's scalars inherit.
_OF_NUMBERS: Final = frozenset({float, complex})

#: The types of what JAX's recordings may have written out.
_MAYBE_WRITTEN_OUT: Final = frozenset(
    {types.FunctionType, _BUILTIN, _DISPATCHER, np.vectorize, type}
)

_recorders: dict[Any, Callable[..., Any]] = {}


def recorder(func: Any) -> Callable[..., Any]:
    """What records a call of a NumPy callable."""
    found = _recorders.get(func)
    if found is None:
        op = operation_of(func)
        made = FROM_OBJECT.get(func)
        if made is not None:

            def found(*args: Any, **kwargs: Any) -> Any:
                if all(map(groups.is_native, args)):
                    return made(*args, **kwargs)
                lifted = tuple(map(_lifted, args))
                if all(map(groups.is_native, lifted)):
                    return made(*lifted, **kwargs)
                return call_foreign(func, args, kwargs)

        elif op.kind is Kind.COMPOSED:
            found = _composed(op)
        else:

            def found(*args: Any, **kwargs: Any) -> Any:
                return call(op, args, kwargs)

        _recorders[func] = found
    return found


def _lifted(x: Any) -> Any:
    """An argument with the stand-ins of the arrays that nested lists hold."""
    kind = type(x)
    if kind is Flat:
        return x.whole()
    return kind(map(_lifted, x)) if kind in (list, tuple) else lift(x)


def _composed(op: Operation) -> Callable[..., Any]:
    """What records a call of a function that NumPy writes in Python."""
    made = conversion_of(inspect.unwrap(op.func))

    def run(*args: Any, **kwargs: Any) -> Any:
        if made is None or any(map(_takes_over, (*args, *kwargs.values()))):
            return call(op, args, kwargs)
        trace = current.trace
        if trace is None or trace.direct:
            return op.func(*args, **kwargs)
        if trace.knows(op):
            return call(op, args, kwargs)
        # Its warnings point to the line that calls it.
        return trace.engine.call(user_line(), made.function, args, kwargs)

    return run


def _takes_over(x: Any) -> bool:
    """Whether NumPy's functions leave a call to the type of this argument."""
    kind = type(x)
    if kind in groups.PLAIN or kind is np.ndarray:
        return False
    return hasattr(kind, "__array_function__")


def resolve(f: Any) -> Any:
    """What to call in place of `f`."""
    trace = current.trace
    kind = type(f)
    if trace is None or trace.direct:
        # What is left of a stopped recording's stand-ins: NumPy's functions know them.
        knows = kind is np.ufunc or kind is _DISPATCHER
        if trace is None or not trace.stopped or knows:
            return f
    if trace.is_pure and kind in _MAYBE_WRITTEN_OUT:
        found = _written_out(f)
        if found is not None:
            return found
    if kind is types.FunctionType:
        return _function(f)
    if kind is np.ufunc or kind is _DISPATCHER:
        return recorder(f) if f in OPERATIONS else foreign(f)
    if kind is types.MethodType:
        return _method(f)
    if kind is _BUILTIN:
        return _builtin(f)
    if isinstance(f, type):
        return _class(f)
    return _instance(f)


#: What only stores, or asks the stand-ins.
_ASKING: Final = frozenset({np.vectorize, copy.copy, copy.deepcopy})


def _written_out(f: Any) -> Any:
    """What to call in the place of a function of NumPy's that JAX cannot trace."""
    if f in _ASKING:
        return f
    if type(f) is np.vectorize:
        return types.MethodType(_conversion_of(vectorized).function, f)
    text = WRITTEN_OUT.get(f)
    if text is not None:
        return _conversion_of(text).function
    text = BY_VALUES.get(f)
    return None if text is None else functools.partial(_by_values, f, text)


def _by_values(f: Any, text: Any, *args: Any, **kwargs: Any) -> Any:
    trace = current.trace
    assert trace is not None
    if are_plain((*args, *kwargs.values())):
        try:
            given = tuple(map(_value, args)), {k: _value(v) for k, v in kwargs.items()}
        except ConcretizationError:
            pass
        else:
            return call_on_numbers(trace, f, *given)
    return _conversion_of(text).function(*args, **kwargs)


@functools.cache
def _conversion_of(text: Any) -> Converted:
    made = conversion_of(text)
    assert made is not None
    return made


def call_user(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call a special method of a user's class, as if from the user's own line.

    Python calls it where its user wrote an operator, an attribute or a class; frames of
    npjit lie between, so that one with the user's line is put on top of them: a
    `stacklevel` of 2 points to it.
    """
    trace = current.trace
    if trace is None or trace.direct:
        return function(*args, **kwargs)
    return trace.engine.call(user_line(), resolve(function), args, kwargs)


def _function(f: types.FunctionType) -> Any:
    if f in OPERATIONS:
        return recorder(f)
    if f.__module__ == "warnings":
        return _about_warnings(f)
    if _is_border(f):
        return _if_reached(f, f)
    found = converted(f)
    if found is None:
        note_effect(f.__qualname__)
        if _is_left_alone(f):
            return f
        return _view(f) if is_convertible(f) else foreign(f)
    return _entered(f, found)


def _about_warnings(f: types.FunctionType) -> Callable[..., Any]:
    """A function that says what becomes of warnings: of those to come, not earlier."""

    def run(*args: Any, **kwargs: Any) -> Any:
        trace = current.trace
        if trace is None or trace.direct:
            return f(*args, **kwargs)
        note_effect(f"warnings.{f.__name__}")
        trace.flush()
        try:
            return f(*args, **kwargs)
        finally:
            refresh_errstate(trace)

    return run


def _entered(f: types.FunctionType, found: Converted) -> types.FunctionType:
    """The conversion of a function that is going to be called."""
    trace = current.trace
    if trace is not None and trace.tape is not None:
        trace.tape.enters(f)
    if found.stores_nonlocal or found.stores_global:
        note_function(f, found.stores_global)
    return found.function


#: `viewed` of npjit/_convert/globals_view.py: calls functions that have no source.
_view: Callable[[types.FunctionType], Callable[..., Any]] = foreign


def install_view(viewed: Callable[[types.FunctionType], Callable[..., Any]]) -> None:
    """Let `npjit/_convert/globals_view.py` serve functions that have no source."""
    global _view
    _view = viewed


def _is_border(f: types.FunctionType) -> bool:
    """Whether a call goes from the user's code into a library that may be converted."""
    if not in_library(f.__code__) or called_from_library() or not is_convertible(f):
        return False
    return f.__qualname__.partition(".")[0] not in groups.NUMPYS_CLASSES


def _if_reached(f: types.FunctionType, called: Any) -> Callable[..., Any]:
    """A function or method of a library, converted if arrays come along."""

    def run(*args: Any, **kwargs: Any) -> Any:
        given = (*args, *kwargs.values())
        found = converted(f) if any(map(reaches, (called, *given))) else None
        trace = current.trace
        if found is None or trace is None or trace.direct:
            return call_foreign(called, args, kwargs)
        inside: Any = _entered(f, found)
        if called is not f:
            inside = types.MethodType(inside, called.__self__)
        return trace.engine.call(user_line(), inside, args, kwargs)

    return run


def _is_left_alone(f: types.FunctionType) -> bool:
    """Whether a function looks at its caller's frame, or is npjit's own."""
    package = f.__globals__.get("__name__", "").partition(".")[0]
    return package == _OWN or f.__module__ in groups.FRAME_MODULES


def native_or_foreign(plain: Callable[..., Any]) -> Callable[..., Any]:
    """A C function that may run Python code of the objects it is given."""

    def run(*args: Any, **kwargs: Any) -> Any:
        if not all(map(groups.is_native, (*args, *kwargs.values()))):
            return call_foreign(plain, args, kwargs)
        _tell(plain, (*args, *kwargs.values()))
        if plain in groups.SEEDED:
            return _seeded(plain, args, kwargs)
        if plain in groups.REAL and any(map(_is_complex, args)):
            trace = current.trace
            if trace is not None:
                return call_at_line(trace, plain, args, kwargs)
        try:
            return plain(*args, **kwargs)
        except ConcretizationError:
            found = NotImplemented if kwargs else traced(plain, args)
            if found is NotImplemented:
                raise
            return found

    return run


def _is_complex(x: Any) -> bool:
    """Whether an object is a complex number of NumPy's, no stand-in of one."""
    return issubclass(type(x), np.complexfloating)


def _tell(plain: Callable[..., Any], args: tuple = ()) -> None:
    """Tell the tape of the call what a C function does besides its result."""
    trace = current.trace
    if trace is None or trace.tape is None:
        return
    module = getattr(plain, "__module__", None)
    if plain in groups.IMPURE or module in groups.IMPURE_MODULES:
        trace.tape.acts(plain.__name__)
    elif plain in groups.LOCATING:
        for x in args:
            trace.tape.uses(x, f"{plain.__name__} of an object")


def _seeded(plain: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
    """A generator of random numbers, made by the call."""
    named = {name: look_into(x) for name, x in kwargs.items()}
    made = plain(*map(look_into, args), **named)
    trace = current.trace
    if trace is not None and trace.tape is not None:
        trace.tape.calls(plain, args, kwargs, [])
        trace.tape.returns(made, made)
    return made


def _method(f: types.MethodType) -> Any:
    inner = f.__func__
    if type(f.__self__) in STAND_INS:
        return f
    if type(f.__self__) in _DRAWING:  # of Cython, which binds as Python does
        return _draw(f)
    if type(inner) is types.FunctionType:
        if _is_border(inner):
            return _if_reached(inner, f)
        found = converted(inner)
        if found is None:
            return foreign(f)
        return types.MethodType(_entered(inner, found), f.__self__)
    return types.MethodType(resolve(inner), f.__self__)


def _builtin(f: Any) -> Any:
    owner = f.__self__
    kind = type(owner)
    if kind is types.ModuleType or owner is None:
        seen = groups.SEEN_THROUGH.get(f)
        if seen is not None:
            return seen
        if f in OPERATIONS:
            return recorder(f)
        if f is warnings.warn and current.trace is not None:
            current.trace.flush()  # what NumPy warns of comes first
        if f in groups.EFFECTIVE:
            settle()
        _tell(f)
        if f in groups.BLIND:
            return f
        if f in groups.NATIVE or f.__module__ in groups.NATIVE_MODULES:
            return native_or_foreign(f)
        return foreign(f)
    if kind in STAND_INS:
        return f
    if kind is np.ufunc:
        return recorder(f) if f in OPERATIONS else foreign(f)
    if kind in _DRAWING:
        return _draw(f)
    if kind in groups.CONTAINERS:
        return _container_method(f, owner)
    if kind is str or kind is bytes:
        return native_or_foreign(f)
    if isinstance(owner, type):
        return _class_method(f, owner)
    if kind in groups.PLAIN or f in groups.NATIVE:
        return f
    if isinstance(owner, (list, dict, set, tuple)):
        return _container_method(f, owner)
    return foreign(f)


def _class_method(f: Any, owner: type) -> Any:
    # np.ndarray.__new__ and the like see memory; object.__new__ does not.
    return foreign(f) if issubclass(owner, np.ndarray) else native_or_foreign(f)


def _container_method(f: Any, owner: Any) -> Any:
    if f.__name__ in ("index", "remove", "count"):
        return functools.partial(_compare_lifted, f, owner)
    if f.__name__ == "sort":
        return functools.partial(_sort, f, owner)
    stores = f.__name__ in groups.STORING

    def run(*args: Any, **kwargs: Any) -> Any:
        if f.__name__ not in groups.READING:
            settle()
            note_change(owner, f"a {type(owner).__name__} from outside")
        if stores:  # not earlier: its arguments may have called foreign code
            note_container(owner)
        if f.__name__ not in groups.BLIND_METHODS:
            sync_for(args)
        return lift(f(*args, **kwargs))

    return run


def settle() -> None:
    """Compute what may raise, before something outside is changed."""
    trace = current.trace
    if trace is not None and not trace.direct:
        trace.settle()


def _sort(f: Any, owner: list, *, key: Any = None, reverse: bool = False) -> None:
    settle()
    note_change(owner, "a list from outside")
    sync_for(owner)
    f(key=None if key is None else resolve(key), reverse=reverse)


def sync_for(objects: Any) -> None:
    """Bring buffers up to date: C code reads them, or asks a user's class that does."""
    trace = current.trace
    if trace is not None and not trace.direct and not groups.is_native(objects):
        if trace.tape is not None:
            trace.tape.shows(objects)
        sync(trace)


def _compare_lifted(f: Any, owner: Any, item: Any, *rest: Any) -> Any:
    """`list.index` and its kin compare by identity first: by that of stand-ins."""
    if f.__name__ == "remove":
        note_change(owner, "a list from outside")
    if isinstance(owner, list) and type(item) in STAND_INS:
        for i, held in enumerate(owner):
            if type(held) is np.ndarray:
                owner[i] = lift(held)
                note_container(owner)
    sync_for((item, owner))
    return f(item, *rest)


def _draw(f: Any) -> Callable[..., Any]:
    """A draw from NumPy's own streams, in program order; a leaf of the recording."""
    if f.__name__ in groups.WRITING_DRAWS:
        return foreign(f)

    def run(*args: Any, **kwargs: Any) -> Any:
        settle()
        trace = current.trace
        has_out = kwargs.get("out") is not None or len(args) > _BEFORE_OUT
        if trace is None or trace.direct or (has_out and f.__name__ in groups.INTO_OUT):
            return call_foreign(f, args, kwargs)
        if not all(map(groups.is_native, (*args, *kwargs.values()))):
            return call_foreign(f, args, kwargs)
        name = f"{type(f.__self__).__name__}.{f.__name__}"
        trace.tell("fallback", name, Reason.RANDOM, user_line())
        real_args = map(look_into, args)
        real_kwargs = {k: look_into(v) for k, v in kwargs.items()}
        tape = trace.tape
        if tape is not None:
            tape.calls(f, args, kwargs, [])
        result = trace.engine.call(user_line(), f, tuple(real_args), real_kwargs)
        lifted = result
        if type(result) is np.ndarray:
            lifted = lift_array(trace, result, external=False)
        elif tape is not None:
            tape.fail(Reason.RANDOM, "a random number in Python's hands")
        if tape is not None:
            tape.returns(result, lifted)
        return lifted

    return run


def look_into(x: Any) -> Any:
    """An argument with real arrays, for a call that the tape is told of."""
    return _value(x, look)


def _value(x: Any, real: Callable[[Any], Any] = peek) -> Any:
    """An argument with real arrays."""
    if type(x) in STAND_INS:
        return real(x)
    if type(x) in (list, tuple):
        return type(x)(_value(item, real) for item in x)
    return x


# Classes and instances --------------------------------------------------------------


def _class(cls: type) -> Any:
    seen = groups.SEEN_THROUGH.get(cls)
    if seen is not None:
        return seen
    if issubclass(cls, np.generic):
        return functools.partial(_numpy_scalar, cls)
    if cls in groups.BLIND:
        return cls
    if cls in groups.NATIVE:
        return native_or_foreign(cls)
    init, new = cls.__init__, cls.__new__
    ask_class(cls, "__init__")
    ask_class(cls, "__new__")
    if issubclass(cls, BaseException):
        return functools.partial(_construct_error, cls)
    if isinstance(cls, enum.EnumMeta):
        return cls  # its members exist
    if type(cls) is not type and not groups.is_abc(cls):
        return foreign(cls)
    if new is object.__new__ and type(init) is types.FunctionType:
        if groups.is_dataclass_init(cls, init):
            if groups.calls_more_than_post_init(cls):
                return foreign(cls)
            return functools.partial(_construct_plain, cls)
        return _constructor(cls, init)
    if groups.is_record(cls) or cls.__module__ in groups.NATIVE_MODULES:
        return cls
    if init is object.__init__ and new is object.__new__:
        return cls
    return foreign(cls)


def _constructor(cls: type, init: types.FunctionType) -> Callable[..., Any]:
    if not _is_border(init):
        return functools.partial(_construct, cls) if converted(init) else foreign(cls)

    def run(*args: Any, **kwargs: Any) -> Any:
        if any(map(reaches, (*args, *kwargs.values()))) and converted(init):
            return _construct(cls, *args, **kwargs)
        return call_foreign(cls, args, kwargs)

    return run


def _construct(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
    obj: Any = object.__new__(cls)
    _initialize(obj, args, kwargs)
    return obj


def _initialize(obj: Any, args: tuple, kwargs: dict) -> None:
    result = call_user(type(obj).__init__, obj, *args, **kwargs)
    if result is not None:
        kind = type(result).__name__
        raise TypeError(f"__init__() should return None, not '{kind}'")


def _construct_error(cls: type, /, *args: Any, **kwargs: Any) -> Any:
    """An exception; its arguments and attributes are real when the call has ended."""
    init: Any = cls.__init__  # type: ignore[misc]  # of this very class
    if type(init) is types.FunctionType and converted(init):
        error = cls.__new__(cls, *args, **kwargs)
        _initialize(error, args, kwargs)
    else:
        error = cls(*args, **kwargs)
    note_container(error)
    return error


def _construct_plain(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
    """A dataclass: its generated `__init__` only stores, and calls `__post_init__`."""
    obj = cls.__new__(cls)
    finish = getattr(obj, "__post_init__", None)
    if finish is not None:
        obj.__dict__["__post_init__"] = functools.partial(call_user, finish)
    try:
        obj.__init__(*args, **kwargs)
    finally:
        if finish is not None:
            del obj.__dict__["__post_init__"]
    for field in dataclasses.fields(cls):
        note_attribute(obj, field.name, getattr(obj, field.name, None))
    return obj


def _numpy_scalar(cls: type[np.generic], *args: Any, **kwargs: Any) -> Any:
    """`np.float64(x)`: a cast if x is a stand-in."""
    if len(args) == 1 and type(args[0]) in STAND_INS and not kwargs:
        x = args[0]
        dtype = np.dtype(cls)
        is_real_of = x.dtype.kind == "c" and dtype.kind != "c"
        if dtype.kind in "biufc" and (x.ndim or not is_real_of):
            made = x.astype(dtype, copy=False)
            return made[()] if type(made) is Array and made.ndim == 0 else made
    trace = current.trace
    if trace is None or trace.direct:
        return cls(*args, **kwargs)
    if not all(map(groups.is_native, args)):
        return call_foreign(cls, args, kwargs)
    real_args = tuple(map(_value, args))
    real_kwargs = {k: _value(v) for k, v in kwargs.items()}
    return lift(call_at_line(trace, cls, real_args, real_kwargs))


def _instance(f: Any) -> Any:
    kind = type(f)
    if kind in SUBSTITUTES:
        return resolve(f.__npjit_original__)
    if kind is functools.partial:
        keywords = {name: lift(value) for name, value in f.keywords.items()}
        return functools.partial(resolve(f.func), *map(lift, f.args), **keywords)
    inner = getattr(f, "__npjit_wrapped__", None)
    if inner is not None:
        return _accelerated(f, inner)
    if kind in (staticmethod, classmethod):
        return resolve(f.__func__)
    if hasattr(kind, "__npjit_jax__"):  # a loaded program, which knows stand-ins
        return f
    if kind in (_METHOD_WRAPPER, _SLOT_WRAPPER, types.MethodDescriptorType):
        return _descriptor(f)
    special = getattr(kind, "__call__", None)  # noqa: B004
    ask_class(kind, "__call__")
    if type(special) is types.FunctionType:
        if special in OPERATIONS:  # of NumPy's polynomials
            return types.MethodType(recorder(special), f)
        if _is_border(special):
            return _if_reached(special, types.MethodType(special, f))
        found = converted(special)
        if found is not None:
            return types.MethodType(_entered(special, found), f)
    if kind in groups.BY_PARTS:
        return _by_parts(f)
    if kind is _CYTHON_FUNCTION and f in groups.NATIVE:
        return native_or_foreign(f)
    return foreign(f)


def _told(f: Any) -> Callable[..., Any]:
    """A method of a C class, called by its name: what it may read or change is told."""

    def run(*args: Any, **kwargs: Any) -> Any:
        obj, *_ = (f.__self__, *args) if hasattr(f, "__self__") else (*args, None)
        if isinstance(obj, _HOLDING):
            if f.__name__ not in groups.READING:
                note_change(obj, f"a {type(obj).__name__} from outside")
        elif f.__name__ != "__init__":
            note_effect(f.__qualname__)
        return f(*args, **kwargs)

    return run


def _by_parts(f: Any) -> Any:
    """`operator.itemgetter(0)` and its kin."""
    make, args = f.__reduce__()
    if type(make) is functools.partial:  # of a methodcaller with keywords
        return groups.BY_PARTS[make.func](*make.args, *args, **make.keywords)
    return groups.BY_PARTS[make](*args)


def _accelerated(f: Any, inner: Any) -> Any:
    """An accelerated function joins the trace, unless it is switched off."""
    if f.options.mode == "numpy":
        return foreign(f)
    trace = current.trace
    assert trace is not None
    options = with_own(trace.options, f.own_options)
    called = resolve(inner)
    return called if options == trace.options else _under(options, called)


def with_own(options: Options, own: Mapping[str, Any]) -> Options:
    """The options of a recording, in a function or block that joins it with its own."""
    winning = {name: own[name] for name in _WINNING if name in own}
    return options.replace(**winning) if winning else options


#: Options that a function or block keeps to itself when it joins a recording.
_WINNING: Final = ("strict",)


def _under(options: Options, called: Callable[..., Any]) -> Callable[..., Any]:
    """A callable that is recorded with other options."""

    def run(*args: Any, **kwargs: Any) -> Any:
        trace = current.trace
        assert trace is not None
        before, trace.options = trace.options, options
        try:
            return called(*args, **kwargs)
        finally:
            trace.options = before

    return run


def _descriptor(f: Any) -> Any:
    """`list.append`, `np.ndarray.sum`, `super().__setattr__`: as on the instance."""
    name, bound = f.__name__, type(f) is _METHOD_WRAPPER
    trace = current.trace
    if not bound and f.__objclass__ is np.ndarray:
        return lambda obj, *args, **kwargs: getattr(lift(obj), name)(*args, **kwargs)
    if not bound and f.__objclass__ in _OF_NUMBERS:  # `float.hex(x)`
        return lambda *args, **kwargs: f(*map(_value, args), **kwargs)
    if bound and isinstance(f.__self__, np.ndarray):
        return foreign(f)
    if name != "__setattr__" and name not in groups.STORING:
        return f if trace is None or trace.tape is None else _told(f)

    def store(*args: Any, **kwargs: Any) -> Any:
        result = f(*args, **kwargs)
        obj, *rest = (f.__self__, *args) if bound else args
        if name == "__setattr__":
            note_change(obj, f"attribute {rest[0]}")
            note_attribute(obj, *rest)
        else:
            note_container(obj)
        return lift(result)

    return store
