"""Makes the photos that the benchmark runs on: photographic-like, the same on every machine.

Usage: photos.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def field(random, height, width, slope):
    """Noise whose power falls with frequency as a photo's does."""
    down = np.fft.fftfreq(height)[:, None]
    across = np.fft.rfftfreq(width)[None, :]
    frequency = np.sqrt(down**2 + across**2)
    frequency[0, 0] = 1
    spectrum = random.normal(size=frequency.shape) + 1j * random.normal(size=frequency.shape)
    values = np.fft.irfft2(spectrum / frequency**slope, s=(height, width))
    return ((values - values.mean()) / values.std()).astype(np.float32)


def photo(width, height, seed):
    """Soft light, textures, hard edges at many angles, fine strands and sensor noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = field(random, height, width, 1.6)
    texture = field(random, height, width, 1.0)
    picture = np.empty((height, width, 3), np.float32)
    base = random.uniform(90, 150, 3)
    for channel in range(3):
        picture[..., channel] = base[channel] + 34 * light + 12 * field(random, height, width, 1.7)
    for _ in range(60):
        across, down = random.uniform(0, width), random.uniform(0, height)
        wide, high = random.uniform(0.01, 0.12, 2) * min(width, height)
        turn = random.uniform(0, np.pi)
        u = (x - across) * np.cos(turn) + (y - down) * np.sin(turn)
        v = -(x - across) * np.sin(turn) + (y - down) * np.cos(turn)
        inside = 1 / (1 + np.exp(np.clip(((u / wide) ** 2 + (v / high) ** 2 - 1) * min(wide, high) / 2, -30, 30)))
        color = random.uniform(10, 245, 3)
        shade = (1 + 0.15 * np.sin(u / random.uniform(3, 30)) * random.uniform(0, 1))[..., None]
        picture += inside[..., None] * (color * shade - picture) * 0.85
    picture += (texture * 7)[..., None]
    picture += random.normal(0, 1.6, picture.shape).astype(np.float32)
    return Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8))


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    landscape = photo(4000, 3000, 1)
    landscape.save(folder / "12mp.jpg", quality=90, subsampling="4:2:0")
    landscape.save(folder / "12mp-progressive.jpg", quality=90, subsampling="4:2:0", progressive=True)
    landscape.save(folder / "12mp.png", compress_level=6)
    landscape.save(folder / "12mp.webp", quality=85)
    turned = Image.Exif()
    turned[0x0112] = 6
    photo(4032, 3024, 2).save(folder / "12mp-turned.jpg", quality=92, subsampling="4:2:2", exif=turned)
    photo(3000, 4000, 3).save(folder / "12mp-444.jpg", quality=85, subsampling="4:4:4")
    photo(1600, 1200, 4).save(folder / "2mp.jpg", quality=85, subsampling="4:2:0")


main()
