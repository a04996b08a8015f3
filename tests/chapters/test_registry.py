"""Every public NumPy callable is in the tables of the chapters, once, and rightly."""

import importlib
import inspect

import numpy as np
import pytest
from numpy.testing import overrides

from npjit._chapters import OPERATIONS, operation_of
from npjit._chapters.bind import make_bind
from npjit._chapters.registry import Kind, host_only, lowered, name_of
from npjit._xla.arguments import COMPLETED, complete_method
from npjit._xla.rules import lowered as with_rules
from npjit._xla.rules import rule_of
from npjit._xla.writes import WRITES
from npjit.errors import Reason

LAZY = ["fft", "linalg", "polynomial", "random", "lib.recfunctions", "lib.scimath"]
LAZY += ["lib.stride_tricks", "lib.array_utils"]
for _name in LAZY:
    importlib.import_module(f"numpy.{_name}")

COMPUTED = {Kind.UFUNC, Kind.REDUCTION, Kind.FUNCTION, Kind.CREATION, Kind.WRITE}
#: What computes nothing: settings, information, text, files, NumPy's own tests.
NO_COMPUTATION = {
    *("base_repr", "binary_repr", "datetime_data", "format_float_positional"),
    *("format_float_scientific", "frompyfunc", "get_include", "get_printoptions"),
    *("getbufsize", "geterr", "geterrcall", "info", "nested_iters", "printoptions"),
    *("set_printoptions", "setbufsize", "seterr", "seterrcall", "show_config"),
    *("show_runtime", "test"),
    # They make matrices, or read files and objects.
    *("asmatrix", "bmat", "fromregex", "load"),
    "row_stack",  # deprecated: calls np.vstack
}


def public(name):
    """The function users call, of a dispatcher that only serves `like=`."""
    module, _, name = name.rpartition(".")
    found = importlib.import_module(module)
    return getattr(found, name, None)


def overridable():
    """What `numpy.testing.overrides` lists, as users call it.

    Not those of text, listed once numpy.char is imported: they are foreign code.
    """
    for func in overrides.get_overridable_numpy_array_functions():
        module = func.__module__
        if module in ("numpy.char", "numpy.strings"):
            continue
        yield public(f"{module}.{func.__name__}") or func


def ufuncs_and_methods():
    for ufunc in vars(np).values():
        if isinstance(ufunc, np.ufunc):
            yield ufunc
            if ufunc.nin == 2 and ufunc.nout == 1 and ufunc.signature is None:
                yield ufunc.reduce
                yield ufunc.accumulate
                yield ufunc.outer
                yield ufunc.reduceat
                yield ufunc.at


def functions_of(module):
    for name in set(module.__all__) - NO_COMPUTATION:
        found = getattr(module, name)
        if callable(found) and not isinstance(found, type):
            yield found


def missing(funcs):
    return sorted({name_of(f) for f in funcs if f not in OPERATIONS})


def test_every_overridable_function_is_registered():
    assert not missing(overridable())


def test_every_ufunc_and_method_is_registered():
    assert not missing(ufuncs_and_methods())


def test_every_public_function_is_registered():
    assert not missing(functions_of(np))
    assert not missing(functions_of(np.linalg))
    assert not missing(functions_of(np.fft))


def operations(*kinds):
    return [op for op in list(OPERATIONS.values()) if op.kind in kinds]


def has_rule(op):
    known = op.rule in COMPLETED or op.rule in WRITES
    return known or complete_method(op.rule) or rule_of(op.rule)


def test_every_lowered_operation_has_a_rule():
    assert not [op.name for op in operations(*COMPUTED) if not has_rule(op)]


def test_every_rule_is_used():
    """A rule of what runs in NumPy, or of nothing, would never be tried."""
    used = COMPUTED | {Kind.VIEW, Kind.CHECKED}
    unused = {f for f in with_rules() if operation_of(f).kind not in used}
    # Ranges are leaves; the recorder's functions stand in their place.
    assert unused == {np.arange, np.indices, *TWICE}


#: NumPy's own code does the same with rules of its parts.
TWICE = {np.append, np.diff, np.take_along_axis, np.tile}


def test_host_operations_state_a_reason():
    assert all(isinstance(op.reason, Reason) for op in operations(Kind.HOST))
    strange = {Reason.INTERNAL, Reason.TINY, Reason.LIMIT, Reason.FOREIGN}
    assert not [op.name for op in operations(Kind.HOST) if op.reason in strange]


def test_composed_operations_are_written_in_python():
    for op in operations(Kind.COMPOSED):
        assert inspect.isfunction(inspect.unwrap(op.func)), op.name


def test_names_are_those_users_write():
    assert name_of(np.sum) == "np.sum"
    assert name_of(np.add.reduce) == "np.add.reduce"
    assert name_of(np.linalg.inv) == "np.linalg.inv"
    names = [op.name for op in OPERATIONS.values()]
    assert len(names) == len(set(names))


def test_nothing_is_registered_twice():
    with pytest.raises(ValueError, match="registered twice"):
        host_only(np.sum, reason=Reason.NO_LOWERING)
    with pytest.raises(ValueError, match="registered twice"):
        lowered(np.add)


def test_unknown_callables_run_on_the_host():
    def unknown(x):
        return x

    try:
        op = operation_of(unknown)
        assert op.kind is Kind.HOST
        assert op.reason is Reason.NO_LOWERING
        assert op.bind(1, x=2) == ((1,), {"x": 2})
    finally:
        OPERATIONS.pop(unknown, None)


# Binders ----------------------------------------------------------------------------


def example(a, b, /, c, d=1, *rest, e, f=2, **others):
    return None


BINDS = [
    (np.sum, ("a",), ("x", 1), {}, ("x",), {"axis": 1}),
    (np.sum, ("a",), ("x",), {"axis": None}, ("x",), {}),
    (np.where, ("condition", "x", "y"), ("c", "a", "b"), {}, ("c", "a", "b"), {}),
    (np.where, ("condition", "x", "y"), ("c",), {}, ("c",), {}),
    (
        np.clip,
        ("a", "a_min", "a_max"),
        ("x", 0, 1),
        {},
        ("x",),
        {"a_min": 0, "a_max": 1},
    ),
    (np.concatenate, ("arrays",), (["x"],), {"axis": 1}, (["x"],), {"axis": 1}),
    (np.full, ("fill_value",), (3, 7), {}, (), {"shape": 3, "fill_value": 7}),
    (np.add, ("x1", "x2", "where"), ("x", "y"), {"out": "z"}, ("x", "y"), {"out": "z"}),
    (
        *(example, ("a", "b", "c"), (1, 2, 3, 4, 5), {"e": 6, "g": 7}),
        *((1, 2, 3, 5), {"d": 4, "e": 6, "g": 7}),
    ),
]


@pytest.mark.parametrize("case", BINDS, ids=lambda c: name_of(c[0]))
def test_bind(case):
    func, data, args, kwargs, bound, keywords = case
    assert make_bind(func, data)(*args, **kwargs) == (bound, keywords)


@pytest.mark.parametrize("args", [(), (1, 2, 3, 4, 5, 6, 7, 8, 9)])
def test_bind_refuses_what_the_callable_refuses(args):
    with pytest.raises(TypeError):
        make_bind(np.sum, ("a",))(*args)
