"""Nodes of a tree: they are built anew, never changed, each where another one stood."""

import ast
from typing import Any, TypeAlias

__all__ = ["Where", "constant", "is_literal", "let", "rebuilt", "spec", "where"]

Where: TypeAlias = dict[str, Any]


def where(node: ast.AST) -> Where:
    """Position of a node, as keywords for another one's constructor."""
    if not hasattr(node, "lineno"):
        return {}  # `arguments`, `comprehension` and the like have none
    return {name: getattr(node, name) for name in node._attributes}


def rebuilt(node: Any, **changes: Any) -> Any:
    """Copy a node with other values of some fields."""
    fields = {name: getattr(node, name, None) for name in node._fields}
    return type(node)(**(fields | changes), **where(node))


def constant(value: Any, at: Where) -> ast.Constant:
    """Return the constant `value` at a position."""
    return ast.Constant(value, **at)


def let(name: str, value: ast.expr, at: Where) -> ast.NamedExpr:
    """Return ``(name := value)``."""
    return ast.NamedExpr(ast.Name(name, ast.Store(), **at), value, **at)


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is a number such as ``-1`` or ``1 + 2j``."""
    if isinstance(node, ast.BinOp):
        return is_literal(node.left) and is_literal(node.right)
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        return is_literal(node.operand)
    return isinstance(node, ast.Constant)


def spec(target: ast.expr) -> Any:
    """Describe the shape of a target: None or "*" for a leaf, or a tuple of these."""
    if isinstance(target, ast.Tuple | ast.List):
        return tuple(spec(element) for element in target.elts)
    return "*" if isinstance(target, ast.Starred) else None
