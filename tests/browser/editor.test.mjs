// The picture editor: what people see while they move a photo is what is stored, by every way of moving it, and an upload
// that fails changes nothing. The photo tells where each of its pixels lies: red grows to the right, green downwards.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look, phonePhoto, upright } from "./photo.mjs";
import * as support from "./support.mjs";

const { flash, signUp } = support;
const options = { timeout: 90_000 };
const [width, height] = [1200, 900];
let browser, portico, map;

before(async () => {
  portico = await support.Portico.start();
  browser = await support.launch();
  map = { name: "map.png", mimeType: "image/png", buffer: await drawMap() };
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

test("a photo is shown at once, moved by dragging, and stored as it was shown", options, async () => {
  const { page, quiet, close } = await arrive("drags");
  await page.locator("[name=photo]").setInputFiles(map);
  await page.getByText("Your new photo is not saved yet.").waitFor();
  assert.deepEqual(await seen(page), { x: 50, y: 50, z: 100 });
  near(await shown(page), square(50, 50, 100), "the middle is shown first");

  await page.locator("[name=z]").focus();
  for (let presses = 0; presses < 100; presses++) await page.keyboard.press("ArrowRight");
  await drag(page, 90, -40);
  const sliders = await seen(page);
  assert.equal(sliders.z, 200);
  assert.ok(sliders.x < 40 && sliders.y > 55, `the sliders follow: ${JSON.stringify(sliders)}`);
  near(await shown(page), square(sliders.x, sliders.y, sliders.z), "previews show the sliders' square");

  await page.getByRole("button", { name: "Save picture" }).click();
  await flash(page, "Your picture is saved.");
  near(await stored(page), square(sliders.x, sliders.y, sliders.z), "the stored picture is the same square");
  quiet();
  await close();
});

test("a saved picture is taken up where it was left, with wheel and sliders", options, async () => {
  const { page, quiet, close } = await arrive("adjusts");
  await upload(page);
  await page.locator(".stage.live").waitFor();
  near(await shown(page), square(50, 50, 100), "the saved square");
  const stage = await page.locator(".stage").boundingBox();
  await page.mouse.move(stage.x + stage.width / 2, stage.y + stage.height / 2);
  await page.mouse.wheel(0, -300);
  await page.waitForFunction(() => document.querySelector("[name=z]").value > 110);
  await page.locator("[name=x]").focus();
  await page.keyboard.press("Home");
  await page.locator("[name=y]").focus();
  await page.keyboard.press("End");
  const sliders = await seen(page);
  assert.deepEqual([sliders.x, sliders.y], [0, 100]);
  await page.getByRole("button", { name: "Save picture" }).click();
  await flash(page, "Your picture is saved.");
  near(await stored(page), square(0, 100, sliders.z), "stored");
  await page.locator(".stage.live").waitFor();
  assert.deepEqual(await seen(page), sliders, "the sliders are where they were left");
  near(await shown(page), square(0, 100, sliders.z), "shown again");
  quiet();
  await close();
});

test("a photo is turned and mirrored by buttons, and stored as it was shown", options, async () => {
  const { page, quiet, close } = await arrive("turns");
  const quarters = async () => (await look(browser, await page.locator(".previews .av").first().screenshot(), "image/png")).quarters;
  const storedQuarters = async () => (await look(browser, await storedBytes(page), "image/webp")).quarters;
  const press = (name) => page.getByRole("button", { name, exact: true }).click();
  const [red, green, blue, yellow] = upright;
  await page.locator("[name=photo]").setInputFiles(await phonePhoto(browser));
  await page.locator(".stage.live").waitFor();
  assert.deepEqual(await quarters(), upright);
  await press("Turn right");
  assert.deepEqual(await quarters(), [blue, red, yellow, green]);
  await press("Mirror");
  assert.deepEqual(await quarters(), [red, blue, green, yellow]);
  await press("Save picture");
  await flash(page, "Your picture is saved.");
  assert.deepEqual(await storedQuarters(), [red, blue, green, yellow]);

  await page.goto("/account/profile");
  await page.locator(".stage.live").waitFor();
  assert.deepEqual(await quarters(), [red, blue, green, yellow], "it is taken up as it was left");
  await page.getByRole("button", { name: "Turn left" }).focus();
  await page.keyboard.press("Enter");
  assert.deepEqual(await quarters(), [blue, yellow, red, green]);
  await press("Cancel");
  assert.deepEqual(await quarters(), [red, blue, green, yellow], "Cancel turns it back");
  await press("Turn left");
  await press("Turn left");
  await press("Save picture");
  await flash(page, "Your picture is saved.");
  assert.deepEqual(await storedQuarters(), [yellow, green, blue, red]);
  quiet();
  await close();
});

test("a turned photo moves under the finger as it is shown, and is stored so", options, async () => {
  const { page, quiet, close } = await arrive("turned-drags");
  await page.locator("[name=photo]").setInputFiles(map);
  await page.locator(".stage.live").waitFor();
  await page.locator("[name=z]").focus();
  for (let presses = 0; presses < 100; presses++) await page.keyboard.press("ArrowRight");
  await page.getByRole("button", { name: "Turn right" }).click();
  const before = await seen(page);
  await drag(page, 60, -90);
  const sliders = await seen(page);
  assert.ok(sliders.x < before.x && sliders.y > before.y, `the sliders follow: ${JSON.stringify(sliders)}`);
  const preview = await shown(page);
  const side = (height / width) * (100 / sliders.z);
  assert.ok(Math.abs(preview[2] - preview[0] - side) < 0.03, `the square is a square of the photo: ${preview}`);
  await page.getByRole("button", { name: "Save picture" }).click();
  await flash(page, "Your picture is saved.");
  near(await stored(page), preview, "stored");
  quiet();
  await close();
});

test("two fingers zoom, one moves, and the page stays where it is", options, async () => {
  const { page, context, quiet, close } = await arrive("pinches", { width: 360 });
  await upload(page);
  const stage = page.locator(".stage.live");
  await stage.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await stage.boundingBox();
  const [cx, cy] = [x + width / 2, y + height / 2];
  const scrolled = await page.evaluate(() => scrollY);
  const fingers = await context.newCDPSession(page);
  const touch = (type, ...points) =>
    fingers.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  await touch("touchStart", [cx - 30, cy], [cx + 30, cy]);
  for (let step = 1; step <= 6; step++) await touch("touchMove", [cx - 30 - 5 * step, cy], [cx + 30 + 5 * step, cy]);
  await touch("touchEnd");
  const zoomed = await seen(page);
  assert.ok(zoomed.z > 170 && zoomed.z < 230, `from 60 to 120 pixels apart is twice as near: ${zoomed.z}`);
  await touch("touchStart", [cx, cy]);
  for (let step = 1; step <= 6; step++) await touch("touchMove", [cx, cy - 10 * step]);
  await touch("touchEnd");
  assert.ok((await seen(page)).y > zoomed.y + 10, "the photo moves up");
  assert.equal(await page.evaluate(() => scrollY), scrolled, "the page does not scroll");
  quiet();
  await close();
});

test("the keyboard is enough to move a picture and save it", options, async () => {
  const { page, quiet, close } = await arrive("keys");
  await upload(page);
  await page.locator(".stage.live").waitFor();
  await page.locator("h1").click();
  const reach = async (selector) => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      if (!(await page.evaluate((selector) => document.activeElement.matches(selector), selector))) continue;
      assert.ok(await page.evaluate(() => document.activeElement.matches(":focus-visible")), `${selector} shows no focus`);
      return;
    }
    assert.fail(`Tab does not reach ${selector}`);
  };
  await reach("[name=z]");
  await page.keyboard.press("End");
  await reach("[name=x]");
  await page.keyboard.press("End");
  for (const act of ["turn-left", "turn-right", "mirror"]) await reach(`[value=${act}]`);
  await reach("[name=photo]");
  await reach("[data-cancel]");
  await reach("button[value=save]");
  await page.keyboard.press("Enter");
  await flash(page, "Your picture is saved.");
  near(await stored(page), square(100, 50, 300), "stored");
  quiet();
  await close();
});

