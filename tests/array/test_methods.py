"""Every attribute, method and operator of ndarray and of NumPy's scalars."""

# ruff: noqa: E721, RUF005, UP031
# The plain forms are what is tried.

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from npjit._array.array import SCALARS, Array, scalar_class
from npjit.testing import assert_parity

# Each program gets two C arrays of equal shape, (2, 3): of any dtype, of integers.
Program = Callable[[Any, Any], Any]

ATTRIBUTES: dict[str, list[Program]] = {
    "T": [lambda x, n: x.T, lambda x, n: x.T + x.T],
    "base": [
        lambda x, n: x.base,
        lambda x, n: x[1:].base is x,
        lambda x, n: (x + 1).base,
        lambda x, n: (x + 1)[0].base,
        lambda x, n: x[1:][:, 1:].base is x,
        lambda x, n: x.T.base is x,
    ],
    "ctypes": [
        lambda x, n: x.ctypes.shape[:],
        lambda x, n: (x + 1).ctypes.strides[:],
        lambda x, n: x.ctypes.data == x.__array_interface__["data"][0],
    ],
    "data": [
        lambda x, n: (x + 1).data.tolist(),
        lambda x, n: (x.data.shape, x.data.format, x.data.readonly),
    ],
    "device": [lambda x, n: x.device, lambda x, n: (x + x).device],
    "dtype": [
        lambda x, n: x.dtype,
        lambda x, n: (x.dtype.kind, x.dtype.type, x.dtype == float),
    ],
    "flags": [
        lambda x, n: x.flags.writeable,
        lambda x, n: (x + 1).flags.owndata,
        lambda x, n: x[1:].flags.owndata,
        lambda x, n: (x.T + 1).flags.f_contiguous,
        lambda x, n: x.T.flags["C_CONTIGUOUS"],
        lambda x, n: repr((x + 1).flags),
        lambda x, n: np.broadcast_to(x, (2, 2, 3)).flags.writeable,
    ],
    "flat": [
        lambda x, n: list(x.flat),
        lambda x, n: x.flat[2],
        lambda x, n: x.T.flat[1:3],
        lambda x, n: (x + 1).flat[[0, 2]],
        lambda x, n: [v + 1 for v in x.flat],
        lambda x, n: np.asarray(x.flat),
        lambda x, n: len(x.flat),
        lambda x, n: (x.flat.index, x.flat.coords, x.flat.base is x),
        lambda x, n: x.flat.copy(),
        lambda x, n: next(x.flat),
        lambda x, n: isinstance(x.flat, np.flatiter),
        lambda x, n: np.sum(x.flat),
        lambda x, n: x.flat == x.ravel(),
        lambda x, n: sum(x.flat),
        lambda x, n: [(i, v) for i, v in enumerate(x.flat)],
    ],
    "imag": [lambda x, n: x.imag, lambda x, n: (x + 1).imag.sum()],
    "itemsize": [lambda x, n: x.itemsize],
    "mT": [lambda x, n: x.mT, lambda x, n: x[0].mT],
    "nbytes": [lambda x, n: x.nbytes, lambda x, n: x[:, 1:].nbytes],
    "ndim": [lambda x, n: x.ndim, lambda x, n: x[None].ndim],
    "real": [lambda x, n: x.real, lambda x, n: x.real is x],
    "shape": [lambda x, n: x.shape, lambda x, n: x[:, :0].shape],
    "size": [lambda x, n: x.size],
    "strides": [
        lambda x, n: x.strides,
        lambda x, n: (x.T + 1).strides,
        lambda x, n: x[::-1][:, None][[0]].strides,
    ],
}

