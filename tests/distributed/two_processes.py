"""One of two processes that compute together. Run by its test: port, process."""

import sys

import numpy as np

import npjit

SIZE = 24


def k_means(x, centres, n):
    """Lloyd's iterations; the centres of empty clusters stay."""
    for _ in range(n):
        distances = ((x[:, None, :] - centres[None]) ** 2).sum(axis=-1)
        nearest = distances.argmin(axis=1)
        members = nearest[:, None] == np.arange(len(centres))
        counts = members.sum(axis=0)
        sums = members.T.astype(float) @ x
        centres = np.where(
            counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres
        )
    return centres, nearest


def main(port, process):
    npjit.distributed.initialize(f"127.0.0.1:{port}", 2, process)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(SIZE, 2))
    centres = x[:3].copy()
    mine = x[: SIZE // 2] if process == 0 else x[SIZE // 2 :]
    rows = npjit.distributed.from_local(mine)
    assert rows.shape == x.shape
    expected = k_means(x, centres, 5)
    gathered = npjit.accelerate(k_means, sharding=npjit.shard())(rows, centres, 5)
    for a, b in zip(expected, gathered, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    on_device = npjit.accelerate(k_means, sharding=npjit.shard(), results="device")
    _, nearest = on_device(rows, centres, 5)
    own = expected[1][: SIZE // 2] if process == 0 else expected[1][SIZE // 2 :]
    np.testing.assert_array_equal(npjit.distributed.to_local(nearest), own)
    print("equal")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