test("Cancel puts everything back", options, async () => {
  const { page, quiet, close } = await arrive("cancels");
  await page.locator("[name=photo]").setInputFiles(map);
  await page.locator(".stage.live").waitFor();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.locator(".stage").waitFor({ state: "detached" });
  await page.getByText("No picture yet.").waitFor();
  assert.equal(await page.locator("[name=photo]").inputValue(), "");
  await page.getByRole("button", { name: "Upload" }).waitFor();
  quiet();
  await close();
});

test("an upload that fails says why at the field, and the old picture stays", options, async (t) => {
  const { page, context, quiet, close } = await arrive("fails");
  await upload(page);
  await page.locator(".stage.live").waitFor();
  const old = await picture(page);
  const save = () => page.getByRole("button", { name: "Save picture" }).click();
  const says = async (text) => {
    const message = page.locator("#photo-error[role=alert]").filter({ hasText: text });
    await message.waitFor();
    assert.match(await page.locator("[name=photo]").getAttribute("aria-describedby"), /photo-error/);
    await support.checkAxe(page);
  };
  const kept = async () => {
    const other = await context.newPage();
    await other.goto("/account/profile");
    assert.equal(await picture(other), old);
    await other.close();
  };

  await t.test("for the server does not take it", async () => {
    await page.locator("[name=photo]").setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.from("nothing") });
    await says("This file is not a JPEG, PNG, WebP or GIF image");
    const answer = page.waitForResponse("**/account/picture*");
    await save();
    assert.equal((await answer).status(), 422);
    await says("This file is not a JPEG, PNG, WebP or GIF image");
    await kept();
    quiet();
  });

  await t.test("for it is too large, which is known before it is sent", async () => {
    let sent = 0;
    page.on("request", (request) => (sent += request.method() === "POST" ? 1 : 0));
    await page.locator("[name=photo]").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.alloc(10_000_001) });
    await says("This file is larger than 10 MB");
    await save();
    await says("This file is larger than 10 MB");
    assert.equal(sent, 0);
    await kept();
    quiet();
  });

  await t.test("for the connection was too slow", async () => {
    await page.locator("[name=photo]").setInputFiles(map);
    await page.route("**/account/picture*", (route) => route.fulfill({ status: 408, contentType: "text/html", body: "<h1>Slow</h1>" }));
    await save();
    await says("Your connection is slow: the photo did not arrive in time. Try again");
    await page.unroute("**/account/picture*");
    await kept();
    quiet();
  });

  await t.test("for the connection broke", async () => {
    await page.locator("[name=photo]").setInputFiles(map);
    await page.route("**/account/picture*", (route) => route.abort("connectionreset"));
    await save();
    await says("The upload did not finish, and nothing was changed.");
    assert.equal(await page.locator("button[value=save]").getAttribute("aria-busy"), null);
    await kept();
    await page.unroute("**/account/picture*");
    await save();
    await flash(page, "Your picture is saved.");
    assert.notEqual(await picture(page), old, "the second try goes through");
  });

  await close();
});

