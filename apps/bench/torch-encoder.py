"""Pictures a second of a ViT encoder in PyTorch, the peer of encoder.mjs: whole pictures of 256 px, patches of 16.

    python3 apps/bench/torch-encoder.py small|base BATCH THREADS fp32|bf16 RUNS      prints one line of JSON
"""

import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH_AND_HEADS = {"small": (384, 6), "base": (768, 12)}


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.qkv, self.project = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        batch, tokens, dim = x.shape
        parts = self.qkv(self.norm1(x)).reshape(batch, tokens, 3, self.heads, dim // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(queries, keys, values).transpose(1, 2)
        x = x + self.project(mixed.reshape(batch, tokens, dim))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Encoder(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.embed, self.cls = nn.Linear(768, dim), nn.Parameter(torch.zeros(1, 1, dim))
        self.places = torch.randn(1, 256, dim)
        self.blocks = nn.Sequential(*(Block(dim, heads) for _ in range(12)))
        self.norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, patches):
        tokens = self.embed(patches) + self.places
        return self.norm(self.blocks(torch.cat([self.cls.expand(len(tokens), -1, -1), tokens], 1)))


size, batch, threads, precision, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
torch.manual_seed(0)
torch.set_num_threads(threads)
model, patches = Encoder(*WIDTH_AND_HEADS[size]).eval(), torch.randn(batch, 256, 768)
times = []
with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
    for _ in range(runs + 1):
        start = time.perf_counter()
        model(patches)
        times.append(time.perf_counter() - start)
times = sorted(times[1:])
print(json.dumps({
    "min_s": round(times[0], 4), "median_s": round(times[runs // 2], 4), "images_s": round(batch / times[0], 1),
    "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    "torch": torch.__version__, "size": size, "batch": batch, "threads": threads, "precision": precision,
}))
