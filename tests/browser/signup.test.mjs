// The sign-up form's guard against programs, as people's browsers meet it: with scripts they prove their work without a
// word, without scripts they only have to take as long as people do.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as support from "./support.mjs";

const options = { timeout: 120_000 };
const clock = join(tmpdir(), `clock-${process.pid}`);
let browser, portico, ahead;

before(async () => {
  await advance(0);
  portico = await support.Portico.start({ PORTICO_SIGNUP_GUARD: "on", PORTICO_RATE_LIMITS: "on", TEST_CLOCK: clock });
  browser = await support.launch();
});

after(async () => {
  await browser?.close();
  await portico?.stop();
  await rm(clock, { force: true });
});

/** Lets the program's clock go ahead by so many seconds. */
async function advance(seconds) {
  ahead = (ahead ?? 0) + seconds;
  await writeFile(clock, String(ahead));
}

async function open(scripts) {
  const visitor = await support.visit(browser, portico, { scripts });
  await visitor.page.goto("/signup");
  return visitor;
}

async function fillIn(page, username) {
  await page.locator("[name=email]").fill(`${username}@example.org`);
  await page.locator("[name=username]").fill(username);
  await page.locator("[name=password]").fill(support.password);
}

const press = (page) => page.locator("main form button[type=submit]").click();

test("with scripts a browser proves its work, so that more people sign up from one address than programs may", options, async () => {
  for (let number = 0; number < 7; number++) {
    const { page, quiet, close } = await open(true);
    const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
    assert.equal(await page.locator("[name=time_zone]").inputValue(), zone);
    await fillIn(page, `person${number}`);
    await page.waitForFunction(() => document.querySelector("[name=work]").value);
    await advance(3);
    await press(page);
    await page.waitForURL("**/welcome");
    quiet();
    await close();
  }
});

test("without scripts a person signs up, up to five an hour from one address", options, async () => {
  for (let number = 0; number < 6; number++) {
    const { page, quiet, close } = await open(false);
    await fillIn(page, `plain${number}`);
    await advance(3);
    await press(page);
    if (number < 5) {
      await page.waitForURL("**/welcome");
    } else {
      await page.locator(".errors").waitFor();
      assert.match(await page.locator(".errors").innerText(), /Turn on JavaScript/);
      assert.equal(await page.locator("[name=username]").inputValue(), `plain${number}`);
    }
    quiet();
    await close();
  }
  await advance(3600);
});

test("a form that comes back at once costs a person one more press, without scripts", options, async () => {
  const { page, quiet, close } = await open(false);
  await fillIn(page, "quick");
  // The server's clock stands where it stood when the form was shown, or so near to it.
  await advance(-60);
  await press(page);
  await page.locator(".errors").waitFor();
  assert.equal(await page.locator("[name=username]").inputValue(), "quick");
  assert.equal(await page.locator("[name=email]").inputValue(), "quick@example.org");
  await page.locator("[name=password]").fill(support.password);
  await advance(63);
  await press(page);
  await page.waitForURL("**/welcome");
  quiet();
  await close();
});

test("by keyboard nobody comes to the hidden field, and no reader hears of it", options, async () => {
  const { page, close } = await open(true);
  const names = [];
  await page.locator("[name=email]").focus();
  for (let step = 0; step < 6; step++) {
    names.push(await page.evaluate(() => document.activeElement.name));
    await page.keyboard.press("Tab");
  }
  assert.ok(names.includes("password") && !names.includes("remarks"), names.join());
  const read = await page.getByRole("textbox").evaluateAll((fields) => fields.map(({ name }) => name));
  assert.ok(read.includes("username") && !read.includes("remarks"), read.join());
  const box = await page.locator("[name=remarks]").locator("..").boundingBox();
  assert.ok(box.width <= 1 && box.height <= 1, JSON.stringify(box));
  await close();
});
