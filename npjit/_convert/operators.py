"""The helpers that converted code calls: loads, stores, operators, loops, tests.

Outside a recording they do what plain Python does. Inside, values that enter are lifted,
operators and attributes that Python code defines are converted like calls, and stores of
stand-ins are noted.
"""

from __future__ import annotations

import collections
import functools
import itertools
import operator
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from npjit._array.array import SCALARS, STAND_INS, Array, lift, peek, real_of, shell_of
from npjit._convert.expressions import HELPER_NAMES
from npjit._convert.foreign import (
    call_foreign,
    foreign,
    note_attribute,
    note_class,
    note_container,
    note_function,
    prepare,
    refresh_errstate,
)
from npjit._convert.groups import (
    BY_PARTS,
    CONTAINERS,
    FUNCTION_AT,
    LAZY,
    NATIVE_ITERATOR_MODULES,
    NATIVE_MANAGERS,
    PLAIN,
    SEEN_THROUGH,
    SHOWING,
    is_native,
)
from npjit._convert.resolve import (
    call_user,
    install_helpers,
    native_or_foreign,
    resolve,
    sync_for,
)
from npjit._graph.trace import Trace, current

__all__ = ["HELPERS"]

_MISSING = object()


def _recording() -> Trace | None:
    trace = current.trace
    return None if trace is None or trace.direct else trace


# Operators --------------------------------------------------------------------------


def _special(obj: Any, name: str, *args: Any) -> Any:
    """A method that an operator stands for, converted if Python code defines it."""
    method = getattr(type(obj), name, None)
    if method is None:
        return NotImplemented
    if _defines(type(obj), name):
        return call_user(method, obj, *args)
    return method(obj, *args)


def _defines(cls: type, name: str) -> bool:
    """Whether a user's Python code defines a special method of a class."""
    return type(getattr(cls, name, None)) is types.FunctionType and cls not in STAND_INS


def _sync_for(*operands: Any) -> None:
    sync_for(operands)


def _binary(plain: Callable, name: str) -> Callable:
    left, right = f"__{name}__", f"__r{name}__"

    def binary(a: Any, b: Any) -> Any:
        if type(a) in PLAIN and type(b) in PLAIN:
            if name == "mod" and isinstance(a, (str, bytes)):
                return a % b if is_native(b) else call_foreign(plain, (a, b), {})
            return plain(a, b)
        if not (_defines(type(a), left) or _defines(type(b), right)):
            _sync_for(a, b)
            return lift(plain(a, b))
        return lift(_by_protocol(plain, a, b, left, right))

    return binary


def _by_protocol(plain: Callable, a: Any, b: Any, left: str, right: str) -> Any:
    steps = [(a, left, b), (b, right, a)]
    kind = a.__class__ if type(a) in STAND_INS else type(a)
    mine = kind is not type(b) and issubclass(type(b), kind)
    if mine and getattr(kind, right, None) is not getattr(type(b), right, None):
        steps.reverse()
    for obj, name, other in steps:
        result = _special(obj, name, other)
        if result is not NotImplemented:
            return result
    return plain(a, b)


def _in_place(plain: Callable, binary: Callable, name: str) -> Callable:
    special = f"__i{name}__"

    def in_place(a: Any, b: Any) -> Any:
        kind = type(a)
        if kind in CONTAINERS:
            note_container(a)  # items += [x]
            if _defines(type(b), "__radd__"):
                _sync_for(b)
            else:
                b = _inside_iterator(b)
        if kind in PLAIN and type(b) in PLAIN:
            return plain(a, b)
        if _defines(kind, special):
            result = _special(a, special, b)
            if result is not NotImplemented:
                return lift(result)
        elif hasattr(kind, special):
            if isinstance(a, np.ndarray) and kind not in STAND_INS:
                _sync_for(a)
                b = real_of(b) if type(b) in STAND_INS else b
            return lift(plain(a, b))
        return binary(a, b)

    return in_place


def _unary(plain: Callable, name: str) -> Callable:
    special = f"__{name}__"

    def unary(a: Any) -> Any:
        if type(a) in PLAIN:
            return plain(a)
        if _defines(type(a), special):
            return lift(_special(a, special))
        _sync_for(a)
        return lift(plain(a))

    return unary


_REFLECTED = {"lt": "gt", "le": "ge", "eq": "eq", "ne": "ne", "gt": "lt", "ge": "le"}


