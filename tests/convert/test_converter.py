"""Converted functions are the user's functions, with other code."""

import builtins
import collections
import colorsys
import copy
import difflib
import dis
import fractions
import gc
import importlib.util
import inspect
import json
import json.encoder
import linecache
import random
import statistics
import sys
import textwrap
import threading
import time
import traceback
import types
import weakref

import pytest

from npjit._convert import converter
from npjit._convert.converter import Unconvertible, convert
from tests.convert.test_source import functions_of
from tests.convert.transparent import TRANSPARENT, recording_helpers

LEVEL = 3


def scale(x, by=2, *, plus: int = 0) -> float:
    """Scale x."""
    return LEVEL * x * by + plus


def make_counter(start):
    count = start

    def step(by=1):
        nonlocal count
        count += by
        return count

    return step


def test_a_converted_function_looks_like_the_original():
    scale.calls = 5
    converted = convert(scale, TRANSPARENT).function
    assert converted is not scale
    assert converted(2) == scale(2)
    for name in (
        *("__name__", "__qualname__", "__module__", "__doc__", "__globals__"),
        *("__defaults__", "__kwdefaults__", "__annotations__", "__dict__"),
        *("__closure__", "__builtins__"),
    ):
        assert getattr(converted, name) is getattr(scale, name), name
    assert inspect.signature(converted) == inspect.signature(scale)
    for name in ("co_filename", "co_firstlineno", "co_qualname", "co_flags"):
        assert getattr(converted.__code__, name) == getattr(scale.__code__, name)


def test_helpers_are_constants_and_no_name_is_added():
    code = convert(scale, TRANSPARENT).function.__code__
    assert TRANSPARENT["mul"] in code.co_consts
    assert set(code.co_names) == set(scale.__code__.co_names)
    assert not [c for c in code.co_consts if isinstance(c, str) and "npjit" in c]
    assert "mul" not in scale.__globals__
    assert not hasattr(builtins, "mul")


def test_closures_are_shared():
    first, second = make_counter(0), make_counter(100)
    one, two = convert(first, TRANSPARENT), convert(second, TRANSPARENT)
    assert [one.function(), first(), one.function(5), two.function()] == [1, 2, 7, 101]
    assert one.function.__code__ is two.function.__code__
    assert one.stores_nonlocal == ("count",)
    assert one.stores_global == ()


def test_names_stored_outside():
    class _Owner:
        def f(self):
            global __private, made, read, Kind, walrus
            import os as made

            class Kind:
                pass

            [walrus := 1 for _ in range(2)]
            for __private, _x in []:
                pass
            return read

    converted = convert(_Owner.f, TRANSPARENT)
    names = {"_Owner__private", "made", "Kind", "walrus"}
    assert set(converted.stores_global) == names
    pending, stored = [_Owner.f.__code__], set()
    while pending:  # on Python 3.11 a comprehension has code of its own
        code = pending.pop()
        pending += [c for c in code.co_consts if isinstance(c, types.CodeType)]
        for instruction in dis.get_instructions(code):
            if instruction.opname == "STORE_GLOBAL":
                stored.add(instruction.argval)
    assert stored == names


def test_redefinition_is_followed():
    def define(text):
        filename = f"<redefined {hash(text)}>"
        linecache.cache[filename] = (len(text), None, [text], filename)
        namespace = {}
        exec(compile(text, filename, "exec"), namespace)
        return namespace["f"]

    results = [convert(define(f"def f(): return {n}"), TRANSPARENT) for n in range(3)]
    assert [r.function() for r in results] == [0, 1, 2]


def test_equal_code_from_another_file_is_another_function():
    text = "def f(): return tuple([__file__])"
    fns = []
    for filename in ("<first>", "<second>"):
        linecache.cache[filename] = (len(text), None, [text], filename)
        namespace = {"__file__": filename}
        exec(compile(text, filename, "exec"), namespace)
        fns.append(namespace["f"])
    assert fns[0].__code__ == fns[1].__code__
    converted = [convert(fn, TRANSPARENT).function for fn in fns]
    assert [fn.__code__.co_filename for fn in converted] == ["<first>", "<second>"]
    assert [fn() for fn in converted] == [("<first>",), ("<second>",)]


