"""Pictures a second through torch and torchvision, from the same tar shards and with the same transforms as m3ae bench data.

    python3 apps/bench/torch-data.py make SHARDS          writes 4 shards of 128 JPEG pictures of 500 x 400
    python3 apps/bench/torch-data.py read SHARDS          prints one line of JSON
    m3ae bench data --source 'webdataset:SHARDS/*.tar' --json

Needs torch, torchvision, numpy and Pillow. Shards are read one after the other with tarfile, as a stream: what torch's own users do
where webdataset's package is not installed.
"""

import argparse
import io
import json
import os
import tarfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

SIZE, PATCH, BATCH = 256, 16, 16
MEAN, STD = (0.5762, 0.5503, 0.5213), (0.3207, 0.3169, 0.3307)


def make(folder, shards=4, pictures=128):
    """Soft random colors with some grain, which decode about as fast as photographs."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    for shard in range(shards):
        with tarfile.open(folder / f"{shard:05d}.tar", "w") as archive:
            for at in range(pictures):
                coarse = Image.fromarray(rng.integers(0, 256, (20, 25, 3), dtype=np.uint8))
                soft = np.asarray(coarse.resize((500, 400), Image.Resampling.BICUBIC), dtype=np.float32)
                grain = 24 * (rng.random(soft.shape) - 0.5)
                data = io.BytesIO()
                Image.fromarray((soft + grain).clip(0, 255).astype(np.uint8)).save(data, "JPEG", quality=85)
                member = tarfile.TarInfo(f"{shard * pictures + at:09d}.jpg")
                member.size = data.tell()
                data.seek(0)
                archive.addfile(member, data)


def read(folder, seconds):
    import torch
    from torch.utils.data import DataLoader, IterableDataset, get_worker_info

    if torch.version.cuda is None:
        # torchvision's usual build is for CUDA's torch. Transforms of pictures call none of its operators, but it asks for these names.
        for name in ("nms", "qnms"):
            torch.library.define(f"torchvision::{name}", "() -> ()")
    from torchvision import transforms

    torch.set_num_threads(1)
    view = transforms.Compose(
        [
            transforms.RandomResizedCrop(
                SIZE, scale=(0.2, 1), interpolation=transforms.InterpolationMode.BICUBIC
            ),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )
    paths = sorted(folder.glob("*.tar"))

    def patches(image):
        side = SIZE // PATCH
        return image.reshape(3, side, PATCH, side, PATCH).permute(1, 3, 2, 4, 0).reshape(side * side, -1)

    class Shards(IterableDataset):
        def __iter__(self):
            info = get_worker_info()
            own = paths[info.id :: info.num_workers]
            while True:  # pass after pass
                for path in own:
                    with tarfile.open(path, "r|") as archive:
                        for member in archive:
                            data = archive.extractfile(member).read()
                            yield patches(view(Image.open(io.BytesIO(data)).convert("RGB")))

    def processor_seconds(workers):
        """Of this process and its workers, as Linux counts them."""
        ticks = 0
        for worker in workers:
            fields = Path(f"/proc/{worker.pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")

    def measure(workers):
        loader = iter(DataLoader(Shards(), batch_size=BATCH, num_workers=workers, prefetch_factor=2))
        for _ in range(2 * workers):
            next(loader)
        start, used, done = time.perf_counter(), processor_seconds(loader._workers), 0
        while time.perf_counter() - start < seconds:
            next(loader)
            done += 1
        pictures = done * BATCH
        used = processor_seconds(loader._workers) - used
        return round(pictures / (time.perf_counter() - start), 1), round(1000 * used / pictures, 2)

    rates, times = zip(measure(1), measure(2))
    result = {"images_per_s": rates, "processor_ms_per_image": times}
    by_workers = {name: {"1": one, "2": two} for name, (one, two) in result.items()}
    print(json.dumps({**by_workers, "torch": torch.__version__}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["make", "read"])
    parser.add_argument("shards", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    make(options.shards) if options.what == "make" else read(options.shards, options.seconds)
