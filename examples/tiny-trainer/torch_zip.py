"""The zip layout of torch.save: stored entries, data descriptors, 64-byte alignment, zip64 records (torch 2.13-2.15)."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import Callable, Iterable

FLAGS = 0x0808  # data descriptor, UTF-8
BEYOND = 0xFFFFFFFF  # from here on a number needs zip64
ALIGNMENT = 64


class TorchZipWriter:
    """Writes an archive front to back in bounded memory; sizes and CRCs are known only when the data has passed."""

    def __init__(self, write: Callable[[bytes], object], prefix: str) -> None:
        self._write, self._prefix = write, prefix
        self._position = 0
        self._records: list[bytes] = []
        self._names = hashlib.sha256()
        self._crcs = 0

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        full = f"{self._prefix}/{name}".encode()
        offset = self._position
        zip64 = struct.pack("<HHQ", 1, 8, offset) if offset >= BEYOND else b""
        start = offset + 30 + len(full) + len(zip64) + 4
        padding = -start % ALIGNMENT
        extra = zip64 + b"FB" + struct.pack("<H", padding) + b"Z" * padding
        self._emit(struct.pack("<IHHHIIIIHH", 0x04034B50, 0, FLAGS, 0, 0, 0, 0, 0, len(full), len(extra)) + full + extra)
        size, crc = 0, 0
        for chunk in chunks:
            self._emit(chunk)
            size += len(chunk)
            crc = zlib.crc32(chunk, crc)
        if size >= BEYOND:
            raise ValueError(f"the entry {name} has {size} bytes; one tensor takes less than 4 GiB")
        self._emit(struct.pack("<IIQQ" if zip64 else "<IIII", 0x08074B50, crc, size, size))
        record = (0x02014B50, 0, 0, FLAGS, 0, 0, crc, size, size, len(full), len(zip64), 0, 0, 0, 0, min(offset, BEYOND))
        self._records.append(struct.pack("<IHHHHIIIIHHHHHII", *record) + full + zip64)
        self._names.update(name.encode())
        self._crcs = zlib.crc32(struct.pack("<I", crc), self._crcs)

    def close(self) -> None:
        """The version, the id over names and CRCs, then the directory and the end records: the last bytes of the file."""
        self.add("version", [b"3\n"])
        names = int.from_bytes(self._names.digest()[:8], "little")
        self.add(".data/serialization_id", [b"%020d%020d" % (names, self._crcs)])
        offset, count = self._position, len(self._records)
        directory = b"".join(self._records)
        self._emit(directory)
        end = self._position
        self._emit(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 0x031E, 45, 0, 0, count, count, len(directory), offset))
        self._emit(struct.pack("<IIQI", 0x07064B50, 0, end, 1))
        self._emit(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), min(offset, BEYOND), 0))

    def _emit(self, data: bytes) -> None:
        self._write(data)
        self._position += len(data)
