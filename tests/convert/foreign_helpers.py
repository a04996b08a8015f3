"""What the programs of test_foreign.py call: most of it stays unconverted."""

import types

import numpy as np

import npjit
from npjit._convert import functions

GRID = np.zeros((3, 4))
current = None
state = []
config = types.SimpleNamespace()
_saved = {}


class Failure(Exception):
    """Carries arrays."""

    def __init__(self, array):
        super().__init__(array)
        self.array = array


def unconverted(fn):
    """Keep a function, a closure too, out of recordings."""
    return npjit.host(fn)


@npjit.host
def total_of(arrays):
    assert all(type(a) is np.ndarray for a in arrays)
    return sum(a.sum() for a in arrays)


@npjit.host
def fill(a, value):
    a[...] = value


class Keeper:
    """Keeps an array and writes it later, without being given it again."""

    @npjit.host
    def keep(self, a):
        self.kept = a

    @npjit.host
    def total(self):
        return self.kept.sum()

    @npjit.host
    def write(self, value):
        self.kept[1] = value


@npjit.host
def same(a):
    return a


@npjit.host
def view_of(a):
    return a[1:, ::2]


@npjit.host
def fresh(a):
    return np.ones(a.shape)


@npjit.host
def stats_of(a):
    return {"mean": a.mean(axis=0), "first": a[0]}


@npjit.host
def pair_of(a):
    return a, (a[0], a.sum())


@npjit.host
def items_of(a):
    return iter(list(a))


@npjit.host
def each(visit, rows):
    return np.array([visit(row) for row in rows])


@npjit.host
def fail_after_write(a):
    a[0] = 3.0
    raise Failure(a)


def kind_of(a):
    return "recorded" if npjit.is_recording() else "real"


@npjit.host
def quiet_divisions():
    _saved.update(np.seterr(divide="ignore", invalid="ignore"))


@npjit.host
def restore_divisions():
    np.seterr(**_saved)


def set_global(value):
    global current
    current = value


def bump():
    global current
    current += 1


def counter():
    """Two closures over one variable; this function itself is never converted."""
    made = []
    last = None

    def make(value):
        nonlocal last
        last = value
        made[:] = [*made[-1:], value]

    def read():
        return [*made[-1:], last]

    return make, read


def reset_conversion(fn):
    """Forget how a function was converted."""
    functions.forget(fn)
