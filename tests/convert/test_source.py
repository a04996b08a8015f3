"""The source that is found is the function's own, or none."""

import __future__

import ast
import doctest
import importlib
import linecache
import os
import pkgutil
import textwrap
import types
import warnings
from functools import wraps

import numpy as np
import pytest

from npjit._convert.source import SourceMismatch, find_source

STDLIB = [
    *("argparse", "ast", "bisect", "calendar", "cmd", "collections", "configparser"),
    *("contextlib", "copy", "csv", "dataclasses", "datetime", "difflib", "dis", "enum"),
    *("email.message", "fractions", "functools", "gettext", "heapq", "html.parser"),
    *("inspect", "ipaddress", "json.decoder", "json.encoder", "logging", "pathlib"),
    *("pickle", "pprint", "random", "re", "shlex", "statistics", "string", "tarfile"),
    *("textwrap", "tokenize", "traceback", "typing", "unittest.case", "urllib.parse"),
    *("uuid", "xml.etree.ElementTree", "zipfile"),
]
NUMPY = [
    f"numpy.{name}"
    for package in ("lib", "_core", "linalg", "fft", "polynomial", "ma")
    for _, name, _ in pkgutil.iter_modules(
        importlib.import_module(f"numpy.{package}").__path__, f"{package}."
    )
    if name.rpartition(".")[2] not in {"tests", "cversions"}
]


def functions_of(module):
    """All functions that a module's own code defines, methods and wrapped included."""
    pending, seen = list(vars(module).values()), set()
    while pending:
        value = pending.pop()
        own = getattr(value, "__module__", None) == module.__name__
        if isinstance(value, staticmethod | classmethod):
            pending.append(value.__func__)
        elif isinstance(value, property):
            pending += [value.fget, value.fset, value.fdel]
        elif isinstance(value, type) and own and value not in seen:
            seen.add(value)
            pending += vars(value).values()
        elif isinstance(value, types.FunctionType) and own and value not in seen:
            seen.add(value)
            pending.append(getattr(value, "__wrapped__", None))
            yield value


def source_of(fn):
    return find_source(fn.__code__, fn.__globals__)


def text_of(fn):
    return ast.unparse(source_of(fn).node)


def in_memory(text, filename, *, as_notebook=False, name="f"):
    """Make a function from text that only `linecache` has."""
    text = textwrap.dedent(text)
    lines = text.splitlines(keepends=True)
    linecache.cache[filename] = (len(text), None, lines, filename)
    module_globals = {}
    tree = ast.parse(text, filename)
    parts = [[stmt] for stmt in tree.body] if as_notebook else [tree.body]
    for body in parts:
        code = compile(ast.Module(body, []), filename, "exec", dont_inherit=True)
        exec(code, module_globals)
    return module_globals[name]


@pytest.mark.parametrize("names", [STDLIB, NUMPY], ids=["stdlib", "numpy"])
def test_sources_are_found(names):
    refused, count = [], 0
    for name in names:
        for fn in functions_of(importlib.import_module(name)):
            count += 1
            try:
                found = source_of(fn)
            except SourceMismatch:
                refused.append(f"{name}.{fn.__qualname__}")
            else:
                assert getattr(found.node, "name", "<lambda>") == fn.__code__.co_name
    assert count > 1000
    assert refused == []


def test_function_behind_wraps_is_not_the_wrapped_one():
    def decorate(fn):
        @wraps(fn)
        def wrapper():
            return "wrapper"

        return wrapper

    @decorate
    def wrapped():
        return "wrapped"

    assert "'wrapper'" in text_of(wrapped)
    assert "'wrapped'" in text_of(wrapped.__wrapped__)
    assert source_of(wrapped.__wrapped__).node.decorator_list


# fmt: off
def test_lambdas_on_one_line():
    fns = [lambda x: x + 1, lambda x: x + 2, lambda x: x + 1]; f = lambda: 3  # noqa: E702, E731
    outer = lambda x: lambda y=lambda: x: lambda: (x, y)  # noqa: E731
    fns += [f, outer, outer(1), outer(1).__defaults__[0], outer(1)()]
    nodes = [source_of(fn).node for fn in fns]
    assert len({(node.lineno, node.col_offset) for node in nodes}) == len(fns)
    assert [text_of(fn) for fn in fns] == [
        "lambda x: x + 1",
        "lambda x: x + 2",
        "lambda x: x + 1",
        "lambda: 3",
        "lambda x: lambda y=lambda: x: lambda: (x, y)",
        "lambda y=lambda: x: lambda: (x, y)",
        "lambda: x",
        "lambda: (x, y)",
    ]
# fmt: on


def test_functions_of_one_name():
    def f():
        return 1

    first = f

    def f():
        return 2

    if f():

        def f():
            return 3

    assert [text_of(fn)[-1] for fn in (first, f)] == ["1", "3"]


def test_decorated_function_begins_at_its_decorator():
    @np.vectorize
    # a comment between
    @wraps(len)
    def f(x):
        return x

    assert "return x" in text_of(f.pyfunc)


