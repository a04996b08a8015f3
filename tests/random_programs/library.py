"""What random programs import and call: helper functions, classes that hold arrays.

The text of each is put into a program that uses it, so that the program stands alone.
"""

HEADER = """\
import array
import bisect
import collections
import contextlib
import copy
import decimal
import fractions
import functools
import heapq
import io
import itertools
import json
import math
import operator
import pickle
import statistics
import struct
import threading
import warnings
from contextlib import nullcontext as block

import numpy as np
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.special

from npjit import host
from tests.random_programs.values import coarse, small, special, unusual

KEPT = []
"""

HELPERS = {
    "view_of": "def view_of(x):\n    return x[::-1]\n",
    "first_half": "def first_half(x):\n    return x[: len(x) // 2]\n",
    "fill_first": "def fill_first(x, value):\n    x[:1] = value\n",
    "add_to": "def add_to(x, y=1):\n    x += y\n    return x\n",
    "negate_copy": (
        "def negate_copy(x, *, out=None):\n"
        "    x = x.copy()\n"
        "    x *= -1\n"
        "    return x\n"
    ),
    "smooth": (
        "def smooth(x):\n"
        "    x[1:-1] = x[:-2] + x[2:] - x[1:-1]\n"
        "    return x.sum(axis=0)\n"
    ),
    "each_row": (
        "def each_row(x):\n"
        "    for row in x:\n"
        "        row[...] = row[::-1]\n"
        "        yield row\n"
    ),
    "apply": "def apply(f, *args, **kwargs):\n    return f(*args, **kwargs)\n",
    "accumulate": (
        "def accumulate(x, into=[]):\n    into.append(x)\n    return len(into)\n"
    ),
    "scale": (
        "def scale(x, by):\n"
        "    if by > 1:\n"
        "        return scale(x, by - 1) * 2\n"
        "    return x * by\n"
    ),
    "pair": "def pair(x, y):\n    return (y, x), {'sum': x + y}\n",
    "touch_global": (
        "def touch_global(x):\n"
        "    global G1\n"
        "    G1 += 1\n"
        "    G1 = G1 + x\n"
        "    return G0, G1\n"
    ),
    "row_major": "def row_major(x):\n    return x.ravel().reshape(x.shape)\n",
}

STATE = '''\
class State:
    """A small object that holds an array and changes it."""

    def __init__(self, u):
        self.u = u
        self.steps = 0
        self.history = []

    @property
    def interior(self):
        return self.u[1:-1]

    def step(self, x):
        self.u += x
        self.steps += 1
        return self.u

    def replace(self, x):
        self.history.append(self.u)
        self.u = self.u * x
        return self

    def __getitem__(self, key):
        return self.u[key]

    def __setitem__(self, key, value):
        self.u[key] = value

    def __iadd__(self, x):
        self.u[...] += x
        return self
'''

# Kept on the host: they see real arrays, and what they do npjit cannot follow.
HELPERS |= {
    "host_sum": (
        "@host\n"
        "def host_sum(x):\n"
        "    return type(x).__name__, float(np.asarray(x).ravel()[:2].max(initial=0))\n"
    ),
    "host_view": "@host\ndef host_view(x):\n    return x[::-1], x.T, x[:1]\n",
    "overwrite": "@host\ndef overwrite(x):\n    x[:1] = 7\n    return x\n",
    "rebind": (
        "@host\ndef rebind(x):\n    global G1\n    G1 = x[:1] + G1\n    return G1\n"
    ),
    "keep": "@host\ndef keep(x):\n    KEPT.append(x)\n    return len(KEPT)\n",
    "recall": "@host\ndef recall():\n    return KEPT[-1] if KEPT else None\n",
    "change_kept": (
        "@host\n"
        "def change_kept():\n"
        "    for x in KEPT[-2:]:\n"
        "        if isinstance(x, np.ndarray) and x.flags.writeable:\n"
        "            x[...] = x[:1] * 2\n"
        "    return len(KEPT)\n"
    ),
    "call_back": (
        "@host\n"
        "def call_back(f, x):\n"
        "    first = f(x)\n"
        "    KEPT.append(first)\n"
        "    return first, type(first).__name__, f(x)\n"
    ),
    "touch_object": (
        "@host\n"
        "def touch_object(o):\n"
        "    o.u[:1] = 4\n"
        "    o.history.append(o.u)\n"
        "    o.u = o.u[::-1]\n"
        "    return o\n"
    ),
    "host_rows": (
        "@host\n"
        "def host_rows(x):\n"
        "    for row in x:\n"
        "        yield row\n"
        "        x[0] = 1\n"
    ),
    "in_thread": (
        "def in_thread(f):\n"
        "    found = []\n"
        "    thread = threading.Thread(target=lambda: found.append(f()))\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "    return found[0]\n"
    ),
    "write_and_fail": (
        "def write_and_fail(x):\n    x += 1\n    x[:1] = x[:1] * 2\n    return x[99]\n"
    ),
    "fail_on_host": (
        "@host\ndef fail_on_host(x):\n    x[:1] = 5\n    raise ValueError(x.shape)\n"
    ),
    "fail_late": (
        "def fail_late(x):\n"
        "    try:\n"
        "        x *= 2\n"
        "        return x + np.ones((7, 5, 3))\n"
        "    finally:\n"
        "        x[...] = x + 1\n"
    ),
}