def test_conversions_end_with_their_code():
    text = "def f(): return len([])"
    linecache.cache["<ends>"] = (len(text), None, [text], "<ends>")
    namespace = {}
    exec(compile(text, "<ends>", "exec"), namespace)
    code = weakref.ref(namespace["f"].__code__)
    key = (id(code()), id(TRANSPARENT))
    convert(namespace["f"], TRANSPARENT)
    assert key in converter._templates
    namespace.clear()
    gc.collect()
    assert code() is None
    assert key not in converter._templates


def test_each_mapping_of_helpers_has_its_own_conversion():
    log = []
    other = recording_helpers(log.append)
    assert convert(scale, TRANSPARENT).function(1) == convert(scale, other).function(1)
    assert log == ["lift", "lift", "lift", "lift", "mul", "mul", "add"]


def test_nested_functions_keep_their_code():
    converted = convert(make_counter, TRANSPARENT).function
    assert converted(0).__code__ is make_counter(0).__code__
    nested = [c for c in scale_all.__code__.co_consts if isinstance(c, types.CodeType)]
    kept = convert(scale_all, TRANSPARENT).function.__code__.co_consts
    assert next(c for c in nested if c.co_name == "<lambda>") in kept


def scale_all(xs):
    fns = [lambda x: x * 2]
    return [fns[0](x) for x in xs]


def test_a_function_with_nothing_to_convert_keeps_its_code():
    def nothing():
        """Do nothing."""

    def unreachable():
        return 1
        raise KeyError(LEVEL)

    assert convert(nothing, TRANSPARENT).function.__code__ is nothing.__code__
    assert convert(unreachable, TRANSPARENT).function() == 1


def test_a_method_keeps_its_class_cell():
    class Base:
        def f(self):
            return "base"

    class Derived(Base):
        def f(self):
            return super().f(), __class__

    fn = convert(Derived.f, TRANSPARENT).function
    assert fn(Derived()) == ("base", Derived)


def test_tracebacks_show_the_users_line():
    def fails(x):
        y = x + 1
        return {}[y]

    with pytest.raises(KeyError) as info:
        convert(fails, TRANSPARENT).function(1)
    last = traceback.extract_tb(info.value.__traceback__)[-1]
    assert (last.filename, last.name, last.line) == (__file__, "fails", "return {}[y]")


UNCONVERTIBLE = [
    ("def f(): return 1", "<string>", r"no source of f: '<string>' cannot be read"),
    ("async def f(): yield 1", __file__, "f is an asynchronous generator"),
    (
        "def f(): return 1",
        __file__,
        r"source of f differs .*test_converter\.py, line 1",
    ),
]


@pytest.mark.parametrize(("text", "filename", "reason"), UNCONVERTIBLE)
def test_unconvertible(text, filename, reason):
    namespace = {}
    exec(compile(text, filename, "exec"), namespace)
    for _ in range(2):  # found out, and remembered
        with pytest.raises(Unconvertible, match=reason):
            convert(namespace["f"], TRANSPARENT)


def test_an_expression_too_deep_for_the_compiler_is_unconvertible():
    text = "def f(x): return " + "+".join(["x"] * 900)
    linecache.cache["<deep>"] = (len(text), None, [text], "<deep>")
    namespace = {}
    exec(compile(text, "<deep>", "exec"), namespace)
    with pytest.raises(Unconvertible, match="f is nested too deeply"):
        convert(namespace["f"], TRANSPARENT)


def test_threads_convert_at_once():
    fns = list(functions_of(textwrap))
    results = []

    def work():
        results.append([convert(fn, dict(TRANSPARENT)).source for fn in fns])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(result == results[0] for result in results)


# -- The standard library, converted -------------------------------------------------


@pytest.fixture
def in_place(monkeypatch):
    """Give all functions of a module their converted code."""

    def convert_module(module):
        fns = list(functions_of(module))
        for fn in fns:
            code = convert(fn, TRANSPARENT).function.__code__
            monkeypatch.setattr(fn, "__code__", code)
        return len(fns)

    return convert_module


WORDS = "the quick brown fox jumps over a lazy dog, again and again " * 5
_random = random.Random(0)
DATA = [_random.gauss(0, 1) for _ in range(50)]
NESTED = {"a": [1, 2.5, None, {"b": 'é\n"x"'}], "c": [], "d": {}, "e": True}


