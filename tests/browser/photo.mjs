// Pictures made in code: what a phone sends, and what came out of it.
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const colours = { red: [220, 40, 40], green: [40, 160, 60], blue: [40, 70, 210], yellow: [235, 200, 40] };

/** A 12-megapixel JPEG that lies on its side, with EXIF orientation 6. Upright it has a colour in each quarter:
 *  red and green above, blue and yellow below. The path of a file made once per run. */
export async function phonePhoto(browser) {
  const path = join(tmpdir(), "phone.jpg");
  try {
    await readFile(path);
  } catch {
    await writeFile(path, withOrientation(await sidewaysJpeg(browser, 4032, 3024), 6));
  }
  return path;
}

async function sidewaysJpeg(browser, width, height) {
  const page = await browser.newPage();
  const encoded = await page.evaluate(
    async ([width, height, { red, green, blue, yellow }]) => {
      const canvas = new OffscreenCanvas(width, height);
      const paint = canvas.getContext("2d");
      const quarter = (colour, x, y) => {
        paint.fillStyle = `rgb(${colour})`;
        paint.fillRect((x * width) / 2, (y * height) / 2, width / 2, height / 2);
      };
      // Turned a quarter clockwise, as orientation 6 asks, the left edge becomes the top.
      quarter(green, 0, 0);
      quarter(yellow, 1, 0);
      quarter(red, 0, 1);
      quarter(blue, 1, 1);
      // Detail, so that the file weighs what a photo weighs.
      for (let i = 0; i < 200_000; i++) {
        paint.fillStyle = `rgb(${(i * 37) % 256} ${(i * 91) % 256} ${(i * 53) % 256} / .12)`;
        paint.fillRect((i * 7919) % width, (i * 104_729) % height, 8, 8);
      }
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
      return new Promise((done) => {
        const reader = new FileReader();
        reader.onload = () => done(reader.result.split(",")[1]);
        reader.readAsDataURL(blob);
      });
    },
    [width, height, colours],
  );
  await page.close();
  return Buffer.from(encoded, "base64");
}

/** A 12-megapixel JPEG with the grain of a photo in little light. The path of its file. */
export async function grainyPhoto(browser) {
  const page = await browser.newPage();
  const encoded = await page.evaluate(async () => {
    const grain = new OffscreenCanvas(512, 512);
    const noise = grain.getContext("2d");
    const pixels = noise.createImageData(512, 512);
    let state = 1;
    for (let at = 0; at < pixels.data.length; at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      pixels.data[at] = at % 4 === 3 ? 255 : state >>> 24;
    }
    noise.putImageData(pixels, 0, 0);
    const canvas = new OffscreenCanvas(4032, 3024);
    const paint = canvas.getContext("2d");
    const light = paint.createLinearGradient(0, 0, 4032, 3024);
    light.addColorStop(0, "#26405a");
    light.addColorStop(1, "#d8b48a");
    paint.fillStyle = light;
    paint.fillRect(0, 0, 4032, 3024);
    paint.globalAlpha = 0.45;
    paint.fillStyle = paint.createPattern(grain, "repeat");
    paint.fillRect(0, 0, 4032, 3024);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
    return new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.split(",")[1]);
      reader.readAsDataURL(blob);
    });
  });
  await page.close();
  const path = join(tmpdir(), "grainy.jpg");
  await writeFile(path, Buffer.from(encoded, "base64"));
  return path;
}

/** The JPEG with an EXIF segment right after its start marker: one tag, the orientation. */
function withOrientation(jpeg, orientation) {
  const exif = Buffer.from("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0", "latin1");
  exif[exif.indexOf("?")] = orientation;
  const head = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
}

/** Size of a picture, and the name of the nearest colour in the middle of each quarter, row by row. */
export async function look(browser, bytes, type) {
  const page = await browser.newPage();
  const seen = await page.evaluate(
    async ([base64, type]) => {
      const blob = new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type });
      const picture = await createImageBitmap(blob);
      const { width, height } = picture;
      const paint = new OffscreenCanvas(width, height).getContext("2d");
      paint.drawImage(picture, 0, 0);
      const at = (x, y) => [...paint.getImageData(x * width, y * height, 1, 1).data.slice(0, 3)];
      return { width, height, quarters: [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)] };
    },
    [bytes.toString("base64"), type],
  );
  await page.close();
  return { ...seen, quarters: seen.quarters.map(nearest) };
}

function nearest(pixel) {
  const distance = (colour) => Math.hypot(...colour.map((value, i) => value - pixel[i]));
  return Object.keys(colours).sort((a, b) => distance(colours[a]) - distance(colours[b]))[0];
}

export const upright = ["red", "green", "blue", "yellow"];
