"""Starts the real, unmodified F5-TTS Trainer on the CPU from whatever lies in a checkpoint folder, and trains one epoch.

    train.py CHECKPOINTS DATA REFERENCE

DATA is made (16 clips of noise). The model has the shape of test/fixtures/f5-tts. Prints one JSON line: the update the trainer
started at, and whether model and EMA then held exactly the EMA of REFERENCE, a .pt.
"""

import json
import os
import random
import sys

import torch

# torch and torchaudio of PyPI may be built for different CUDA versions, which torchaudio refuses unless one names none.
cuda, torch.version.cuda = torch.version.cuda, None
import torchaudio

torch.version.cuda = cuda
import numpy as np
import soundfile


def load_sound(path, *_, **__):
    """torchaudio's own loader wants FFmpeg's libraries."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(samples.T.copy()), rate


torchaudio.load = load_sound

from datasets import Dataset
from datasets.arrow_writer import ArrowWriter
from f5_tts.model import CFM, DiT, Trainer
from f5_tts.model.dataset import CustomDataset
from f5_tts.model.utils import get_tokenizer

checkpoints, data, reference = sys.argv[1:]
letters = " abcdefghijklmnopqrstuvwxyz"


def make_data():
    os.makedirs(data)
    noise, choice = np.random.default_rng(7), random.Random(7)
    rows = []
    for index in range(16):
        length = int((0.6 + choice.random()) * 24000)
        path = os.path.join(os.path.abspath(data), f"{index}.wav")
        soundfile.write(path, (0.1 * noise.standard_normal(length)).astype("float32"), 24000, subtype="PCM_16")
        text = "".join(choice.choice(letters[1:]) for _ in range(8))
        rows.append({"audio_path": path, "text": text, "duration": length / 24000})
    with ArrowWriter(path=os.path.join(data, "raw.arrow")) as writer:
        for row in rows:
            writer.write(row)
        writer.finalize()
    with open(os.path.join(data, "vocab.txt"), "w") as file:
        file.write("\n".join(letters) + "\n")
    return [row["duration"] for row in rows]


durations = make_data()
vocab, size = get_tokenizer(os.path.join(data, "vocab.txt"), "custom")
mel = dict(
    target_sample_rate=24000, n_mel_channels=100, hop_length=256, win_length=1024, n_fft=1024, mel_spec_type="vocos"
)
shape = dict(dim=32, depth=2, heads=2, dim_head=16, ff_mult=2, text_dim=16, conv_layers=1)
model = CFM(
    transformer=DiT(**shape, text_num_embeds=size, mel_dim=100), mel_spec_kwargs=mel, vocab_char_map=vocab
)
trainer = Trainer(
    model,
    epochs=1,
    learning_rate=1e-3,
    num_warmup_updates=2,
    save_per_updates=1000,
    last_per_updates=1000,
    checkpoint_path=checkpoints,
    batch_size_per_gpu=400,
    batch_size_type="frame",
    max_samples=8,
    logger=None,
    log_samples=False,
)
load = trainer.load_checkpoint


def load_and_tell():
    update = load()
    truth = torch.load(reference, weights_only=True, map_location="cpu")["ema_model_state_dict"]
    weights = {name.removeprefix("ema_model."): one for name, one in truth.items() if name.startswith("ema_model.")}
    held = trainer.accelerator.unwrap_model(trainer.model).state_dict()
    ema = trainer.ema_model.state_dict()
    print(
        json.dumps(
            {
                "start": update,
                "model": held.keys() == weights.keys() and all(torch.equal(held[name], weights[name]) for name in held),
                "ema": ema.keys() == truth.keys() and all(torch.equal(ema[name], truth[name]) for name in ema),
            }
        ),
        flush=True,
    )
    return update


trainer.load_checkpoint = load_and_tell
rows = Dataset.from_file(os.path.join(data, "raw.arrow"))
trainer.train(CustomDataset(rows, durations=durations, **mel), num_workers=1, resumable_with_seed=666)
