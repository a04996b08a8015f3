"""Signatures: structure, shapes and dtypes of arguments, never their values."""

import collections
import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from npjit._runtime.signature import TracersGiven, name_of_change, signature_of, text_of
from tests.ids import stable

Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class Box:
    u: np.ndarray
    name: str = ""


@dataclasses.dataclass(slots=True)
class Slotted:
    u: object


def text(*args, **kwargs):
    return text_of(signature_of(args, kwargs, {}))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.zeros((2, 3)), "float64[2,3]"),
        (np.zeros((), np.int8), "int8[]"),
        (np.float32(3), "float32[]"),
        (np.zeros(2, ">f8"), ">f8[2]"),
        (np.ma.zeros(2), "float64[2]"),
        (3, "int"),
        (True, "bool"),
        (None, "NoneType"),
        ("text", "str"),
        (object(), "object"),
        ([np.zeros(2), 1], ("list", "float64[2]", "int")),
        ((), ("tuple",)),
        (Pair(np.zeros(1), 2.0), ("Pair", "float64[1]", "float")),
        ({"a": [1], 3: None}, ("dict", ("a", ("list", "int")), ("3", "NoneType"))),
        (Box(np.zeros(2)), ("Box", ("u", "float64[2]"), ("name", "str"))),
        (Slotted([1.0]), ("Slotted", ("u", ("list", "float")))),
        ([1.0] * 1000, "list"),
        ([[[[[1]]]]], ("list", ("list", ("list", ("list", "list"))))),
    ],
    ids=stable,
)
def test_description(value, expected):
    assert text(value) == ((expected,), ())
    assert text(x=value) == ((), (("x", expected),))
    hash(signature_of((value,), {}, {}))


def test_values_do_not_count():
    a, b = np.zeros(3), np.ones(3)
    assert signature_of((a, 1, "x"), {}, {}) == signature_of((b, 2, "y"), {}, {})


def test_the_order_of_keywords_does_not_count():
    first = signature_of((), {"a": 1, "b": 2.0}, {})
    assert first == signature_of((), {"b": 2.0, "a": 1}, {})


def test_lists_that_contain_themselves():
    items = [1]
    items.append(items)
    assert text(items)[0][0][0] == "list"


def test_jax_arrays_are_found():
    x = jnp.arange(3, dtype=np.int32)
    imported = {}
    signature = signature_of(
        (x, [x, {"a": Box(x)}], [x + 1] * 100), {"k": (x,)}, imported
    )
    assert signature[0][0] == (np.dtype(np.int32), (3,))
    assert len(imported) == 2
    for given, real in imported.values():
        assert isinstance(given, jax.Array)
        assert type(real) is np.ndarray
        assert not real.flags.writeable
        assert np.array_equal(real, given)


def test_what_has_no_value_of_numpys_is_left_alone():
    imported = {}
    assert text(jax.random.key(0)) != ()
    signature_of((jax.random.key(0),), {}, imported)
    assert imported == {}


def test_what_jax_traces_is_told():
    with pytest.raises(TracersGiven):
        jax.jit(lambda x: signature_of(([x],), {}, {}) and x)(jnp.zeros(3))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (((np.zeros(3), 1), {}), ((np.zeros(4), 1), {}), "argument 'x' was float64[3]"),
        (((1, 2), {}), ((1, 2.0), {}), "argument 'y' was int, now float"),
        (((1, 2, 3, 4), {}), ((1, 2, 3, 4.0), {}), "argument '3' was int, now float"),
        (((1,), {"k": 1}), ((1,), {"k": None}), "argument 'k' was int, now NoneType"),
        (((1,), {"k": 1}), ((1,), {}), "the arguments given differ"),
        (((1,), {}), ((1, 2), {}), "the arguments given differ"),
    ],
)
def test_name_of_change(old, new, expected):
    def fn(x, y, *rest, k=0):
        pass

    assert expected in name_of_change(
        fn, signature_of(*old, {}), signature_of(*new, {})
    )


def test_name_of_change_without_a_signature():
    old, new = signature_of((1,), {}, {}), signature_of((2.0,), {}, {})
    assert name_of_change(min, old, new) == "argument '0' was int, now float"
