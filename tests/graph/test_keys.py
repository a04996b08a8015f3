"""Keys of statics: by type and bits."""

import numpy as np
import pytest

from npjit._graph.keys import static_key

NAN = float("nan")
DISTINCT = [
    0,
    False,
    0.0,
    -0.0,
    0j,
    complex(0.0, -0.0),
    1,
    True,
    1.0,
    NAN,
    -NAN,
    None,
    ...,
    "1",
    b"1",
    np.float64(1),
    np.float32(1),
    np.int64(1),
    (1,),
    [1],
    (1.0,),
    (),
    {"a": 1},
    {"a": True},
    slice(1),
    slice(1, None),
    slice(0, 1),
    np.dtype("f8"),
    np.dtype("f4"),
    np.float64,
    np.sin,
]


def test_keys_are_distinct():
    keys = list(map(static_key, DISTINCT))
    for i, key in enumerate(keys):
        for j, other in enumerate(keys):
            assert (key == other) is (i == j), (DISTINCT[i], DISTINCT[j])


def test_keys_repeat():
    for value in DISTINCT:
        assert static_key(value) == static_key(value)
        hash(static_key(value))
    assert static_key(float("nan")) == static_key(float("nan"))


@pytest.mark.parametrize("value", [object(), {1, 2}, np.ones(3), [object()]])
def test_what_has_no_key(value):
    with pytest.raises(TypeError):
        static_key(value)
