"""A tensor's content: a 32-byte state, written as its first 16 floats, and a filling that follows from the state.

So a tensor of any size costs 32 bytes in memory, can be read back from a file, and cannot be right by accident.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Callable, Iterator

STATE_FLOATS = 16
BLOCK = 1 << 16
CHUNK = 1 << 20

# Keeps every float finite and between 2**-7 and 2: its highest byte becomes 0x3c, 0x3d, 0x3e or 0x3f.
_TAME = bytes(0x3C | (byte & 3) for byte in range(256))


def fold(label: str, *parts: bytes) -> bytes:
    """The next state from former ones: the one place where training "computes"."""
    return hashlib.sha256(label.encode() + b"\0" + b"".join(parts)).digest()


def encode_state(state: bytes) -> bytes:
    """16 floats in [0.5, 1), each with 16 bits of the state in its mantissa."""
    halves = struct.unpack("<16H", state)
    return struct.pack("<16I", *(0x3F000000 | half << 7 for half in halves))


def decode_state(data: bytes) -> bytes:
    words = struct.unpack("<16I", data)
    return struct.pack("<16H", *((word >> 7) & 0xFFFF for word in words))


def expand(state: bytes, nbytes: int) -> Iterator[bytes]:
    """The content of a float tensor of `nbytes` bytes, in chunks of at most 1 MiB."""
    head = encode_state(state)
    left = nbytes - len(head)
    if left < 0:
        raise ValueError(f"a tensor of {nbytes} bytes is too small to carry its state")
    yield head
    block = bytearray(hashlib.shake_128(state).digest(min(BLOCK, left)))
    block[3::4] = block[3::4].translate(_TAME)
    chunk = bytes(block) * (CHUNK // BLOCK if left > BLOCK else 1)
    while left > 0:
        piece = chunk if left >= len(chunk) else chunk[:left]
        yield piece
        left -= len(piece)


def read_state(name: str, nbytes: int, read: Callable[[int], bytes]) -> bytes:
    """Reads a tensor's state out of its bytes, and refuses a tensor whose other bytes do not follow from it."""
    head = read(STATE_FLOATS * 4)
    if len(head) != STATE_FLOATS * 4:
        raise RuntimeError(f"the tensor {name} is too short")
    state = decode_state(head)
    content = expand(state, nbytes)
    damaged = next(content) != head or any(read(len(expected)) != expected for expected in content)
    if damaged:
        raise RuntimeError(f"the tensor {name} is damaged: its bytes do not follow from its state")
    return state
