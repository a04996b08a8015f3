"""The programs of the demo, as NumPy users write them; npjit does not occur here.

Each is a function and a maker of its arguments from a random generator and a size. The
table at the end says how far results may differ from NumPy's, and why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["PROGRAMS", "Program"]

Array = NDArray[Any]
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Program:
    """One row of the demo.

    Parameters
    ----------
    name : str
        What the program does, in a few words.
    fn : callable
        The program.
    make_args : callable
        Takes a generator and a size; returns the arguments of `fn`.
    size, small_size : int
        Size in the demo, and in tests.
    max_ulp : float
        Bound of the difference to NumPy's result, in units of the last place.
    unit : {"element", "largest"}
        Whether a unit is that of each element, or of the largest element of its array
        (where terms cancel).
    why : str
        Reason of the bound.
    """

    name: str
    fn: Callable[..., Any]
    make_args: Callable[[Random, int], tuple[Any, ...]]
    size: int
    small_size: int
    max_ulp: float = 0
    unit: Literal["element", "largest"] = "element"
    why: str = "only exact elementwise arithmetic"


def elementwise(x: Array) -> Array:
    """Evaluate a formula on each element."""
    return np.sin(x) * np.exp(x) + np.log(x + 1)


def make_elementwise(rng: Random, size: int) -> tuple[Array]:
    """Return points where the formula does not cancel."""
    return (rng.uniform(0.1, 3.0, size),)


def sum_of_products(x: Array, y: Array) -> Any:
    """Return the inner product, written out."""
    return np.sum(x * y)


def make_two_vectors(rng: Random, size: int) -> tuple[Array, Array]:
    """Return two vectors of positive numbers."""
    return rng.random(size), rng.random(size)


def matrix_product(a: Array, b: Array) -> Array:
    """Multiply two matrices."""
    return a @ b


def make_two_matrices(rng: Random, size: int) -> tuple[Array, Array]:
    """Return two square matrices of positive numbers."""
    return rng.random((size, size)), rng.random((size, size))


def softmax(row: Array) -> Array:
    """Turn scores into probabilities."""
    weights = np.exp(row - row.max())
    return weights / weights.sum()


def map_rows(batch: Array) -> Array:
    """Call a function for each row of a batch."""
    return np.stack([softmax(row) for row in batch])


def make_batch(rng: Random, size: int) -> tuple[Array]:
    """Return a batch of 32 rows of scores."""
    return (rng.normal(size=(32, size)),)


def jacobi(u: Array, steps: int) -> None:
    """Relax the interior of a plate, in place."""
    for _ in range(steps):
        u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])


def make_plate(rng: Random, size: int) -> tuple[Array, int]:
    """Return a square plate and the number of steps."""
    return rng.random((size, size)), 30


def game_of_life(board: Array, steps: int) -> Array:
    """Play Conway's game on a torus."""
    for _ in range(steps):
        rows = board + np.roll(board, 1, axis=0) + np.roll(board, -1, axis=0)
        block = rows + np.roll(rows, 1, axis=1) + np.roll(rows, -1, axis=1)
        neighbours = block - board
        born = (board == 0) & (neighbours == 3)
        stays = (board == 1) & ((neighbours == 2) | (neighbours == 3))
        board = (born | stays).astype(board.dtype)
    return board


def make_board(rng: Random, size: int) -> tuple[Array, int]:
    """Return a random board, one third alive, and the number of generations."""
    return (rng.random((size, size)) < 1 / 3).astype(np.uint8), 10


def kmeans(points: Array, centers: Array, steps: int) -> tuple[Array, Array]:
    """Move the centers to the means of their clusters; return them and the labels."""
    for _ in range(steps):
        offsets = points[:, np.newaxis, :] - centers[np.newaxis, :, :]
        labels = np.argmin((offsets * offsets).sum(axis=2), axis=1)
        for k in range(len(centers)):
            members = labels == k
            if members.any():
                weights = members[:, np.newaxis]
                centers[k] = (points * weights).sum(axis=0) / weights.sum()
    return centers, labels


def make_clusters(rng: Random, size: int) -> tuple[Array, Array, int]:
    """Return points around eight distant centers, and a first guess at these."""
    grid = np.stack(np.meshgrid([10.0, 30.0], [10.0, 30.0], [10.0, 30.0]), axis=-1)
    centers = grid.reshape(-1, 3)
    points = centers[rng.integers(len(centers), size=size)]
    return points + rng.normal(size=points.shape), centers + 1.5, 5


