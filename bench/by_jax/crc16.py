"""A checksum of a message of bytes by a table."""

import jax
import jax.numpy as jnp


def table(polynomial):
    values = jnp.arange(256, dtype=jnp.uint16)
    for _ in range(8):
        odd, half = values & 1, values >> 1
        values = jnp.where(odd, half ^ polynomial, half)
    return values


@jax.jit
def by_jax(message):
    lookup = table(jnp.uint16(0x8408))

    def take(crc, byte):
        return (crc >> 8) ^ lookup[(crc ^ byte) & 0xFF], None

    crc, _ = jax.lax.scan(take, jnp.uint16(0xFFFF), message)
    return crc ^ jnp.uint16(0xFFFF), lookup
