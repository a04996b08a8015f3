"""Copies of arguments lie in memory as the originals do."""

import functools
import sys

import numpy as np

from npjit.testing.copies import Copier


def base_views():
    base = np.arange(24.0).reshape(4, 6)
    return [
        base,
        base.T,
        base[::-1, ::2],
        base[4:],
        base[1],
        base.ravel().view(np.int64),
        np.lib.stride_tricks.as_strided(base, (3, 2), (48, 0)),
        np.broadcast_to(base[0], (2, 6)),
        np.asfortranarray(base),
        np.array(3.0),
        np.frombuffer(bytearray(16), np.int16)[2:],
    ]


def test_copies_keep_layout_and_overlap():
    originals = base_views()
    copies = Copier().copy(originals)
    for a, b in zip(originals, copies, strict=True):
        assert (a.dtype, a.shape, a.strides) == (b.dtype, b.shape, b.strides)
        assert a.flags.writeable == b.flags.writeable
        assert (a.base is None) == (b.base is None)
        np.testing.assert_array_equal(a, b)
        assert not any(np.shares_memory(a, c) for c in copies)
        for c, d in zip(originals, copies, strict=True):
            assert np.shares_memory(a, c) == np.shares_memory(b, d)


def test_copies_of_gapped_memory():
    memory = np.arange(10, dtype=np.uint8)
    a = np.ndarray((2,), np.int16, memory, 1, (5,))
    b = Copier().copy(a)
    assert b.strides == (5,)
    np.testing.assert_array_equal(a, b)


def test_one_buffer_of_two_arrays_is_copied_once():
    buffer = bytearray(8)
    a, b, c = Copier().copy(
        (np.frombuffer(buffer, "i4"), np.frombuffer(buffer), buffer)
    )
    a[0] = 1
    assert b[0] != 0
    assert c[0] == 1
    assert buffer[0] == 0


def test_copies_reach_objects_slots_and_closures():
    class Slotted:
        __slots__ = ("a",)

    a = np.ones(3)
    s = Slotted()
    s.a = a
    f = functools.partial(lambda x: (a, x), a)
    copied, s2, f2, x = Copier().copy(([a], s, f, a[1:]))
    assert s2.a is copied[0] is f2.args[0]
    assert x.base is copied[0]
    assert f2()[0] is (copied[0] if sys.version_info < (3, 14) else f2()[0])
