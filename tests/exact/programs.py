"""Programs as users write them in which errors, warnings, overflow and dtypes count.

Nothing of npjit is in them.
"""

import warnings

import numpy as np

# -- errors are part of the algorithm ------------------------------------------------


def adaptive_steps(y, rate, end):
    """Integrate y' = rate * y**2 with steps that are halved where they overflow."""
    t, dt, taken, refused = 0.0, 0.5, [], 0
    with np.errstate(over="raise", invalid="raise"):
        while t < end and len(taken) < 40:
            try:
                slope = rate * y * y
                middle = y + dt / 2 * slope
                new = y + dt * (rate * middle * middle)
                error = np.abs(new - (y + dt * slope)).max()
                if error > 0.1 * (1 + np.abs(y).max()):
                    raise FloatingPointError("step too long")
            except FloatingPointError as reason:
                refused += 1
                dt /= 2
                if dt < 1e-6:
                    return y, taken, str(reason)
                continue
            y, t = new, t + dt
            taken.append(dt)
            dt *= 1.5
    return y, taken, refused


def kalman_with_recovery(measurements, noise):
    """A filter whose covariance may be singular: then it is regularized."""
    x, P = np.zeros(2), np.zeros((2, 2))
    F, H = np.array([[1.0, 1.0], [0.0, 1.0]]), np.eye(2)
    recovered, track = [], []
    for i, (z, r) in enumerate(zip(measurements, noise, strict=True)):
        x, P = F @ x, F @ P @ F.T
        S = H @ P @ H.T + r * np.eye(2)
        try:
            gain = P @ np.linalg.inv(S)
        except np.linalg.LinAlgError as error:
            recovered.append((i, str(error)))
            P += np.eye(2)
            gain = P @ np.linalg.inv(S + np.eye(2))
        finally:
            track.append(x.copy())
        x += gain @ (z - x)
        P = (np.eye(2) - gain) @ P
    return np.array(track), P, recovered


def solve_each(systems, right):
    """Solve what can be solved; of the rest, note why not."""
    solutions = np.full(right.shape, np.nan)
    failures = {}
    for i, (A, b) in enumerate(zip(systems, right, strict=True)):
        try:
            np.linalg.cholesky(A)
            solutions[i] = np.linalg.solve(A, b)
        except np.linalg.LinAlgError as error:
            failures[i] = type(error).__name__, str(error)
    return solutions, failures


def newton(f, slope, x, steps=12):
    """Newton's method on many points; where the slope is zero a point is moved."""
    moved = np.zeros(x.shape, np.int16)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(steps):
            step = f(x) / slope(x)
            bad = ~np.isfinite(step)
            moved += bad
            step[bad] = -0.5
            x = x - step
            if np.all(np.abs(step) < 1e-12):
                break
    return x, moved


def newton_of_cube(x):
    return newton(lambda x: x * x * x - 2.0, lambda x: 3.0 * x * x, x)


# -- missing values ------------------------------------------------------------------


def robust_statistics(data):
    """Medians, deviations and outliers of columns with NaN; empty columns warn."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        centre = np.nanmedian(data, axis=0)
        spread = 1.4826 * np.nanmedian(np.abs(data - centre), axis=0)
        low, high = np.nanpercentile(data, [10, 90], axis=0)
        score = (data - centre) / spread
    outliers = np.abs(score) > 3.5
    cleaned = np.where(outliers, np.nan, np.clip(data, low, high))
    count = np.count_nonzero(~np.isnan(cleaned), axis=0)
    texts = [(w.category.__name__, str(w.message)) for w in caught]
    return centre, spread, outliers, cleaned, count, texts


def signal_to_noise(signal, noise):
    """Decibels; silence makes infinities, of which NumPy warns."""
    with np.errstate(divide="ignore"):
        ratio = np.abs(signal) / noise
        quiet = np.isinf(ratio)
    level = np.full(ratio.shape, -np.inf)
    np.log10(ratio, out=level, where=(ratio > 0) & ~quiet)
    level[quiet] = np.inf
    return (
        20 * level,
        quiet.sum(),
        np.sort(ratio),
        ratio.argmax(),
        np.fmin.reduce(level),
    )


# -- small integers ------------------------------------------------------------------


def sharpen(image, amount):
    """A filter on bytes: differences wrap around, the sum is clipped."""
    blurred = np.empty_like(image)
    padded = np.pad(image, 1, mode="edge").astype(np.uint16)
    total = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    np.right_shift(total, 2, out=blurred, casting="unsafe")
    wrapped = image - blurred
    detail = wrapped.view(np.int8).astype(np.int16)
    clipped = np.clip(image + detail * amount, 0, 255).astype(np.uint8)
    image += 100
    return clipped, wrapped, image[::-1], np.bitwise_count(wrapped)


def fixed_point(x, y):
    """Numbers with eight binary places in int16: products, quotients, saturation."""
    wide = x.astype(np.int32) * y
    product = np.clip((wide + 128) >> 8, -32768, 32767).astype(np.int16)
    wrapped = x * y
    with np.errstate(divide="ignore"):
        quotient, rest = np.divmod(x.astype(np.int32) << 8, y)
    carry = (x.astype(np.int32) + y != x + y).astype(np.uint8)
    x //= np.int16(3)
    x <<= 1
    return product, wrapped, quotient, rest, carry, np.abs(x), -y, x % np.int16(-7)


def equalize_tiles(image, size):
    """Histogram equalisation tile by tile, of 16 bits; empty ranges divide by zero."""
    result = np.zeros_like(image)
    for i in range(0, image.shape[0], size):
        for j in range(0, image.shape[1], size):
            tile = image[i : i + size, j : j + size]
            counts = np.bincount(tile.ravel() >> 12, minlength=16)
            cumulated = np.cumsum(counts)
            with np.errstate(all="ignore"):
                table = (cumulated - counts[0]) * 65535.0 / (tile.size - counts[0])
            table = np.nan_to_num(table).astype(image.dtype)
            result[i : i + size, j : j + size] = table[tile >> 12]
    return result, np.histogram(result, 4, (0, 65536))[0]


def life_with_ages(board, generations):
    """Conway's rule on bytes that count generations and stay at 255."""
    ages = board.astype(np.uint8) * 254
    for _ in range(generations):
        alive = np.minimum(ages, 1)
        around = np.zeros_like(alive)
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                around += np.roll(np.roll(alive, i, 0), j, 1)
        around -= alive
        survives = (around == 3) | ((alive == 1) & (around == 2))
        older = ages + survives
        ages = np.where(survives, np.where(older < ages, 255, older), 0).astype(
            np.uint8
        )
    return ages, ages.sum(), ages.sum(dtype=np.uint8), np.flatnonzero(ages == 255)


