// The same outputs by sharp (libvips). Usage: sharp.js FILE TIMES MANNER COPY [FOLDER]
// MANNER: "usual", one pipeline per output from the upload, as its guide shows; or "best", decoded once
// and each step made from the one above. COPY: "copy" to make the working copy too, or "steps".
const fs = require('node:fs');
const path = require('node:path');
const sharp = require('sharp');

sharp.cache(false);
sharp.concurrency(1);

const [, , file, times, manner, copy, folder] = process.argv;
const bytes = fs.readFileSync(file);
const steps = [1024, 512, 256, 128, 64];
const webp = { quality: 80, effort: Number(process.env.EFFORT ?? 2) };
const jpeg = { quality: 80 };

function keep(name, data) {
  if (folder) fs.writeFileSync(path.join(folder, name), data);
}

async function workingCopy() {
  const options = { width: 2048, height: 2048, fit: 'inside', withoutEnlargement: true };
  keep('copy.jpeg', await sharp(bytes).rotate().resize(options).flatten({ background: '#fff' }).jpeg({ quality: 88 }).toBuffer());
}

async function usual() {
  for (const step of steps) {
    const square = () => sharp(bytes).rotate().resize(step, step);
    keep(`${step}.webp`, await square().webp(webp).toBuffer());
    keep(`${step}.jpeg`, await square().flatten({ background: '#fff' }).jpeg(jpeg).toBuffer());
  }
}

async function best() {
  let above = await sharp(bytes).rotate().resize(1024, 1024).raw().toBuffer({ resolveWithObject: true });
  for (const step of steps) {
    const from = () => sharp(above.data, { raw: above.info });
    if (step < 1024) above = await from().resize(step, step).raw().toBuffer({ resolveWithObject: true });
    keep(`${step}.webp`, await from().webp(webp).toBuffer());
    keep(`${step}.jpeg`, await from().flatten({ background: '#fff' }).jpeg(jpeg).toBuffer());
  }
}

(async () => {
  if (folder) fs.mkdirSync(folder, { recursive: true });
  for (let time = 0; time < Number(times); time++) {
    await (manner === 'best' ? best() : usual());
    if (copy === 'copy') await workingCopy();
  }
})();