def _compare(plain: Callable, name: str) -> Callable:
    left, right = f"__{name}__", f"__{_REFLECTED[name]}__"

    def compare(a: Any, b: Any) -> Any:
        if type(a) in PLAIN and type(b) in PLAIN:
            if type(a) in CONTAINERS:
                _sync_for(a, b)
            return plain(a, b)
        if not (_defines(type(a), left) or _defines(type(b), right)):
            _sync_for(a, b)
            return lift(plain(a, b))
        return lift(_by_protocol(plain, a, b, left, right))

    return compare


def is_(a: Any, b: Any) -> bool:
    """`a is b`, by the identity of what stand-ins stand for."""
    return a is b or lift(a) is lift(b)


def is_not(a: Any, b: Any) -> bool:
    """`a is not b`."""
    return not is_(a, b)


def in_(item: Any, container: Any) -> bool:
    """`item in container`."""
    kind = type(container)
    if kind in (list, tuple) and type(item) in STAND_INS:
        return item in [lift(x) for x in container]
    if _defines(kind, "__contains__"):
        return bool(_special(container, "__contains__", item))
    if kind in (dict, set, frozenset):
        _sync_for(item)  # it is hashed
    elif not isinstance(container, (str, bytes)):
        _sync_for(item, container)
    return item in container


def not_in(item: Any, container: Any) -> bool:
    """`item not in container`."""
    return not in_(item, container)


def truth(x: Any) -> bool:
    """The truth of a test."""
    if type(x) in PLAIN:
        return bool(x)
    for name in ("__bool__", "__len__"):
        if _defines(type(x), name):
            return bool(_special(x, name))
        if hasattr(type(x), name):
            break
    return bool(x)


# Attributes -------------------------------------------------------------------------


def _held(cls: type, name: str) -> Any:
    """What a class or one of its bases has under a name, unbound."""
    for base in cls.__mro__:
        found = base.__dict__.get(name, _MISSING)
        if found is not _MISSING:
            return found
    return _MISSING


def _is_python(held: Any) -> bool:
    """Whether Python code of a user's runs when an attribute is read."""
    kind = type(held)
    if kind is property:
        return type(held.fget) is types.FunctionType
    if kind is functools.cached_property:
        return True
    # Those of functools only bind.
    return _defines(kind, "__get__") and kind.__module__ != "functools"


def load_attr(obj: Any, name: str) -> Any:
    """`obj.name`."""
    kind = type(obj)
    if kind in STAND_INS:
        return getattr(obj, name)
    if kind in PLAIN or _recording() is None:
        return lift(getattr(obj, name))
    if isinstance(obj, type):
        return _class_attribute(obj, name)
    if kind is super:
        return _super_attribute(obj, name)
    if _defines(kind, "__getattribute__") or _defines(kind, "__getattr__"):
        return _hooked_attribute(obj, name)
    held = _held(kind, name)
    return _bound(held, obj, name) if _is_python(held) else lift(getattr(obj, name))


def _bound(held: Any, obj: Any, name: str) -> Any:
    """What a descriptor that is written in Python makes of an object."""
    kind = type(held)
    if kind is property:
        return lift(call_user(held.fget, obj))
    if kind is functools.cached_property:
        return _cached_property(held, obj, name)
    if not (hasattr(kind, "__set__") or hasattr(kind, "__delete__")):
        in_object = getattr(obj, "__dict__", {})
        if name in in_object:
            return lift(in_object[name])
    return lift(call_user(kind.__get__, held, obj, type(obj)))


def _class_attribute(cls: type, name: str) -> Any:
    of_meta, held = _held(type(cls), name), _held(cls, name)
    if type(of_meta) is property and _is_python(of_meta):
        return lift(call_user(of_meta.fget, cls))
    kind = type(held)
    if kind not in (property, functools.cached_property) and _is_python(held):
        return lift(call_user(kind.__get__, held, None, cls))
    return lift(getattr(cls, name))


def _super_attribute(obj: super, name: str) -> Any:
    of = obj.__self__
    if of is None or isinstance(of, type):
        return lift(getattr(obj, name))
    bases = iter(obj.__self_class__.__mro__)
    after = itertools.dropwhile(lambda base: base is not obj.__thisclass__, bases)
    for base in itertools.islice(after, 1, None):
        held = base.__dict__.get(name, _MISSING)
        if held is not _MISSING:
            return _bound(held, of, name) if _is_python(held) else getattr(obj, name)
    return getattr(obj, name)


