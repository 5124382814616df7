"""The shape of the stand-in model: the tensor names of F5-TTS's DiT, sized to fill a checkpoint of the wanted size.

At about 1 MB it has exactly the tensors of a DiT(dim=32, depth=2); from 64 MB on it has as many as F5-TTS Base (364).
"""

from __future__ import annotations

Shapes = dict  # name -> shape, in state-dict order

BUFFER = "transformer.rotary_embed.inv_freq"  # in the model and EMA, not in the optimizer
MANY_TENSORS_FROM = 64_000_000


def _linear(name: str, rows: int, columns: int) -> Shapes:
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def _text_block(name: str) -> Shapes:
    return {
        f"{name}.dwconv.weight": (16, 1, 7),
        f"{name}.dwconv.bias": (16,),
        f"{name}.norm.weight": (16,),
        f"{name}.norm.bias": (16,),
        **_linear(f"{name}.pwconv1", 32, 16),
        f"{name}.grn.gamma": (1, 1, 32),
        f"{name}.grn.beta": (1, 1, 32),
        **_linear(f"{name}.pwconv2", 16, 32),
    }


def _block(name: str) -> Shapes:
    return {
        **_linear(f"{name}.attn_norm.linear", 192, 32),
        **_linear(f"{name}.attn.to_q", 32, 32),
        **_linear(f"{name}.attn.to_k", 32, 32),
        **_linear(f"{name}.attn.to_v", 32, 32),
        **_linear(f"{name}.attn.to_out.0", 32, 32),
        **_linear(f"{name}.ff.ff.0.0", 64, 32),
        **_linear(f"{name}.ff.ff.2", 32, 64),
    }


def _conv(name: str) -> Shapes:
    return {f"{name}.weight": (32, 2, 31), f"{name}.bias": (32,)}


def _shapes(depth: int, text_blocks: int) -> Shapes:
    t = "transformer"
    shapes: Shapes = {**_linear(f"{t}.time_embed.time_mlp.0", 32, 256), **_linear(f"{t}.time_embed.time_mlp.2", 32, 32)}
    shapes[f"{t}.text_embed.text_embed.weight"] = (28, 16)
    for i in range(text_blocks):
        shapes.update(_text_block(f"{t}.text_embed.text_blocks.{i}"))
    shapes.update(_linear(f"{t}.input_embed.proj", 32, 216))
    shapes.update(_conv(f"{t}.input_embed.conv_pos_embed.conv1d.0"))
    shapes.update(_conv(f"{t}.input_embed.conv_pos_embed.conv1d.2"))
    shapes[BUFFER] = (8,)
    for i in range(depth):
        shapes.update(_block(f"{t}.transformer_blocks.{i}"))
    shapes.update(_linear(f"{t}.norm_out.linear", 64, 32))
    shapes.update(_linear(f"{t}.proj_out", 100, 32))
    return shapes


def _elements(shape: tuple) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def make_shapes(size_bytes: int) -> Shapes:
    """Shapes whose full checkpoint (model, EMA, two moments) has about this many bytes; never less than about 1 MB."""
    shapes = _shapes(22, 4) if size_bytes >= MANY_TENSORS_FROM else _shapes(2, 1)
    weights = sum(_elements(shape) for shape in shapes.values() if len(shape) == 2)
    rest = sum(_elements(shape) for shape in shapes.values() if len(shape) != 2)
    overhead = 416 * 4 * len(shapes)  # headers, padding, directory and pickle of four tensors each
    factor = max(1.0, ((size_bytes - overhead) / 16 - rest) / weights)
    return {name: (int(shape[0] * factor), shape[1]) if len(shape) == 2 else shape for name, shape in shapes.items()}


def make_modules(shapes: Shapes, prefix: str) -> list:
    """The module names above these tensors, which a state dict carries as its `_metadata`."""
    modules = {"": None}
    for name in shapes:
        parts = (prefix + name).split(".")[:-1]
        modules.update({".".join(parts[: i + 1]): None for i in range(len(parts))})
    return list(modules)
