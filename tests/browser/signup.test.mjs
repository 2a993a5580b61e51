// The sign-up form as a browser fills it in by itself: the proof of work, the time zone, and what no person meets.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as support from "./support.mjs";

let browser, portico;

before(async () => {
  portico = await support.Portico.start({
    PORTICO_SIGNUP_GUARD: "on",
    PORTICO_RATE_LIMITS: "on",
    PORTICO_TERMS_URL: "https://example.org/terms",
  });
  browser = await support.launch();
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

test("a browser proves its work, so that more people sign up from one address than programs may", { timeout: 120_000 }, async () => {
  for (let number = 0; number < 7; number++) {
    const { page, quiet, close } = await support.visit(browser, portico);
    await page.goto("/signup");
    const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
    assert.equal(await page.locator("[name=time_zone]").inputValue(), zone);
    await page.locator("[name=email]").fill(`person${number}@example.org`);
    await page.locator("[name=username]").fill(`person${number}`);
    await page.locator("[name=password]").fill(support.password);
    await page.getByRole("checkbox").check();
    await page.waitForFunction(() => document.querySelector("[name=work]").value);
    // As long as the fastest person takes.
    await page.waitForTimeout(2_000);
    await page.locator("main form button[type=submit]").click();
    await page.waitForURL("**/welcome");
    quiet();
    await close();
  }
});

test("by keyboard nobody comes to the hidden field, and no reader hears of it", async () => {
  const { page, close } = await support.visit(browser, portico);
  await page.goto("/signup");
  const names = [];
  await page.locator("[name=email]").focus();
  for (let step = 0; step < 6; step++) {
    names.push(await page.evaluate(() => document.activeElement.name));
    await page.keyboard.press("Tab");
  }
  assert.ok(names.includes("terms") && !names.includes("remarks"), names.join());
  // A password has no role.
  assert.equal(await page.getByRole("textbox").count(), 2);
  const box = await page.locator("[name=remarks]").locator("..").boundingBox();
  assert.ok(box.width <= 1 && box.height <= 1, JSON.stringify(box));
  await close();
});
