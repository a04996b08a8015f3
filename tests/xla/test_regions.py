"""Regions are compared with masks of every element."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from npjit._graph.structure import ROOT, Structure, apply
from npjit._xla.regions import Region, restricted, spread

View = tuple[Structure, tuple[int, ...]]


def mask_of(region: Region) -> np.ndarray:
    mask = region.mask
    for axis, cuts in enumerate(region.cuts):
        mask = np.repeat(mask, np.diff(cuts), axis=axis)
    return mask


def random_view(shape: Sequence[int], rng: random.Random) -> View:
    """A chain of slices, permutations and axes of length one."""
    structure, starts, sizes = ROOT, list[int](), list(shape)
    for _ in range(rng.randint(0, 3)):
        kind = rng.choice(("index", "transpose", "reshape"))
        if kind == "transpose":
            order = rng.sample(range(len(sizes)), len(sizes))
            prim = kind, tuple(order)
            sizes = [sizes[k] for k in order]
        elif kind == "reshape":
            sizes = [n for n in sizes if n != 1]
            for _ in range(rng.randint(0, 2)):
                sizes.insert(rng.randint(0, len(sizes)), 1)
            prim = kind, tuple(sizes)
        else:
            slices = [random_slice(n, rng) for n in sizes]
            prim = kind, tuple(triple for triple, _ in slices)
            starts += [start for _, start in slices]
            sizes = [size for (size, _, keep), _ in slices if keep]
        structure = structure.then(prim)
    return structure, tuple(starts)


def random_slice(n: int, rng: random.Random) -> tuple[tuple[int, int, bool], int]:
    if n and rng.random() < 0.25:
        return (1, 1, False), rng.randrange(n)
    size = rng.randint(0, n)
    if rng.random() < 0.25 and size:
        return (size, -1, True), rng.randint(size - 1, n - 1)
    return (size, 1, True), rng.randint(0, n - size)


@pytest.mark.parametrize("seed", range(300))
def test_regions_are_sets_of_elements(seed: int) -> None:
    rng = random.Random(seed)
    shape = [rng.choice((0, 1, 2, 3, 5, 8)) for _ in range(rng.randint(0, 3))]
    region, mask = Region.of(shape, whole=False), np.zeros(shape, bool)
    for _ in range(4):
        structure, starts = random_view(shape, rng)
        view = apply(structure, mask, starts)
        whole = Region.of(view.shape, whole=True)
        part = spread(whole, structure, starts, shape)
        adding = rng.random() < 0.7
        region = region | part if adding else region - part
        view[...] = adding
        np.testing.assert_array_equal(mask_of(region), mask)
        assert region.is_whole == mask.all()
        assert region.is_empty == (not mask.any())
        structure, starts = random_view(shape, rng)
        seen = restricted(region, structure, starts)
        assert seen is not None
        np.testing.assert_array_equal(mask_of(seen), apply(structure, mask, starts))


def test_of_what_is_no_box_nothing_is_known() -> None:
    region = Region.of((6,), whole=True)
    every_other = ROOT.then(("index", ((3, 2, True),)))
    assert restricted(region, every_other, (0,)) is None
    part = Region.of((3,), whole=True)
    assert spread(part, every_other, (0,), (6,)).is_empty


def test_a_start_that_changes_is_not_known() -> None:
    inner = ROOT.then(("index", ((3, 1, True),)))
    assert restricted(Region.of((6,), whole=True), inner, (None,)) is None


@pytest.mark.parametrize(("small", "large"), [((3,), (4, 3)), ((4, 1), (4, 3))])
def test_broadcasting_repeats_elements(small, large) -> None:
    corner = ROOT.then(("index", ((1, 1, True), (1, 1, True))))
    one = spread(Region.of((1, 1), whole=True), corner, (2, 1), large)
    mask = np.zeros(small, bool)
    mask[(1,) if len(small) == 1 else (2, 0)] = True
    np.testing.assert_array_equal(mask_of(one.broadcast_from(small)), mask)
