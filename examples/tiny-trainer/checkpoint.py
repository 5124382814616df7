"""Checkpoint files as F5-TTS's Trainer handles them: which one it loads, and how it writes over the old one in place."""

from __future__ import annotations

import json
import os
import zipfile
from typing import Any, Callable

from torch_pickle import Pickler, Tensor, load_pickle
from torch_zip import TorchZipWriter
from training import Training


def choose(directory: str) -> "str | None":
    """The file that is loaded. model_last.pt always wins, even over a newer model_<N>.pt; the digits of a name decide
    among the others, whatever they mean; a model_ name without digits kills the process (ValueError), as F5-TTS's does."""
    if not os.path.isdir(directory):
        return None
    names = os.listdir(directory)
    if not any(name.endswith((".pt", ".safetensors")) for name in names):
        return None
    if "model_last.pt" in names:
        return "model_last.pt"
    candidates = [n for n in names if n.startswith(("model_", "pretrained_")) and n.endswith((".pt", ".safetensors"))]
    trained = [name for name in candidates if name.startswith("model_")]
    if trained:
        return sorted(trained, key=lambda name: int("".join(filter(str.isdigit, name))))[-1]
    return next(name for name in candidates if name.startswith("pretrained_"))


def load(path: str, training: Training) -> None:
    if path.endswith(".safetensors"):
        return _load_safetensors(path, training)
    if os.path.getsize(path) == 0:
        raise EOFError("Ran out of input")
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as cause:
        raise RuntimeError(
            "PytorchStreamReader failed reading zip archive: failed finding central directory"
        ) from cause
    with archive:
        prefix = archive.namelist()[0].split("/")[0]
        with archive.open(f"{prefix}/data.pkl") as file:
            root = load_pickle(file)

        def read(_label: str, tensor: Tensor, use: Callable[[Callable[[int], bytes]], Any]) -> Any:
            with archive.open(f"{prefix}/data/{tensor.key}") as file:
                return use(file.read)

        training.load(root, read)


def _load_safetensors(path: str, training: Training) -> None:
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        storages = {"F32": "FloatStorage", "I64": "LongStorage", "BOOL": "BoolStorage"}

        def read(label: str, _tensor: Tensor, use: Callable[[Callable[[int], bytes]], Any]) -> Any:
            file.seek(8 + length + header[label]["data_offsets"][0])
            return use(file.read)

        flat = {name: Tensor(storages[entry["dtype"]], tuple(entry["shape"])) for name, entry in header.items()}
        training.load({"ema_model_state_dict": flat}, read)


def save(path: str, training: Training, watch: Callable[[float, Callable[[], None]], None]) -> None:
    """Writes over `path` in place (O_TRUNC, no rename, no fsync): from its first byte on, the old checkpoint is gone.
    `watch` is told the fraction written, and how to force out what is buffered."""
    root, content = training.state_dicts()
    pickler = Pickler()
    data = pickler.dumps(root)
    total = sum(tensor.nbytes for tensor in pickler.tensors)
    stem = os.path.basename(path)[: -len(".pt")]
    with open(path, "wb", buffering=1 << 20) as file:
        archive = TorchZipWriter(file.write, stem if stem.isascii() else "archive")
        archive.add("data.pkl", [data])
        archive.add(".format_version", [b"1"])
        archive.add(".storage_alignment", [b"64"])
        archive.add("byteorder", [b"little"])
        written = 0
        for tensor in pickler.tensors:
            archive.add(f"data/{tensor.key}", content[id(tensor)]())
            written += tensor.nbytes
            watch(written / total, file.flush)
        archive.close()


def rotate(directory: str, keep: int) -> None:
    """F5-TTS's own rotation of step files: the lowest numbers go first. A foreign model_<word>.pt kills the process."""
    names = [n for n in os.listdir(directory) if n.startswith("model_") and n.endswith(".pt") and n != "model_last.pt"]
    names.sort(key=lambda name: int(name.split("_")[1].split(".")[0]))
    for name in names[: max(0, len(names) - keep)]:
        os.remove(os.path.join(directory, name))
        print(f"Removed old checkpoint: {name}", flush=True)