def test_class_name_is_the_innermost_class_around():
    class _Outer:
        def method(self):
            class Inner:
                default = lambda self, x=(lambda: 1): x  # noqa: E731

            return Inner

    found = source_of(_Outer.method)
    assert found.class_name == "_Outer"
    inner = _Outer().method()
    assert source_of(inner.default).class_name == "Inner"
    assert source_of(inner.default.__defaults__[0]).class_name == "Inner"


def test_statement_that_is_no_definition():
    fn = in_memory(
        "if True:\n  try: f = [{'k': lambda: 7}][0]['k']\n  finally: pass", "<0>"
    )
    assert text_of(fn) == "lambda: 7"


def test_code_compiles_again_from_a_found_source():
    found = source_of(textwrap.TextWrapper._wrap_chunks)
    code = found.compile_with(found.node)
    original = textwrap.TextWrapper._wrap_chunks.__code__
    classes = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    assert original in [c for cls in classes for c in cls.co_consts]


def test_this_module_is_rewritten_by_pytest():
    def asserts(x):
        assert x == 1
        return [lambda: x, x]

    assert "@pytest_ar" in asserts.__code__.co_names
    assert text_of(asserts).splitlines()[1].strip() == "assert x == 1"
    assert text_of(test_lambdas_on_one_line).startswith("def test_lambdas_on_one_line")


def test_cells_of_a_notebook_are_compiled_statement_by_statement():
    # The compiler calls `math.floor` in another way where it sees the import.
    text = "import math\ndef f(x): return math.floor(x)\n"
    whole = in_memory(text, "<whole>")
    parts = in_memory(text, "<parts>", as_notebook=True)
    assert whole.__code__ != parts.__code__
    assert text_of(whole) == text_of(parts) == "def f(x):\n    return math.floor(x)"


def test_future_flags_come_from_the_code():
    text = (
        "def f(x: undefined) -> None:\n    def g(y: undefined): return x\n    return g"
    )
    filename = "<future>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    module_globals = {}
    flags = __future__.annotations.compiler_flag
    exec(compile(text, filename, "exec", flags, dont_inherit=True), module_globals)
    found = source_of(module_globals["f"])
    assert found.flags == flags
    exec(found.compile_with(found.node), module_globals)
    assert module_globals["f"](1).__annotations__ == {"y": "undefined"}


def test_docstring_examples():
    """Functions in doctests have sources, too.

    >>> def double(x):
    ...     return 2 * x
    >>> text_of(double)
    'def double(x):\\n    return 2 * x'
    """
    examples = doctest.DocTestFinder().find(
        test_docstring_examples, globs={"text_of": text_of}
    )
    results = doctest.DocTestRunner().run(examples[0])
    assert results == (0, 2)


def write_module(path, text):
    path.write_text(textwrap.dedent(text))
    os.utime(path, ns=(path.stat().st_mtime_ns + 10**9,) * 2)  # seen as newer
    module_globals = {}
    exec(compile(path.read_text(), str(path), "exec"), module_globals)
    return module_globals["f"]


def test_file_that_was_edited(tmp_path):
    path = tmp_path / "edited.py"
    old = write_module(path, "def f(): return 1\n")
    assert text_of(old).endswith("1")
    new = write_module(path, "def f(): return 2\n")
    assert text_of(new).endswith("2")
    with pytest.raises(
        SourceMismatch, match=r"source of f differs .*edited\.py, line 1"
    ):
        source_of(old)


def test_file_that_moved_by_a_line(tmp_path):
    path = tmp_path / "moved.py"
    old = write_module(path, "def f(): return 1\n")
    path.write_text("\ndef f(): return 1\n")
    with pytest.raises(SourceMismatch, match="was changed after import"):
        source_of(old)


def test_file_that_does_not_parse(tmp_path):
    path = tmp_path / "broken.py"
    old = write_module(path, "def f(): return 1\n")
    path.write_text("def f( return 1\n")
    with pytest.raises(SourceMismatch, match="does not compile"):
        source_of(old)


@pytest.mark.parametrize("filename", ["<string>", "<stdin>", "/no/such/file.py"])
def test_no_source(filename):
    module_globals = {}
    exec(compile("def f(): return 1", filename, "exec"), module_globals)
    with pytest.raises(SourceMismatch, match="no source of f"):
        source_of(module_globals["f"])


def test_generated_code_is_not_taken_for_what_stands_on_its_line():
    module_globals = {}
    text = "def functions_of(module):\n    return 1"
    line = functions_of.__code__.co_firstlineno
    code = compile("\n" * (line - 1) + text, __file__, "exec")
    exec(code, module_globals)
    with pytest.raises(SourceMismatch, match="the code was generated"):
        source_of(module_globals["functions_of"])


def test_warnings_about_the_text_are_not_shown_again():
    text = "def f(x):\n    return x is 1, '\\d'\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fn = in_memory(text, "<warned>")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        filters = list(warnings.filters)
        find_source(fn.__code__, fn.__globals__)
        assert warnings.filters == filters
    assert seen == []


def test_a_warning_shown_once_is_not_shown_again_after_a_search():
    fn = in_memory("def f(): return 'once'", "<once>")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for _ in range(3):
            warnings.warn("shown once", RuntimeWarning, stacklevel=1)
            find_source(fn.__code__, fn.__globals__)
    assert len(seen) == 1
