"""Parameters that a function uses as operands only: `t` in `u * (1 - t) + 0.5 * t * v`.

Converted code sees each use of such a parameter, since operators are calls of helpers.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from npjit._convert.scope import Scope
from npjit._convert.source import FunctionNode

__all__ = ["Figures", "find_figures"]

_ARITHMETIC: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_ORDERING: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_SIGNS: Final = (ast.UAdd, ast.USub)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a function computes of parameters and constant numbers alone.

    Parameters
    ----------
    parameters : frozenset of str
        The parameters that are operands wherever they stand, and so is what is computed
        of them and of constants alone.
    nodes : frozenset of int
        The ids of the binary operations that do so.
    """

    parameters: frozenset[str] = frozenset()
    nodes: frozenset[int] = frozenset()


def find_figures(node: FunctionNode, scope: Scope, cells: Collection[str]) -> Figures:
    """Find the parameters of a function that stand next to operators only.

    Parameters
    ----------
    node : ast.FunctionDef, ast.AsyncFunctionDef or ast.Lambda
        The function.
    scope : Scope
        Its names.
    cells : collection of str
        Its variables that nested functions share.
    """
    if scope.is_seen:
        return Figures()
    body = ast.Module(node.body, []) if isinstance(node.body, list) else node.body
    names = set(scope.parameters).difference(cells, _other_uses(body))
    nodes = [
        part
        for part in ast.walk(body)
        if isinstance(part, ast.BinOp) and _figure(part) in names
    ]
    return Figures(frozenset(names), frozenset(map(id, nodes)))


def _other_uses(node: ast.AST, *, is_operand: bool = False) -> Iterator[str]:
    """The names that are used here as something else than an operand."""
    figure = _figure(node)
    if figure is not None:
        if not is_operand:
            yield figure
        return
    match node:
        case ast.BinOp(left, op, right) if isinstance(op, _ARITHMETIC):
            parts = [left, right]
        case ast.Compare(left, [op], [right]) if isinstance(op, _ORDERING):
            parts = [left, right]
        case ast.AugAssign(target, op, value) if isinstance(op, _ARITHMETIC):
            yield from _other_uses(target)
            parts = [value]
        case ast.Name(name):  # a target
            yield name
            return
        case _:
            for part in ast.iter_child_nodes(node):
                yield from _other_uses(part)
            return
    for part in parts:
        yield from _other_uses(part, is_operand=True)


def _figure(node: ast.AST) -> str | None:
    """The name that an expression is made of, beside constant numbers."""
    match node:
        case ast.Name(name, ast.Load()):
            return name
        case ast.UnaryOp(op, operand) if isinstance(op, _SIGNS):
            return _figure(operand)
        case ast.BinOp(ast.Constant(value), op, operand) | ast.BinOp(
            operand, op, ast.Constant(value)
        ) if isinstance(op, _ARITHMETIC) and type(value) in (int, float):
            return _figure(operand)
    return None