def _hooked_attribute(obj: Any, name: str) -> Any:
    """An attribute of a class with `__getattribute__` or `__getattr__`."""
    kind = type(obj)
    try:
        if _defines(kind, "__getattribute__"):
            return lift(call_user(kind.__getattribute__, obj, name))
        held = _held(kind, name)
        if _is_python(held):
            return _bound(held, obj, name)
        return lift(object.__getattribute__(obj, name))
    except AttributeError:
        if not _defines(kind, "__getattr__"):
            raise
    return lift(call_user(kind.__getattr__, obj, name))


def _cached_property(held: Any, obj: Any, name: str) -> Any:
    if name not in obj.__dict__:
        value = call_user(held.func, obj)
        obj.__dict__[name] = value
        note_attribute(obj, name, value)
    return lift(obj.__dict__[name])


def store_attr(value: Any, obj: Any, name: str) -> None:
    """`obj.name = value`."""
    kind = type(obj)
    if kind in STAND_INS or _recording() is None:
        setattr(obj, name, value)
    elif _defines(kind, "__setattr__"):
        call_user(kind.__setattr__, obj, name, value)
    elif isinstance(obj, np.ndarray):
        call_foreign(setattr, (obj, name, value), {})
    else:
        held = _held(kind, name)
        if type(held) is property and type(held.fset) is types.FunctionType:
            call_user(held.fset, obj, value)
        elif _defines(type(held), "__set__"):
            call_user(type(held).__set__, held, obj, value)
        else:
            setattr(obj, name, value)
            note_attribute(obj, name, value)


def delete_attr(obj: Any, name: str) -> None:
    """`del obj.name`."""
    kind = type(obj)
    held = _held(kind, name)
    if _defines(kind, "__delattr__"):
        call_user(kind.__delattr__, obj, name)
    elif type(held) is property and type(held.fdel) is types.FunctionType:
        call_user(held.fdel, obj)
    elif _defines(type(held), "__delete__"):
        call_user(type(held).__delete__, held, obj)
    else:
        delattr(obj, name)


def aug_attr(obj: Any, name: str, op: Callable) -> Callable[[Any], None]:
    """`obj.name op= value`: reads now, computes and stores when it is called."""
    old = load_attr(obj, name)

    def finish(value: Any) -> None:
        store_attr(op(old, value), obj, name)

    return finish


# Subscripts -------------------------------------------------------------------------


def _real(x: Any) -> Any:
    if type(x) in STAND_INS:
        return peek(x)
    return tuple(map(_real, x)) if type(x) is tuple else x


def _key(obj: Any, key: Any) -> Any:
    """A subscript as C code may look at it."""
    if type(key) in PLAIN and type(key) is not tuple:
        return key
    if isinstance(obj, dict):
        _sync_for(key)  # it is hashed
        return key
    return tuple(map(_index, key)) if type(key) is tuple else _index(key)


def _index(x: Any) -> Any:
    """What an object answers where Python asks it for an integer."""
    kind = type(x)
    if kind in PLAIN or not _defines(kind, "__index__"):
        return x
    return call_user(kind.__index__, x)


def load_item(obj: Any, key: Any) -> Any:
    """`obj[key]`."""
    kind = type(obj)
    if kind is Array:
        return obj[_key(obj, key)]
    if _defines(kind, "__getitem__") and _recording() is not None:
        return lift(call_user(kind.__getitem__, obj, key))
    key = _key(obj, key)
    if kind is collections.defaultdict and key not in obj:
        return _missing(obj, key)
    if kind in CONTAINERS or kind in PLAIN:
        return lift(obj[key])
    if _recording() is None or isinstance(obj, type):
        return lift(obj[key])
    if isinstance(obj, (list, tuple, dict, str)):
        return lift(obj[key])
    _sync_for(obj)
    if isinstance(obj, np.ndarray):
        return lift(obj[_real(key)])
    return call_foreign(operator.getitem, (obj, key), {}, f"{kind.__name__}[...]")


def _missing(obj: collections.defaultdict, key: Any) -> Any:
    if obj.default_factory is None:
        return obj[key]  # Python's own error
    value = resolve(obj.default_factory)()
    store_item(value, obj, key)
    return value


