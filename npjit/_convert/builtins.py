"""Builtins and functions of the standard library that see stand-ins.

They ask users' objects as Python does, through converted special methods, and call
converted functions. Importing this module fills `groups.SEEN_THROUGH`.
"""

from __future__ import annotations

import functools
import itertools
import operator
import sys
from collections.abc import Callable
from typing import Any, Final

from npjit._array.array import ARRAYS, STAND_INS, lift, shell_of
from npjit._convert.attributes import delete_attr, load_attr, store_attr
from npjit._convert.c_calls import native_or_foreign, reader
from npjit._convert.calls import resolve_method
from npjit._convert.foreign import note_effect
from npjit._convert.groups import (
    BY_PARTS,
    CONTAINERS,
    FUNCTION_AT,
    LAZY,
    SEEN_THROUGH,
    SHOWING,
)
from npjit._convert.iteration import inside_iterator, is_iterable, iterate, iterator_of
from npjit._convert.operators import OPERATORS, absolute, divided, in_
from npjit._convert.resolve import call_user, resolve
from npjit._convert.special import defines, recording, truth
from npjit._convert.subscripts import delete_item, load_item, store_item
from npjit._convert.up_to_date import sync_for


def _all(iterable: Any, /) -> bool:
    return all(map(truth, iterate(iterable, None)))


def _any(iterable: Any, /) -> bool:
    return any(map(truth, iterate(iterable, None)))


def _gathered(kind: type) -> Callable[..., Any]:
    """`list(x)` and its kin: they ask `x` for its items."""

    def run(*args: Any) -> Any:
        if kind in (set, frozenset):
            sync_for(args)  # its items are hashed
        if len(args) != 1 or type(args[0]) in CONTAINERS or recording() is None:
            return kind(*args)
        return kind(iterator_of(args[0]))

    return run


def _over(plain: Callable[..., Any]) -> Callable[..., Any]:
    """`zip`, `enumerate` and those of `itertools`: functions and iterables inside."""
    position, keyword = FUNCTION_AT.get(plain, (-1, None))

    def inside(x: Any, is_function: bool) -> Any:
        return x if x is None else resolve(x) if is_function else inside_iterator(x)

    def run(*args: Any, **kwargs: Any) -> Any:
        given = {k: inside(v, k == keyword) for k, v in kwargs.items()}
        return plain(*(inside(v, i == position) for i, v in enumerate(args)), **given)

    return run


def _accumulate(iterable: Any, func: Any = None, **kwargs: Any) -> Any:
    step = OPERATORS["add"] if func is None else resolve(func)
    return itertools.accumulate(inside_iterator(iterable), step, **kwargs)


def _chained(iterables: Any, /) -> Any:
    return itertools.chain.from_iterable(map(inside_iterator, iterate(iterables, None)))


def _answered(plain: Callable[..., Any], name: str, kind: type) -> Callable[..., Any]:
    """A builtin that asks a special method of a user's class, converted here."""

    def run(*args: Any, **kwargs: Any) -> Any:
        if not args or not defines(type(args[0]), name) or recording() is None:
            return plain(*args, **kwargs)
        result = call_user(getattr(type(args[0]), name), *args, **kwargs)
        return result if isinstance(result, kind) else plain(result)

    return run


def _iter(*args: Any) -> Any:
    if len(args) == 1:
        return args[0] if recording() is None else iterator_of(args[0])
    return iter(*map(inside_iterator, args))


def _str(*args: Any, **kwargs: Any) -> Any:
    if len(args) + len(kwargs) > 1:  # it decodes what an array holds
        return _decode(*args, **kwargs)
    return _show(*args, **kwargs)


_show, _decode = native_or_foreign(str), reader(str)


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


#: What `sum` adds itself, as long as it is given nothing else.
_SUMMED: Final = frozenset({int, float, complex, bool})


def _sum(iterable: Any, /, start: Any = 0) -> Any:
    total = sum((), start)  # text is refused
    items = iter(iterate(iterable, None))
    if type(start) in _SUMMED:
        # From Python 3.12 on their rounding errors are carried along.
        numbers: list[Any] = []
        for item in items:
            if type(item) not in _SUMMED:
                items = itertools.chain((item,), items)
                break
            numbers.append(item)
        total = sum(numbers, start)
    for item in items:
        total = OPERATORS["add"](total, item)
    return total


_power_modulo = native_or_foreign(pow)


def _pow(*args: Any, **kwargs: Any) -> Any:
    if len(args) == 2 and not kwargs:
        return OPERATORS["pow"](*args)
    return _power_modulo(*args, **kwargs)


def _extremum(plain: Callable) -> Callable:
    def run(*args: Any, key: Any = None, **kwargs: Any) -> Any:
        given = dict(kwargs)
        if key is not None:
            given["key"] = resolve(key)
        items = list(iterate(args[0], None)) if len(args) == 1 else list(args)
        sync_for(items)
        return plain(items, **given) if len(args) == 1 else plain(*items, **given)

    return run


def _sorted(iterable: Any, /, *, key: Any = None, reverse: bool = False) -> list:
    key = None if key is None else resolve(key)
    items = list(iterate(iterable, None))
    sync_for(items)
    return sorted(items, key=key, reverse=reverse)


def _map(function: Any, *iterables: Any) -> Any:
    return map(resolve(function), *(iterate(it, None) for it in iterables))


def _filter(function: Any, iterable: Any) -> Any:
    function = None if function is None else resolve(function)
    return filter(function, iterate(iterable, None))


def _reduce(function: Any, iterable: Any, *initial: Any) -> Any:
    items = iterate(iterable, None) if is_iterable(iterable) else iterable
    return functools.reduce(resolve(function), items, *initial)


def _type(*args: Any, **kwargs: Any) -> Any:
    if len(args) == 1:
        return args[0].__class__ if type(args[0]) in STAND_INS else type(args[0])
    if len(args) == 3 and isinstance(args[2], dict):
        place = {"__module__": sys._getframe(1).f_globals.get("__name__")}
        args = (*args[:2], place | args[2])  # that of the caller, not ours
    return type(*args, **kwargs)


def _id(x: Any) -> int:
    note_effect("id")
    return id(shell_of(x)) if type(x) in ARRAYS else id(x)


def _next(it: Any, *default: Any) -> Any:
    if defines(type(it), "__next__"):
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


_TABLE: dict[Any, Any] = {
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
    **dict.fromkeys((abs, operator.abs), absolute),
    divmod: divided,
    pow: _pow,
    reversed: _answered(reversed, "__reversed__", object),
    **{kind: _gathered(kind) for kind in (list, tuple, set, frozenset)},
    **{plain: _over(plain) for plain in LAZY},
    itertools.accumulate: _accumulate,
    **{plain: native_or_foreign(plain) for plain in SHOWING},
    str: _str,
}
SEEN_THROUGH.update(_TABLE)
# The functions of `operator` are the operators.
SEEN_THROUGH.update(
    (getattr(operator, name), helper)
    for name, helper in OPERATORS.items()
    if name not in ("in_", "not_in")
)
SEEN_THROUGH.update(
    {
        operator.not_: lambda x: not truth(x),
        operator.contains: lambda container, item: in_(item, container),
        operator.getitem: load_item,
        operator.setitem: lambda obj, key, value: store_item(value, obj, key),
        operator.delitem: delete_item,
    }
)
BY_PARTS.update(
    {
        operator.itemgetter: itemgetter,
        operator.attrgetter: attrgetter,
        operator.methodcaller: methodcaller,
    }
)
