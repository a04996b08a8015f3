"""The right source of a function: the tree its code object was compiled from.

`inspect.getsource` follows ``__wrapped__`` and trusts line numbers, so it can hand back
another function's text. Here the file of the code object itself is parsed, the function
is looked up by name, line and nesting, and the tree is accepted only if compiling it
again gives an equal code object.
"""

import __future__

import ast
import bisect
import contextlib
import copy
import dataclasses
import functools
import linecache
import re
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any, TypeAlias

__all__ = ["FoundSource", "FunctionNode", "SourceMismatch", "find_source"]

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Path: TypeAlias = tuple[tuple[str, int | None], ...]
Place: TypeAlias = tuple[str, int]  # a code object's name and first line

# nested_scopes is left out: its flag is CO_NESTED, which says something else today.
_FUTURE_FLAGS = functools.reduce(
    int.__or__,
    (
        getattr(__future__, name).compiler_flag
        for name in __future__.all_feature_names
        if name != "nested_scopes"
    ),
)
_MODULES_KEPT = 32  # parsed files; a tree takes about a hundred times its text


class SourceMismatch(Exception):
    """There is no source that provably belongs to a code object."""


@dataclass(frozen=True, slots=True)
class FoundSource:
    """Where a function stands in its file; the trees are shared and never changed.

    Parameters
    ----------
    statement : ast.stmt
        The module's statement that contains the function.
    node : ast.FunctionDef, ast.AsyncFunctionDef or ast.Lambda
        The function itself.
    path : tuple of (str, int or None)
        Fields and list positions that lead from `statement` to `node`.
    class_name : str or None
        The innermost class around the function, whose private names it shares.
    lambda_depth : int
        Number of lambdas whose bodies contain the function, counting itself.
    filename : str
        File name for the compiler.
    imported : tuple of str
        Names that the module's own level imports. The compiler calls ``np.sum(x)``
        otherwise than ``a.sum()`` where `np` is imported.
    flags : int
        Flags of ``from __future__`` imports in effect.
    """

    statement: ast.stmt
    node: FunctionNode
    path: Path
    class_name: str | None
    lambda_depth: int
    filename: str
    imported: tuple[str, ...] = ()
    flags: int = 0

    def compile_with(self, replacement: FunctionNode) -> CodeType:
        """Compile the statement with another function in the place of this one.

        Bodies of functions and classes beside it are left out. They can bind no name of
        the scopes around `replacement`, so its code does not depend on them.

        Returns
        -------
        types.CodeType
            Code of a module that consists of this statement.
        """
        statement = _graft(self.statement, self.path, replacement)
        return _compile(statement, self.imported, self.filename, self.flags)


def find_source(code: CodeType, module_globals: Mapping[str, Any]) -> FoundSource:
    """Find the tree that a function's code object was compiled from.

    Parameters
    ----------
    code : types.CodeType
        Code object of a function or lambda.
    module_globals : Mapping
        The function's globals; `linecache` asks their loader for the text.

    Returns
    -------
    FoundSource

    Raises
    ------
    SourceMismatch
        If there is no source, or none that compiles to `code`.
    """
    text = _read(code.co_filename, module_globals)
    try:
        return _find_in_text(text, code, module_globals)
    except SourceMismatch:
        # linecache may hold the text of an earlier version of the file.
        linecache.checkcache(code.co_filename)
        if (fresh := _read(code.co_filename, module_globals)) == text:
            raise
    return _find_in_text(fresh, code, module_globals)


def _read(filename: str, module_globals: Mapping[str, Any]) -> str:
    # Through the module attribute: doctest replaces linecache.getlines.
    lines = linecache.getlines(filename, dict(module_globals))
    return "".join(lines)


def _find_in_text(
    text: str, code: CodeType, module_globals: Mapping[str, Any]
) -> FoundSource:
    name, filename, line = code.co_qualname, code.co_filename, code.co_firstlineno
    if not text:
        raise SourceMismatch(f"no source of {name}: {filename!r} cannot be read")
    try:
        module = _parse(filename, text)
        for statement in module.statements_at(line):
            found = statement.find(code)
            if found is None and _is_rewritten(code, module_globals):
                found = statement.find_rewritten(code, module.rewritten_codes)
            if found is not None:
                return found
    except (SyntaxError, ValueError, RecursionError) as error:
        raise SourceMismatch(f"source of {name} does not compile: {error}") from error
    raise SourceMismatch(
        f"source of {name} differs from the code that runs: {filename}, line {line}, "
        "was changed after import, or the code was generated"
    )


