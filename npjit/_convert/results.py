"""Calls whose numbers go nowhere but into the result of a function.

`return float(x.sum()), n`, or `loss = x.item()` where `loss` is named nowhere but in
what is returned. The code alone says so: of a function whose caller is npjit, nobody
sees the number before the call has ended.
"""

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from npjit._convert.scope import Scope
from npjit._convert.source import FunctionNode

__all__ = ["METHODS", "result_calls"]

_BUILTINS: Final = frozenset({"bool", "complex", "float", "int"})
METHODS: Final = frozenset({"item", "tolist"})
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_PAUSING: Final = (ast.Yield, ast.YieldFrom, ast.Await)


def result_calls(
    node: FunctionNode, scope: Scope, cells: Collection[str]
) -> frozenset[int]:
    """The ids of the calls of `float` and its kin that only the caller sees.

    Parameters
    ----------
    node : ast.FunctionDef, ast.AsyncFunctionDef or ast.Lambda
        The function.
    scope : Scope
        Its names.
    cells : collection of str
        Its variables that nested functions share.
    """
    own = list(_own_nodes(node))
    if isinstance(node, ast.AsyncFunctionDef) or any(
        isinstance(part, _PAUSING) for part in own
    ):
        return frozenset()  # its caller is not the one who gets the result
    returned = [part.value for part in own if isinstance(part, ast.Return)]
    if isinstance(node, ast.Lambda):
        returned = [node.body]
    leaves = [leaf for value in returned if value for leaf in _leaves(value)]
    names = _names_in_results_only(node, leaves, scope, cells)
    stored = [
        part.value
        for part in own
        if isinstance(part, ast.Assign) and _is_name(part.targets, names)
    ]
    calls = [x for x in (*leaves, *stored) if _is_asking(x, scope)]
    return frozenset(map(id, calls))


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those of functions inside of it."""
    body = node.body if isinstance(node, _FUNCTIONS) else ast.iter_child_nodes(node)
    for part in body if not isinstance(body, ast.AST) else [body]:
        yield part
        if not isinstance(part, _FUNCTIONS):
            yield from _own_nodes(part)


def _leaves(value: ast.expr) -> Iterator[ast.expr]:
    """What a display is made of; anything else is one."""
    match value:
        case ast.Tuple(elts) | ast.List(elts):
            parts = elts
        case ast.Dict(keys, values):
            parts = [v for k, v in zip(keys, values, strict=True) if k is not None]
        case ast.IfExp():
            parts = [value.body, value.orelse]
        case _:
            yield value
            return
    for part in parts:
        yield from _leaves(part)


def _names_in_results_only(
    node: ast.AST, leaves: list[ast.expr], scope: Scope, cells: Collection[str]
) -> set[str]:
    """The function's own names that it loads nowhere but there."""
    if scope.is_seen:
        return set()
    there = Counter(leaf.id for leaf in leaves if isinstance(leaf, ast.Name))
    nodes = list(ast.walk(node))
    named = Counter(
        part.id
        for part in nodes
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Store)
    )
    updated = {
        part.target.id
        for part in nodes
        if isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)
    }
    own = scope.bound.difference(cells, updated)
    return {name for name in there if there[name] == named[name] and name in own}


def _is_name(targets: list[ast.expr], names: set[str]) -> bool:
    target = targets[0]
    return len(targets) == 1 and isinstance(target, ast.Name) and target.id in names


def _is_asking(x: ast.expr, scope: Scope) -> bool:
    """Whether an expression is `float(...)`, `x.item()` or the like."""
    match x:
        case ast.Call(ast.Name(name), [arg], []):
            asks = name in _BUILTINS and name not in scope.bound
            return asks and not isinstance(arg, ast.Starred)
        case ast.Call(ast.Attribute(attr=name), [], []):
            return name in METHODS
    return False
