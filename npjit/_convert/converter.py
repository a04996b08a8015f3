"""Converted functions: found, transformed, compiled and kept by code object.

A helper stands in the compiled code as a constant, so no name of npjit enters the
user's globals or closures, and a call of it costs no lookup.
"""

import ast
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType

from npjit._convert.markers import MARKER
from npjit._convert.source import SourceMismatch, find_source
from npjit._convert.transform import Transformed, transform

__all__ = ["Converted", "Unconvertible", "convert"]

_CO_ASYNC_GENERATOR = 0x200  # inspect.CO_ASYNC_GENERATOR; inspect is slow to import


class Unconvertible(Exception):
    """A function that runs unconverted; the text says why."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A converted function.

    Parameters
    ----------
    function : types.FunctionType
        It has the globals, closure, defaults and attributes of the original.
    stores_global, stores_nonlocal : tuple of str
        Names it binds or deletes outside itself.
    source : str
        Its text, for people to read: helpers by name, inserted variables as
        ``.npjit0`` and so on.
    numbers : frozenset of str
        Parameters that are operands wherever they stand.
    """

    function: FunctionType
    stores_global: tuple[str, ...]
    stores_nonlocal: tuple[str, ...]
    source: str
    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Template:
    """What all functions with one code object share."""

    code: CodeType
    stores_global: tuple[str, ...]
    stores_nonlocal: tuple[str, ...]
    source: str
    numbers: frozenset[str]
    helpers: Mapping[str, object]  # keeps their id from being used again


# By the ids of a code object and of the helpers. Not by equality: equal code objects
# may come from different files, and hashing one takes microseconds.
_templates: dict[tuple[int, int], _Template | Unconvertible] = {}


def convert(fn: FunctionType, helpers: Mapping[str, object]) -> Converted:
    """Convert a function.

    Parameters
    ----------
    fn : types.FunctionType
        Any function written in Python.
    helpers : Mapping from str to callable
        One for each of `markers.HELPER_NAMES`; the same mapping each time, since
        conversions are kept for it.

    Returns
    -------
    Converted
        With a new function, whose code is shared by all functions that share ``fn``'s.

    Raises
    ------
    Unconvertible
        If there is no source that provably is the function's, or it cannot be
        converted faithfully.
    """
    template = _templates.get((id(fn.__code__), id(helpers)))
    if template is None:
        template = _keep_template(fn, helpers)
    if isinstance(template, Unconvertible):
        raise Unconvertible(*template.args)
    return Converted(
        _rebuild_function(fn, template.code),
        template.stores_global,
        template.stores_nonlocal,
        template.source,
        template.numbers,
    )


def _rebuild_function(fn: FunctionType, code: CodeType) -> FunctionType:
    """Make a function that differs from `fn` in its code only."""
    function = FunctionType(
        code, fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__
    )
    function.__kwdefaults__ = fn.__kwdefaults__
    function.__qualname__ = fn.__qualname__
    function.__module__ = fn.__module__
    function.__doc__ = fn.__doc__
    function.__dict__ = fn.__dict__  # shared: code may count in `f.calls`
    _share_annotations(fn, function)
    return function


def _share_annotations(fn: FunctionType, function: FunctionType) -> None:
    for name in _ANNOTATION_ATTRIBUTES:
        setattr(function, name, getattr(fn, name))


# Python 3.14 evaluates annotations when they are asked for: hand on how.
_ANNOTATION_ATTRIBUTES = (
    "__annotate__" if hasattr(FunctionType, "__annotate__") else "__annotations__",
    *(["__type_params__"] if hasattr(FunctionType, "__type_params__") else []),
)


def _keep_template(
    fn: FunctionType, helpers: Mapping[str, object]
) -> _Template | Unconvertible:
    code = fn.__code__
    key = (id(code), id(helpers))
    template: _Template | Unconvertible
    try:
        template = _make_template(fn, helpers)
    except Unconvertible as error:
        template = Unconvertible(*error.args)  # without the traceback's frames
    _templates[key] = template
    weakref.finalize(code, _templates.pop, key, None).atexit = False
    return template


def _make_template(fn: FunctionType, helpers: Mapping[str, object]) -> _Template:
    code = fn.__code__
    if code.co_flags & _CO_ASYNC_GENERATOR:
        raise Unconvertible(f"{code.co_qualname} is an asynchronous generator")
    try:
        found = find_source(code, fn.__globals__)
        transformed = transform(found, code.co_cellvars)
        compiled = found.compile_with(transformed.node)
    except SourceMismatch as error:
        raise Unconvertible(str(error)) from error
    except RecursionError as error:
        raise Unconvertible(f"{code.co_qualname} is nested too deeply") from error
    marked = _find_marked(compiled, code)
    converted = code if marked is None else _with_helpers(marked, code, helpers)
    scope = transformed.scope
    return _Template(
        converted,
        scope.stores_global,
        scope.stores_nonlocal,
        _readable(transformed),
        transformed.numbers,
        helpers,
    )


def _find_marked(outer: CodeType, original: CodeType) -> CodeType | None:
    """Find the converted code: the one with markers in the original's place."""
    for code in outer.co_consts:
        if not isinstance(code, CodeType):
            continue
        if _is_place_of(code, original) and _has_marker(code):
            return code
        if (found := _find_marked(code, original)) is not None:
            return found
    return None


def _is_place_of(code: CodeType, original: CodeType) -> bool:
    return (code.co_qualname, code.co_firstlineno) == (
        original.co_qualname,
        original.co_firstlineno,
    )


def _has_marker(code: CodeType) -> bool:
    return any(
        _has_marker(const)
        if isinstance(const, CodeType)
        else isinstance(const, str) and const.startswith(MARKER)
        for const in code.co_consts
    )


def _with_helpers(
    marked: CodeType, original: CodeType, helpers: Mapping[str, object]
) -> CodeType:
    """Put helpers in the places of their markers."""
    own_codes = {c: c for c in original.co_consts if isinstance(c, CodeType)}

    def replaced(const: object) -> object:
        if isinstance(const, str) and const.startswith(MARKER):
            return helpers[const.removeprefix(MARKER)]
        if not isinstance(const, CodeType):
            return const
        # A nested function keeps the very code object it has without conversion.
        return own_codes.get(const) or filled(const)

    def filled(code: CodeType) -> CodeType:
        if not _has_marker(code):
            return code
        return code.replace(co_consts=tuple(map(replaced, code.co_consts)))

    code = filled(marked)
    if _shape(code) != _shape(original):
        raise Unconvertible(f"{original.co_qualname} changes when it is converted")
    return code


def _shape(code: CodeType) -> tuple[object, ...]:
    """What a conversion must leave as it is."""
    count = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
    return (*count, code.co_flags, code.co_freevars, code.co_name, code.co_filename)


class _HelperNames(ast.NodeTransformer):
    """Shows markers as names."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, str) and node.value.startswith(MARKER):
            return ast.Name(node.value.removeprefix(MARKER), ast.Load())
        return node


def _readable(transformed: Transformed) -> str:
    return ast.unparse(_HelperNames().visit(transformed.node))