class _Statement:
    """A statement of a module, with its functions and what they compile to."""

    def __init__(
        self, tree: ast.stmt, filename: str, imported: tuple[str, ...]
    ) -> None:
        self.tree = tree
        self._filename = filename
        # Notebooks compile statement by statement: then no imports are known.
        self._contexts = (imported, ()) if imported else ((),)
        self._compiled: dict[tuple[int, tuple[str, ...]], _CodeIndex] = {}

    @functools.cached_property
    def _functions(self) -> dict[Place, list[FoundSource]]:
        index: dict[Place, list[FoundSource]] = {}
        for found in _walk_functions(self.tree, self._filename):
            index.setdefault(_place(found.node), []).append(found)
        return index

    def _codes(self, flags: int, imported: tuple[str, ...]) -> "_CodeIndex":
        """Code objects the statement compiles to where these names are imported."""
        key = (flags, imported)
        if key not in self._compiled:
            compiled = _compile(self.tree, imported, self._filename, flags)
            self._compiled[key] = _CodeIndex(compiled)
        return self._compiled[key]

    def find(self, code: CodeType) -> FoundSource | None:
        """Return the function that compiles to `code`, or None."""
        flags = code.co_flags & _FUTURE_FLAGS
        for imported in self._contexts:
            for found in self._candidates(code, self._codes(flags, imported)):
                candidate = dataclasses.replace(found, imported=imported, flags=flags)
                if _compiles_to(candidate, code):
                    return candidate
        return None

    def find_rewritten(
        self, code: CodeType, rewritten: "_CodeIndex"
    ) -> FoundSource | None:
        """Return the function whose asserts pytest rewrote into `code`, or None."""
        flags = code.co_flags & _FUTURE_FLAGS
        # A lambda holds no assert statement, so find() has met those already.
        for found in self._candidates(code, rewritten):
            return dataclasses.replace(found, imported=self._contexts[0], flags=flags)
        return None

    def _candidates(self, code: CodeType, index: "_CodeIndex") -> list[FoundSource]:
        place, depths = (code.co_name, code.co_firstlineno), index.depths(code)
        return [f for f in self._functions.get(place, ()) if f.lambda_depth in depths]


class _CodeIndex:
    """The code objects inside a module's, by their names and first lines."""

    def __init__(self, module_code: CodeType) -> None:
        self._codes: dict[Place, list[tuple[CodeType, int]]] = {}
        pending = [(module_code, 0)]
        while pending:
            outer, depth = pending.pop()
            for code in outer.co_consts:
                if isinstance(code, CodeType):
                    own_depth = depth + (code.co_name == "<lambda>")
                    place = (code.co_name, code.co_firstlineno)
                    self._codes.setdefault(place, []).append((code, own_depth))
                    pending.append((code, own_depth))

    def depths(self, code: CodeType) -> list[int]:
        """Lambda depths of all code objects that equal `code`."""
        place = (code.co_name, code.co_firstlineno)
        return [depth for c, depth in self._codes.get(place, ()) if c == code]


class _Module:
    """A parsed file."""

    def __init__(self, filename: str, text: str) -> None:
        self._filename = filename
        self._text = text
        with _quiet_compiler():
            tree = ast.parse(text, filename)
        names = _imported_names(tree)
        self._statements = [_Statement(stmt, filename, names) for stmt in tree.body]
        self._first_lines = [_first_line(stmt) for stmt in tree.body]

    def statements_at(self, line: int) -> Iterator[_Statement]:
        """The statements that contain a line; several if they stand on one line."""
        index = bisect.bisect_right(self._first_lines, line) - 1
        while index >= 0 and line <= (self._statements[index].tree.end_lineno or 0):
            yield self._statements[index]
            index -= 1

    @functools.cached_property
    def rewritten_codes(self) -> _CodeIndex:
        """Code objects of the whole module after pytest's rewriting of asserts."""
        rewrite = sys.modules["_pytest.assertion.rewrite"]
        with _quiet_compiler():
            tree = ast.parse(self._text, self._filename)
        rewrite.rewrite_asserts(tree, self._text.encode())
        return _CodeIndex(_compile_module(tree, self._filename, 0))


@functools.lru_cache(maxsize=_MODULES_KEPT)
def _parse(filename: str, text: str) -> _Module:
    return _Module(filename, text)


def _is_rewritten(code: CodeType, module_globals: Mapping[str, Any]) -> bool:
    if "_pytest.assertion.rewrite" not in sys.modules:
        return False
    return "@pytest_ar" in module_globals or "@pytest_ar" in code.co_names


