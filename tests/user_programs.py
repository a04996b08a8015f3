"""Programs as users write them in plain NumPy, with nothing of npjit in them."""

import numpy as np

# -- simulation ----------------------------------------------------------------------


class Kalman:
    """A constant-velocity Kalman filter of positions."""

    def __init__(self, dt=0.1, noise=0.5):
        self.x = np.zeros(4)
        self.P = np.eye(4)
        self.F = np.eye(4)
        self.F[0, 2] = self.F[1, 3] = dt
        self.H = np.eye(4)[:2]
        self.Q = 0.01 * np.eye(4)
        self.R = noise * np.eye(2)

    def predict(self):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q

    def update(self, z):
        y = z - self.H @ self.x
        S = self.H @ self.P @ self.H.T + self.R
        K = self.P @ self.H.T @ np.linalg.inv(S)
        self.x += K @ y
        self.P = (np.eye(len(self.x)) - K @ self.H) @ self.P


def kalman_track(measurements):
    kalman = Kalman()
    track = np.empty((len(measurements), 2))
    for i, z in enumerate(measurements):
        kalman.predict()
        kalman.update(z)
        track[i] = kalman.x[:2]
    return track, kalman.P


class Heat:
    """Explicit two-dimensional heat equation with fixed borders."""

    def __init__(self, u, alpha=0.2):
        self.u = u
        self.alpha = alpha
        self.time = 0

    def step(self):
        u = self.u
        laplacian = (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
        )
        u[1:-1, 1:-1] += self.alpha * laplacian
        self.time += 1

    def run(self, steps):
        for _ in range(steps):
            self.step()
        return self.u


def heat(u, steps):
    model = Heat(u)
    assert model.run(steps) is u
    return model.time, u.max()


def wave(u, steps, c=0.5):
    before, now = u.copy(), u.copy()
    after = np.zeros_like(u)
    energy = []
    for _ in range(steps):
        after[1:-1] = (
            2 * now[1:-1] - before[1:-1] + c**2 * (now[2:] - 2 * now[1:-1] + now[:-2])
        )
        before, now, after = now, after, before
        energy.append(float(np.abs(now).max()))
    return now, energy


def runge_kutta(f, y, t, dt, steps):
    trajectory = [y]
    for _ in range(steps):
        k1 = f(t, y)
        k2 = f(t + dt / 2, y + dt / 2 * k1)
        k3 = f(t + dt / 2, y + dt / 2 * k2)
        k4 = f(t + dt, y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += dt
        trajectory.append(y)
    return np.array(trajectory)


def lorenz(y0, dt, steps, sigma=10.0, rho=28.0, beta=8 / 3):
    def slope(t, state):
        x, y, z = state
        return np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])

    return runge_kutta(slope, y0, 0.0, dt, steps)


def n_body(position, velocity, mass, dt, steps):
    for _ in range(steps):
        offset = position[None, :, :] - position[:, None, :]
        distance = np.sqrt((offset**2).sum(axis=-1)) + 0.1
        pull = offset * (mass[None, :, None] / distance[:, :, None] ** 3)
        velocity += dt * pull.sum(axis=1)
        position += dt * velocity
    return position, velocity


