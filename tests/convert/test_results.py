"""Which numbers go nowhere but into the result of a function, by its code alone."""

import ast

import pytest

from npjit._convert.results import result_calls
from npjit._convert.scope import find_scope

MARKED = [
    ("return float(x)", ["float(x)"]),
    ("return bool(x), [int(x), {'k': x.item()}]", ["bool(x)", "int(x)", "x.item()"]),
    ("return a.b[0].tolist()", ["a.b[0].tolist()"]),
    ("return complex(x) if x else 0", ["complex(x)"]),
    ("e = float(x)\nreturn e", ["float(x)"]),
    ("e = float(x)\nif k:\n    e = x.item()\nreturn [e]", ["float(x)", "x.item()"]),
    ("if k:\n    return float(x)\nreturn k", ["float(x)"]),
    ("for x in k:\n    with x:\n        return float(x)", ["float(x)"]),
    ("return float(x), int(x) > 1", ["float(x)"]),
    ("return *k, float(x)", ["float(x)"]),
    ("return {**k, 'e': float(x)}", ["float(x)"]),
    ("e = None\nwhile k:\n    e = float(x)\nreturn e, e", ["float(x)"]),
]
LEFT = [
    "float(x)",
    "return float(x) + 1",
    "return -float(x)",
    "return not bool(x)",
    "return abs(float(x))",
    "return {float(x)}",
    "return {float(x): 1}",
    "return (float(x), k)[0]",
    "return [float(y) for y in x]",
    "return *float(x), k",
    "return k and float(x)",
    "return (e := float(x))",
    "return float(*x)",
    "return float(x, k)",
    "return float(x=k)",
    "return x.item(0)",
    "return x.sum()",
    "yield float(x)",
    "yield k\nreturn float(x)",
    "def g():\n    return float(x)\nreturn g",
    "return lambda: float(x)",
    "class C:\n    e = float(x)\nreturn C",
    "float = k\nreturn float(x)",
    "import float\nreturn float(x)",
    "e = float(x)\nprint(e)\nreturn e",
    "e = float(x)\nif e:\n    k = 2\nreturn e",
    "e = float(x)\ne += 1\nreturn e",
    "e = float(x)\ndel e\nreturn k",
    "e = e2 = float(x)\nreturn e",
    "e, k = float(x), 1\nreturn e",
    "e = float(x)\ndef g():\n    return e\nreturn e",
    "e = float(x)\nreturn e, locals()",
    "e = float(x)\nreturn e, [e for _ in k]",
    "e = float(x)\nreturn e, e.real",
    "e = float(x)",
    "global e\ne = float(x)\nreturn e",
    "k[0] = float(x)\nreturn k[0]",
    "k.e = float(x)\nreturn k.e",
]


def marked(body):
    """What is marked in a function with this body."""
    text = "def f(x, k, a):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    module = ast.parse(text)
    code = compile(module, "<test>", "exec").co_consts[0]
    (node,) = module.body
    found = result_calls(node, find_scope(node, None), code.co_cellvars)
    return [ast.unparse(part) for part in ast.walk(node) if id(part) in found]


@pytest.mark.parametrize(("body", "calls"), MARKED)
def test_numbers_of_the_result(body, calls):
    assert sorted(marked(body)) == sorted(calls)


@pytest.mark.parametrize("body", LEFT)
def test_numbers_that_python_may_look_at(body):
    assert marked(body) == []


def test_coroutines_are_left():
    (node,) = ast.parse("async def f(x):\n    return float(x)").body
    assert not result_calls(node, find_scope(node, None), ())


def test_a_lambda_returns_its_body():
    (statement,) = ast.parse("lambda x: (float(x), abs(int(x)))").body
    (call, _) = statement.value.body.elts
    found = result_calls(statement.value, find_scope(statement.value, None), ())
    assert found == {id(call)}
