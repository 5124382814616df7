"""What training changes: model, optimizer, EMA, scheduler and counter, and how they stand in a checkpoint.

Each update folds its number and the former states into the next ones, so two runs end with equal tensors only if both
made every update once, in order, each from the whole state that the one before left.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from typing import Any, Callable

import model
import tensors
from scheduler import Scheduler
from torch_pickle import Tensor

Content = dict  # id of a Tensor -> its bytes, as an iterable factory
Read = Callable[[str, Tensor, Callable[[Callable[[int], bytes]], Any]], Any]

GROUP = {
    "betas": (0.9, 0.999),
    "eps": 1e-08,
    "weight_decay": 0.01,
    "amsgrad": False,
    "maximize": False,
    "foreach": None,
    "capturable": False,
    "differentiable": False,
    "fused": True,
    "decoupled_weight_decay": True,
    "initial_lr": 1e-3,
}


class Training:
    def __init__(self, size_bytes: int, updates: int, warmup: int, seed: int) -> None:
        self.shapes = model.make_shapes(size_bytes)
        self.parameters = [name for name in self.shapes if name != model.BUFFER]
        start = {name: tensors.fold("init", str(seed).encode(), name.encode()) for name in self.parameters}
        self.model, self.ema = dict(start), dict(start)
        self.moments: dict = {}  # like AdamW's, they exist from the first update on
        self.scheduler = Scheduler(warmup, updates)
        self.update, self.optimizer_steps, self.ema_steps = 0, 0, 0

    def step(self) -> None:
        """One update: the number it folds in is the one counted from the checkpoint."""
        self.update += 1
        number = struct.pack("<q", self.update)
        for name in self.parameters:
            average, square = self.moments.get(name, (b"", b""))
            average = tensors.fold("exp_avg", average, self.model[name], number)
            square = tensors.fold("exp_avg_sq", square, average, number)
            self.moments[name] = (average, square)
            self.model[name] = tensors.fold("model", self.model[name], average, square, number)
            self.ema[name] = tensors.fold("ema", self.ema[name], self.model[name], number)
        self.optimizer_steps += 1
        self.ema_steps += 1
        self.scheduler.step()

    @property
    def loss(self) -> float:
        return 0.4 + int.from_bytes(self.model[self.parameters[0]][:2], "little") / 65536 * 0.4

    def state_dicts(self) -> tuple:
        """The checkpoint's root, in F5-TTS's order of keys, and what fills each of its tensors."""
        content: Content = {}

        def full(state: bytes, shape: tuple) -> Tensor:
            tensor = Tensor("FloatStorage", shape)
            content[id(tensor)] = lambda: tensors.expand(state, tensor.nbytes)
            return tensor

        def small(storage: str, shape: tuple, data: bytes) -> Tensor:
            tensor = Tensor(storage, shape)
            content[id(tensor)] = lambda: [data]
            return tensor

        def weights(states: dict, prefix: str) -> list:
            inverse = struct.pack("<8f", *(10000 ** (-i / 8) for i in range(8)))
            buffer = {model.BUFFER: inverse}
            return [
                (prefix + name, small("FloatStorage", shape, buffer[name]) if name in buffer else full(states[name], shape))
                for name, shape in self.shapes.items()
            ]

        steps = struct.pack("<f", self.optimizer_steps)
        state = {
            i: {
                "step": small("FloatStorage", (), steps),
                "exp_avg": full(self.moments[name][0], self.shapes[name]),
                "exp_avg_sq": full(self.moments[name][1], self.shapes[name]),
            }
            for i, name in enumerate(self.parameters if self.moments else [])
        }
        group = {"lr": self.scheduler.lr, **GROUP, "params": list(range(len(self.parameters)))}
        counters = [("initted", small("BoolStorage", (), b"\1")), ("step", small("LongStorage", (), struct.pack("<q", self.ema_steps)))]
        root = {
            "model_state_dict": self._ordered(weights(self.model, ""), ""),
            "optimizer_state_dict": {"state": state, "param_groups": [group]},
            "ema_model_state_dict": self._ordered([*counters, *weights(self.ema, "ema_model.")], "ema_model."),
            "scheduler_state_dict": self.scheduler.state_dict(),
            "update": self.update,
        }
        return root, content

    def _ordered(self, items: list, prefix: str) -> OrderedDict:
        state = OrderedDict(items)
        state._metadata = OrderedDict((name, {"version": 1}) for name in model.make_modules(self.shapes, prefix))
        return state

    def load(self, root: dict, read: Read) -> None:
        """Takes over a checkpoint as F5-TTS does: all of a full one; of one without a counter the EMA weights alone."""
        ema = root["ema_model_state_dict"]
        self.ema = self._weights(ema, "ema_model.", read)
        self.ema_steps = self._number("step", ema["step"], "<q", read)
        if "update" not in root:
            self.model = dict(self.ema)
            return
        self.model = self._weights(root["model_state_dict"], "", read)
        state = root["optimizer_state_dict"]["state"]
        for i, name in enumerate(self.parameters if state else []):
            moments = (self._state(f"{i}.{key}", state[i][key], name, read) for key in ("exp_avg", "exp_avg_sq"))
            self.moments[name] = tuple(moments)
            self.optimizer_steps = int(self._number(f"{i}.step", state[i]["step"], "<f", read))
        self.scheduler.load_state_dict(root["scheduler_state_dict"])
        self.update = root["update"]

    def _weights(self, state: dict, prefix: str, read: Read) -> dict:
        missing = [name for name in self.shapes if prefix + name not in state]
        if missing:
            raise RuntimeError(f"Error(s) in loading state_dict: Missing key(s): {', '.join(missing[:4])} ...")
        return {name: self._state(prefix + name, state[prefix + name], name, read) for name in self.parameters}

    def _state(self, label: str, tensor: Tensor, name: str, read: Read) -> bytes:
        if tuple(tensor.shape) != self.shapes[name]:
            raise RuntimeError(f"Error(s) in loading state_dict: size mismatch for {label}: {tensor.shape}, not {self.shapes[name]}")
        return read(label, tensor, lambda take: tensors.read_state(label, tensor.nbytes, take))

    def _number(self, label: str, tensor: Tensor, layout: str, read: Read) -> Any:
        return read(label, tensor, lambda take: struct.unpack(layout, take(tensor.nbytes))[0])