def checksums(data):
    """FNV-1a, Fletcher and xorshift in unsigned integers that wrap around."""
    rows = data.astype(np.uint64)
    fnv = np.full(len(data), 14695981039346656037, np.uint64)
    for column in rows.T:
        fnv ^= column
        fnv *= np.uint64(1099511628211)
    first = np.cumsum(data, axis=1, dtype=np.uint32) % 65535
    fletcher = (first.sum(axis=1, dtype=np.uint32) % 65535) << 16 | first[:, -1]
    state = fnv | 1
    for shift in (13, 7, 17):
        state ^= state << np.uint64(shift) if shift != 7 else state >> np.uint64(shift)
    return fnv, fletcher, state, np.bitwise_xor.reduce(fnv), fnv.astype(np.int64), -fnv


def money(cents, rates):
    """Interest in cents: rounding half to even, whole hundreds, a fair rest."""
    interest = np.round(cents * rates).astype(np.int64)
    hundreds = np.round(cents, -2)
    each, rest = np.divmod(cents.sum(), len(cents))
    shares = np.full(len(cents), each)
    shares[: int(rest)] += 1
    try:
        cents *= 1.05
    except TypeError as error:
        reason = str(error)
    cents += interest
    return interest, hundreds, shares, reason, cents, float(cents.mean())


# -- other numbers -------------------------------------------------------------------


def low_pass(signal, keep):
    """A filter in the frequency domain; what it leaves of an impulse in half floats."""
    spectrum = np.fft.fft(signal)
    spectrum[keep:-keep] = 0
    phase = np.exp(1j * np.angle(spectrum[:keep]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        narrow = np.fft.ifft(spectrum).astype(np.float32)
    power = (spectrum * spectrum.conj()).real
    texts = [str(w.message) for w in caught]
    return narrow, power, phase, texts, narrow.astype(np.float16) / np.float16(3)


def quantize(samples):
    """To 16 bits and back: NaN and infinities are cast after they are replaced."""
    loud = np.abs(samples) > 1
    safe = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    pcm = np.clip(np.rint(safe * 32767), -32768, 32767).astype(np.int16)
    swapped = pcm.astype(">i2")
    step = np.diff(pcm.astype(np.int32), prepend=0)
    back = pcm.astype(np.float32) / np.float32(32767)
    return pcm, swapped, step, back, loud, np.packbits(loud), swapped.tobytes()


def calendar(days, values):
    """Means by month and by weekday of dated values; dates are NumPy's own."""
    dates = np.datetime64("2024-01-30") + days.astype("timedelta64[D]")
    order = np.argsort(dates, kind="stable")
    dates, values = dates[order], values[order]
    months = dates.astype("datetime64[M]")
    names, first = np.unique(months, return_index=True)
    totals = np.add.reduceat(values, first)
    weekday = (dates.astype(np.int64) + 3) % 7
    by_weekday = np.bincount(weekday, weights=values, minlength=7)
    gaps = np.diff(dates) / np.timedelta64(1, "D")
    working = np.is_busday(dates)
    return names, totals, by_weekday, gaps, values[working] * 2, dates[values.argmax()]


def inventory(counts, prices):
    """Records with names, numbers and Python objects beside plain arrays."""
    stock = np.zeros(len(counts), [("name", "U8"), ("count", "i4"), ("price", "f8")])
    stock["name"] = [f"item {i}" for i in range(len(counts))]
    stock["count"], stock["price"] = counts, prices
    value = stock["count"] * stock["price"]
    stock["count"][value > np.median(value)] -= 1
    labels = np.char.upper(stock["name"][np.argsort(-value, kind="stable")])
    notes = np.array([None] * len(counts), dtype=object)
    notes[counts == 0] = "sold out"
    exact = np.longdouble(value.sum()) / 3
    return stock, labels, notes, float(exact), stock[["name", "price"]][0].item()