def store_item(value: Any, obj: Any, key: Any) -> None:
    """`obj[key] = value`."""
    kind = type(obj)
    trace = _recording()
    if trace is None:
        obj[key] = value
    elif kind is Array:
        if is_native(value):
            obj[_key(obj, key)] = value
        else:
            call_foreign(operator.setitem, (obj, key, value), {})
    elif kind in CONTAINERS or isinstance(obj, (list, dict)):
        if _defines(kind, "__setitem__"):
            call_user(kind.__setitem__, obj, key, value)
        else:
            obj[_hashed(_key(obj, key))] = value
            note_container(obj)
    elif _defines(kind, "__setitem__"):
        call_user(kind.__setitem__, obj, key, value)
    else:
        prepare(trace)
        name = f"{kind.__name__}[...] = ..."
        call_foreign(operator.setitem, (obj, key, value), {}, name)


def _hashed(key: Any) -> Any:
    """What a dict keeps: the real scalar."""
    return _real(key) if type(key) in STAND_INS or type(key) is tuple else key


def delete_item(obj: Any, key: Any) -> None:
    """`del obj[key]`."""
    kind = type(obj)
    if _defines(kind, "__delitem__"):
        call_user(kind.__delitem__, obj, key)
    else:
        del obj[_key(obj, key)]


def aug_item(obj: Any, key: Any, op: Callable) -> Callable[[Any], None]:
    """`obj[key] op= value`: reads now, computes and stores when it is called."""
    old = load_item(obj, key)

    def finish(value: Any) -> None:
        store_item(op(old, value), obj, key)

    return finish


def make_slice(start: Any, stop: Any, step: Any) -> slice:
    """The slice of a subscript."""
    return slice(_index(start), _index(stop), _index(step))


# Calls ------------------------------------------------------------------------------


def resolve_method(obj: Any, name: str) -> Any:
    """What to call in place of `obj.name`."""
    kind = type(obj)
    if kind in STAND_INS:
        return getattr(obj, name)
    if _recording() is None:
        return getattr(obj, name)
    if kind in PLAIN:
        return resolve(getattr(obj, name))
    return resolve(load_attr(obj, name))


def spread(it: Any) -> Any:
    """`*it` or `**it` in a call."""
    kind = type(it)
    if kind in PLAIN or _recording() is None:
        return it
    if hasattr(kind, "keys"):  # `*it` or `**it`: nobody knows
        _sync_for(it)
        return it
    return iterate(it, None)


def define(function: Any) -> Any:
    """A nested function: what its cells hold is real once the call has ended."""
    if type(function) is types.FunctionType and (
        function.__closure__ or function.__defaults__
    ):
        note_function(function)
    return function


def define_class() -> Callable[[Any], Any]:
    """What decorates a class; its body, which is going to run, is not converted."""
    trace = _recording()
    if trace is None:
        return _same
    prepare(trace)
    return _note_class


def _same(defined: Any) -> Any:
    return defined


def _note_class(defined: Any) -> Any:
    if isinstance(defined, type):
        note_class(defined)
    return defined


# Iteration --------------------------------------------------------------------------


def _lift_by(spec: Any, x: Any) -> Any:
    """A value for a target: nested targets take theirs from lists and tuples."""
    if spec is None or spec == "*":
        return lift(x)
    return unpack(x, spec)


def unpack(x: Any, spec: tuple) -> Any:
    """What `a, (b, *c) = x` unpacks, its parts lifted."""
    kind = type(x)
    if _recording() is None and kind not in STAND_INS:
        return x
    if kind is list or kind is tuple:
        if len(x) == len(spec):
            return [_lift_by(s, v) for s, v in zip(spec, x, strict=True)]
        return [lift(v) for v in x]
    if kind in SCALARS:
        return real_of(x)  # Python says that it cannot be unpacked
    items = iterate(x, None)
    if "*" in spec:
        return list(items)
    items = list(itertools.islice(items, len(spec) + 1))
    if len(items) == len(spec):
        return [_lift_by(s, v) for s, v in zip(spec, items, strict=True)]
    return items


def iterate(it: Any, spec: Any) -> Any:
    """What a loop runs over: each item lifted; the log is cut where it repeats."""
    trace = _recording()
    if trace is None:
        return it
    return _Looping(trace, _iterator(it), spec)


