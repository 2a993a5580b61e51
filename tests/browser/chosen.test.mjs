// What becomes of a chosen photo before it is sent: made small and upright where the browser can draw it, called by its
// type where neither side can read it, and never lost to another button of the page.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { grainyPhoto, look, phonePhoto, upright } from "./photo.mjs";
import * as support from "./support.mjs";

const { flash, signUp } = support;
const options = { timeout: 90_000 };
let browser, portico, small;

before(async () => {
  // A phone's photo is over either limit.
  portico = await support.Portico.start({ PORTICO_PICTURE_MAX_BYTES: "1000000", PORTICO_PICTURE_MAX_PIXELS: "5000000" });
  browser = await support.launch();
  small = { name: "small.png", mimeType: "image/png", buffer: await draw(300, 200) };
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

test("a photo over the server's limits is made small and upright before it is sent", options, async () => {
  const { page, sent, quiet, close } = await arrive("small");
  await page.locator("[name=photo]").setInputFiles(await phonePhoto(browser));
  await page.locator(".stage.live").waitFor();
  await save(page);
  assert.equal(sent[0].type, "image/jpeg");
  assert.ok(sent[0].size < 1_000_000, `${sent[0].size} bytes`);
  const { width, height, quarters } = await original(page);
  assert.deepEqual([width, height, quarters], [1536, 2048, upright]);
  quiet();
  await close();
});

test("of a grainy photo of ten megabytes a tenth is sent", options, async () => {
  const { page, sent, quiet, close } = await arrive("grain");
  const photo = await grainyPhoto(browser);
  const { length } = await readFile(photo);
  assert.ok(length > 9_500_000 && length < 11_000_000, `${length} bytes`);
  await page.locator("[name=photo]").setInputFiles(photo);
  await page.locator(".stage.live").waitFor();
  const request = page.waitForRequest((request) => request.method() === "POST");
  await save(page);
  const body = Number(await (await request).headerValue("content-length"));
  assert.ok(sent[0].size <= length / 10, `${sent[0].size} of ${length} bytes`);
  assert.ok(body >= sent[0].size && body < sent[0].size + 2_000, `${body} bytes go over the line`);
  assert.equal((await original(page)).width, 2048);
  quiet();
  await close();
});

test("a small photo is sent as it is", options, async () => {
  const { page, sent, quiet, close } = await arrive("as-it-is");
  await page.locator("[name=photo]").setInputFiles(small);
  await page.locator(".stage.live").waitFor();
  await save(page);
  assert.deepEqual(sent, [{ type: "image/png", size: small.buffer.length }]);
  quiet();
  await close();
});

test("what is transparent stays so", options, async () => {
  const { page, sent, quiet, close } = await arrive("glass");
  await page.locator("[name=photo]").setInputFiles({ ...small, buffer: await draw(2600, 2600, 0.5) });
  await page.locator(".stage.live").waitFor();
  await save(page);
  assert.equal(sent[0].type, "image/webp");
  const alpha = await page.evaluate(async () => {
    const picture = await createImageBitmap(await (await fetch("/account/picture/original")).blob());
    const paint = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    paint.drawImage(picture, 0, 0);
    return [paint.getImageData(100, 100, 1, 1).data[3], picture.width];
  });
  assert.ok(alpha[0] > 110 && alpha[0] < 145, `${alpha}`);
  assert.equal(alpha[1], 2048);
  quiet();
  await close();
});

test("a type that the browser alone can read is taken", options, async () => {
  const { page, sent, quiet, close } = await arrive("bitmap");
  await page.locator("[name=photo]").setInputFiles({ name: "old.bmp", mimeType: "image/bmp", buffer: bitmap(64, 48) });
  await page.locator(".stage.live").waitFor();
  await save(page);
  assert.equal(sent[0].type, "image/jpeg");
  assert.deepEqual((await original(page)).quarters, upright);
  quiet();
  await close();
});

test("a type that neither can read is named at once and not sent", options, async () => {
  const { page, sent, quiet, close } = await arrive("heic");
  const heic = Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\0", "latin1");
  const tiff = Buffer.from("II*\0\x08\0\0\0", "latin1");
  for (const [buffer, words] of [
    [heic, "On an iPhone: Settings › Camera › Formats › Most Compatible"],
    [tiff, "TIFF files cannot be read here."],
  ]) {
    await page.locator("[name=photo]").setInputFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer });
    const message = page.locator("#photo-error[role=alert]").filter({ hasText: words });
    await message.waitFor();
    await page.getByRole("button", { name: "Upload" }).click();
    await message.waitFor();
  }
  await support.checkAxe(page);
  assert.deepEqual(sent, []);
  quiet();
  await close();
});