def without_c(name):
    """Load a module of the standard library without its functions written in C."""
    accelerator = f"_{name}"
    kept = sys.modules.get(accelerator)
    sys.modules[accelerator] = None
    try:
        spec = importlib.util.find_spec(name)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.modules[accelerator] = kept
    return module


bisect, heapq = without_c("bisect"), without_c("heapq")


def use_json():
    encode = json.encoder.JSONEncoder(indent=2, sort_keys=True)
    texts = [
        "".join(encode.iterencode(NESTED)),
        json.encoder.py_encode_basestring("\n"),
    ]
    decoder = json.decoder.JSONDecoder()
    decoder.parse_string = json.decoder.py_scanstring
    decoder.scan_once = json.scanner.py_make_scanner(decoder)
    for text in ("{", "[1,", '{"a" 1}', "nul", '"\\x"'):
        try:
            decoder.decode(text)
        except json.JSONDecodeError as error:
            texts.append(str(error))
    return texts, decoder.decode(texts[0])


def use_textwrap():
    filled = textwrap.fill(WORDS, 30, initial_indent="* ", max_lines=4)
    return filled, textwrap.dedent("  a\n   b"), textwrap.indent("a\nb", "> ")


def use_fractions():
    third = fractions.Fraction(1, 3)
    total = sum((fractions.Fraction(x).limit_denominator(50) for x in DATA), third)
    return total, total**2, third > total, third // 2, round(total, 3), str(third)


def use_statistics():
    stats = statistics
    return (
        *(
            stats.mean(DATA),
            stats.median(DATA),
            stats.stdev(DATA),
            stats.pvariance(DATA),
        ),
        *(stats.quantiles(DATA), stats.mode("aab"), stats.harmonic_mean([1, 2])),
        *(stats.linear_regression(DATA, DATA[::-1]), stats.NormalDist(1, 2).cdf(0.5)),
    )


def use_heapq():
    merged = heapq.merge(sorted(DATA), sorted(DATA[:5]), key=lambda x: x)
    heap = list(DATA)
    heapq.heapify(heap)
    heapq.heappush(heap, 0.5)
    smallest = heapq.heappop(heap), heapq.heapreplace(heap, 3), heap
    return list(merged), heapq.nlargest(3, DATA, key=abs), smallest


def use_difflib():
    a, b = WORDS.split(), WORDS.replace("fox", "cat").split()[3:]
    ratio = difflib.SequenceMatcher(None, a, b).ratio()
    return ratio, list(difflib.unified_diff(a, b)), list(difflib.ndiff(a[:9], b[:9]))


def use_colorsys():
    return [colorsys.hls_to_rgb(*colorsys.rgb_to_hls(0.2, x, 0.9)) for x in (0.1, 0.7)]


def use_bisect():
    points = sorted(DATA)
    return [bisect.bisect_left(points, x) for x in DATA]


def use_collections():
    counter = collections.Counter(WORDS)
    chain = collections.ChainMap({"a": 1}, {"a": 2, "b": 3})
    point = collections.namedtuple("Point", "x y")(1, 2)
    return (
        counter.most_common(3),
        dict(chain),
        point,
        counter - collections.Counter("e"),
    )


def use_copy():
    return copy.deepcopy(NESTED), copy.copy(DATA)


LIBRARY = [
    (use_json, (json.encoder, json.decoder, json.scanner)),
    (use_textwrap, (textwrap,)),
    (use_fractions, (fractions,)),
    (use_statistics, (statistics,)),
    (use_heapq, (heapq,)),
    (use_difflib, (difflib,)),
    (use_colorsys, (colorsys,)),
    (use_bisect, (bisect,)),
    (use_collections, (collections,)),
    (use_copy, (copy,)),
]


@pytest.mark.parametrize(
    ("use", "modules"), LIBRARY, ids=lambda x: getattr(x, "__name__", "")
)
def test_standard_library_converted_in_place(use, modules, in_place):
    plain = use()
    assert sum(map(in_place, modules)) > 0
    assert use() == plain


# -- Costs ---------------------------------------------------------------------------


def test_a_conversion_that_is_kept_costs_microseconds():
    convert(scale, TRANSPARENT)
    begin = time.perf_counter()
    for _ in range(10_000):
        convert(scale, TRANSPARENT)
    # Measured 1.2 us; the bound only tells it from a conversion, which takes 1 ms.
    assert (time.perf_counter() - begin) / 10_000 < 50e-6
