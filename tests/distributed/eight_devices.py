"""A program on eight devices; prints "equal" if all is NumPy's. Run by its test."""

import jax
import numpy as np

import npjit

SIZE = 64
WEIGHTS = np.linspace(0.0, 1.0, SIZE)


def heat(u, n):
    """Explicit steps of the heat equation, in place."""
    for _ in range(n):
        u[1:-1] += 0.25 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u, (u * WEIGHTS).sum()


def statistics(x, centres):
    """Much of NumPy at once: products, sorting, masks, a branch, NumPy's own part."""
    distances = ((x[:, None, :] - centres[None]) ** 2).sum(axis=-1)
    nearest = distances.argmin(axis=1)
    if distances.max() > 1e6:
        return None
    masked = np.where(x > 0, np.sqrt(np.abs(x)), x)
    return nearest, np.unique(nearest), np.sort(x, axis=0)[::-1], masked @ masked.T


def check(fn, *args, **options):
    mine = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
    expected, found = fn(*args), npjit.accelerate(fn, **options)(*mine)
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
        assert type(a) is type(b)
    for a, b in zip(args, mine, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert fn is not heat or found[0] is mine[0]


def main():
    assert jax.device_count() == 8
    rng = np.random.default_rng(0)
    u = rng.normal(size=SIZE)
    x, centres = rng.normal(size=(32, 3)), rng.normal(size=(5, 3))
    mesh = jax.make_mesh(
        (4, 2), ("a", "b"), axis_types=(jax.sharding.AxisType.Auto,) * 2
    )
    rows = jax.sharding.NamedSharding(mesh, jax.P("a", None))
    for sharding in (npjit.shard(), {"u": npjit.shard(axis=-1)}):
        check(heat, u.copy(), 5, sharding=sharding)
    for sharding in (npjit.shard(), (rows, None), {"x": rows}):
        check(statistics, x, centres, sharding=sharding)
    check(statistics, x[::2, ::-1], centres, sharding=npjit.shard())
    for name in ("cpu:0", "cpu:7"):
        check(heat, u.copy(), 5, device=name, mode="jit")
        check(statistics, x, centres, device=name, mode="jit")
    stays_divided(u)
    print("equal")


def stays_divided(u):
    """Data that goes from one call to the next stays where it is."""
    fast = npjit.accelerate(
        lambda u: np.sin(u) * 2, sharding=npjit.shard(), results="device"
    )
    lazy = npjit.accelerate(
        lambda u: np.sin(u) * 2, sharding=npjit.shard(), results="lazy"
    )
    np.testing.assert_array_equal(lazy(lazy(u)), fast(fast(u)))
    twice = fast(fast(u))
    assert len(twice.sharding.device_set) == 8
    assert twice.addressable_shards[0].data.shape == (SIZE // 8,)
    np.testing.assert_allclose(twice, np.sin(np.sin(u) * 2) * 2, rtol=1e-12)


if __name__ == "__main__":
    main()