def mandelbrot(c: Array, steps: int) -> Array:
    """Count the iterations each point stays near the origin."""
    z = np.zeros_like(c)
    count = np.zeros(c.shape, dtype=np.int64)
    for _ in range(steps):
        z = z * z + c
        escaped = z.real * z.real + z.imag * z.imag > 4.0
        z[escaped] = 3.0  # 9 + c lies outside again, so that it stays escaped
        count[~escaped] += 1
    return count


def make_complex_plane(rng: Random, size: int) -> tuple[Array, int]:
    """Return a grid of complex numbers, shifted at random, and the iterations."""
    x = np.linspace(-2.0, 0.5, size) + rng.random() / size
    y = np.linspace(-1.2, 1.2, size)
    return x + 1j * y[:, np.newaxis], 30


def nbody(position: Array, velocity: Array, mass: Array, steps: int) -> Any:
    """Move bodies under gravity, in place; return the kinetic energy."""
    dt = 1e-3
    for _ in range(steps):
        offset = position[np.newaxis, :, :] - position[:, np.newaxis, :]
        distance2 = (offset**2).sum(axis=-1) + 1e-2
        pull = mass / (distance2 * np.sqrt(distance2))
        velocity += dt * (offset * pull[:, :, np.newaxis]).sum(axis=1)
        position += dt * velocity
    return 0.5 * (mass * (velocity**2).sum(axis=-1)).sum()


def make_bodies(rng: Random, size: int) -> tuple[Array, Array, Array, int]:
    """Return positions, velocities and masses of bodies, and the number of steps."""
    position, velocity = rng.normal(size=(2, size, 3))
    return position, velocity, rng.uniform(0.5, 1.0, size), 5


def train(net: dict[str, Array], x: Array, label: Array, rate: float) -> list[Any]:
    """Take three training steps of a two-layer network, in place; return the losses."""
    losses = []
    rows = np.arange(len(label))
    for _ in range(3):
        hidden = np.maximum(x @ net["w1"] + net["b1"], 0.0)
        scores = hidden @ net["w2"] + net["b2"]
        scores -= scores.max(axis=1, keepdims=True)
        chance = np.exp(scores)
        chance /= chance.sum(axis=1, keepdims=True)
        losses.append(-np.log(chance[rows, label]).mean())
        chance[rows, label] -= 1.0
        grad = chance / len(label)
        back = (grad @ net["w2"].T) * (hidden > 0)
        net["w2"] -= rate * (hidden.T @ grad)
        net["b2"] -= rate * grad.sum(axis=0)
        net["w1"] -= rate * (x.T @ back)
        net["b1"] -= rate * back.sum(axis=0)
    return losses


def make_net(rng: Random, size: int) -> tuple[dict[str, Array], Array, Array, float]:
    """Return a network with 10 classes, a batch of 256 with its labels, and a rate."""
    net = {
        "w1": rng.normal(0.0, 0.1, (64, size)),
        "b1": np.zeros(size),
        "w2": rng.normal(0.0, 0.1, (size, 10)),
        "b2": np.zeros(10),
    }
    return net, rng.normal(size=(256, 64)), rng.integers(10, size=256), 0.1


class Rod:
    """A rod whose ends are held at their temperatures."""

    def __init__(self, u: Array, diffusivity: float) -> None:
        self.u = u
        self.diffusivity = diffusivity
        self.time = 0.0

    @property
    def curvature(self) -> Array:
        """Second difference of the temperature inside the rod."""
        return self.u[2:] - 2.0 * self.u[1:-1] + self.u[:-2]

    def step(self) -> None:
        """Let heat flow for one unit of time."""
        self.u[1:-1] += self.diffusivity * self.curvature
        self.time += 1.0


def heat(rod: Rod, steps: int) -> float:
    """Advance a rod by some steps and return its time."""
    for _ in range(steps):
        rod.step()
    return rod.time


def make_rod(rng: Random, size: int) -> tuple[Rod, int]:
    """Return a rod with random temperatures, and the number of steps."""
    return Rod(rng.random(size), 0.2), 40


def option_price(rng: Random, paths: int, steps: int) -> tuple[Any, Any]:
    """Price an Asian option by simulation; return the price and its error."""
    drift, volatility = 0.03 / steps, 0.2 / np.sqrt(steps)
    price = np.full(paths, 100.0)
    total = np.zeros(paths)
    for _ in range(steps):
        price = price * np.exp(drift + volatility * rng.standard_normal(paths))
        total += price
    payoff = np.maximum(total / steps - 100.0, 0.0)
    return payoff.mean(), payoff.std() / np.sqrt(paths)


