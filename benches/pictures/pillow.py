"""The same outputs by Pillow. Usage: pillow.py FILE TIMES MANNER COPY [FOLDER]

MANNER: "usual", decoded in full; or "best", shrunk by the JPEG decoder (draft). Each step is made from the
one above. COPY: "copy" to make the working copy too, or "steps".
"""

import io
import os
import sys
from pathlib import Path

from PIL import Image, ImageOps

EFFORT = int(os.environ.get("EFFORT", "2"))


def run(data, manner, copy, keep):
    picture = Image.open(io.BytesIO(data))
    if manner == "best":
        side = min(picture.size)
        picture.draft("RGB", (picture.width * 1024 // side, picture.height * 1024 // side))
    picture = ImageOps.exif_transpose(picture).convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    above, box = picture, (left, top, left + side, top + side)
    for step in (1024, 512, 256, 128, 64):
        above, box = above.resize((step, step), Image.Resampling.LANCZOS, box=box), None
        for name, options in (("webp", {"quality": 80, "method": EFFORT}), ("jpeg", {"quality": 80, "optimize": True})):
            out = io.BytesIO()
            above.save(out, name, **options)
            keep(f"{step}.{name}", out.getvalue())
    if copy == "copy":
        picture.thumbnail((2048, 2048), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.save(out, "jpeg", quality=88, optimize=True)
        keep("copy.jpeg", out.getvalue())


def main():
    file, times, manner, copy, *folder = sys.argv[1:]
    data = Path(file).read_bytes()

    def keep(name, content):
        for place in map(Path, folder):
            place.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)

    for _ in range(int(times)):
        run(data, manner, copy, keep)


main()
