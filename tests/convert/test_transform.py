"""The conversion of syntax: programs behave as they are, and text shows the forms."""

import gc
import linecache
import re
import sys
import textwrap
import traceback
import weakref
from types import FunctionType

import pytest

from npjit._convert.converter import convert
from npjit._convert.markers import HELPER_NAMES
from tests.convert import layout_programs, programs
from tests.convert.transparent import TRANSPARENT, deep_helpers, recording_helpers

FILES = {programs.__file__, layout_programs.__file__}
DEEP = deep_helpers(FILES)


def define(text, name="f", **module_globals):
    """Make a function from text that `linecache` knows."""
    text = textwrap.dedent(text)
    filename = f"<test of conversion {abs(hash(text))}>"
    lines = text.splitlines(keepends=True)
    linecache.cache[filename] = (len(text), None, lines, filename)
    exec(compile(text, filename, "exec", dont_inherit=True), module_globals)
    return module_globals[name]


def without_addresses(text):
    return re.sub(r"0x[0-9a-f]+", "0x", text)


def observe(fn):
    """Result, reports and exception of a program."""
    reports = []

    def log(*values):
        reports.append(without_addresses(repr(values)))
        return values[0] if len(values) == 1 else values

    try:
        result = without_addresses(repr(fn(log)))
    except Exception as error:  # noqa: BLE001  # any exception is an outcome
        frames = traceback.extract_tb(error.__traceback__)
        own = [(f.name, f.lineno) for f in frames if f.filename in FILES]
        result = type(error), str(error), own
    return result, reports


@pytest.mark.parametrize("helpers", [TRANSPARENT, DEEP], ids=["shallow", "deep"])
@pytest.mark.parametrize("fn", programs.PROGRAMS, ids=lambda fn: fn.__name__)
def test_program_behaves_as_it_is(fn, helpers):
    plain = observe(fn)
    assert observe(convert(fn, helpers).function) == plain
    # Calling one converted first and the other later must not matter either.
    assert observe(fn) == plain


def test_there_are_programs_that_fail_and_that_do_not():
    assert len(programs.PROGRAMS) > 80
    for fn in programs.PROGRAMS:
        failed = isinstance(observe(fn)[0], tuple)
        assert failed == fn.__name__.startswith("error_"), fn.__name__