def _iterator(it: Any) -> Iterator[Any]:
    kind = type(it)
    if _defines(kind, "__iter__"):
        it = call_user(kind.__iter__, it)
        kind = type(it)
    if _defines(kind, "__next__"):
        return _converted_next(it)
    if not hasattr(kind, "__iter__") and _defines(kind, "__getitem__"):
        return _converted_items(it)
    found = iter(it)
    if type(found).__module__ in NATIVE_ITERATOR_MODULES:
        return found
    return _foreign_next(found)


def _converted_next(it: Any) -> Iterator[Any]:
    while True:
        try:
            item = call_user(type(it).__next__, it)
        except StopIteration:
            return
        yield item


def _converted_items(it: Any) -> Iterator[Any]:
    """The old protocol: subscripts from 0 until one fails."""
    for i in itertools.count():
        try:
            item = call_user(type(it).__getitem__, it, i)
        except IndexError:
            return
        yield item


def _foreign_next(it: Any) -> Iterator[Any]:
    """Iterators of libraries read buffers when they are asked for the next item."""
    while True:
        trace = _recording()
        if trace is not None:
            prepare(trace)
        try:
            item = next(it)
        except StopIteration:
            return
        yield item


class Loop:
    """One run of a loop: cuts the log between iterations, so that cuts look alike."""

    __slots__ = ("began", "epoch", "trace")

    def __init__(self, trace: Trace | None):
        self.trace = trace
        if trace is not None:
            self.epoch = trace.log.epoch
            self.began = len(trace.log.entries)

    def tick(self) -> None:
        """An iteration begins."""
        trace = self.trace
        if trace is None:
            return
        log = trace.log
        if log.epoch != self.epoch:  # cut inside: the rest is cut here as well
            self.epoch, self.began = log.epoch, 0
        if len(log.entries) - self.began >= LOOP_OPS and not trace.direct:
            trace.flush()
            self.epoch, self.began = trace.log.epoch, 0

    def __call__(self, test: Any) -> bool:
        """The test of a `while`."""
        self.tick()
        return truth(test)


#: Iterations are gathered to programs of at least so many operations.
LOOP_OPS = 96


def loop() -> Loop:
    """The state of a `while` loop."""
    return Loop(_recording())


class _Looping(Loop):
    """The iterator of a `for`."""

    __slots__ = ("items", "spec")

    def __init__(self, trace: Trace, items: Iterator[Any], spec: Any):
        super().__init__(trace)
        self.items = items
        self.spec = spec

    def __iter__(self) -> _Looping:
        return self

    def __next__(self) -> Any:
        self.tick()
        item = next(self.items)
        kind = type(item)
        if kind is int or kind is float:
            return item
        return _lift_by(self.spec, item)


# with -------------------------------------------------------------------------------


def enter(manager: Any) -> Any:
    """A context manager, entered and left as converted or foreign code."""
    if _recording() is None or isinstance(manager, NATIVE_MANAGERS):
        return manager
    return _Manager(manager)


class _Manager:
    """Stands for the context manager in a `with` statement."""

    __slots__ = ("manager",)

    def __init__(self, manager: Any):
        self.manager = manager

    def __enter__(self) -> Any:
        return lift(self._run("__enter__", ()))

    def __exit__(self, *about: Any) -> Any:
        return self._run("__exit__", about)

    def _run(self, name: str, args: tuple) -> Any:
        manager, trace = self.manager, _recording()
        kind = type(manager)
        method = getattr(kind, name)
        if trace is None:
            return method(manager, *args)
        if kind is np.errstate:
            result = method(manager, *args)
            refresh_errstate(trace)
            return result
        if type(method) is types.FunctionType:
            return call_user(method, manager, *args)
        return call_foreign(method, (manager, *args), {}, f"{kind.__name__}.{name}")


# Text -------------------------------------------------------------------------------


class _Shown:
    """Stands for an object that Python code is going to describe."""

    __slots__ = ("obj",)

    def __init__(self, obj: Any):
        self.obj = obj

    def __format__(self, spec: str) -> str:
        return call_foreign(format, (self.obj, spec), {})

    def __str__(self) -> str:
        return call_foreign(str, (self.obj,), {})

    def __repr__(self) -> str:
        return call_foreign(repr, (self.obj,), {})


def shown(x: Any) -> Any:
    """A value in an f-string."""
    return x if _recording() is None or is_native(x) else _Shown(x)


# Builtins that see stand-ins --------------------------------------------------------


def _all(iterable: Any, /) -> bool:
    return all(map(truth, iterate(iterable, None)))


