"""Stand-ins are found wherever the names of a block lead."""

import collections
import dataclasses
import functools
import types

import numpy as np
import pytest

import npjit


class Plain:
    pass


class Slotted:
    __slots__ = ("value",)


class Inherited(Slotted):
    __slots__ = ()


@dataclasses.dataclass(frozen=True)
class Frozen:
    value: object


class Named(collections.namedtuple("Named", "value")):
    pass


def holding_attribute(y):
    obj = Plain()
    obj.value = y
    return obj


def holding_slot(y):
    obj = Inherited()
    obj.value = y
    return obj


def holding_cell(y):
    return lambda: y


def holding_method(y):
    return types.MethodType(lambda self: self, holding_attribute(y))


def class_of_users(y):
    return type("Made", (), {"value": y})


HOLDERS = [
    (lambda y: [y], lambda h: h[0]),
    (lambda y: (1, (y,)), lambda h: h[1][0]),
    (lambda y: {"a": [y]}, lambda h: h["a"][0]),
    (lambda y: collections.deque([y]), lambda h: h[0]),
    (lambda y: types.SimpleNamespace(value=y), lambda h: h.value),
    (functools.partial(functools.partial, np.add), lambda h: h.args[0]),
    (holding_attribute, lambda h: h.value),
    (holding_slot, lambda h: h.value),
    (holding_cell, lambda h: h()),
    (holding_method, lambda h: h().value),
    (class_of_users, lambda h: h.value),
    (Frozen, lambda h: h.value),
    (Named, lambda h: h.value),
    (
        lambda y: holding_attribute([holding_slot({"a": y})]),
        lambda h: h.value[0].value["a"],
    ),
]


@pytest.mark.parametrize(("hold", "get"), HOLDERS)
def test_holders_hold_the_real_array(hold, get):
    x = np.arange(3.0)
    with npjit.accelerate(mode="host"):
        y = x * 2
        new, older = hold(y), hold(x)
    assert get(new) is y
    assert get(older) is x
    assert type(y) is np.ndarray


def test_objects_whose_name_is_gone():
    def store(holder, items, x):
        with npjit.accelerate(mode="host"):
            y = x * 2
            holder.value = y
            items.append(y)
            del holder, items
        return y

    holder, items = Plain(), []
    y = store(holder, items, np.arange(3.0))
    assert holder.value is items[0] is y