FORMS = [
    # names, attributes, subscripts
    ("x", "lift(x)"),
    ("len", "lift(len)"),
    ("a", "a"),
    ("__debug__", "__debug__"),
    ("a.b.c", "load_attr(load_attr(a, 'b'), 'c')"),
    ("a[0]", "load_item(a, 0)"),
    ("a[1:, ..., ::x]", "load_item(a, (make_slice(1, None, None), ..., "
     "make_slice(None, None, lift(x))))"),
    ("a[*b, 1]", "load_item(a, (*spread(b), 1))"),
    # calls
    ("x(a)", "resolve(x)(a)"),
    ("a(x)", "resolve(a)(lift(x))"),
    ("a.b(1)", "resolve_method(a, 'b')(1)"),
    ("x(a)(b)", "resolve(resolve(x)(a))(b)"),
    ("x(*a, 1, k=b, **a)", "resolve(x)(*spread(a), 1, k=b, **spread(a))"),
    ("super().b(x)", "resolve_method(super(), 'b')(lift(x))"),
    ("locals()[x]", "load_item(locals(), lift(x))"),
    ("eval(x.y)", "eval(load_attr(lift(x), 'y'))"),
    ("float(x), [int(a), a.b.item()], {1: bool(b)}", "(extracting(float)(lift(x)), "
     "[extracting(int)(a), extract_method(load_attr(a, 'b'), 'item')()], "
     "{1: extracting(bool)(b)})"),
    ("float(x) + int(a)", "add(resolve(float)(lift(x)), resolve(int)(a))"),
    # operators
    ("a + b * x", "add(a, mul(b, lift(x)))"),
    ("x * (1 - a)", "mul(lift(x), figure(sub, 1, a))"),
    ("x * (1 - a) + a", "add(mul(lift(x), figure(sub, 1, a)), a)"),
    ("x * (1 - a), a", "(mul(lift(x), sub(1, a)), a)"),
    ("1 - a", "sub(1, a)"),
    ("-a + -1 + (1 + 2j)", "add(add(neg(a), -1), 1 + 2j)"),
    ("not a", "not truth(a)"),
    ("not not a", "not not truth(a)"),
    ("a < b", "lt(a, b)"),
    ("a is b", "is_(a, b)"),
    ("a is None", "a is None"),
    ("a == None", "eq(a, None)"),
    ("a not in b", "not_in(a, b)"),
    ("0 < a < 1", "lt(0, a) and lt(a, 1)"),
    ("a < x.y < b", "(lt(a, (.npjit0 := load_attr(lift(x), 'y'))) and "
     "lt(.npjit0, b), (.npjit0 := None))[0]"),
    ("[0 < c < x for c in a]", "[0 < c < lift(x) for c in iterate(a, None)]"),
    ("a and b or x", "a and b or lift(x)"),
    ("a if a and not b else x", "a if truth(a) and (not truth(b)) else lift(x)"),
    ("a if a is None else b", "a if a is None else b"),
    # comprehensions, displays, lambdas, strings
    ("[c + x for c, (d, *e) in x if c if d]", "[add(c, lift(x)) for c, (d, *e) in "
     "iterate(lift(x), (None, (None, '*'))) if truth(c) if truth(d)]"),
    ("{x: c for x in a for c in x}", "{hashed(x): c for x in iterate(a, None) "
     "for c in iterate(x, None)}"),
    ("[x for x in x]", "[x for x in iterate(lift(x), None)]"),
    ("lambda c, d=x: c + x", "define(lambda c, d=lift(x): c + x)"),
    ("f'{x!r:{a}}'", "f'{shown(lift(x))!r:{shown(a)}}'"),
    ("{**a, b: [*x]}", "{**spread(a), hashed(b): [*spread(lift(x))]}"),
    ("(a := x)", "(a := lift(x))"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "converted"), FORMS)
def test_expression(text, converted):
    fn = define(f"def f(a, b):\n    return {text}")
    *_, last = convert(fn, TRANSPARENT).source.splitlines()
    assert last == f"    return {converted}"


