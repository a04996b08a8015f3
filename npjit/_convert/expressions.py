"""Conversion of expressions: operations, calls and loads go through helpers.

Trees are shared between conversions, so nodes are built anew and never changed; what
needs no conversion is taken over as it is. Each new node stands where the one it
replaces stood, so that a traceback shows the user's own line.

A helper stands in the tree as its *marker* (`markers.py`). Inserted variables are
called ``.npjit0`` and so on, like Python's own ``.0``: no name in a user's program can
equal them.
"""

import ast
import itertools
from collections.abc import Callable, Collection
from typing import Any, TypeGuard

from npjit._convert.markers import BINARY, UNARY, call, compare, helper, truth
from npjit._convert.nodes import Where, constant, is_literal, let, rebuilt, spec, where
from npjit._convert.scope import Scope, mangle, target_names

__all__ = ["ExpressionTransformer"]

# They look at the frame or the `__class__` cell of their caller.
_FRAME_FUNCTIONS = frozenset(
    {"super", "locals", "globals", "vars", "dir", "eval", "exec", "breakpoint"}
)

_HASHING = (ast.SetComp, ast.DictComp)
_COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class _MethodCall(ast.Call):
    """For type checkers: a call whose callee is an attribute."""

    func: ast.Attribute


class ExpressionTransformer(ast.NodeVisitor):
    """Converts expressions that stand in one function.

    Parameters
    ----------
    scope : Scope
        The function's names.
    lifted : collection of str
        Names of its own that are lifted at each load (the parameters of a lambda).
    cells : collection of str
        Names of its own that nested functions share.
    class_name : str or None
        The class whose private names it shares.
    imported : collection of str
        Names that its module imports.
    results : collection of int
        The ids of its calls whose numbers are part of its result only.
    figures : collection of int
        The ids of operations of a parameter and constant numbers.
    """

    def __init__(
        self,
        scope: Scope,
        lifted: Collection[str],
        cells: Collection[str],
        class_name: str | None,
        imported: Collection[str],
        results: Collection[int],
        figures: Collection[int],
    ) -> None:
        self._scope = scope
        self._lifted = lifted
        self._cells = cells
        self._class_name = class_name
        self._imported = imported
        self._results = results
        self._figures = figures
        self._comprehensions: list[set[str]] = []  # names bound in those around
        self._counter = itertools.count()

    # -- The tree ----------------------------------------------------------------

    def generic_visit(self, node: ast.AST) -> Any:
        """Build a node anew from its converted children."""
        if not node._fields:
            return node
        return rebuilt(
            node,
            **{
                name: self._children(getattr(node, name, None)) for name in node._fields
            },
        )

    def _children(self, value: Any) -> Any:
        if isinstance(value, list):
            return self._list(value)
        return self.visit(value) if isinstance(value, ast.AST) else value

    def _list(self, nodes: list[Any]) -> list[Any]:
        """Convert a list of nodes; a statement may become several."""
        result: list[Any] = []
        for node in nodes:
            converted = self._children(node)
            if isinstance(converted, list):
                result += converted
            else:
                result.append(converted)
        return result

    def _new_name(self) -> str:
        return f".npjit{next(self._counter)}"

    # -- Names, attributes, subscripts -------------------------------------------

    def _is_own(self, name: str) -> bool:
        return name in self._scope.bound or self._is_comprehension_name(name)

    def _is_comprehension_name(self, name: str) -> bool:
        return any(name in names for names in self._comprehensions)

    def _is_lifted(self, name: str) -> bool:
        """Whether `name`, where it is loaded, may hold what nobody has lifted yet."""
        if self._is_comprehension_name(name):
            return False
        return name not in self._scope.bound or name in self._lifted

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if not isinstance(node.ctx, ast.Load) or node.id == "__debug__":
            return node
        return call("lift", [node], where(node)) if self._is_lifted(node.id) else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            converted: ast.expr = self.generic_visit(node)
            return converted
        return call("load_attr", self.attribute(node), self.where_attribute(node))

    def attribute(self, node: ast.Attribute) -> list[ast.expr]:
        """Convert an attribute to its object and its name as the compiler spells it."""
        name = mangle(node.attr, self._class_name)
        return [self.visit(node.value), constant(name, self.where_attribute(node))]

    def where_attribute(self, node: ast.Attribute) -> Where:
        """Position of an attribute's name, where it starts a line of its own.

        That is where the compiler sees the operation of a chain over several lines.
        """
        at = where(node)
        column = node.end_col_offset - len(node.attr) if node.end_col_offset else -1
        if node.lineno != node.end_lineno and column >= 0:
            at |= {"lineno": node.end_lineno, "col_offset": column}
        return at

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            converted: ast.expr = self.generic_visit(node)
            return converted
        return call("load_item", self.subscript(node), where(node))

    def subscript(self, node: ast.Subscript) -> list[ast.expr]:
        """Convert a subscript to its object and its key."""
        return [self.visit(node.value), self.visit(node.slice)]

    def visit_Slice(self, node: ast.Slice) -> ast.expr:
        at = where(node)
        parts = (node.lower, node.upper, node.step)
        return call(
            "make_slice",
            [self.visit(p) if p else constant(None, at) for p in parts],
            at,
        )

    # -- Calls -------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.expr:
        at = where(node)
        if self._is_method_call(node):
            position = self.where_attribute(node.func)
            at |= {name: position[name] for name in ("lineno", "col_offset")}
        return ast.Call(
            self.callee(node.func, is_result=id(node) in self._results),
            [self._argument(arg) for arg in node.args],
            [self._keyword(keyword) for keyword in node.keywords],
            **at,
        )

    def _is_method_call(self, node: ast.Call) -> TypeGuard["_MethodCall"]:
        """Whether the compiler lets a call start at the method's name.

        It matters for a call over several lines only.
        """
        func, starred = node.func, any(isinstance(a, ast.Starred) for a in node.args)
        if not isinstance(func, ast.Attribute) or starred:
            return False
        of_module = isinstance(func.value, ast.Name) and func.value.id in self._imported
        return not of_module and all(keyword.arg for keyword in node.keywords)

    def callee(self, node: ast.expr, *, is_result: bool = False) -> ast.expr:
        """Convert an expression that is going to be called."""
        if isinstance(node, ast.Attribute):
            args, at = self.attribute(node), self.where_attribute(node)
            return call("extract_method" if is_result else "resolve_method", args, at)
        if not isinstance(node, ast.Name):
            return call("resolve", [self.visit(node)], where(node))
        if node.id in _FRAME_FUNCTIONS and not self._is_own(node.id):
            return node
        return call("extracting" if is_result else "resolve", [node], where(node))

    def _argument(self, node: ast.expr) -> ast.expr:
        if not isinstance(node, ast.Starred):
            argument: ast.expr = self.visit(node)
            return argument
        return ast.Starred(self._spread(node.value), node.ctx, **where(node))

    def _keyword(self, node: ast.keyword) -> ast.keyword:
        spreads = node.arg is None
        value = self._spread(node.value) if spreads else self.visit(node.value)
        return ast.keyword(node.arg, value, **where(node))

    def _spread(self, node: ast.expr) -> ast.expr:
        return call("spread", [self.visit(node)], where(node))

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        args = self.visit(node.args)
        return call("define", [rebuilt(node, args=args)], where(node))

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        """Convert defaults; annotations stay as they are."""
        defaults, kw_defaults = self._list(node.defaults), self._list(node.kw_defaults)
        args: ast.arguments = rebuilt(node, defaults=defaults, kw_defaults=kw_defaults)
        return args

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            converted: ast.expr = self.generic_visit(node)
            return converted
        return ast.Starred(self._spread(node.value), node.ctx, **where(node))

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        keys = [None if key is None else self._hashed(key) for key in node.keys]
        values = [
            self._spread(value) if key is None else self.visit(value)
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        return ast.Dict(keys, values, **where(node))

    def visit_Set(self, node: ast.Set) -> ast.expr:
        return ast.Set(list(map(self._hashed, node.elts)), **where(node))

    def _hashed(self, node: ast.expr) -> ast.expr:
        if isinstance(node, (ast.Constant, ast.Starred)):
            found: ast.expr = self.visit(node)
            return found
        return call("hashed", [self.visit(node)], where(node))

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        return ast.YieldFrom(self._spread(node.value), **where(node))

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        value = call("shown", [self.visit(node.value)], where(node.value))
        converted: ast.expr = rebuilt(
            node, value=value, format_spec=self._children(node.format_spec)
        )
        return converted

    # -- Operators ---------------------------------------------------------------

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if is_literal(node):
            return node
        operands, at = [self.visit(node.left), self.visit(node.right)], where(node)
        if id(node) in self._figures:
            return call("figure", [helper(BINARY[type(node.op)], at), *operands], at)
        return call(BINARY[type(node.op)], operands, at)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if is_literal(node):
            return node
        if isinstance(node.op, ast.Not):
            return ast.UnaryOp(node.op, self.test(node.operand), **where(node))
        return call(UNARY[type(node.op)], [self.visit(node.operand)], where(node))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        return self._comparison(node, lambda result: result)

    def _comparison(
        self, node: ast.Compare, finish: Callable[[ast.expr], ast.expr]
    ) -> ast.expr:
        """Convert a comparison, or a chain of them; `finish` is applied to each."""
        if len(node.ops) == 1:
            left, right = self.visit(node.left), self.visit(node.comparators[0])
            return finish(compare(node.ops[0], left, right, where(node)))
        if self._comprehensions or self._scope.reads_frame:
            # An inserted variable would be seen by locals(), and one that is bound
            # in a comprehension outlives it.
            return finish(self.generic_visit(node))
        return self._chain(node, finish)

    def _chain(
        self, node: ast.Compare, finish: Callable[[ast.expr], ast.expr]
    ) -> ast.expr:
        at = where(node)
        left, links, kept = self.visit(node.left), [], []
        for op, operand in zip(node.ops, node.comparators, strict=True):
            again = right = self.visit(operand)
            if operand is not node.comparators[-1] and not self._is_steady(operand):
                kept.append(self._new_name())
                right = let(kept[-1], right, at)
                again = ast.Name(kept[-1], ast.Load(), **at)
            links.append(finish(compare(op, left, right, at)))
            left = again
        chain = ast.BoolOp(ast.And(), links, **at)
        if not kept:
            return chain
        # An expression cannot `del`; None keeps nothing alive either.
        released = [let(name, constant(None, at), at) for name in kept]
        values = ast.Tuple([chain, *released], ast.Load(), **at)
        return ast.Subscript(values, constant(0, at), ast.Load(), **at)

    def _is_steady(self, node: ast.expr) -> bool:
        """Whether an expression has the same value when it is evaluated again."""
        if isinstance(node, ast.Name):
            return node.id in self._scope.bound and node.id not in self._cells
        return isinstance(node, ast.Constant)

    # -- Tests -------------------------------------------------------------------

    def test(self, node: ast.expr) -> ast.expr:
        """Convert an expression of which only the truth is asked."""
        if isinstance(node, ast.BoolOp):
            values = [self.test(value) for value in node.values]
            return ast.BoolOp(node.op, values, **where(node))
        if isinstance(node, ast.Compare):
            return self._comparison(node, truth)
        return truth(self.visit(node))

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test, body = self.test(node.test), self.visit(node.body)
        return ast.IfExp(test, body, self.visit(node.orelse), **where(node))

    # -- Comprehensions ----------------------------------------------------------

    def _comprehension(self, node: _COMPREHENSION) -> ast.expr:
        """Convert a comprehension; its first iterable belongs to the scope around."""
        first = self._iterable(node.generators[0])
        targets = [generator.target for generator in node.generators]
        self._comprehensions.append(set().union(*map(target_names, targets)))
        try:
            hashed = node._fields[0] if isinstance(node, _HASHING) else ""
            fields = {
                name: (self._hashed if name == hashed else self.visit)(
                    getattr(node, name)
                )
                for name in node._fields
                if name != "generators"
            }
            generators = [
                self._generator(g, self._iterable(g) if index else first)
                for index, g in enumerate(node.generators)
            ]
        finally:
            self._comprehensions.pop()
        converted: ast.expr = rebuilt(node, generators=generators, **fields)
        return converted

    visit_ListComp = visit_SetComp = _comprehension
    visit_DictComp = visit_GeneratorExp = _comprehension

    def _generator(
        self, node: ast.comprehension, iterable: ast.expr
    ) -> ast.comprehension:
        ifs = [self.test(condition) for condition in node.ifs]
        return ast.comprehension(self.visit(node.target), iterable, ifs, node.is_async)

    def _iterable(self, node: ast.comprehension | ast.For) -> ast.expr:
        if isinstance(node, ast.comprehension) and node.is_async:
            asynchronous: ast.expr = self.visit(node.iter)
            return asynchronous
        return self.iterate(node.iter, spec(node.target))

    def iterate(self, iterable: ast.expr, target_spec: Any) -> ast.expr:
        """Convert what a loop runs over."""
        at = where(iterable)
        args = [self.visit(iterable), constant(target_spec, at)]
        return call("iterate", args, at)