for (const [how, hide] of [
  ["gives noise", () => {
    CanvasRenderingContext2D.prototype.getImageData = (_x, _y, width, height) => {
      const noise = new ImageData(width, height);
      for (let i = 0; i < noise.data.length; i++) noise.data[i] = Math.random() * 256;
      return noise;
    };
  }],
  ["gives nothing", () => {
    CanvasRenderingContext2D.prototype.drawImage = () => {};
  }],
  ["is not there", () => {
    HTMLCanvasElement.prototype.getContext = () => null;
  }],
]) {
  test(`the file itself is sent where a canvas ${how}`, options, async () => {
    const { page, sent, quiet, close } = await arrive(`hides-${how.split(" ").pop()}`, hide);
    const buffer = await draw(2500, 1500);
    await page.locator("[name=photo]").setInputFiles({ ...small, buffer });
    await page.locator(".stage.live").waitFor();
    await save(page);
    assert.deepEqual(sent, [{ type: "image/png", size: buffer.length }]);
    assert.deepEqual((await original(page)).quarters, upright);
    quiet();
    await close();
  });
}

test("Save profile never drops a chosen photo unasked", options, async () => {
  const { page, quiet, close } = await arrive("both");
  const saveProfile = () => page.getByRole("button", { name: "Save profile" }).click();
  const held = page.locator("#photo-error[role=alert]").filter({ hasText: "Your new photo is not saved yet" });
  await page.locator("[name=photo]").setInputFiles(small);
  await page.locator(".stage.live").waitFor();
  await page.locator("[name=name]").fill("Ada One");
  await saveProfile();
  await held.waitFor();
  await support.checkAxe(page);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Save both");
  await page.getByRole("button", { name: "Go on without it" }).click();
  await flash(page, "Your profile is saved.");
  assert.equal(await page.locator("[name=name]").inputValue(), "Ada One");
  assert.equal(await page.locator("header .av img").count(), 0);

  await page.goto("/account/profile");
  await page.locator("[name=photo]").setInputFiles(small);
  await page.locator(".stage.live").waitFor();
  await page.locator("[name=name]").fill("Ada Two");
  await saveProfile();
  await held.waitFor();
  await page.keyboard.press("Enter");
  await flash(page, "Your profile is saved.");
  assert.equal(await page.locator("[name=name]").inputValue(), "Ada Two");
  assert.equal(await page.locator("header .av img").count(), 1);

  // What was only moved is no less somebody's work.
  await page.goto("/account/profile");
  await page.locator(".stage.live").waitFor();
  await page.locator("[name=z]").fill("200");
  await saveProfile();
  await page.getByRole("button", { name: "Save both" }).click();
  await flash(page, "Your profile is saved.");
  assert.equal(await page.locator("[name=z]").inputValue(), "200");
  quiet();
  await close();
});