def _any(iterable: Any, /) -> bool:
    return any(map(truth, iterate(iterable, None)))


def _gathered(kind: type) -> Callable[..., Any]:
    """`list(x)` and its kin: they ask `x` for its items."""

    def run(*args: Any) -> Any:
        if len(args) != 1 or type(args[0]) in CONTAINERS or _recording() is None:
            return kind(*args)
        return kind(_iterator(args[0]))

    return run


def _over(plain: Callable[..., Any]) -> Callable[..., Any]:
    """`zip`, `enumerate` and those of `itertools`: functions and iterables inside."""
    position, keyword = FUNCTION_AT.get(plain, (None, None))

    def inside(x: Any, is_function: bool) -> Any:
        return x if x is None else resolve(x) if is_function else _inside_iterator(x)

    def run(*args: Any, **kwargs: Any) -> Any:
        given = {k: inside(v, k == keyword) for k, v in kwargs.items()}
        return plain(*(inside(v, i == position) for i, v in enumerate(args)), **given)

    return run


def _inside_iterator(x: Any) -> Any:
    """What C code iterates over in place of an iterable; other objects as they are."""
    kind = type(x)
    if kind in PLAIN or kind in CONTAINERS or _recording() is None:
        return x
    is_iterable = hasattr(kind, "__iter__") or _defines(kind, "__getitem__")
    return _iterator(x) if is_iterable else x


def _chained(iterables: Any, /) -> Any:
    return itertools.chain.from_iterable(map(_inside_iterator, iterate(iterables, None)))


def _answered(plain: Callable[..., Any], name: str, kind: type) -> Callable[..., Any]:
    """A builtin that asks a special method of a user's class, converted here."""

    def run(*args: Any, **kwargs: Any) -> Any:
        if not args or not _defines(type(args[0]), name) or _recording() is None:
            return plain(*args, **kwargs)
        result = call_user(getattr(type(args[0]), name), *args, **kwargs)
        return result if isinstance(result, kind) else plain(result)

    return run


def _iter(*args: Any) -> Any:
    if len(args) == 1:
        return args[0] if _recording() is None else _iterator(args[0])
    return iter(*map(_inside_iterator, args))


def _hasattr(obj: Any, name: str) -> bool:
    try:
        load_attr(obj, name)
    except AttributeError:
        return False
    return True


def itemgetter(*keys: Any) -> Callable[[Any], Any]:
    """What calls of an `operator.itemgetter` do."""
    if len(keys) == 1:
        return lambda obj: load_item(obj, keys[0])
    return lambda obj: tuple(load_item(obj, key) for key in keys)


def attrgetter(*names: str) -> Callable[[Any], Any]:
    """What calls of an `operator.attrgetter` do."""

    def get(obj: Any, name: str) -> Any:
        return functools.reduce(load_attr, name.split("."), obj)

    if len(names) == 1:
        return lambda obj: get(obj, names[0])
    return lambda obj: tuple(get(obj, name) for name in names)