test("what the script says is in the page's language", options, async () => {
  const { page, quiet, close } = await support.visit(browser, portico, { language: "ru" });
  await page.goto("/signup");
  const reveal = page.locator("[data-reveal]");
  await reveal.click();
  assert.equal(await reveal.textContent(), "Скрыть");
  assert.equal(await reveal.getAttribute("aria-label"), "Скрыть: Пароль");
  await reveal.click();
  assert.equal(await reveal.textContent(), "Показать");
  assert.equal(await reveal.getAttribute("aria-label"), "Показать: Пароль");

  await signUp(page, "govorit");
  await page.goto("/account/profile");
  await page.locator("[name=bio]").fill("Привет");
  await page.getByText("Осталось символов: 274").first().waitFor();
  await page.locator("[name=photo]").setInputFiles(map);
  await page.getByText("Новое фото ещё не сохранено.").waitFor();
  await page.getByRole("button", { name: "Сохранить фото" }).waitFor();
  await page.locator("[name=photo]").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.alloc(10_000_001) });
  await page.getByText("Файл больше 10 МБ").waitFor();
  quiet();
  await close();
});

test("without scripts a preview shows a crop and saves nothing", options, async () => {
  const { page, quiet, close } = await arrive("previews", { scripts: false });
  await page.locator("[name=photo]").setInputFiles(map);
  await page.getByRole("button", { name: "Upload" }).click();
  await flash(page, "Your picture is saved.");
  near(await stored(page), square(50, 50, 100), "the middle");
  await page.goto("/account/profile");
  const old = await picture(page);
  await page.locator("[name=z]").focus();
  await page.keyboard.press("End");
  await page.locator("[name=x]").focus();
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Update preview" }).click();
  await page.getByText("It is not saved yet.").waitFor();
  assert.deepEqual(await seen(page), { x: 0, y: 50, z: 300 });
  near(await shown(page), square(0, 50, 300), "the preview");
  assert.equal(await picture(page), old, "nothing is stored by looking");
  await page.getByRole("button", { name: "Save picture" }).click();
  await flash(page, "Your picture is saved.");
  near(await stored(page), square(0, 50, 300), "stored");
  quiet();
  await close();
});

