"""Runs the pipeline, sharp and Pillow over the same photos and prints what each took and made.

Usage: compare.py PIPELINE FOLDER [ROUNDS]

FOLDER holds photos/ and what sharp.js needs. CPU time is user and system time of the process, per
upload: the difference between a run of some uploads and a run of one, so that starting a runtime is not
counted; the least of ROUNDS rounds, in which all take turns. Memory is the process's peak after one upload,
less that of one that makes none. Similarity (SSIM, of brightness) is of each decoded WebP to two references made
from the upload decoded in full: Lanczos in linear light, and Lanczos on the encoded values, as Pillow does it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from scipy.ndimage import gaussian_filter

HERE = Path(__file__).parent
STEPS = (1024, 512, 256, 128, 64)
MORE = 5


# A process's peak starts from that of the one it was started by, so a small one stands between.
STARTER = """
import os, sys
command = sys.argv[1:]
_, status, usage = os.wait4(os.posix_spawnp(command[0], command, os.environ), 0)
print((usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024)
sys.exit(status != 0)
"""


def spent(command):
    starter = [sys.executable, "-I", "-S", "-c", STARTER, *command]
    milliseconds, megabytes = subprocess.run(starter, check=True, capture_output=True).stdout.split()[-2:]
    return float(milliseconds), float(megabytes)


def reference(photo, step, linear):
    picture = ImageOps.exif_transpose(Image.open(photo)).convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    values = np.asarray(picture, np.float32) / 255
    if linear:
        values = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)
    channels = [
        Image.fromarray(values[..., channel]).resize(
            (step, step), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side)
        )
        for channel in range(3)
    ]
    values = np.clip(np.stack([np.asarray(channel) for channel in channels], -1), 0, 1)
    if linear:
        values = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
    return values * 255


def brightness(values):
    return np.asarray(values, np.float64)[..., :3] @ [0.299, 0.587, 0.114]


def similarity(a, b):
    """Wang and others' SSIM, with their window of a Gaussian of 1.5 pixels."""
    blur = lambda values: gaussian_filter(values, 1.5, truncate=3.5)
    mean_a, mean_b = blur(a), blur(b)
    spread_a, spread_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    shared = blur(a * b) - mean_a * mean_b
    one, two = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    map_ = (2 * mean_a * mean_b + one) * (2 * shared + two)
    return (map_ / ((mean_a**2 + mean_b**2 + one) * (spread_a + spread_b + two))).mean()


def main():
    pipeline, folder = sys.argv[1], Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    sharp, pillow = ["node", str(HERE / "sharp.js")], [sys.executable, str(HERE / "pillow.py")]
    contestants = {
        "Portico, all that is kept": [pipeline, "FILE", "TIMES"],
        "Portico, less the copy": [pipeline, "FILE", "TIMES", "steps"],
        "sharp, best, with copy": [*sharp, "FILE", "TIMES", "best", "copy"],
        "sharp, best, steps only": [*sharp, "FILE", "TIMES", "best", "steps"],
        "sharp, usual, steps only": [*sharp, "FILE", "TIMES", "usual", "steps"],
        "Pillow, full, with copy": [*pillow, "FILE", "TIMES", "usual", "copy"],
        "Pillow, full, steps only": [*pillow, "FILE", "TIMES", "usual", "steps"],
        "Pillow, draft, steps only": [*pillow, "FILE", "TIMES", "best", "steps"],
    }
    for photo in sorted((folder / "photos").iterdir()):
        with tempfile.TemporaryDirectory() as made:
            compare(photo, contestants, rounds, Path(made))


def compare(photo, contestants, rounds, made):
    def command(name, times):
        words = {"FILE": str(photo), "TIMES": str(times)}
        return [words.get(word, word) for word in contestants[name]]

    least, memory = {}, {}
    for _ in range(rounds):
        for name in contestants:
            _, idle = spent(command(name, 0))
            once, peak = spent(command(name, 1))
            more, _ = spent(command(name, 1 + MORE))
            least[name] = min(least.get(name, 1e9), (more - once) / MORE)
            memory[name] = min(memory.get(name, 1e9), peak - idle)
    print(f"\n## {photo.name}\n\n| | CPU ms | to the first | MB above idle |\n|---|---|---|---|")
    first = least[next(iter(contestants))]
    for name in contestants:
        print(f"| {name} | {least[name]:.0f} | {least[name] / first:.2f} | {memory[name]:.0f} |")

    makers = ["Portico, all that is kept", "sharp, best, with copy", "sharp, usual, steps only", "Pillow, full, with copy"]
    for place, name in enumerate(makers):
        spent([*command(name, 0 if place == 0 else 1), str(made / str(place))])
    print("\n| step | " + " | ".join(f"{name}: bytes WebP/JPEG, SSIM linear, encoded" for name in makers) + " |")
    print("|---" * (len(makers) + 1) + "|")
    for step in STEPS:
        references = [brightness(reference(photo, step, linear)) for linear in (True, False)]
        cells = []
        for place in range(len(makers)):
            files = [made / str(place) / f"{step}.{kind}" for kind in ("webp", "jpeg")]
            picture = brightness(Image.open(files[0]).convert("RGB"))
            values = ", ".join(f"{similarity(picture, wanted):.4f}" for wanted in references)
            cells.append(f"{files[0].stat().st_size} / {files[1].stat().st_size}, {values}")
        print(f"| {step} | " + " | ".join(cells) + " |", flush=True)


main()
