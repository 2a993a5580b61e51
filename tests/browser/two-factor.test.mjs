// Two-factor in a browser: every page of it looked at, and the whole way without scripts and by keyboard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as support from "./support.mjs";
import { totp } from "./totp.mjs";

const options = { timeout: 240_000 };
const two = "/account/security/two-factor";
let browser, portico;

before(async () => {
  portico = await support.Portico.start();
  browser = await support.launch();
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

const secretOn = async (page) => (await page.locator("#key").innerText()).replaceAll(" ", "");

async function enter(page, code) {
  await page.locator("[name=second_factor]").fill(code);
  await page.locator("main form:has([name=second_factor]) button[type=submit]").click();
}

/** Turns two-factor on. Gives what the app holds, and the recovery codes. */
async function turnOn(page) {
  await page.goto(`${two}/app`);
  const secret = await secretOn(page);
  await enter(page, totp(secret));
  await page.waitForURL(`**${two}/codes`);
  const codes = (await page.locator("#code-list").innerText()).trim().split(/\s+/);
  await page.locator("[name=saved]").check();
  await page.locator("main form:has([name=saved]) button[type=submit]").click();
  await page.waitForURL(`**${two}`);
  return { secret, codes };
}

for (const language of support.languages) {
  for (const theme of support.themes) {
    test(`every page of two-factor, ${language}, ${theme}`, options, async (t) => {
      const visitor = await support.visit(browser, portico, { language, theme });
      const look = (name, path, then, status) =>
        t.test(name, () => support.lookAt(visitor, { name, path, then, status }, language, theme, []));
      const name = `mira-${language}-${theme}`;
      await support.signUp(visitor.page, name);
      visitor.quiet();
      let app;
      await look("two-factor-off", two);
      await look("two-factor-app", `${two}/app`);
      await look("two-factor-app-wrong", `${two}/app`, (page) => enter(page, "12"), 422);
      await look("two-factor-codes", `${two}/app`, async (page) => {
        await enter(page, totp(await secretOn(page)));
        await page.waitForURL(`**${two}/codes`);
      });
      await look("two-factor-unsaved", `${two}/codes`, (page) => page.locator("main form button[type=submit]").click(), 422);
      await look("two-factor-on", `${two}/app`, async (page) => (app = await turnOn(page)));
      await look("two-factor-new-codes", two, async (page) => {
        await page.locator(`form[action^="${two}/recovery"] button`).click();
        await page.locator("#code-list").waitFor();
        app.codes = (await page.locator("#code-list").innerText()).trim().split(/\s+/);
      });
      await look("two-factor-one", two, (page) => page.locator(`.items a[href^="${two}/app/"]`).click());
      await look("security-with-two-factor", "/account/security");
      await look("confirm-with-two-factor", "/reauth");
      const stranger = await support.visit(browser, portico, { language, theme });
      const verify = (name, then, status) =>
        t.test(name, () => support.lookAt(stranger, { name, path: "/login", then, status }, language, theme, []));
      await verify("verify", async (page) => {
        await support.logIn(page, name);
        await page.waitForURL("**/login/verify");
      });
      await verify("verify-wrong", async (page) => {
        await page.goto("/login/verify");
        await enter(page, "000000-1");
      }, 422);
      await stranger.close();
      await visitor.close();
    });
  }
}

test("the whole way without scripts", options, async () => {
  const { page, close } = await support.visit(browser, portico, { scripts: false });
  await support.signUp(page, "plain");
  const { secret, codes } = await turnOn(page);
  await support.flash(page, "Two-factor is on");
  assert.equal(codes.length, 10);
  for (const button of ["[data-copy]", "[data-print]"]) assert.equal(await page.locator(`${button}:visible`).count(), 0);
  await page.goto("/logout");
  await page.locator("main form button[type=submit]").click();
  await support.logIn(page, "plain");
  await page.waitForURL("**/login/verify");
  await enter(page, codes[0]);
  await page.waitForURL("**/account");
  await page.goto("/logout");
  await page.locator("main form button[type=submit]").click();
  await support.logIn(page, "plain");
  await page.waitForURL("**/login/verify");
  await enter(page, totp(secret, 1));
  await page.waitForURL("**/account");
  await close();
});

test("recovery codes are copied and saved as a file", options, async () => {
  const { page, context, close, quiet } = await support.visit(browser, portico);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await support.signUp(page, "copy");
  await page.goto(`${two}/app`);
  await enter(page, totp(await secretOn(page)));
  await page.waitForURL(`**${two}/codes`);
  const shown = (await page.locator("#code-list").innerText()).trim();
  await page.locator("[data-copy=code-list]").click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown);
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("a[download]").click()]);
  assert.equal(download.suggestedFilename(), "recovery-codes.txt");
  const { readFile } = await import("node:fs/promises");
  const file = await readFile(await download.path(), "utf8");
  assert.ok(file.includes(shown) && file.includes("copy"), file);
  assert.equal(await page.locator("[data-print]:visible").count(), 1);
  quiet();
  await close();
});

test("a log-in by keyboard alone", options, async () => {
  const { page, close } = await support.visit(browser, portico);
  await support.signUp(page, "keys");
  const { codes } = await turnOn(page);
  await page.goto("/logout");
  await page.locator("main form button[type=submit]").click();
  await support.logIn(page, "keys");
  await page.waitForURL("**/login/verify");
  await page.keyboard.press("Tab");
  while (!(await page.evaluate(() => document.activeElement.name === "second_factor"))) await page.keyboard.press("Tab");
  await page.keyboard.type(codes[0]);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/account");
  assert.ok((await page.context().cookies()).some(({ name }) => name.startsWith("portico-trusted")));
  await close();
});
