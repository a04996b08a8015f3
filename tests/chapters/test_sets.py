"""Set routines."""

import numpy as np
import pytest

from tests.chapters._rows import (
    NUMERIC,
    assert_on_xla,
    assert_rows,
    row,
    sample,
    values,
)


@pytest.mark.parametrize("code", NUMERIC)
def test_isin(code):
    """Of few elements and of many; NaN is in nothing."""
    a, v = sample(code, 4, 5), values(code)
    many = np.concatenate([sample(code, 90, seed=4), v])
    rows = [row(np.isin, x, y) for x in (a, v) for y in (a, v, many, v[:0])]
    rows += [row(np.isin, a, v, invert=True), row(np.isin, a[0, 0], a)]
    assert_on_xla(rows)


def test_isin_of_mixtures():
    x, i = np.array([0.0, -0.0, 2.5, 3.0, np.nan]), np.array([0, 3, 2**53 + 1])
    rows = [row(np.isin, x, i), row(np.isin, i, x), row(np.isin, x, 2.5)]
    rows += [row(np.isin, i, [3, 4]), row(np.isin, i, 3.0), row(np.isin, i, True)]
    rows += [row(np.isin, i.astype("b"), i), row(np.isin, x.astype("f"), [0.1, 2.5])]
    assert_on_xla(rows)
    assert_rows(
        [
            row(np.isin, i, i.astype("Q")),
            row(np.isin, i, i, kind="sort"),
            row(np.isin, i, i, assume_unique=True),
            row(np.isin, x, x, kind="table"),  # raises
        ]
    )


def test_on_the_host():
    x, y = sample("i", 9), sample("i", 9, seed=1)
    rows = [row(np.unique, x, return_inverse=True), row(np.unique_counts, x)]
    rows += [row(f, x, y) for f in (np.union1d, np.intersect1d, np.setdiff1d)]
    rows += [row(np.setxor1d, x, y)]
    assert_rows(rows)