METHODS: dict[str, list[Program]] = {
    "all": [
        lambda x, n: x.all(),
        lambda x, n: x.all(axis=0),
        lambda x, n: x.all(1, keepdims=True),
        lambda x, n: x.all(where=n > 1),
    ],
    "any": [lambda x, n: x.any(), lambda x, n: (x > 2).any(0)],
    "argmax": [
        lambda x, n: x.argmax(),
        lambda x, n: x.argmax(axis=1),
        lambda x, n: x.argmax(0, keepdims=True),
        lambda x, n: x.argmax(out=np.zeros(3, int), axis=0),
    ],
    "argmin": [lambda x, n: x.argmin(), lambda x, n: x.argmin(-1)],
    "argpartition": [
        lambda x, n: x.argpartition(1),
        lambda x, n: x.argpartition(1, axis=0),
    ],
    "argsort": [
        lambda x, n: x.argsort(),
        lambda x, n: x.argsort(axis=None, kind="stable"),
    ],
    "astype": [
        lambda x, n: x.astype(np.float32),
        lambda x, n: x.astype("complex128"),
        lambda x, n: x.astype(x.dtype, copy=False) is x,
        lambda x, n: x.astype(x.dtype) is x,
        lambda x, n: x.T.astype(float, order="C"),
        lambda x, n: x.T.astype(complex),
        lambda x, n: x.astype(bool, casting="safe"),
        lambda x, n: x.astype("M8[s]") if x.dtype.kind == "i" else 0,
        lambda x, n: x.astype(object),
        lambda x, n: x.astype(str),
        lambda x, n: x.astype(">f8"),
        lambda x, n: x.T.astype(float, order="F"),
        lambda x, n: x.T.astype(float, order="A", copy=True),
    ],
    "byteswap": [
        lambda x, n: x.byteswap(),
        lambda x, n: (x.byteswap(inplace=True) is x, x),
        lambda x, n: x.byteswap(True),
    ],
    "choose": [
        lambda x, n: (n % 2).choose([x, x + 1]),
        lambda x, n: n.choose([x, 0], mode="wrap"),
        lambda x, n: n.choose([x, 0]),
    ],
    "clip": [
        lambda x, n: x.clip(1, 3),
        lambda x, n: x.clip(min=2),
        lambda x, n: x.clip(max=n),
        lambda x, n: (x.clip(1, 2, out=x), x),
        lambda x, n: x.clip(),
    ],
    "compress": [
        lambda x, n: x.compress([True, False], axis=0),
        lambda x, n: x.compress([0, 1, 1, 0]),
        lambda x, n: x.compress(n[:, 0] > 0, axis=0),
    ],
    "conj": [lambda x, n: x.conj(), lambda x, n: (x * 1j).conj()],
    "conjugate": [lambda x, n: x.conjugate()],
    "copy": [
        lambda x, n: x.copy(),
        lambda x, n: x.T.copy(),
        lambda x, n: x.T.copy("K"),
        lambda x, n: x.copy(order="F"),
        lambda x, n: x[::-1].copy("A"),
    ],
    "cumprod": [lambda x, n: x.cumprod(), lambda x, n: x.cumprod(1)],
    "cumsum": [
        lambda x, n: x.cumsum(),
        lambda x, n: x.cumsum(axis=0, dtype=complex),
        lambda x, n: x.cumsum(0, out=np.zeros((2, 3), complex)),
    ],
    "diagonal": [
        lambda x, n: x.diagonal(),
        lambda x, n: x.diagonal(1),
        lambda x, n: x.diagonal(0, 1, 0) + 1,
        lambda x, n: x.diagonal(5),
    ],
    "dot": [lambda x, n: x.dot(n.T), lambda x, n: x[0].dot(n[0])],
    "dumps": [lambda x, n: pickle.loads((x + 1).dumps())],
    "dump": [lambda x, n: x.dump("/nowhere/at/all")],
    "fill": [
        lambda x, n: (x.fill(3), x),
        lambda x, n: (x[:, 1].fill(n[0, 0]), x),
        lambda x, n: x.fill("a"),
        lambda x, n: x.fill([1, 2]),
    ],
    "flatten": [
        lambda x, n: x.flatten(),
        lambda x, n: x.flatten("F"),
        lambda x, n: x.T.flatten("K"),
        lambda x, n: x.T.flatten(order="A"),
        lambda x, n: x.flatten().base,
        lambda x, n: x.flatten("X"),
    ],
    "getfield": [
        lambda x, n: x.getfield(np.int8),
        lambda x, n: x.getfield(np.int8, 9),
        lambda x, n: x.getfield(x.dtype).base is x,
    ],
    "item": [
        lambda x, n: x.item(0),
        lambda x, n: x.item(1, 2),
        lambda x, n: (x + 1).item(-1),
        lambda x, n: x.item(),
        lambda x, n: x[:1, :1].item(),
        lambda x, n: x.item((1, 0)),
        lambda x, n: x.item(9),
    ],
    "max": [
        lambda x, n: x.max(),
        lambda x, n: x.max(axis=(0, 1)),
        lambda x, n: x.max(0, initial=2),
        lambda x, n: x[:0].max(),
    ],
    "mean": [
        lambda x, n: x.mean(),
        lambda x, n: x.mean(0),
        lambda x, n: x.mean(dtype=np.complex64),
        lambda x, n: x.mean(-1, keepdims=True, where=n > 0),
    ],
    "min": [lambda x, n: x.min(), lambda x, n: x.min(1, where=n > 1, initial=9)],
    "nonzero": [lambda x, n: x.nonzero(), lambda x, n: (x > 1).nonzero()],
    "partition": [
        lambda x, n: (x.partition(1), x),
        lambda x, n: (x[:, ::-1].partition(1, axis=0), x),
    ],
    "prod": [lambda x, n: x.prod(), lambda x, n: x.prod(0, initial=2)],
    "put": [
        lambda x, n: (x.put([0, 2], 7), x),
        lambda x, n: (x.put([9], 7), x),
        lambda x, n: (x.put([-1, 9], [7, 8], mode="clip"), x),
    ],
    "ravel": [
        lambda x, n: x.ravel(),
        lambda x, n: x.T.ravel(),
        lambda x, n: x.T.ravel("K"),
        lambda x, n: x.ravel().base is x,
        lambda x, n: x[:, ::2].ravel("F"),
        lambda x, n: x[:, ::-1].ravel("K"),
        lambda x, n: x.T.ravel("A"),
    ],
    "repeat": [
        lambda x, n: x.repeat(2),
        lambda x, n: x.repeat([1, 2], axis=0),
        lambda x, n: x.repeat(n[0], axis=1),
    ],
    "reshape": [
        lambda x, n: x.reshape(6),
        lambda x, n: x.reshape(3, 2),
        lambda x, n: x.reshape((3, -1), order="F"),
        lambda x, n: x.T.reshape(-1),
        lambda x, n: x.reshape([6, 1]),
        lambda x, n: x.reshape(4),
        lambda x, n: x.reshape(),
        lambda x, n: x[:1, 1:2].reshape(()),
        lambda x, n: x.reshape(n[0, 2] + 4, copy=True),
        lambda x, n: x.T.reshape(6, copy=False),
        lambda x, n: x.reshape(2, 3).base is x,
        lambda x, n: x.reshape("a"),
        lambda x, n: x.reshape(None),
    ],
    "resize": [
        lambda x, n: ((y := x.copy()).resize((4, 2)), y),
        lambda x, n: ((y := x.copy()).resize(3, refcheck=False), y + 1),
        lambda x, n: x[1:].resize(8),
    ],
    "round": [
        lambda x, n: x.round(),
        lambda x, n: (x / 7).round(2),
        lambda x, n: (x / 7).round(decimals=1, out=np.zeros((2, 3))),
        lambda x, n: x.round(-1),
    ],
    "searchsorted": [
        lambda x, n: np.sort(x[0]).searchsorted(n),
        lambda x, n: x[0].searchsorted(1.5, side="right"),
        lambda x, n: x.searchsorted(1),
    ],
    "setfield": [
        lambda x, n: (x.setfield(3, np.int8, 1), x),
        lambda x, n: (x[:, 1:].setfield(n[:, 1:], np.int8), x),
    ],
    "setflags": [
        lambda x, n: (x.setflags(write=False), x.flags.writeable),
        lambda x, n: ((y := x + 1).setflags(write=False), y),
        lambda x, n: (x[1:].setflags(write=0), x.flags.writeable),
        lambda x, n: np.broadcast_to(x, (2, 2, 3)).setflags(write=True),
    ],
    "sort": [
        lambda x, n: (x.sort(), x),
        lambda x, n: (x[:, ::-1].sort(axis=0, kind="stable"), x),
        lambda x, n: (x.sort(None), x),
    ],
    "squeeze": [
        lambda x, n: x[:1].squeeze(),
        lambda x, n: x[:, :1].squeeze(1),
        lambda x, n: x.squeeze(0),
        lambda x, n: x.squeeze() is x,
    ],
    "std": [lambda x, n: x.std(), lambda x, n: x.std(0, ddof=1)],
    "sum": [
        lambda x, n: x.sum(),
        lambda x, n: x.sum(axis=1),
        lambda x, n: x.sum(0, out=np.zeros(3, x.dtype)),
        lambda x, n: x.sum(dtype=complex, keepdims=True),
        lambda x, n: x.sum(where=n > 2, initial=1),
        lambda x, n: x.sum(axis=2),
    ],
    "swapaxes": [lambda x, n: x.swapaxes(0, 1), lambda x, n: x.swapaxes(0, 2)],
    "take": [
        lambda x, n: x.take([0, 2]),
        lambda x, n: x.take(n[0] % 2, axis=0),
        lambda x, n: x.take([7], mode="wrap"),
        lambda x, n: x.take(7),
        lambda x, n: x.take(1),
    ],
    "to_device": [
        lambda x, n: x.to_device("cpu") is x,
        lambda x, n: x.to_device("gpu"),
    ],
    "tobytes": [lambda x, n: (x + 1).tobytes(), lambda x, n: x.T.tobytes("A")],
    "tofile": [lambda x, n: x.tofile("/nowhere/at/all")],
    "tolist": [lambda x, n: (x + 1).tolist(), lambda x, n: x[0, 0].tolist()],
    "trace": [lambda x, n: x.trace(), lambda x, n: x.trace(1, dtype=complex)],
    "transpose": [
        lambda x, n: x.transpose(),
        lambda x, n: x.transpose(1, 0),
        lambda x, n: x.transpose((1, 0)) * 2,
        lambda x, n: x.transpose([0, 1]),
        lambda x, n: x.transpose(None),
        lambda x, n: x.transpose(0),
    ],
    "var": [lambda x, n: x.var(), lambda x, n: x.var(1, keepdims=True)],
    "view": [
        lambda x, n: x.view(),
        lambda x, n: x.view().base is x,
        lambda x, n: x.view(np.uint8),
        lambda x, n: (x + 1).view("i4"),
        lambda x, n: x.view(dtype="V8"),
        lambda x, n: x.view(np.int16)[0, 0],
        lambda x, n: x.T.view("i2"),
        lambda x, n: x.view(type=np.ndarray),
        lambda x, n: type(x.view(np.matrix)),
        lambda x, n: x.view([("a", "i4"), ("b", "i4")])["b"],
    ],
}