def portfolio(rng, weights, drift, days):
    """Return value at risk and mean of a simulated portfolio."""
    shocks = rng.normal(scale=0.01, size=(50, days, len(weights)))
    prices = np.cumprod(1 + drift + shocks, axis=1)
    value = (prices * weights).sum(axis=2)
    final = np.sort(value[:, -1])
    drawdown = np.maximum.accumulate(value, axis=1) - value
    return final[len(final) // 20], final.mean(), drawdown.max(axis=1)


def monte_carlo_pi(seed, count):
    rng = np.random.default_rng(seed)
    inside = 0
    for _ in range(4):
        x, y = rng.random((2, count))
        inside += np.count_nonzero(x * x + y * y < 1)
    return 4 * inside / (4 * count)


# -- learning and data ---------------------------------------------------------------


def k_means(points, k, max_iterations=20):
    centres = points[:k].copy()
    for iterations in range(1, max_iterations + 1):
        distance = ((points[:, None, :] - centres[None]) ** 2).sum(axis=2)
        label = distance.argmin(axis=1)
        old = centres.copy()
        for j in range(k):
            members = points[label == j]
            if len(members):
                centres[j] = members.mean(axis=0)
        if np.allclose(old, centres) or iterations == max_iterations:
            break
    return centres, label, iterations


class Network:
    """One hidden layer, trained by gradient descent; parameters in a dict."""

    def __init__(self, rng, sizes):
        n, hidden, m = sizes
        self.params = {
            "w1": rng.normal(size=(n, hidden)) * 0.5,
            "b1": np.zeros(hidden),
            "w2": rng.normal(size=(hidden, m)) * 0.5,
            "b2": np.zeros(m),
        }

    def forward(self, x):
        p = self.params
        h = np.tanh(x @ p["w1"] + p["b1"])
        return h, h @ p["w2"] + p["b2"]

    def train(self, x, y, rate):
        h, out = self.forward(x)
        error = out - y
        back = (error @ self.params["w2"].T) * (1 - h**2)
        grads = {"w1": x.T @ back, "b1": back.sum(0), "w2": h.T @ error}
        grads["b2"] = error.sum(0)
        for name, grad in grads.items():
            self.params[name] -= rate / len(x) * grad
        return float((error**2).mean())


def train_network(rng, x, y, epochs):
    network = Network(rng, (x.shape[1], 5, y.shape[1]))
    losses = [network.train(x, y, 0.1) for _ in range(epochs)]
    return losses, network.params


def page_rank(links, damping=0.85, tolerance=1e-6):
    n = len(links)
    out = links.sum(axis=1)
    transition = np.zeros((n, n))
    linked = out > 0
    transition[linked] = links[linked] / out[linked, None]
    transition[~linked] = 1 / n
    rank = np.full(n, 1 / n)
    while True:
        new = (1 - damping) / n + damping * rank @ transition
        if np.abs(new - rank).sum() < tolerance:
            return new
        rank = new


def equalize(image):
    counts = np.zeros(256, np.int64)
    np.add.at(counts, image.ravel(), 1)
    cumulated = counts.cumsum()
    low = cumulated[cumulated > 0].min()
    scale = max(image.size - low, 1)
    table = np.round((cumulated - low).clip(0) * 255 / scale).astype(np.uint8)
    return table[image], np.histogram(image, bins=8, range=(0, 256))[0]


def convolve(image, kernel):
    kh, kw = kernel.shape
    padded = np.pad(image, ((kh // 2,) * 2, (kw // 2,) * 2), mode="edge")
    out = np.zeros(image.shape)
    for i in range(kh):
        for j in range(kw):
            out += kernel[i, j] * padded[i : i + image.shape[0], j : j + image.shape[1]]
    return np.clip(out, 0, 255).astype(np.uint8)


# -- linear algebra ------------------------------------------------------------------


def gauss_seidel(A, b, sweeps):
    x = np.zeros_like(b)
    for _ in range(sweeps):
        for i in range(len(b)):
            x[i] = (b[i] - A[i, :i] @ x[:i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return x


def lu(A):
    """Decompose with partial pivoting, in place."""
    n = len(A)
    order = np.arange(n)
    for k in range(n - 1):
        pivot = k + np.argmax(np.abs(A[k:, k]))
        if A[pivot, k] == 0:
            raise ValueError("matrix is singular")
        if pivot != k:
            A[[k, pivot]] = A[[pivot, k]]
            order[[k, pivot]] = order[[pivot, k]]
        A[k + 1 :, k] /= A[k, k]
        A[k + 1 :, k + 1 :] -= np.outer(A[k + 1 :, k], A[k, k + 1 :])
    return np.tril(A, -1) + np.eye(n), np.triu(A), order


def conjugate_gradient(A, b, tolerance=1e-10):
    x = np.zeros_like(b)
    r = b - A @ x
    p, rs = r.copy(), r @ r
    for _ in range(len(b)):
        if np.sqrt(rs) < tolerance:
            break
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        rs, old = r @ r, rs
        p = r + (rs / old) * p
    return x


def fft(x):
    n = len(x)
    if n == 1:
        return x.astype(complex)
    even, odd = fft(x[::2]), fft(x[1::2])
    twiddle = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate([even + twiddle, even - twiddle])


def mandelbrot(n, iterations):
    y, x = np.mgrid[-1.5 : 1.5 : n * 1j, -2 : 1 : n * 1j]
    c = x + 1j * y
    z = np.zeros_like(c)
    count = np.zeros(c.shape, int)
    alive = np.ones(c.shape, bool)
    for i in range(iterations):
        z[alive] = z[alive] ** 2 + c[alive]
        escaped = alive & (np.abs(z) > 2)
        count[escaped] = i
        alive &= ~escaped
    return count


# -- integers, search and dynamic programming ----------------------------------------


def life(board, generations):
    for _ in range(generations):
        around = sum(
            np.roll(board, (i, j), axis=(0, 1))
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            if (i, j) != (0, 0)
        )
        board = (around == 3) | (board & (around == 2))
    return board


def automaton(cells, rule, steps):
    table = np.array([(rule >> i) & 1 for i in range(8)], np.uint8)
    history = np.empty((steps, len(cells)), np.uint8)
    for t in range(steps):
        history[t] = cells
        cells = table[4 * np.roll(cells, 1) + 2 * cells + np.roll(cells, -1)]
    return history


def floyd_warshall(distance):
    for k in range(len(distance)):
        through = distance[:, k, None] + distance[k]
        np.minimum(distance, through, out=distance)
    return distance


def queens(n):
    columns, up, down = (np.zeros(size, bool) for size in (n, 2 * n, 2 * n))
    placed = np.full(n, -1)
    solutions = []

    def place(row):
        if row == n:
            solutions.append(placed.copy())
            return
        for column in range(n):
            if columns[column] or up[row + column] or down[row - column + n]:
                continue
            columns[column] = up[row + column] = down[row - column + n] = True
            placed[row] = column
            place(row + 1)
            columns[column] = up[row + column] = down[row - column + n] = False

    place(0)
    return np.array(solutions)


def knapsack(weights, values, capacity):
    best = np.zeros(capacity + 1, np.int64)
    taken = np.zeros((len(weights), capacity + 1), bool)
    for i, (weight, value) in enumerate(zip(weights, values, strict=True)):
        with_item = best[:-weight] + value
        taken[i, weight:] = with_item > best[weight:]
        best[weight:] = np.maximum(best[weight:], with_item)
    chosen, room = [], capacity
    for i in reversed(range(len(weights))):
        if taken[i, room]:
            chosen.append(i)
            room -= int(weights[i])
    return best[-1], chosen


def smith_waterman(a, b, match=3, mismatch=-3, gap=2):
    score = np.zeros((len(a) + 1, len(b) + 1), int)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            diagonal = score[i - 1, j - 1] + (
                match if a[i - 1] == b[j - 1] else mismatch
            )
            score[i, j] = max(0, diagonal, score[i - 1, j] - gap, score[i, j - 1] - gap)
    i, j = np.unravel_index(score.argmax(), score.shape)
    return score, (int(i), int(j))


def sieve(n):
    is_prime = np.ones(n + 1, bool)
    is_prime[:2] = False
    for i in range(2, int(n**0.5) + 1):
        if is_prime[i]:
            is_prime[i * i :: i] = False
    return np.flatnonzero(is_prime)
