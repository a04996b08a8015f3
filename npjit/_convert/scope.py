"""The names of a function: which of them are its own, and what it stores outside.

The rules are the compiler's (`symtable` would need the text, not the tree): a name that
is bound anywhere in a function's body is its own, unless declared global or nonlocal.
"""

import ast
from dataclasses import dataclass

from npjit._convert.source import FunctionNode

__all__ = ["Scope", "captures", "find_scope", "mangle", "target_names"]

_FRAME_READERS = frozenset({"locals", "vars", "dir", "eval", "exec"})
#: Functions of libraries that look for names in the frames that call them.
_LOOKING_BACK = frozenset(
    {
        *("_getframe", "breakpoint", "currentframe", "evaluate", "eval", "query"),
        *("re_evaluate", "set_trace", "stack"),
    }
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a function's names mean.

    Parameters
    ----------
    bound : frozenset of str
        Its own names, parameters included.
    parameters : tuple of str
        Its parameters, without ``*args`` and ``**kwargs``.
    stores_global, stores_nonlocal : tuple of str
        Names it binds or deletes outside itself, mangled.
    reads_frame : bool
        Whether it may list its own variables (`locals` and the like).
    is_seen : bool
        Whether others may, whom it calls (`numexpr.evaluate` and the like).
    """

    bound: frozenset[str]
    parameters: tuple[str, ...]
    stores_global: tuple[str, ...]
    stores_nonlocal: tuple[str, ...]
    reads_frame: bool
    is_seen: bool


def find_scope(node: FunctionNode, class_name: str | None) -> Scope:
    """Work out the names of a function.

    Parameters
    ----------
    node : ast.FunctionDef, ast.AsyncFunctionDef or ast.Lambda
        The function.
    class_name : str or None
        The class whose private names it shares.
    """
    bindings = _Bindings()
    for part in node.body if isinstance(node.body, list) else [node.body]:
        bindings.visit(part)
    args = node.args
    parameters = [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    packed = [a.arg for a in (args.vararg, args.kwarg) if a is not None]
    outside = {*bindings.globals, *bindings.nonlocals}

    def stored(declared: dict[str, None]) -> tuple[str, ...]:
        return tuple(mangle(n, class_name) for n in declared if n in bindings.stored)

    return Scope(
        bound=frozenset({*parameters, *packed, *bindings.stored} - outside),
        parameters=tuple(parameters),
        stores_global=stored(bindings.globals),
        stores_nonlocal=stored(bindings.nonlocals),
        reads_frame=bindings.reads_frame,
        is_seen=bindings.reads_frame or bindings.is_seen,
    )


def mangle(name: str, class_name: str | None) -> str:
    """Spell a private name as the compiler does inside a class.

    References
    ----------
    .. [1] https://docs.python.org/3/reference/expressions.html#private-name-mangling
    """
    owner = (class_name or "").lstrip("_")
    if not owner or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    return f"_{owner}{name}"


def target_names(target: ast.AST) -> set[str]:
    """Names that an assignment target binds."""
    return {
        node.id
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def captures(pattern: ast.pattern) -> list[str]:
    """Names that a pattern of a ``match`` statement binds, each once."""
    names: dict[str, None] = {}
    for node in ast.walk(pattern):
        name = node.rest if isinstance(node, ast.MatchMapping) else None
        if isinstance(node, ast.MatchAs | ast.MatchStar):
            name = node.name
        if name is not None:
            names[name] = None
    return list(names)


class _Bindings(ast.NodeVisitor):
    """Collects the names bound in one function body, without the scopes inside it."""

    def __init__(self) -> None:
        self.stored: dict[str, None] = {}  # dict: an ordered set
        self.globals: dict[str, None] = {}
        self.nonlocals: dict[str, None] = {}
        self.reads_frame = False
        self.is_seen = False

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.stored[node.id] = None
        elif node.id in _FRAME_READERS:
            self.reads_frame = True
        elif node.id in _LOOKING_BACK:
            self.is_seen = True

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in _LOOKING_BACK:
            self.is_seen = True
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.globals.update(dict.fromkeys(node.names))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.nonlocals.update(dict.fromkeys(node.names))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.stored[alias.asname or alias.name.partition(".")[0]] = None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self.stored[alias.asname or alias.name] = None

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name is not None:
            self.stored[node.name] = None
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        # `(x): int` without a value is the one form that does not bind x.
        if node.simple or node.value is not None:
            self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_match_case(self, node: ast.match_case) -> None:
        self.stored.update(dict.fromkeys(captures(node.pattern)))
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.stored[node.name] = None
        for part in (*node.decorator_list, node.args):
            self.visit(part)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.stored[node.name] = None
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        # Its targets live in a scope of their own; what `:=` binds does not.
        for part in (node.iter, *node.ifs):
            self.visit(part)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        self.visit(node.name)  # type: ignore[attr-defined]  # Python 3.12
