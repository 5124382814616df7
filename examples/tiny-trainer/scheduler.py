"""The learning-rate schedule as torch's SequentialLR(LinearLR warm-up, LinearLR decay) keeps it in a checkpoint."""

from __future__ import annotations

BASE_LR = 1e-3
FLOOR = 1e-8


class Scheduler:
    """Steps once per update. Like F5-TTS's, its horizon lives in the checkpoint: a resume keeps the old one."""

    def __init__(self, warmup: int, updates: int) -> None:
        self.warmup = max(1, min(warmup, updates - 1))
        self.decay = max(1, updates - self.warmup)
        self.last_epoch = 0

    def step(self) -> None:
        self.last_epoch += 1

    def _rate(self, done: int, total: int, start: float, end: float) -> float:
        return BASE_LR * (start + (end - start) * min(done, total) / total)

    @property
    def lr(self) -> float:
        if self.last_epoch < self.warmup:
            return self._rate(self.last_epoch, self.warmup, FLOOR, 1.0)
        return self._rate(self.last_epoch - self.warmup, self.decay, 1.0, FLOOR)

    def state_dict(self) -> dict:
        warmed, decayed = min(self.last_epoch, self.warmup - 1), max(0, self.last_epoch - self.warmup)
        parts = ((FLOOR, 1.0, self.warmup, warmed), (1.0, FLOOR, self.decay, decayed))
        return {
            "_milestones": [self.warmup],
            "last_epoch": self.last_epoch,
            "_last_lr": [self.lr],
            "_schedulers": [self._part(*part) for part in parts],
        }

    def _part(self, start: float, end: float, total: int, done: int) -> dict:
        return {
            "start_factor": start,
            "end_factor": end,
            "total_iters": total,
            "base_lrs": [BASE_LR],
            "last_epoch": done,
            "_step_count": done + 1,
            "_is_initial": False,
            "_get_lr_called_within_step": False,
            "_last_lr": [self._rate(done, total, start, end)],
        }

    def load_state_dict(self, state: dict) -> None:
        self.last_epoch = state["last_epoch"]
        self.warmup, self.decay = (part["total_iters"] for part in state["_schedulers"])
