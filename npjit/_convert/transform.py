"""Conversion of a function's statements; `expressions` has the other half.

Only the function's own body is converted. Nested functions and classes keep their code
and are converted when they are called; what their definitions evaluate in this scope
(decorators, defaults, base classes) is converted here.
"""

import ast
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from npjit._convert.expressions import ExpressionTransformer
from npjit._convert.markers import IN_PLACE, call, helper
from npjit._convert.nodes import Where, constant, rebuilt, spec, where
from npjit._convert.operands import find_figures
from npjit._convert.results import result_calls
from npjit._convert.scope import Scope, captures, find_scope, mangle
from npjit._convert.source import FoundSource, FunctionNode

__all__ = ["Transformed", "transform"]


@dataclass(frozen=True, slots=True)
class Transformed:
    """A function after its conversion: its tree, with markers, and its names.

    `numbers` are the parameters that may be given a `Number`.
    """

    node: FunctionNode
    scope: Scope
    numbers: frozenset[str]


def transform(found: FoundSource, cells: Collection[str]) -> Transformed:
    """Convert a function's tree.

    Parameters
    ----------
    found : FoundSource
        The function.
    cells : collection of str
        Its variables that nested functions share (``co_cellvars``).
    """
    node = found.node
    scope = find_scope(node, found.class_name)
    is_lambda = isinstance(node, ast.Lambda)
    lifted = frozenset(scope.parameters) if is_lambda else frozenset[str]()
    results = result_calls(node, scope, cells)
    figures = find_figures(node, scope, cells)
    transformer = FunctionTransformer(
        scope, lifted, cells, found.class_name, found.imported, results, figures.nodes
    )
    return Transformed(transformer.function(node), scope, figures.parameters)