STATEMENTS = [
    ("a.c = x", "store_attr(lift(x), a, 'c')"),
    ("a[b] = x", "store_item(lift(x), a, b)"),
    ("a[:] = 1", "store_item(1, a, make_slice(None, None, None))"),
    ("a = b = x", "a = b = lift(x)"),
    ("a, b = x", "a, b = unpack(lift(x), (None, None))"),
    ("a, b = b, x", "a, b = (b, lift(x))"),
    ("a, (b, *c) = x", "a, (b, *c) = unpack(lift(x), (None, (None, '*')))"),
    ("a, (b, c) = 1, x", "a, (b, c) = unpack((1, lift(x)), (None, (None, None)))"),
    ("a = b.c = x", ".npjit0 = lift(x)\na = .npjit0\n"
     "store_attr(.npjit0, b, 'c')\ndel .npjit0"),
    ("a.c, b = x", ".npjit0, .npjit1 = unpack(lift(x), (None, None))\n"
     "store_attr(.npjit0, a, 'c')\ndel .npjit0\nb = .npjit1\ndel .npjit1"),
    ("c = int(a); d = int(b); a(d); return c",
     "c = extracting(int)(a)\nd = resolve(int)(b)\nresolve(a)(d)\nreturn c"),
    ("a: int = x", "a: int = lift(x)"),
    ("a.c: int = x", "store_attr(lift(x), a, 'c')"),
    ("a: x", "a: x"),
    ("a += x", "a = iadd(a, lift(x))"),
    ("a.c |= x", "aug_attr(a, 'c', ior)(lift(x))"),
    ("a[0] @= x", "aug_item(a, 0, imatmul)(lift(x))"),
    ("del a.c, b[0], a", "delete_attr(a, 'c')\ndelete_item(b, 0)\ndel a"),
    ("if a and x: pass", "if truth(a) and truth(lift(x)):\n    pass"),
    ("assert a, x", "assert truth(a), lift(x)"),
    ("while a < b: pass", ".npjit0 = loop()\nwhile .npjit0(lt(a, b)):\n    pass\n"
     "del .npjit0"),
    ("while a: x = locals()", "while truth(a):\n    x = locals()"),
    ("for c in x: pass", "for c in iterate(lift(x), None):\n    pass"),
    ("for c, d in x: pass", "for c, d in iterate(lift(x), (None, None)):\n    pass"),
    ("for a.c in x: pass", "for .npjit0 in iterate(lift(x), None):\n"
     "    store_attr(.npjit0, a, 'c')\n    del .npjit0\n    pass"),
    ("with a as c, b: pass", "with enter(a) as c:\n    c = lift(c)\n"
     "    with enter(b):\n        pass"),
    ("@x\ndef g(c=a): return x", "@resolve(x)\n@define\ndef g(c=a):\n    return x"),
    ("@a.c(b)\nclass G(x): y = a + b", "@resolve(resolve_method(a, 'c')(b))\n"
     "@define_class()\nclass G(lift(x)):\n    y = a + b"),
    ("match a:\n    case [c, {'k': d, **e}, *g] if c: pass",
     "match a:\n    case [c, {'k': d, **e}, *g] if truth(c):\n        c = lift(c)\n"
     "        e = lift(e)\n        g = lift(g)\n        d = lift(d)\n        pass"),
    ("global z; z = a; z += 1",
     "global z\nsettle()\nz = a\nsettle()\nz = iadd(lift(z), 1)"),
    ("raise x(a) from b", "raise resolve(x)(a) from b"),
    ("try: a()\nexcept x as e: b", "settle()\ntry:\n    resolve(a)()\n"
     "except lift(x) as e:\n    b"),
    ("import os.path as p; p.join", "import os.path as p\nload_attr(p, 'join')"),
    ("async def g(): return x", "@define\nasync def g():\n    return x"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "converted"), STATEMENTS)
def test_statement(text, converted):
    fn = define("def f(a, b):\n" + textwrap.indent(text, "    "))
    head, first, second, *rest = convert(fn, TRANSPARENT).source.splitlines()
    assert (head, first, second) == (
        "def f(a, b):",
        "    a = lift(a)",
        "    b = lift(b)",
    )
    assert textwrap.dedent("\n".join(filter(None, rest))) == converted


def test_parameters_are_lifted_after_the_docstring():
    fn = define("""
        def f(a, /, b, *args, c=1, **kwargs):
            '''Text.'''
            return args
    """)
    converted = convert(fn, TRANSPARENT)
    assert converted.function.__doc__ == "Text."
    lifts = [line.strip() for line in converted.source.splitlines()[2:-1]]
    assert lifts == ["a = lift(a)", "b = lift(b)", "c = lift(c)"]


def test_lambda_lifts_its_parameters_where_they_are_loaded():
    fn = define("f = lambda a, g, *r: g(a) + [a for a in r + g][0]")
    assert convert(fn, TRANSPARENT).source == (
        "lambda a, g, *r: add(resolve(g)(lift(a)), "
        "load_item([a for a in iterate(add(r, lift(g)), None)], 0))"
    )


def test_private_names_are_spelled_as_the_compiler_does():
    cls = define("""
        class _C:
            def f(self, o):
                o.__x, o.__y__ = self.__m(__k=1), o._z
                del o.__x
                o.__n += 1
    """, "_C")  # fmt: skip
    text = convert(cls.f, TRANSPARENT).source
    for name in ("_C__x", "__y__", "_C__m", "_z", "_C__n"):
        assert repr(name) in text