def _compile(
    statement: ast.stmt, imported: tuple[str, ...], filename: str, flags: int
) -> CodeType:
    """Compile a statement as part of a module that imports some names."""
    body = [statement]
    if imported:
        imports = ast.Import([ast.alias(name) for name in imported])
        body.insert(0, ast.fix_missing_locations(imports))
    return _compile_module(ast.Module(body, []), filename, flags)


def _compile_module(module: ast.Module, filename: str, flags: int) -> CodeType:
    # A notebook cell may await at its top level; functions are not affected.
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with _quiet_compiler():
        code = compile(module, filename, "exec", flags, dont_inherit=True)
    assert isinstance(code, CodeType)
    return code


# The compiler of Python 3.11 counts the depth of trees for all threads together, and
# raises SystemError when two work at once.
_compiling = threading.RLock()


@contextlib.contextmanager
def _quiet_compiler() -> Iterator[None]:
    """Keep the compiler's warnings about the user's text from showing twice.

    `warnings.catch_warnings` would do it too, but marks all filters as changed, and
    then each warning a program has shown once (``default``) is shown once more.
    """
    filters: Any = warnings.filters  # another thread may swap the list meanwhile
    quiet = [
        ("ignore", None, SyntaxWarning, None, 0),
        ("ignore", re.compile("invalid "), DeprecationWarning, None, 0),  # Python 3.11
    ]
    with _compiling:
        filters[:0] = quiet
        try:
            yield
        finally:
            for entry in quiet:
                filters.remove(entry)


def _first_line(node: ast.AST) -> int:
    """Line where the compiler lets a function begin: its first decorator's."""
    decorators = getattr(node, "decorator_list", None)
    first: Any = decorators[0] if decorators else node
    line: int = first.lineno
    return line


def _place(node: FunctionNode) -> Place:
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    return name, _first_line(node)


def _walk_functions(statement: ast.stmt, filename: str) -> Iterator[FoundSource]:
    """All functions in a statement, with the class and the lambdas around them."""
    pending: list[tuple[ast.AST, Path, str | None, int]] = [(statement, (), None, 0)]
    while pending:
        node, path, class_name, depth = pending.pop()
        if isinstance(node, FunctionNode):
            own_depth = depth + isinstance(node, ast.Lambda)
            yield FoundSource(statement, node, path, class_name, own_depth, filename)
        for name, index, child in _children(node):
            inside = name == "body"  # not its decorators, bases or defaults
            pending.append(
                (
                    child,
                    (*path, (name, index)),
                    node.name
                    if inside and isinstance(node, ast.ClassDef)
                    else class_name,
                    depth + (inside and isinstance(node, ast.Lambda)),
                )
            )


def _imported_names(module: ast.Module) -> tuple[str, ...]:
    """Names that a module's own level imports, in branches and loops, too."""
    names: dict[str, None] = {}
    pending: list[ast.AST] = [module]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = None
        elif not isinstance(node, ast.expr | FunctionNode | ast.ClassDef):
            pending += ast.iter_child_nodes(node)
    names.pop("*", None)
    return tuple(names)


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            yield name, None, value
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST):
                    yield name, index, item


def _compiles_to(found: FoundSource, code: CodeType) -> bool:
    """Whether a function at the right place is the one that compiles to `code`.

    Only lambdas can share a line and a nesting. Such a one is the right one if `code`
    is gone when its body is taken out.
    """
    node = found.node
    if not isinstance(node, ast.Lambda):
        return True
    body = ast.copy_location(ast.Constant(None), node.body)
    empty = ast.copy_location(ast.Lambda(node.args, body), node)
    with_body, without_body = (
        _CodeIndex(found.compile_with(n)).depths(code) for n in (node, empty)
    )
    return len(without_body) < len(with_body)


def _graft(node: Any, path: Path, replacement: FunctionNode) -> Any:
    """Copy the nodes along a path, with `replacement` at its end."""
    if not path:
        return replacement
    (name, index), rest = path[0], path[1:]
    child = getattr(node, name)
    copied = copy.copy(node)
    if index is None:
        setattr(copied, name, _graft(child, rest, replacement))
    else:
        items = [_without_body(item) for item in child]
        items[index] = _graft(child[index], rest, replacement)
        setattr(copied, name, items)
    return copied


def _without_body(node: Any) -> Any:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node
    copied = copy.copy(node)
    copied.body = [ast.copy_location(ast.Pass(), node.body[0])]
    return copied
