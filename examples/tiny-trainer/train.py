#!/usr/bin/env python3
"""A stand-in for F5-TTS's Trainer that needs only Python: the same files, the same habits towards the file system, no GPU."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from typing import Callable

import checkpoint
from training import Training


def parse_arguments(arguments: list) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = parser.add_argument
    add("--checkpoint-dir", default=os.environ.get("REPRISE_CHECKPOINT_DIR"), help="where model_*.pt are read and written")
    add("--updates", type=int, default=100, help="updates in all, over every restart")
    add("--save-per-updates", type=int, default=20, help="every so many updates: model_<update>.pt")
    add("--last-per-updates", type=int, default=10, help="every so many updates: model_last.pt")
    add("--keep-last-n", type=int, default=-1, help="step files the trainer itself keeps; -1 all, 0 writes none")
    add("--update-seconds", type=float, default=0.1, help="time one update takes")
    add("--save-seconds", type=float, default=0.0, help="time one save takes at least")
    add("--start-seconds", type=float, default=0.0, help="time from start to loading, as imports take")
    add("--size-bytes", type=int, default=1_000_000, help="size of a checkpoint; at least about 1 MB")
    add("--warmup-updates", type=int, default=4, help="warm-up of the learning rate")
    add("--seed", type=int, default=666, help="where the weights start from")
    bad = parser.add_argument_group("misbehaviour on demand")
    bad.add_argument("--exit-at", type=int, help="exit after this update, before its saves")
    bad.add_argument("--exit-code", type=int, default=1, help="with this code")
    bad.add_argument("--die-mid-save-at", type=int, help="die by SIGKILL in the middle of this update's first save")
    bad.add_argument("--hang-at", type=int, help="stop making progress after this update, for ever, before its saves")
    bad.add_argument("--hang-until", metavar="FILE", help="hang no longer than until this file exists")
    bad.add_argument("--only-on-attempt", type=int, help="misbehave only if REPRISE_ATTEMPT (else 1) is this number")
    options = parser.parse_args(arguments)
    if not options.checkpoint_dir:
        parser.error("--checkpoint-dir is missing, and REPRISE_CHECKPOINT_DIR is not set")
    if min(options.updates, options.save_per_updates, options.last_per_updates) < 1:
        parser.error("--updates, --save-per-updates and --last-per-updates must be at least 1")
    if options.only_on_attempt not in (None, int(os.environ.get("REPRISE_ATTEMPT") or 1)):
        options.exit_at = options.die_mid_save_at = options.hang_at = None
    return options


def die() -> None:
    """At once and without a word, as by the OOM killer. PID 1 of a container cannot kill itself: it leaves with the same code."""
    os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)


class Trainer:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.training = Training(options.size_bytes, options.updates, options.warmup_updates, options.seed)

    def load(self) -> None:
        name = checkpoint.choose(self.options.checkpoint_dir)
        if name is None:
            print("No checkpoint found, starting from update 0", flush=True)
            return
        checkpoint.load(os.path.join(self.options.checkpoint_dir, name), self.training)
        print(f"Loaded {name} at update {self.training.update}", flush=True)

    def save(self, name: str) -> None:
        os.makedirs(self.options.checkpoint_dir, exist_ok=True)
        started, update = time.monotonic(), self.training.update

        def watch(fraction: float, flush: Callable[[], None]) -> None:
            if update == self.options.die_mid_save_at and fraction >= 0.5:
                flush()
                die()
            left = started + fraction * self.options.save_seconds - time.monotonic()
            if left > 0:
                flush()
                time.sleep(left)

        checkpoint.save(os.path.join(self.options.checkpoint_dir, name), self.training, watch)

    def save_last(self) -> None:
        self.save("model_last.pt")
        print(f"Saved last checkpoint at update {self.training.update}", flush=True)

    def save_step(self) -> None:
        if self.options.keep_last_n == 0:
            return
        self.save(f"model_{self.training.update}.pt")
        if self.options.keep_last_n > 0:
            checkpoint.rotate(self.options.checkpoint_dir, self.options.keep_last_n)

    def show(self, started: float, first: int) -> None:
        """The progress line of F5-TTS's tqdm; on no terminal each one ends its line, so that a log can be followed."""
        update, total = self.training.update, self.options.updates
        seconds = max(time.monotonic() - started, 1e-6)
        line = (
            f"Epoch 1/1: {100 * update // total:3d}%| {update}/{total} "
            f"[{(update - first) / seconds:.2f}update/s, loss={self.training.loss:.3f}, update={update}]"
        )
        print(line, end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)

    def misbehave(self) -> None:
        if self.training.update == self.options.exit_at:
            print(f"Exiting with code {self.options.exit_code} at update {self.training.update}, as asked", flush=True)
            sys.exit(self.options.exit_code)
        while self.training.update == self.options.hang_at and not self.is_released():
            time.sleep(0.05)

    def is_released(self) -> bool:
        return self.options.hang_until is not None and os.path.exists(self.options.hang_until)

    def train(self) -> None:
        started, first = time.monotonic(), self.training.update
        while self.training.update < self.options.updates:
            time.sleep(self.options.update_seconds)
            self.training.step()
            self.show(started, first)
            self.misbehave()
            if self.training.update % self.options.last_per_updates == 0:
                self.save_last()
            if self.training.update % self.options.save_per_updates == 0:
                self.save_step()
        self.save_last()


def main() -> None:
    options = parse_arguments(sys.argv[1:])
    time.sleep(options.start_seconds)
    trainer = Trainer(options)
    trainer.load()
    trainer.train()


if __name__ == "__main__":
    main()