OPERATORS: dict[str, list[Program]] = {
    "__abs__": [lambda x, n: abs(x - 2)],
    "__add__": [lambda x, n: x + n, lambda x, n: x + 1, lambda x, n: x + [1, 2, 3]],
    "__and__": [lambda x, n: n & 3, lambda x, n: x & n],
    "__bool__": [
        lambda x, n: bool(x),
        lambda x, n: bool(x[:1, 1:2]),
        lambda x, n: not x[0, 1],
        lambda x, n: bool(x[:0]),
        lambda x, n: 1 if x else 2,
        lambda x, n: x.any() and x,
    ],
    "__complex__": [lambda x, n: complex(x[:1, 1:2]), lambda x, n: complex(x)],
    "__contains__": [
        lambda x, n: 3 in x,
        lambda x, n: 77 in x,
        lambda x, n: x[0] in x,
        lambda x, n: "a" in x,
        lambda x, n: None in x,
    ],
    "__delitem__": [lambda x, n: x.__delitem__(0)],
    "__divmod__": [lambda x, n: divmod(x, 2), lambda x, n: divmod(x, n + 1)],
    "__eq__": [
        lambda x, n: x == n,
        lambda x, n: x == None,  # noqa: E711
        lambda x, n: x == "a",
        lambda x, n: x == [0, 1, 2],
        lambda x, n: x == object,
        lambda x, n: x == [0, 1],
        lambda x, n: x == {},
        lambda x, n: x == (0, 1, 2),
        lambda x, n: x == np.array(["a", "b", "c"]),
    ],
    "__float__": [
        lambda x, n: float(x[0, 1]),
        lambda x, n: float(x),
        lambda x, n: float(x[0, 1:2].reshape(())),
    ],
    "__floordiv__": [lambda x, n: x // 2, lambda x, n: x // (n + 1)],
    "__ge__": [lambda x, n: x >= n, lambda x, n: x >= None, lambda x, n: x >= "a"],
    "__gt__": [lambda x, n: x > 2, lambda x, n: x > (n,)],
    "__iadd__": [lambda x, n: x.__iadd__(n) is x],
    "__iand__": [lambda x, n: n.__iand__(3)],
    "__ifloordiv__": [lambda x, n: x.__ifloordiv__(2)],
    "__ilshift__": [lambda x, n: n.__ilshift__(2)],
    "__imatmul__": [lambda x, n: x.__imatmul__(np.eye(3, dtype=x.dtype))],
    "__imod__": [lambda x, n: x.__imod__(2)],
    "__imul__": [lambda x, n: x.__imul__(n)],
    "__index__": [
        lambda x, n: [7, 8, 9][n[0, 1]],
        lambda x, n: range(n[0, 2]),
        lambda x, n: [7, 8][x],
        lambda x, n: [7, 8][n.sum() * 0 : n[0, 1]],
    ],
    "__int__": [lambda x, n: int(x[0, 1]), lambda x, n: int(n)],
    "__invert__": [lambda x, n: ~n, lambda x, n: ~x],
    "__ior__": [lambda x, n: n.__ior__(1)],
    "__ipow__": [lambda x, n: x.__ipow__(2), lambda x, n: x.__ipow__(n)],
    "__irshift__": [lambda x, n: n.__irshift__(1)],
    "__isub__": [lambda x, n: x.__isub__(x)],
    "__iter__": [
        lambda x, n: list(x),
        lambda x, n: [row.sum() for row in x],
        lambda x, n: [*x[0]],
        lambda x, n: list(x[0, 0]),
        lambda x, n: list(x.sum(keepdims=True)[0, 0:].reshape(())),
        lambda x, n: list(zip(x, n, strict=True)),
    ],
    "__itruediv__": [lambda x, n: x.__itruediv__(2)],
    "__ixor__": [lambda x, n: n.__ixor__(n)],
    "__le__": [lambda x, n: x <= n],
    "__len__": [lambda x, n: len(x), lambda x, n: len(x[0, 0].reshape(()))],
    "__lshift__": [lambda x, n: n << 2],
    "__lt__": [lambda x, n: x < n.T, lambda x, n: x < 2.5],
    "__matmul__": [lambda x, n: x @ n.T, lambda x, n: x @ n, lambda x, n: x @ 2],
    "__mod__": [lambda x, n: x % 2, lambda x, n: x % (n + 1)],
    "__mul__": [lambda x, n: x * n, lambda x, n: x * "a"],
    "__ne__": [lambda x, n: x != n, lambda x, n: x != None],  # noqa: E711
    "__neg__": [lambda x, n: -x],
    "__or__": [lambda x, n: n | 1],
    "__pos__": [lambda x, n: +x, lambda x, n: +x is x],
    "__pow__": [
        lambda x, n: x**2,
        lambda x, n: x**n,
        lambda x, n: pow(x, 3),
        lambda x, n: (x + 1) ** -1,
        lambda x, n: pow(x, 2, 3),
    ],
    "__radd__": [lambda x, n: 1 + x, lambda x, n: [1, 2, 3] + x],
    "__rand__": [lambda x, n: 3 & n, lambda x, n: True & (x > 2)],
    "__rdivmod__": [lambda x, n: divmod(7, x + 1)],
    "__rfloordiv__": [lambda x, n: 7 // (x + 1)],
    "__rlshift__": [lambda x, n: 1 << n],
    "__rmatmul__": [lambda x, n: [1, 2] @ x, lambda x, n: 2 @ x],
    "__rmod__": [lambda x, n: 7 % (x + 1), lambda x, n: "%s" % x[0, 0]],
    "__rmul__": [lambda x, n: 2 * x, lambda x, n: [1, 2, 3] * x],
    "__ror__": [lambda x, n: 1 | n],
    "__rpow__": [lambda x, n: 2**x, lambda x, n: 2.0**n],
    "__rrshift__": [lambda x, n: 64 >> n],
    "__rshift__": [lambda x, n: n >> 1],
    "__rsub__": [lambda x, n: 1 - x],
    "__rtruediv__": [lambda x, n: 1 / (x + 1)],
    "__rxor__": [lambda x, n: 5 ^ n],
    "__setitem__": [lambda x, n: (x.__setitem__(0, 1), x)],
    "__getitem__": [lambda x, n: x.__getitem__((0, slice(1)))],
    "__sub__": [lambda x, n: x - n],
    "__truediv__": [lambda x, n: x / 2],
    "__xor__": [lambda x, n: n ^ 5],
    "__copy__": [lambda x, n: copy.copy(x), lambda x, n: x.T.__copy__()],
    "__deepcopy__": [lambda x, n: x.T.__deepcopy__({})],
    "__class_getitem__": [lambda x, n: type(x)[Any, np.dtype]],
    "__sizeof__": [lambda x, n: (x + 1).__sizeof__(), lambda x, n: x[1:].__sizeof__()],
    "__dir__": [lambda x, n: dir(x), lambda x, n: dir(x[0, 0])],
}

OF_ARRAYS = ATTRIBUTES | METHODS | OPERATORS
ARRAYS = {
    "float": np.array([[0.0, 1.5, -2.0], [3.0, 4.25, 3.0]]),
    "int": np.array([[0, 1, 2], [3, 4, 3]]),
    "complex": np.array([[0, 1j, -2], [3, 4 - 1j, 3]]),
    "bool": np.array([[False, True, True], [True, False, True]]),
}
INTEGERS = np.array([[0, 1, 2], [3, 1, 5]])


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("name", OF_ARRAYS)
def test_array(name, array):
    for program in OF_ARRAYS[name]:
        assert_parity(program, ARRAYS[array], INTEGERS, modes=["host"], calls=1)


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_array_through_xla(name):
    for program in OF_ARRAYS[name]:
        assert_parity(program, ARRAYS["float"], INTEGERS, modes=["jit"], calls=1)


# What `tests/array/test_protocols.py` is about, and what an instance does not use.
PROTOCOLS = {
    *("__array__", "__array_function__", "__array_interface__", "__array_ufunc__"),
    *("__array_namespace__", "__array_priority__", "__array_struct__", "__buffer__"),
    *("__array_finalize__", "__array_wrap__", "__dlpack__", "__dlpack_device__"),
    *("__class__", "__doc__", "__format__", "__hash__", "__init__", "__new__"),
    *("__init_subclass__", "__reduce__", "__reduce_ex__", "__repr__", "__setstate__"),
    *("__str__", "__subclasshook__", "__getattribute__", "__setattr__"),
    *("__delattr__", "__getstate__"),
    *("_set_dtype", "_set_shape"),  # NumPy 2.5, private
}


def test_all_of_ndarray_is_tried():
    assert set(dir(np.ndarray)) - PROTOCOLS == {
        name for name in OF_ARRAYS if hasattr(np.ndarray, name)
    }
    assert set(OF_ARRAYS) <= set(dir(np.ndarray))


@pytest.mark.parametrize(
    "cls", sorted([Array, *SCALARS], key=lambda c: c.__name__), ids=lambda c: c.__name__
)
def test_stand_ins_have_what_numpys_types_have(cls):
    real = np.ndarray if cls is Array else cls.dtype.type
    missing = [name for name in dir(real) if not hasattr(cls, name)]
    inherited = {"__doc__", "__init__", "__init_subclass__", "__subclasshook__"}
    inherited |= {"__new__"}  # `type(x)` is NumPy's own class
    inherited |= {"__getattribute__", "__setattr__", "__delattr__", "__getstate__"}
    plain = [
        name
        for name in dir(real)
        if getattr(cls, name, None) is getattr(object, name, cls)
        and getattr(real, name) is not getattr(object, name, cls)
    ]
    assert not missing
    assert set(plain) <= inherited
    assert scalar_class(np.dtype(float)) in SCALARS