def methodcaller(name: str, /, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """What calls of an `operator.methodcaller` do."""
    return lambda obj: resolve_method(obj, name)(*args, **kwargs)


def _sum(iterable: Any, /, start: Any = 0) -> Any:
    total = start
    for item in iterate(iterable, None):
        total = HELPERS["add"](total, item)
    return total


def _extremum(plain: Callable) -> Callable:
    def run(*args: Any, key: Any = None, **kwargs: Any) -> Any:
        given = dict(kwargs)
        if key is not None:
            given["key"] = resolve(key)
        items = list(iterate(args[0], None)) if len(args) == 1 else list(args)
        _sync_for(items)
        return plain(items, **given) if len(args) == 1 else plain(*items, **given)

    return run


def _sorted(iterable: Any, /, *, key: Any = None, reverse: bool = False) -> list:
    key = None if key is None else resolve(key)
    items = list(iterate(iterable, None))
    _sync_for(items)
    return sorted(items, key=key, reverse=reverse)


def _map(function: Any, *iterables: Any) -> Any:
    return map(resolve(function), *(iterate(it, None) for it in iterables))


def _filter(function: Any, iterable: Any) -> Any:
    function = None if function is None else resolve(function)
    return filter(function, iterate(iterable, None))


def _reduce(function: Any, iterable: Any, *initial: Any) -> Any:
    return functools.reduce(resolve(function), iterate(iterable, None), *initial)


def _type(*args: Any, **kwargs: Any) -> Any:
    if len(args) == 1:
        return args[0].__class__ if type(args[0]) in STAND_INS else type(args[0])
    return type(*args, **kwargs)


def _id(x: Any) -> int:
    return id(shell_of(x)) if type(x) is Array else id(x)


def _next(it: Any, *default: Any) -> Any:
    if _defines(type(it), "__next__"):
        try:
            return lift(call_user(type(it).__next__, it))
        except StopIteration:
            if default:
                return default[0]
            raise
    return lift(next(it, *default))


def _getattr(obj: Any, name: str, *default: Any) -> Any:
    try:
        return load_attr(obj, name)
    except AttributeError:
        if default:
            return lift(default[0])
        raise


def _setattr(obj: Any, name: str, value: Any) -> None:
    store_attr(value, obj, name)


SEEN_THROUGH.update(
    {
        sum: _sum,
        min: _extremum(min),
        max: _extremum(max),
        sorted: _sorted,
        map: _map,
        filter: _filter,
        functools.reduce: _reduce,
        type: _type,
        id: _id,
        next: _next,
        getattr: _getattr,
        setattr: _setattr,
        delattr: delete_attr,
        hasattr: _hasattr,
        all: _all,
        any: _any,
        iter: _iter,
        itertools.chain.from_iterable: _chained,
        len: _answered(len, "__len__", int),
        abs: _answered(abs, "__abs__", object),
        reversed: _answered(reversed, "__reversed__", object),
        **{kind: _gathered(kind) for kind in (list, tuple, set, frozenset)},
        **{plain: _over(plain) for plain in LAZY},
        **{plain: native_or_foreign(plain) for plain in SHOWING},
    }
)

_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
_BITWISE = ("lshift", "rshift", "and_", "or_", "xor")
_IN_PLACE = frozenset(f"i{name.rstrip('_')}" for name in _BINARY + _BITWISE)
HELPERS: dict[str, Any] = {}
for _name in _BINARY + _BITWISE:
    _short = _name.rstrip("_")
    HELPERS[_name] = _binary(getattr(operator, _name), _short)
    HELPERS[f"i{_short}"] = _in_place(
        getattr(operator, f"i{_short}"), HELPERS[_name], _short
    )
for _name in ("neg", "pos", "invert"):
    HELPERS[_name] = _unary(getattr(operator, _name), _name)
for _name in _REFLECTED:
    HELPERS[_name] = _compare(getattr(operator, _name), _name)
HELPERS |= {
    "lift": lift,
    "resolve": resolve,
    "resolve_method": resolve_method,
    "spread": spread,
    "define": define,
    "define_class": define_class,
    "shown": shown,
    "make_slice": make_slice,
    "load_attr": load_attr,
    "load_item": load_item,
    "store_attr": store_attr,
    "store_item": store_item,
    "aug_attr": aug_attr,
    "aug_item": aug_item,
    "delete_attr": delete_attr,
    "delete_item": delete_item,
    "unpack": unpack,
    "iterate": iterate,
    "truth": truth,
    "enter": enter,
    "loop": loop,
    "is_": is_,
    "is_not": is_not,
    "in_": in_,
    "not_in": not_in,
}
if HELPERS.keys() != HELPER_NAMES:
    raise ImportError(f"helpers differ: {HELPERS.keys() ^ HELPER_NAMES}")
SEEN_THROUGH.update(
    {
        function: HELPERS[name]
        for name in (*_BINARY, *_BITWISE, *_REFLECTED, "neg", "pos", "invert")
        for function in {getattr(operator, name)}
    }
)
SEEN_THROUGH.update(
    {getattr(operator, name): HELPERS[name] for name in HELPERS if name in _IN_PLACE}
)
BY_PARTS |= {
    operator.itemgetter: itemgetter,
    operator.attrgetter: attrgetter,
    operator.methodcaller: methodcaller,
}
SEEN_THROUGH |= {
    operator.is_: is_,
    operator.is_not: is_not,
    operator.truth: truth,
    operator.not_: lambda x: not truth(x),
    operator.contains: lambda container, item: in_(item, container),
    operator.getitem: load_item,
    operator.setitem: lambda obj, key, value: store_item(value, obj, key),
    operator.delitem: delete_item,
}
install_helpers(HELPERS)
_ = foreign
