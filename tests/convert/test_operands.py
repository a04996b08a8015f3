"""Which parameters stand next to operators only, by the code alone."""

import ast

import pytest

from npjit._convert.operands import find_figures
from npjit._convert.scope import find_scope

OPERANDS = [
    ("return u * t", "u t", []),
    ("return u * (1 - t) + 2 * t * u", "u t", ["1 - t", "2 * t"]),
    ("return -t * u, u / (+t + 0.5)", "u t", ["+t + 0.5"]),
    ("return g(u) - (2 * (t + 1)) * g(u)", "t", ["2 * (t + 1)", "t + 1"]),
    ("v = u.sum()\nv += t\nv *= 2 * t\nreturn v", "t", ["2 * t"]),
    ("u[0] -= t\nu.v /= t", "t", []),
    ("if u > t:\n    u = 1", "t", []),
    ("return g(v * t for v in g)", "u", []),
    ("return g(t * v, k=u[0] + t)", "t", []),
]
OTHERS = [
    "return t",
    "return -t",
    "return 1 - t",
    "return u, t * 2",
    "h = 2 * t\nreturn u * h",
    "return g(t)",
    "return g(u, t * 0.5)",
    "return u**t",
    "return u // t",
    "return u % t",
    "return u @ t",
    "return t**2 * u",
    "return u == t",
    "return 0 < t < u",
    "return u if t else 1",
    "if t:\n    return u * t",
    "while not t:\n    pass",
    "return t and u * t",
    "return [t], u * t",
    "return t.real * u",
    "return t[0] * u",
    "return f'{t}', u * t",
    "return u[t] * t",
    "t = t * u\nreturn u",
    "t += 1\nreturn u * t",
    "u[t] += 1\nreturn u * t",
    "u.v = t\nreturn u * t",
    "del t",
    "for t in u:\n    g(u * t)",
    "return u * (t := 2)",
    "v = (w := t) * u\nreturn w",
    "def h():\n    return t\nreturn u * t",
    "return (lambda: t)() * u * t",
    "class C:\n    v = t\nreturn u * t",
    "return u * t, locals()",
    "return u * t, sys._getframe()",
    "return numexpr.evaluate('u * t') * t",
    "v = eval('t')\nreturn u * t",
    "yield t",
    "return u * ~t",
    "return u * (t * u if u else t)",
    "match t:\n    case 1:\n        return u * t",
    "with t:\n    return u * t",
    "raise t from u * t",
    "assert t, u * t",
]


def figures(body):
    text = "def f(u, t):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    module = ast.parse(text)
    code = compile(module, "<test>", "exec").co_consts[0]
    (node,) = module.body
    found = find_figures(node, find_scope(node, None), code.co_cellvars)
    marked = [ast.unparse(n) for n in ast.walk(node) if id(n) in found.nodes]
    return found.parameters, marked


@pytest.mark.parametrize(("body", "names", "nodes"), OPERANDS)
def test_operands(body, names, nodes):
    parameters, marked = figures(body)
    assert {*names.split()} <= parameters
    assert sorted(marked) == sorted(nodes)


@pytest.mark.parametrize("body", OTHERS)
def test_others(body):
    parameters, marked = figures(body)
    assert "t" not in parameters
    assert not any("t" in text for text in marked)
