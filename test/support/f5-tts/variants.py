"""Saves one small checkpoint for each thing torch can save in a place of its own: variants.py FOLDER."""

import sys
from collections import OrderedDict

import torch

folder = sys.argv[1]


def save(name, make, **options):
    weights = OrderedDict(initted=torch.tensor(True), step=torch.tensor(5))
    weights["ema_model.text_embed.text_embed.weight"] = make()
    state = dict(
        model_state_dict=OrderedDict(a=make()),
        optimizer_state_dict=dict(state={}, param_groups=[]),
        ema_model_state_dict=weights,
        scheduler_state_dict=dict(last_epoch=3, _schedulers=[dict(total_iters=4), dict(total_iters=6.0)]),
        extra=dict(set={1}, bytes=b"ab", size=torch.Size([1]), dtype=torch.float16, big=2**70, complex=1j),
        update=3,
    )
    torch.save(state, f"{folder}/{name}.pt", **options)


def random():
    return torch.rand(3, 4) * 10


for name in (
    "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128 "
    "uint16 uint32 uint64 float8_e4m3fn float8_e5m2 float8_e8m0fnu"
).split():
    save(name, lambda name=name: random().to(getattr(torch, name)))

one = random()
save("shared", lambda: one)
save("slice", lambda: torch.rand(9, 4)[2:5])
save("empty", lambda: torch.empty(0, 4))
save("scalar", lambda: torch.tensor(2.5))
save("parameter", lambda: torch.nn.Parameter(random()))
save("transposed", lambda: random().t())
save("channels_last", lambda: torch.rand(2, 3, 4, 5).contiguous(memory_format=torch.channels_last))
save("expanded", lambda: torch.rand(1, 4).expand(3, 4))
save("conjugated", lambda: random().to(torch.complex64).conj())
save("negated", lambda: random().to(torch.complex64).conj().imag)
save("sparse", lambda: torch.eye(3).to_sparse())
save("meta", lambda: torch.empty(3, device="meta"))
save("legacy", random, _use_new_zipfile_serialization=False)
torch.serialization.set_crc32_options(False)
save("without_crcs", random)
