"""A checksum, bit by bit, of a message of bytes; and by a table."""

import numpy as np

SIZE = 6


def arguments(rng, size):
    return (rng.integers(0, 256, size, dtype=np.uint8),)


def bit_by_bit(message, polynomial=0x8408):
    crc = 0xFFFF
    for byte in message:
        rest = 0xFF & byte
        for _ in range(8):
            if (crc & 1) ^ (rest & 1):
                crc = (crc >> 1) ^ polynomial
            else:
                crc >>= 1
            rest >>= 1
    return crc ^ 0xFFFF


def table(polynomial=0x8408):
    values = np.arange(256, dtype=np.uint16)
    for _ in range(8):
        odd = (values & 1).astype(bool)
        values >>= 1
        values[odd] ^= np.uint16(polynomial)
    return values


def program(message):
    lookup = table()
    crc = np.uint16(0xFFFF)
    for byte in message:
        crc = (crc >> np.uint16(8)) ^ lookup[(crc ^ byte) & np.uint16(0xFF)]
    by_table = crc ^ np.uint16(0xFFFF)
    assert by_table == bit_by_bit(message)
    return by_table, lookup