test("Save picture never drops what was typed beside it unasked", options, async () => {
  const { page, quiet, close } = await arrive("typed");
  await page.locator("[name=photo]").setInputFiles(small);
  await page.locator(".stage.live").waitFor();
  await page.locator("[name=bio]").fill("Typed before the photo was saved.");
  await page.getByRole("button", { name: "Save picture" }).click();
  await page.getByText("What you typed on this page is not saved yet").waitFor();
  await page.getByRole("button", { name: "Save both" }).click();
  await flash(page, "Your profile is saved.");
  assert.equal(await page.locator("[name=bio]").inputValue(), "Typed before the photo was saved.");
  assert.equal(await page.locator("header .av img").count(), 1);

  await page.locator("[name=bio]").fill("Not meant.");
  await page.getByRole("button", { name: "Turn left" }).click();
  await page.getByRole("button", { name: "Save picture" }).click();
  await page.getByRole("button", { name: "Go on without it" }).click();
  await flash(page, "Your picture is saved.");
  assert.equal(await page.locator("[name=bio]").inputValue(), "Typed before the photo was saved.");

  await page.locator("[name=website]").fill("not an address");
  await page.getByRole("button", { name: "Save profile" }).click();
  await page.locator(".errors").waitFor();
  await page.locator("[name=photo]").setInputFiles(small);
  await page.getByRole("button", { name: "Save picture" }).click();
  await page.getByText("What you typed on this page is not saved yet").waitFor();
  quiet();
  await close();
});

test("Enter beside a chosen photo saves both on the page after signing up", options, async () => {
  const visitor = await support.visit(browser, portico);
  const { page } = visitor;
  await signUp(page, "enters");
  await page.locator("[name=photo]").setInputFiles(small);
  await page.locator(".stage.live").waitFor();
  await page.locator("[name=name]").fill("Ada Lovelace");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/account");
  await page.getByRole("heading", { level: 1, name: "Hello, Ada Lovelace" }).waitFor();
  assert.equal(await page.locator("header .av img").count(), 1);
  visitor.quiet();
  await visitor.close();
});

/** A member on the profile page, and what their browser sends as photos. `script` runs before the page's own. */
async function arrive(username, script) {
  const visitor = await support.visit(browser, portico);
  const { page } = visitor;
  const sent = [];
  await page.exposeFunction("tellSent", (photo) => sent.push(photo));
  await page.addInitScript(() => {
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
      const { type, size } = body.get("photo");
      globalThis.tellSent({ type, size });
      return send.call(this, body);
    };
  });
  if (script) await page.addInitScript(script);
  await signUp(page, username);
  await page.goto("/account/profile");
  return { ...visitor, sent };
}

async function save(page) {
  await page.getByRole("button", { name: "Save picture" }).click();
  await flash(page, "Your picture is saved.");
}

async function original(page) {
  const answer = await page.request.get("/account/picture/original");
  assert.equal(answer.status(), 200);
  return look(browser, await answer.body(), answer.headers()["content-type"]);
}

/** A PNG with a colour in each quarter, as `upright` names them. */
async function draw(width, height, opacity = 1) {
  const page = await browser.newPage();
  const base64 = await page.evaluate(
    async ([width, height, opacity]) => {
      const canvas = new OffscreenCanvas(width, height);
      const paint = canvas.getContext("2d");
      paint.globalAlpha = opacity;
      for (const [i, colour] of ["220 40 40", "40 160 60", "40 70 210", "235 200 40"].entries()) {
        paint.fillStyle = `rgb(${colour})`;
        paint.fillRect(((i % 2) * width) / 2, (Math.floor(i / 2) * height) / 2, width / 2, height / 2);
      }
      const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    },
    [width, height, opacity],
  );
  await page.close();
  return Buffer.from(base64, "base64");
}

/** The same as a Windows bitmap of 24 bits, rows from below. */
function bitmap(width, height) {
  const head = Buffer.alloc(54);
  head.write("BM");
  head.writeUInt32LE(54 + width * height * 3, 2);
  for (const [at, value] of [[10, 54], [14, 40], [18, width], [22, height], [34, width * height * 3]]) head.writeUInt32LE(value, at);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  const colours = [[40, 40, 220], [60, 160, 40], [210, 70, 40], [40, 200, 235]];
  const pixels = [];
  for (let y = height - 1; y >= 0; y--) {
    for (let x = 0; x < width; x++) pixels.push(...colours[(x >= width / 2 ? 1 : 0) + (y >= height / 2 ? 2 : 0)]);
  }
  return Buffer.concat([head, Buffer.from(pixels)]);
}
