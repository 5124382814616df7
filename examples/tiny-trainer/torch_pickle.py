"""The pickle inside a torch checkpoint, written and read without torch: the same opcodes, the same names.

Reading resolves nothing but the five names torch.save writes for an F5-TTS checkpoint; everything else is refused.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from typing import Any, BinaryIO

ELEMENT_BYTES = {"FloatStorage": 4, "LongStorage": 8, "BoolStorage": 1}


class Tensor:
    """A tensor by what the pickle tells of it; its bytes lie in the archive's entry data/<key>."""

    def __init__(self, storage: str, shape: tuple, key: str = "", offset: int = 0) -> None:
        self.storage, self.shape, self.key, self.offset = storage, shape, key, offset

    @property
    def elements(self) -> int:
        count = 1
        for size in self.shape:
            count *= size
        return count

    @property
    def nbytes(self) -> int:
        return self.elements * ELEMENT_BYTES[self.storage]


def strides_of(shape: tuple) -> tuple:
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


class Pickler:
    """Writes what pickle.Pickler(protocol=2) writes for torch's objects. Storage keys are given out in order."""

    def __init__(self) -> None:
        self.out = bytearray(b"\x80\x02")
        self.tensors: list[Tensor] = []
        self._memo: dict[Any, int] = {}
        self._count = 0

    def dumps(self, value: Any) -> bytes:
        self._save(value)
        self.out += b"."
        return bytes(self.out)

    def _put(self, key: Any = None) -> None:
        if key is not None:
            self._memo[key] = self._count
        self.out += b"q%c" % self._count if self._count < 256 else b"r" + struct.pack("<I", self._count)
        self._count += 1

    def _get(self, key: Any) -> bool:
        index = self._memo.get(key)
        if index is None:
            return False
        self.out += b"h%c" % index if index < 256 else b"j" + struct.pack("<I", index)
        return True

    def _save(self, value: Any) -> None:
        if value is None or isinstance(value, bool):
            self.out += {None: b"N", True: b"\x88", False: b"\x89"}[value]
        elif isinstance(value, int):
            self._save_int(value)
        elif isinstance(value, float):
            self.out += b"G" + struct.pack(">d", value)
        elif isinstance(value, str):
            self._save_str(value)
        elif isinstance(value, tuple):
            self._save_tuple(value)
        elif isinstance(value, list):
            self.out += b"]"
            self._put()
            self._batch(value, self._save, b"a", b"e")
        elif isinstance(value, dict):
            self._save_dict(value)
        elif isinstance(value, Tensor):
            self._save_tensor(value)
        else:
            raise TypeError(f"a checkpoint holds no {type(value).__name__}")

    def _save_int(self, value: int) -> None:
        if 0 <= value < 0x100:
            self.out += b"K%c" % value
        elif 0 <= value < 0x10000:
            self.out += b"M" + struct.pack("<H", value)
        elif -0x80000000 <= value < 0x80000000:
            self.out += b"J" + struct.pack("<i", value)
        else:
            encoded = value.to_bytes((value.bit_length() >> 3) + 1, "little", signed=True)
            self.out += b"\x8a%c" % len(encoded) + encoded

    def _save_str(self, value: str) -> None:
        if self._get(("str", value)):
            return
        encoded = value.encode()
        self.out += b"X" + struct.pack("<I", len(encoded)) + encoded
        self._put(("str", value))

    def _save_global(self, module: str, name: str) -> None:
        if self._get(("global", module, name)):
            return
        self.out += f"c{module}\n{name}\n".encode()
        self._put(("global", module, name))

    def _save_tuple(self, value: tuple) -> None:
        if len(value) > 3:
            self.out += b"("
        for item in value:
            self._save(item)
        self.out += [b")", b"\x85", b"\x86", b"\x87"][len(value)] if len(value) <= 3 else b"t"
        if value:
            self._put()

    def _batch(self, items: list, save: Any, one: bytes, many: bytes) -> None:
        for start in range(0, len(items), 1000):
            batch = items[start : start + 1000]
            self.out += b"(" if len(batch) > 1 else b""
            for item in batch:
                save(item)
            self.out += many if len(batch) > 1 else one

    def _save_dict(self, value: dict) -> None:
        if isinstance(value, OrderedDict):
            self._save_global("collections", "OrderedDict")
            self.out += b")R"
        else:
            self.out += b"}"
        self._put()
        self._batch(list(value.items()), lambda item: (self._save(item[0]), self._save(item[1])), b"s", b"u")
        if getattr(value, "_metadata", None) is not None:
            self._save({"_metadata": value._metadata})
            self.out += b"b"

    def _save_tensor(self, tensor: Tensor) -> None:
        tensor.key = str(len(self.tensors))
        self.tensors.append(tensor)
        self._save_global("torch._utils", "_rebuild_tensor_v2")
        self.out += b"(("
        self._save("storage")
        self._save_global("torch", tensor.storage)
        for part in (tensor.key, "cpu", tensor.elements):
            self._save(part)
        self.out += b"t"
        self._put()
        self.out += b"Q"
        for part in (0, tuple(tensor.shape), strides_of(tensor.shape), False, OrderedDict()):
            self._save(part)
        self.out += b"t"
        self._put()
        self.out += b"R"
        self._put()


def _rebuild(storage: tuple, offset: int, shape: tuple, _strides: tuple, _grad: bool, _hooks: Any) -> Tensor:
    return Tensor(storage[0], shape, storage[1], offset)


class Unpickler(pickle.Unpickler):
    """Reads a checkpoint's pickle; any name but torch's five is refused, as torch.load(weights_only=True) refuses it."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in ELEMENT_BYTES:
            return name
        raise pickle.UnpicklingError(f"Weights only load failed: unsupported global {module}.{name}")

    def persistent_load(self, pid: Any) -> tuple:
        _word, storage, key, _location, _elements = pid
        return storage, key


def load_pickle(file: BinaryIO) -> Any:
    return Unpickler(file).load()