async function arrive(username, settings) {
  const visitor = await support.visit(browser, portico, settings);
  await signUp(visitor.page, username);
  await visitor.page.goto("/account/profile");
  return visitor;
}

/** A picture to start from, on a page that no longer says it was saved. */
async function upload(page) {
  await page.locator("[name=photo]").setInputFiles(map);
  await page.locator(".stage.live").waitFor();
  await page.getByRole("button", { name: "Save picture" }).click();
  await flash(page, "Your picture is saved.");
  await page.goto("/account/profile");
}

async function drag(page, dx, dy) {
  const stage = await page.locator(".stage").boundingBox();
  const [x, y] = [stage.x + stage.width / 2, stage.y + stage.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx, y + dy, { steps: 6 });
  await page.mouse.up();
}

const seen = (page) =>
  page.evaluate(() => Object.fromEntries(["x", "y", "z"].map((name) => [name, +document.querySelector(`[name=${name}]`).value])));

/** The square by the editor's formula, as shares of the photo: left, top, right, bottom. */
function square(x, y, z) {
  const side = (Math.min(width, height) * 100) / z;
  const [left, top] = [((width - side) * x) / 100, ((height - side) * y) / 100];
  return [left / width, top / height, (left + side) / width, (top + side) / height];
}

function near(found, wanted, what) {
  const off = Math.max(...wanted.map((share, i) => Math.abs(share - found[i])));
  assert.ok(off < 0.025, `${what}: ${found.map((n) => n.toFixed(3))} is not ${wanted.map((n) => n.toFixed(3))}`);
}

/** The square that a picture of the map shows, read from its colours a quarter in from each side. */
async function read(bytes, type) {
  const page = await browser.newPage();
  const [a, b] = await page.evaluate(
    async ([base64, type]) => {
      const blob = new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type });
      const picture = await createImageBitmap(blob);
      const paint = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
      paint.drawImage(picture, 0, 0);
      const at = (share) =>
        [...paint.getImageData(share * picture.width, share * picture.height, 1, 1).data].slice(0, 2).map((value) => value / 255);
      return [at(0.25), at(0.75)];
    },
    [bytes.toString("base64"), type],
  );
  await page.close();
  const outwards = (one, other) => one - (other - one) / 2;
  return [outwards(a[0], b[0]), outwards(a[1], b[1]), outwards(b[0], a[0]), outwards(b[1], a[1])];
}

const shown = async (page) => read(await page.locator(".previews .av").first().screenshot(), "image/png");

const picture = (page) => page.locator("header .av img").getAttribute("src");

const stored = async (page) => read(await storedBytes(page), "image/webp");

async function storedBytes(page) {
  const answer = await page.request.get((await picture(page)).replace(/\d+\.webp$/, "256.webp"));
  assert.equal(answer.status(), 200);
  return answer.body();
}

async function drawMap() {
  const page = await browser.newPage();
  const base64 = await page.evaluate(
    async ([width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      const paint = canvas.getContext("2d");
      const data = paint.createImageData(width, height);
      for (let i = 0; i < width * height; i++) {
        data.data.set([((i % width) / width) * 255, (Math.floor(i / width) / height) * 255, 128, 255], i * 4);
      }
      paint.putImageData(data, 0, 0);
      const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    },
    [width, height],
  );
  await page.close();
  return Buffer.from(base64, "base64");
}
