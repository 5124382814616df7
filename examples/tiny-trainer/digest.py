#!/usr/bin/env python3
"""Prints the SHA-256 of every model, EMA and optimizer tensor of a checkpoint, and one over them all.

Two files print the same exactly if they hold the same tensors, whatever the files are called and whenever they were
saved. Works on genuine F5-TTS checkpoints too: nothing in a file is executed.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from typing import Iterator

from torch_pickle import Tensor, load_pickle


def list_tensors(root: dict) -> Iterator[tuple]:
    for group in ("model_state_dict", "ema_model_state_dict"):
        for name, tensor in root.get(group, {}).items():
            yield f"{group}.{name}", tensor
    for index, state in root.get("optimizer_state_dict", {}).get("state", {}).items():
        for name, tensor in state.items():
            yield f"optimizer_state_dict.{index}.{name}", tensor


def digest_tensor(archive: zipfile.ZipFile, prefix: str, tensor: Tensor) -> str:
    digest = hashlib.sha256(f"{tensor.storage} {tuple(tensor.shape)}\n".encode())
    with archive.open(f"{prefix}/data/{tensor.key}") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def digest_file(path: str) -> Iterator[tuple]:
    """(digest, name) of each tensor by its type, shape and bytes, in an order that follows from the names alone."""
    with zipfile.ZipFile(path) as archive:
        prefix = archive.namelist()[0].split("/")[0]
        with archive.open(f"{prefix}/data.pkl") as file:
            root = load_pickle(file)
        for name, tensor in sorted(list_tensors(root), key=lambda item: item[0]):
            yield digest_tensor(archive, prefix, tensor), name


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: digest.py FILE.pt")
    whole, count = hashlib.sha256(), 0
    for digest, name in digest_file(sys.argv[1]):
        line = f"{digest}  {name}"
        print(line)
        whole.update(line.encode() + b"\n")
        count += 1
    print(f"{whole.hexdigest()}  all {count} tensors")


if __name__ == "__main__":
    main()