HELPERS["Model"] = '''\
class Model(State):
    """Inherits, counts its instances, is called, iterated, and computed with."""

    count = 0
    shared = np.ones(1)
    __slots__ = ("extra",)

    def __init__(self, u, *args):
        super().__init__(u + 0)
        self.extra = self.u[:1]
        type(self).count += 1

    @classmethod
    def at_rest(cls, u):
        return cls(u * 0)

    @staticmethod
    def doubled(x):
        return x * 2

    @property
    def field(self):
        return self.doubled(self.extra)

    @field.setter
    def field(self, value):
        self.extra[...] = value

    def step(self, x):
        before = super().step(x)
        return before, super().interior, self.shared + before[:1]

    def run(self, f, steps=2):
        for _ in range(steps):
            self.u = f(self.u)
        return self

    @contextlib.contextmanager
    def scaled(self, by):
        self.u *= by
        try:
            yield self.u
        finally:
            self.u -= 1

    def __call__(self, x):
        return self.u - x

    def __iter__(self):
        yield self.u
        yield from self.u[:2]

    def __len__(self):
        return len(self.u)

    def __add__(self, other):
        return Model(self.u + other)

    def __neg__(self):
        return -self.u

    def __contains__(self, x):
        return bool((self.u == x).any())

    def __rmatmul__(self, other):
        return other @ self.u if isinstance(other, np.ndarray) else self.u

    __array_ufunc__ = None
'''

# State of the module that programs read and that changes between calls.
MODULE_STATE = {
    "RATE": "RATE = 2.0\n",
    "SCALES": "SCALES = [1.0, 2, 0.5]\n",
    "CONFIG": "CONFIG = {'k': 2, 'w': np.arange(3.0), 'on': True, 'axes': (0, 1)}\n",
    "scaled": (
        "def make_scaled(k):\n"
        "    def scaled(x, by=1):\n"
        "        return x * k + by\n\n"
        "    return scaled\n\n\n"
        "scaled = make_scaled(2)\n"
    ),
    "weighted": (
        "def weighted(x, w=np.arange(1.0, 3.0), *, k=2):\n"
        "    return x * w[0] - w[1] * k\n"
    ),
    "SETTINGS": (
        "class Settings:\n"
        "    limit = 1\n"
        "    order = 'C'\n\n"
        "    def __init__(self):\n"
        "        self.k = 2.0\n"
        "        self.w = np.arange(1.0, 4.0)\n"
        "        self.steps = [1, 2]\n\n"
        "    @property\n"
        "    def rate(self):\n"
        "        return self.k * self.limit\n\n"
        "    def apply(self, x):\n"
        "        for step in self.steps:\n"
        "            x = x + step * self.w[0]\n"
        "        return x if self.k > 1 else -x\n\n\n"
        "SETTINGS = Settings()\n"
    ),
    "DRAWS": "DRAWS = np.random.default_rng(11)\n",
}