def make_generator(rng: Random, size: int) -> tuple[Random, int, int]:
    """Return a generator, the number of paths and of steps."""
    return rng, size, 12


def moving_average(x: Array, width: int) -> tuple[Array, Array]:
    """Return the averages of a sliding window, and the running maximum's drop."""
    total = np.cumsum(x)
    total[width:] = total[width:] - total[:-width]
    average = total[width - 1 :] / width
    return average, np.maximum.accumulate(average) - average


def make_signal(rng: Random, size: int) -> tuple[Array, int]:
    """Return a positive signal and the width of the window."""
    return rng.uniform(1.0, 2.0, size), 100


def equalize(image: Array) -> tuple[Array, Array]:
    """Spread the grey levels of an image evenly; return it and its edges."""
    histogram = np.bincount(image.ravel(), minlength=256)
    cumulative = np.cumsum(histogram)
    table = np.floor(255.0 * cumulative / cumulative[-1]).astype(np.uint8)
    even = table[image].astype(np.int32)
    across = even[:, 2:] - even[:, :-2]
    down = even[2:, :] - even[:-2, :]
    edges = np.abs(across[1:-1, :]) + np.abs(down[:, 1:-1])
    return even.astype(np.uint8), np.minimum(edges, 255).astype(np.uint8)


def make_image(rng: Random, size: int) -> tuple[Array]:
    """Return a dark grey image."""
    return ((rng.random((size, size)) ** 2 * 200).astype(np.uint8),)


def least_squares(x: Array, y: Array, degree: int) -> tuple[Array, Any]:
    """Fit a polynomial by the normal equations; return it and the mean residual."""
    powers = np.stack([x**k for k in range(degree + 1)], axis=1)
    fit = np.linalg.solve(powers.T @ powers, powers.T @ y)
    return fit, np.abs(powers @ fit - y).mean()


def make_samples(rng: Random, size: int) -> tuple[Array, Array, int]:
    """Return noisy samples of a parabola, and the degree."""
    x = rng.uniform(-1.0, 1.0, size)
    return x, 1.0 + x - 2.0 * x**2 + rng.normal(0.0, 0.1, size), 3


PROGRAMS = [
    Program(
        "sin(x)*exp(x) + log(x+1)",
        elementwise,
        make_elementwise,
        1_000_000,
        1000,
        8,
        "largest",
        "XLA's sin, exp and log are within 2 ulp each",
    ),
    Program(
        "sum of products",
        sum_of_products,
        make_two_vectors,
        10_000_000,
        1000,
        1000,
        why="a sum of 1e7 positive terms in another order",
    ),
    Program(
        "matrix product",
        matrix_product,
        make_two_matrices,
        500,
        20,
        128,
        why="sums of 500 positive terms in another order",
    ),
    Program(
        "softmax of each row",
        map_rows,
        make_batch,
        20_000,
        50,
        64,
        why="exp within 2 ulp, and a sum of 2e4 positive terms in another order",
    ),
    Program("Jacobi stencil, in place", jacobi, make_plate, 800, 12),
    Program("Game of Life", game_of_life, make_board, 1000, 12, why="integers"),
    Program(
        "k-means",
        kmeans,
        make_clusters,
        20_000,
        200,
        64,
        why="means of 2500 positive coordinates, summed in another order",
    ),
    Program("Mandelbrot set", mandelbrot, make_complex_plane, 600, 12, why="counts"),
    Program(
        "n-body",
        nbody,
        make_bodies,
        400,
        8,
        64,
        "largest",
        "sums of 400 forces in another order",
    ),
    Program(
        "training a neural net",
        train,
        make_net,
        256,
        16,
        256,
        "largest",
        "chained matrix products, summed in another order",
    ),
    Program("heat in a rod (class)", heat, make_rod, 1_000_000, 30),
    Program(
        "option price, Monte Carlo",
        option_price,
        make_generator,
        200_000,
        200,
        512,
        why="12 chained exp within 2 ulp, and sums of 2e5 terms in another order",
    ),
    Program(
        "moving average and drawdown",
        moving_average,
        make_signal,
        1_000_000,
        300,
        1e6,
        "largest",
        "differences of sums a thousand times as large, added in another order",
    ),
    Program("histogram equalization", equalize, make_image, 1500, 16, why="integers"),
    Program(
        "least squares",
        least_squares,
        make_samples,
        300_000,
        50,
        1024,
        "largest",
        "matrix products in another order, times the condition number",
    ),
]
