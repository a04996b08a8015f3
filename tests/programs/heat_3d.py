"""Heat flow in a box, explicit in time, differences along each axis by a helper."""

SIZE = 6


def arguments(rng, size):
    return 4, rng.random((size, size + 1, size + 2))


def second_difference(u, axis):
    inner = [slice(1, -1)] * u.ndim
    before, after = list(inner), list(inner)
    before[axis], after[axis] = slice(None, -2), slice(2, None)
    return u[tuple(after)] - 2.0 * u[tuple(inner)] + u[tuple(before)]


def program(steps, u):
    for _ in range(steps):
        change = sum(0.125 * second_difference(u, axis) for axis in range(u.ndim))
        u[1:-1, 1:-1, 1:-1] += change
    return u
