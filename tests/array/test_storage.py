"""Storages: where the value of an array's memory lies, and who may change it."""

import numpy as np
import pytest

from npjit._array.storage import Storage, copy_of, empty
from npjit._graph.aval import aval_of


def storage_like(a):
    return Storage(aval_of(a))


def test_a_result_becomes_the_buffer():
    value = np.arange(6.0).reshape(2, 3)
    storage = storage_like(value)
    storage.set_value(value)
    assert storage.settle() is value
    assert storage.expose() is value
    assert not storage.stale


def test_a_result_keeps_its_geometry_whatever_becomes_of_the_users_array():
    value = np.arange(6.0).reshape(2, 3)
    storage = storage_like(value)
    storage.set_value(value)
    storage.expose().shape = 6
    assert storage.value.shape == storage.buffer.shape == (2, 3)
    assert not storage.stale


def test_a_result_is_taken_over_twice_after_an_interrupt():
    value = np.arange(3.0)
    storage = storage_like(value)
    for _ in range(2):
        storage.set_value(value)
        assert not storage.stale
        assert storage.buffer is value


def test_a_result_is_copied_where_there_is_a_buffer():
    value, buffer = np.arange(3.0), np.zeros(3)
    storage = Storage(aval_of(buffer), buffer)
    storage.set_value(value)
    assert storage.stale
    assert storage.settle() is buffer
    assert buffer.tolist() == value.tolist()
    assert not storage.stale


@pytest.mark.parametrize(
    "value", [np.arange(6.0).reshape(2, 3), np.arange(6), [np.arange(6.0)] * 2]
)
def test_a_result_of_another_geometry_is_no_buffer(value):
    wanted = np.asfortranarray(np.zeros((2, 3)))
    storage = storage_like(wanted)
    storage.set_value(value)
    assert storage.buffer is None
    if type(value) is np.ndarray and value.shape == wanted.shape:
        assert storage.settle().strides == wanted.strides
        assert storage.settle().tolist() == value.tolist()


class Foreign:
    """Memory of something that is no ndarray."""

    def __init__(self, a):
        self.__array_interface__ = {**a.__array_interface__}
        self.a = a


@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_is_owned_once_python_looks(order):
    lent = np.asarray(Foreign(np.asarray(np.eye(3, 2), order=order)))
    storage = storage_like(lent)
    storage.set_value(lent)
    storage.own()
    assert storage.buffer.base is None
    assert storage.buffer.strides == lent.strides
    assert storage.value is None
    storage.buffer[...] = 5.0
    assert lent.max() == 1.0


def test_memory_that_is_seen_stays_where_it_is():
    lent = np.asarray(Foreign(np.ones(3)))
    storage = storage_like(lent)
    storage.set_value(lent)
    seen = storage.expose()
    storage.own()
    assert storage.origin is seen is lent


def test_memory_that_is_to_be_written_anew_is_settled_before_it_is_owned():
    lent = np.asarray(Foreign(np.ones(3)))
    storage = storage_like(lent)
    storage.set_value(lent)
    storage.set_value(np.full(3, 2.0))
    storage.own()
    assert storage.settle().tolist() == [2.0] * 3


@pytest.mark.parametrize("a", [np.ones((3, 4)).T, np.ones((4, 6))[:, ::2], np.ones(())])
def test_new_arrays_have_the_geometry_asked_for(a):
    assert copy_of(a).strides == a.strides
    if a.flags.forc:
        assert empty(aval_of(a)).strides == a.strides
