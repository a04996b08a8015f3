"""Markers: the helpers of converted code as they stand in its tree.

A marker is a string constant that begins with NUL; `converter` replaces it by the
helper in the compiled code.
"""

import ast
from collections.abc import Iterable

from npjit._convert.nodes import Where, where

__all__ = [
    "BINARY",
    "HELPER_NAMES",
    "IN_PLACE",
    "MARKER",
    "UNARY",
    "call",
    "compare",
    "helper",
    "truth",
]

MARKER = "\0npjit:"  # NUL: no text in a user's program starts like this

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
}
IN_PLACE = {op: f"i{name.rstrip('_')}" for op, name in BINARY.items()}
UNARY: dict[type[ast.unaryop], str] = {
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Invert: "invert",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Is: "is_",
    ast.IsNot: "is_not",
    ast.In: "in_",
    ast.NotIn: "not_in",
}
_OTHERS = (
    *("lift", "resolve", "resolve_method", "spread", "define", "make_slice"),
    *("load_attr", "load_item", "store_attr", "store_item", "aug_attr", "aug_item"),
    *("delete_attr", "delete_item", "unpack", "iterate", "truth", "enter", "loop"),
    *("define_class", "settle", "hashed", "shown", "extracting", "extract_method"),
    "figure",
)
HELPER_NAMES = frozenset(_OTHERS).union(
    *(table.values() for table in (BINARY, IN_PLACE, UNARY, _COMPARISONS))
)


def helper(name: str, at: Where) -> ast.Constant:
    """Return the marker of a helper."""
    return ast.Constant(MARKER + name, **at)


def call(name: str, args: Iterable[ast.expr], at: Where) -> ast.Call:
    """Return a call of a helper."""
    return ast.Call(helper(name, at), list(args), [], **at)


def compare(op: ast.cmpop, left: ast.expr, right: ast.expr, at: Where) -> ast.expr:
    """Return one comparison; that with a constant by `is` is Python's own."""
    constants = isinstance(left, ast.Constant) or isinstance(right, ast.Constant)
    if constants and isinstance(op, ast.Is | ast.IsNot):
        return ast.Compare(left, [op], [right], **at)
    return call(_COMPARISONS[type(op)], [left, right], at)


def truth(node: ast.expr) -> ast.expr:
    """Ask for a converted expression's truth, where Python does not know it yet."""
    match node:
        case ast.Constant() | ast.Name("__debug__") | ast.UnaryOp(ast.Not()):
            return node
        case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
            return node
    return call("truth", [node], where(node))