def test_a_nested_class_of_the_class_does_not_change_the_private_names():
    cls = define("""
        class Outer:
            class __Inner: pass
            def f(self): return self.__Inner
    """, "Outer")  # fmt: skip
    assert convert(cls.f, TRANSPARENT).function(cls) is cls._Outer__Inner


def test_helpers_are_called_in_the_order_of_evaluation():
    log = []
    helpers = recording_helpers(log.append)
    fn = define("""
        def f(o):
            o.x[G:] += abs(-o.y) < 3
    """, G=0)  # fmt: skip

    class Owner:
        x, y = memoryview(bytearray(2)), 1

    with pytest.raises(TypeError):
        convert(fn, helpers).function(Owner)
    assert " ".join(log) == (
        "lift load_attr lift make_slice aug_item resolve load_attr neg lt iadd"
    )


def test_every_helper_is_used_and_known():
    used = set()
    helpers = recording_helpers(used.add)
    for fn in programs.PROGRAMS:
        observe(convert(fn, helpers).function)
    assert used == HELPER_NAMES == TRANSPARENT.keys()


TRACKED = weakref.WeakSet()


class Tracked:
    """Something whose end can be seen."""

    def __init__(self):
        TRACKED.add(self)

    def __lt__(self, other):
        return True

    def __iter__(self):
        return iter((Tracked(), Tracked()))


LIFETIMES = [
    "o.a = o.b = T(); del o.a, o.b; return count()",
    "o.a, o.b = T(), T(); del o.a, o.b; return count()",
    "o.a, (o.b, c) = T(), T(); del o.a, o.b, c; return count()",
    "o.a = b, o.c = T(); del o.a, b, o.c; return count()",
    "x = T() < T() < T() < T(); return count()",
    "for o.a in [T(), T()]: pass\n    del o.a; return count()",
    "for o.a, b in [T()]:\n        del o.a, b; return count()",
    "with cm(T()) as (o.a, b): pass\n    del o.a, b; return count()",
    "while T() < T(): return count()",
    "o.a = 0\n    while T() < T():\n        o.a += 1\n        if o.a > 2: break\n"
    "    return count()",
    "[T() for o.a in [T()]]; del o.a; return count()",
    "x = T(); x = 1; return count()",
]


class EnterValue:
    """A context manager that gives what it was made with, and forgets it."""

    def __init__(self, value):
        self.value = value

    def __enter__(self):
        value, self.value = self.value, None
        return value

    def __exit__(self, *args):
        return None


@pytest.mark.parametrize("body", LIFETIMES)
def test_inserted_variables_keep_nothing_alive(body):
    def count():
        return len(TRACKED)

    gc.collect()
    fn = define(f"def f(o):\n    {body}", T=Tracked, count=count, cm=EnterValue)
    plain = fn(programs.Box())
    assert convert(fn, TRANSPARENT).function(programs.Box()) == plain


def test_a_converted_function_shows_no_variable_of_ours_to_locals():
    fn = define("""
        def f(n):
            i = 0
            while 0 < i + 1 < n:
                i += 1
                seen = sorted(locals())
            return seen
    """)  # fmt: skip
    assert convert(fn, TRANSPARENT).function(3) == fn(3)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_type_parameters():
    fn = define("""
        def f(x):
            type Pair[T] = tuple[T, undefined]
            def first[T: int](pair: Pair[T], n=G) -> T:
                return pair[n]
            class Stack[T](list[T]):
                def top(self):
                    return self[-1]
            return first((x, 1)), Stack([x]).top(), Pair.__name__, first.__type_params__
    """, G=0)  # fmt: skip
    converted = convert(fn, TRANSPARENT).function
    assert repr(converted(3)) == repr(fn(3))
    assert isinstance(converted, FunctionType)
