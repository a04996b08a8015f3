"""Two rank-one updates of a matrix and two products with it, all in place."""

SIZE = 9
TOLERANCE = 1e-13  # products of matrices, summed in another order


def arguments(rng, size):
    a = rng.random((size, size))
    vectors = [rng.random(size) for _ in range(6)]
    return 1.5, 1.2, a, *vectors


def program(alpha, beta, a, u1, v1, u2, v2, y, z):
    a += u1[:, None] * v1 + u2[:, None] * v2
    x = beta * (y @ a) + z
    w = a @ x
    w *= alpha
    return x, w
