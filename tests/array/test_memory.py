"""Real arrays that share memory share a storage; one stand-in per ndarray object."""

import gc
import weakref

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from npjit._array.array import Array, lift_array, make_fresh, real_of
from npjit._array.memory import owner_of
from npjit._config import Options
from npjit._graph.aval import aval_of
from npjit._graph.trace import Trace
from npjit._host.engine import HostEngine


@pytest.fixture
def trace():
    host = HostEngine()
    return Trace(Options(), host, host)


def test_one_stand_in_per_ndarray(trace):
    a = np.arange(4.0)
    first = lift_array(trace, a)
    assert lift_array(trace, a) is first
    assert lift_array(trace, a[:]) is not first
    assert real_of(first) is a


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[1:],
        lambda a: a[::-1],
        lambda a: a[:, 1],
        lambda a: a.T,
        lambda a: a[1:][:, ::2].T,
        lambda a: a[1, 2, None],
        lambda a: a[2:2],
        lambda a: a.view(np.ndarray),
        lambda a: a.reshape(-1),
        lambda a: a.reshape(-1)[2:8].reshape(2, 3),
        lambda a: np.frombuffer(a, float),
    ],
)
def test_views_share_the_storage_of_their_owner(trace, view):
    a = np.arange(12.0).reshape(3, 4)
    owner, part = lift_array(trace, a), lift_array(trace, view(a))
    assert part._storage is owner._storage
    assert not owner._storage.pinned


def test_views_lifted_first_meet_in_the_owner(trace):
    a = np.arange(12.0).reshape(3, 4)
    top, bottom = lift_array(trace, a[:2]), lift_array(trace, a[1:])
    assert top._storage is bottom._storage
    assert lift_array(trace, a)._storage is top._storage


def test_a_small_part_of_a_large_array_is_lifted_alone(trace):
    a = np.zeros(1_000_000)
    part = lift_array(trace, a[10:20])
    assert part._storage.aval.size == 10
    other = lift_array(trace, a[15:25])
    assert other._storage is not part._storage
    assert other._storage.pinned
    assert part._storage.pinned
    apart = lift_array(trace, a[100:110])
    assert not apart._storage.pinned


@pytest.mark.parametrize(
    "pair",
    [
        lambda a: (a, a.view(np.int64)),
        lambda a: (a, as_strided(a, (3, 3), (8, 8))),
        lambda a: (as_strided(a, (3, 3), (8, 8)), a),
        lambda a: (a, np.broadcast_to(a, (2, 3, 4))),
        lambda a: (a, np.frombuffer(a, np.uint8)),
    ],
    ids=["bits", "windows", "windows first", "broadcast", "bytes"],
)
def test_overlap_without_a_way_is_pinned(trace, pair):
    first, second = pair(np.arange(12.0).reshape(3, 4))
    one, two = lift_array(trace, first), lift_array(trace, second)
    assert one._storage.pinned
    assert two._storage.pinned
    assert real_of(one) is first
    assert real_of(two) is second


def test_twins_of_foreign_memory_are_pinned(trace):
    raw = bytearray(32)
    one = lift_array(trace, np.frombuffer(raw))
    two = lift_array(trace, np.frombuffer(raw, offset=8))
    assert one._storage.pinned
    assert two._storage.pinned
    assert not lift_array(trace, np.frombuffer(bytearray(8)))._storage.pinned


def test_dtypes_that_xla_lacks_stay_real(trace):
    for dtype in ("M8[s]", object, "U3", np.longdouble, ">f8", [("a", int)]):
        a = np.zeros(3, dtype)
        assert lift_array(trace, a) is a


def test_nothing_is_kept_alive(trace):
    a = np.arange(4.0)
    lifted = lift_array(trace, a[1:])
    storage = weakref.ref(lifted._storage)
    real = weakref.ref(a)
    del a, lifted
    gc.collect()
    assert storage() is None
    assert real() is None
    assert not trace.lifted
    assert not trace.owners


def test_results_get_memory_when_it_is_needed(trace):
    fresh = make_fresh(trace, aval_of(np.zeros((2, 3))))
    assert type(fresh) is Array
    assert fresh._storage.buffer is None
    assert real_of(fresh).shape == (2, 3)
    assert owner_of(real_of(fresh)) is real_of(fresh)
    assert lift_array(trace, real_of(fresh)) is fresh


def test_owner_of_views_of_views():
    a = np.arange(12).reshape(3, 4).copy()
    assert owner_of(a[1:].T[::2]) is a
    assert owner_of(a) is a
