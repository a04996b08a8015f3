"""A watch hands out what each operation made, in one stretch or in several."""

import itertools

import numpy as np
import pytest

import npjit
from npjit._host.engine import HostEngine
from npjit._host.rehearsal import Rehearsal
from npjit._xla.looks import Look
from npjit._xla.watch import Watch, as_numpys, stretch_of


def program(x, y):
    z = np.empty((3, x.size))
    z[0] = x * y + 2.5
    z[1, 1:] = z[0, :-1]
    np.sqrt(y, out=z[2])
    x[::2] -= z.sum(axis=0)[::2]
    return z


def selecting(x, y):
    z = x[x > 3] * 2.0
    x[x > 3] = z + 1
    return z.sum()


def watched(monkeypatch, fn, cuts):
    """Compare all versions with those of a rehearsal; how many there are."""
    count = 0

    def run(host, trace, log):
        nonlocal count
        rehearsal = Rehearsal(trace, log)
        look = Look((0,) * len(log.entries), (), False)
        places = [0, *cuts, len(log.entries)]
        for start, stop in itertools.pairwise(places):
            stretch = stretch_of(log, look, start, stop)
            roots = {slot: rehearsal.root(slot).copy() for slot in stretch.leaves}
            watch = Watch(stretch, roots, stretch.starts, True, frozenset())
            made = watch(stretch, roots)
            for i, versions in enumerate(made, start):
                rehearsal.step(i)
                entry = log.entries[i]
                slots = entry.outs if entry.target is None else (entry.target.slot,)
                for slot, version in zip(slots, versions, strict=True):
                    np.testing.assert_array_equal(version, rehearsal.root(slot))
                    count += 1
        at_once(host, trace, log)

    at_once = HostEngine.run
    monkeypatch.setattr(HostEngine, "run", run)
    npjit.accelerate(fn, mode="host")(np.arange(1.0, 9), np.arange(2.0, 10))
    return count


@pytest.mark.parametrize("cuts", [(), (1,), (2, 3, 5)], ids=str)
def test_versions(cuts, monkeypatch):
    assert watched(monkeypatch, program, cuts) >= 7


def test_selections(monkeypatch):
    assert watched(monkeypatch, selecting, ()) >= 5


def test_starts_that_change(monkeypatch):
    """Given at each call where they are not compiled in."""
    found = []

    def run(host, trace, log):
        look = Look((0,) * len(log.entries), (), False)
        stretch = stretch_of(log, look, 0, len(log.entries))
        rehearsal = Rehearsal(trace, log)
        roots = {slot: rehearsal.root(slot).copy() for slot in stretch.leaves}
        if not found:
            static = [None] * len(stretch.starts)
            found.append(Watch(stretch, roots, static, True, frozenset()))
        assert found[0].serves(stretch.starts)
        found.append(found[0](stretch, roots)[-1][0].tolist())
        at_once(host, trace, log)

    at_once = HostEngine.run
    monkeypatch.setattr(HostEngine, "run", run)
    fn = npjit.accelerate(lambda x, k: x[k : k + 2] * 2.0, mode="host", pure=False)
    fn(np.arange(9.0), 1)
    fn(np.arange(9.0), 5)
    assert found[1:] == [[2, 4], [10, 12]]


def test_a_selection_as_numpy_has_it():
    pair = np.arange(6).reshape(2, 3), np.array([True, False])
    assert as_numpys(pair).tolist() == [[0, 1, 2]]
    assert as_numpys(np.arange(2)).tolist() == [0, 1]