class FunctionTransformer(ExpressionTransformer):
    """Converts the statements of one function."""

    def function(self, node: FunctionNode) -> FunctionNode:
        """Convert the function itself: its body, not what its definition evaluates."""
        converted: FunctionNode
        if isinstance(node, ast.Lambda):
            converted = rebuilt(node, body=self.visit(node.body))
            return converted
        has_docstring = ast.get_docstring(node, clean=False) is not None
        docstring, body = node.body[:has_docstring], node.body[has_docstring:]
        lifts = self._lifts(self._scope.parameters, _where_def(node))
        converted = rebuilt(node, body=[*docstring, *lifts, *self._list(body)])
        return converted

    def _lifts(self, names: Sequence[str], at: Where) -> list[ast.stmt]:
        return [
            _assign(
                ast.Name(name, ast.Store(), **at),
                call("lift", [ast.Name(name, ast.Load(), **at)], at),
                at,
            )
            for name in names
        ]

    # -- Definitions -------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Any:
        # On the line of `def`: the first decorator's line is the code's first line.
        define = helper("define", _where_def(node))
        decorators = [*map(self.callee, node.decorator_list), define]
        args = self.visit(node.args)
        return rebuilt(node, decorator_list=decorators, args=args)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        # It is called before the body runs, and what it returns afterwards.
        define = call("define_class", [], where(node))
        decorators = [*map(self.callee, node.decorator_list), define]
        if getattr(node, "type_params", None):  # bases have a scope of their own
            return rebuilt(node, decorator_list=decorators)
        bases, keywords = self._list(node.bases), self._list(node.keywords)
        return rebuilt(node, decorator_list=decorators, bases=bases, keywords=keywords)

    def visit_TypeAlias(self, node: ast.AST) -> ast.AST:
        """Leave it: its value is evaluated later, in a scope of its own."""
        return node

    # -- Stores ------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> Any:
        stored = self._assigned(node)
        if not any(map(self._is_outside, node.targets)):
            return stored
        return [_settle(node), *(stored if type(stored) is list else [stored])]

    def _assigned(self, node: ast.Assign) -> Any:
        value = self.visit(node.value)
        if all(isinstance(target, ast.Name) for target in node.targets):
            return rebuilt(node, value=value)
        if len(node.targets) == 1:
            return self._store(node.targets[0], value, node.value)
        at, name = where(node), self._new_name()
        stores = [
            statement
            for target in node.targets
            for statement in self._store(target, ast.Name(name, ast.Load(), **at))
        ]
        first = _assign(ast.Name(name, ast.Store(), **at), value, at)
        return [first, *stores, _delete(name, at)]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return node
        value = self.visit(node.value)
        if isinstance(node.target, ast.Name):
            return rebuilt(node, value=value)
        return self._store(node.target, value)

    def _store(
        self, target: ast.expr, value: ast.expr, original: ast.expr | None = None
    ) -> list[ast.stmt]:
        """Store a converted value; `original` is what it was, if it was written out."""
        at = where(target)
        if isinstance(target, ast.Attribute):
            at = self.where_attribute(target)
            args = [value, *self.attribute(target)]
            return [_expression(call("store_attr", args, at))]
        if isinstance(target, ast.Subscript):
            args = [value, *self.subscript(target)]
            return [_expression(call("store_item", args, at))]
        if isinstance(target, ast.Tuple | ast.List):
            return self._unpack(target, value, original)
        return [_assign(target, value, at)]

    def _unpack(
        self, target: ast.Tuple | ast.List, value: ast.expr, original: ast.expr | None
    ) -> list[ast.stmt]:
        at = where(target)
        if _holds_names(target):
            if not _mirrors(original, target):
                value = call("unpack", [value, constant(spec(target), at)], at)
            return [_assign(target, value, at)]
        # Attributes and subscripts are stored by helpers, one after the other as
        # Python does it: names and nested targets between them have to wait, too.
        pattern, stores = self._postponed(target)
        if not _is_display_for(original, target):
            flat = spec(pattern)
            value = call("unpack", [value, constant(flat, at)], at)
        return [_assign(pattern, value, at), *stores]

    def _postponed(
        self, target: ast.Tuple | ast.List
    ) -> tuple[ast.Tuple, list[ast.stmt]]:
        """Return a target of new names, and the stores of their values."""
        elements: list[ast.expr] = []
        stores: list[ast.stmt] = []
        for element in target.elts:
            name, at = self._new_name(), where(element)
            leaf: ast.expr = ast.Name(name, ast.Store(), **at)
            if isinstance(element, ast.Starred):
                leaf, element = ast.Starred(leaf, element.ctx, **at), element.value
            elements.append(leaf)
            stores += self._store_and_release(element, name)
        return ast.Tuple(elements, target.ctx, **where(target)), stores

    def _store_and_release(self, target: ast.expr, name: str) -> list[ast.stmt]:
        """Store the value of an inserted variable and forget the variable."""
        at = where(target)
        first, *rest = self._store(target, ast.Name(name, ast.Load(), **at))
        return [first, _delete(name, at), *rest]

    def _bound_target(self, target: ast.expr) -> tuple[ast.expr, list[ast.stmt]]:
        """Return what a ``for`` or ``with`` binds, and what its body begins with."""
        at, name = where(target), self._new_name()
        leaf = ast.Name(name, ast.Store(), **at)
        return leaf, self._store_and_release(target, name)

    def _is_outside(self, target: ast.expr) -> bool:
        """Whether a target binds a name outside the function."""
        names = {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
        outside = {*self._scope.stores_global, *self._scope.stores_nonlocal}
        return any(mangle(name, self._class_name) in outside for name in names)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        at, target, op = where(node), node.target, IN_PLACE[type(node.op)]
        value = self.visit(node.value)
        if isinstance(target, ast.Name):
            loaded = self.visit(ast.Name(target.id, ast.Load(), **where(target)))
            stored = _assign(target, call(op, [loaded, value], at), at)
            return [_settle(node), stored] if self._is_outside(target) else stored
        if isinstance(target, ast.Attribute):
            place = call("aug_attr", [*self.attribute(target), helper(op, at)], at)
        else:
            place = call("aug_item", [*self.subscript(target), helper(op, at)], at)
        return _expression(ast.Call(place, [value], [], **at))

    def visit_Delete(self, node: ast.Delete) -> Any:
        return [self._delete(target) for target in _leaves(node.targets)]

    def _delete(self, target: ast.expr) -> ast.stmt:
        at = where(target)
        if isinstance(target, ast.Attribute):
            at = self.where_attribute(target)
            return _expression(call("delete_attr", self.attribute(target), at))
        if isinstance(target, ast.Subscript):
            return _expression(call("delete_item", self.subscript(target), at))
        return ast.Delete([target], **at)

    # -- Control flow ------------------------------------------------------------

    def visit_Try(self, node: ast.Try | ast.TryStar) -> Any:
        # What may fail later than where it stands must not fail inside.
        return [_settle(node), self.generic_visit(node)]

    visit_TryStar = visit_Try

    def visit_If(self, node: ast.If) -> Any:
        body, orelse = self._list(node.body), self._list(node.orelse)
        return rebuilt(node, test=self.test(node.test), body=body, orelse=orelse)

    def visit_Assert(self, node: ast.Assert) -> Any:
        msg = self.visit(node.msg) if node.msg else None
        at = where(_where_raised(node))
        return ast.Assert(self.test(node.test), msg, **at)

    def visit_While(self, node: ast.While) -> Any:
        body, orelse = self._list(node.body), self._list(node.orelse)
        if self._scope.reads_frame:  # locals() would show the inserted variable
            return rebuilt(node, test=self.test(node.test), body=body, orelse=orelse)
        at, name = where(node.test), self._new_name()
        is_parted = isinstance(node.test, ast.BoolOp)
        test = self.test(node.test) if is_parted else self.visit(node.test)
        asked = ast.Call(ast.Name(name, ast.Load(), **at), [test], [], **at)
        return [
            _assign(ast.Name(name, ast.Store(), **at), call("loop", [], at), at),
            rebuilt(node, test=asked, body=body, orelse=orelse),
            _delete(name, at),
        ]

    def visit_For(self, node: ast.For) -> Any:
        target, stores = node.target, list[ast.stmt]()
        if not _holds_names(target):
            target, stores = self._bound_target(target)
        iterable = self.iterate(node.iter, spec(target))
        body, orelse = self._list(node.body), self._list(node.orelse)
        return rebuilt(
            node, target=target, iter=iterable, body=[*stores, *body], orelse=orelse
        )

    def visit_With(self, node: ast.With) -> Any:
        # One statement for each: a target is lifted before the next one is entered.
        body = self._list(node.body)
        for item in reversed(node.items):
            target, stores = self._entered(item.optional_vars)
            at = where(item.context_expr)
            manager = call("enter", [self.visit(item.context_expr)], at)
            entered = ast.withitem(manager, target)
            body = [rebuilt(node, items=[entered], body=[*stores, *body])]
        return body

    def _entered(
        self, target: ast.expr | None
    ) -> tuple[ast.expr | None, list[ast.stmt]]:
        if target is None:
            return None, []
        if isinstance(target, ast.Name):
            return target, self._lifts([target.id], where(target))
        return self._bound_target(target)

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        """Convert a case: the pattern stays, its captures are lifted in the body."""
        guard = self.test(node.guard) if node.guard else None
        lifts = self._lifts(captures(node.pattern), where(node.pattern))
        return ast.match_case(node.pattern, guard, [*lifts, *self._list(node.body)])


def _where_def(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Where:
    """Position of the word ``def``."""
    return where(node) | {
        "end_lineno": node.lineno,
        "end_col_offset": node.col_offset + len("def"),
    }


def _where_raised(node: ast.Assert) -> ast.AST:
    """Return what stands where Python lets an assertion fail.

    Python 3.11 means the comparison that its test ends with, later ones the statement.
    """
    test = node.test
    while isinstance(test, ast.BoolOp | ast.UnaryOp):
        test = test.values[-1] if isinstance(test, ast.BoolOp) else test.operand
    is_old = sys.version_info < (3, 12)
    return test if is_old and isinstance(test, ast.Compare) else node


def _assign(target: ast.expr, value: ast.expr, at: Where) -> ast.Assign:
    return ast.Assign([target], value, None, **at)


def _expression(node: ast.expr) -> ast.Expr:
    return ast.Expr(node, **where(node))


def _settle(node: ast.stmt) -> ast.stmt:
    """What computes, before a statement, what may raise."""
    return _expression(call("settle", [], where(node)))


def _delete(name: str, at: Where) -> ast.Delete:
    return ast.Delete([ast.Name(name, ast.Del(), **at)], **at)


def _leaves(targets: Sequence[ast.expr]) -> list[ast.expr]:
    """Targets with their tuples and lists taken apart."""
    leaves: list[ast.expr] = []
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            leaves += _leaves(target.elts)
        else:
            leaves.append(target)
    return leaves


def _holds_names(target: ast.expr) -> bool:
    """Whether a target binds names only."""
    if isinstance(target, ast.Starred):
        return _holds_names(target.value)
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_holds_names, target.elts))
    return isinstance(target, ast.Name)


def _is_display_for(
    value: ast.expr | None, target: ast.Tuple | ast.List
) -> TypeGuard[ast.Tuple | ast.List]:
    """Whether a value is written out element by element, as its target is."""
    if not isinstance(value, ast.Tuple | ast.List):
        return False
    starred = any(isinstance(e, ast.Starred) for e in (*value.elts, *target.elts))
    return len(value.elts) == len(target.elts) and not starred


def _mirrors(value: ast.expr | None, target: ast.Tuple | ast.List) -> bool:
    """Whether that holds for nested targets, too."""
    return _is_display_for(value, target) and all(
        _mirrors(element, nested)
        for element, nested in zip(value.elts, target.elts, strict=True)
        if isinstance(nested, ast.Tuple | ast.List)
    )
