// The admins' pages: each as it looks, and a day's work without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { adminPages } from "./pages.mjs";
import { phonePhoto } from "./photo.mjs";
import * as support from "./support.mjs";

const { flash, logIn, signUp } = support;
let browser, portico;

before(async () => {
  portico = await support.Portico.start();
  browser = await support.launch();
  const root = await support.visit(browser, portico);
  await signUp(root.page, "mira");
  await root.page.locator("[name=name]").fill("Mira Okafor");
  await root.page.locator("[name=photo]").setInputFiles(await phonePhoto(browser));
  await root.page.locator("main form:has([name=photo]) button[type=submit]").last().click();
  await root.page.waitForURL("**/account");
  // The link in the log makes whoever is logged in the first admin.
  await root.page.goto(/\/setup\/[\w-]+/.exec(portico.log)[0]);
  await root.page.locator("main form button[type=submit]").click();
  await root.page.waitForURL("**/account");
  await root.close();
  const people = { jonas: "Jonas Lindqvist", sokolova: "Анна Соколова", herrera: "Tomás Herrera", layla: "ليلى حداد", kenji: "Kenji Mori" };
  for (const [username, name] of Object.entries(people)) {
    const person = await support.visit(browser, portico);
    await signUp(person.page, username);
    await support.saveProfile(person.page, { name, public: true });
    await person.close();
  }
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

/** A browser that the admin is logged in with. */
async function asAdmin(options) {
  const visitor = await support.visit(browser, portico, options);
  await logIn(visitor.page, "mira");
  await visitor.page.waitForURL("**/account");
  return visitor;
}

async function userPage(page, name) {
  await page.goto("/admin/users");
  return page.getByRole("link", { name, exact: true }).getAttribute("href");
}

/** A link that a page shows once. */
async function link(page, path) {
  await page.goto(path);
  await page.locator("main form button[type=submit]").last().click();
  return new URL(await page.locator("#link").textContent()).pathname;
}

for (const language of support.languages) {
  for (const theme of support.themes) {
    test(`pages for an admin, ${language}, ${theme}`, { timeout: 300_000 }, async (t) => {
      const visitor = await asAdmin({ language, theme });
      await visitor.context.grantPermissions(["clipboard-write"]);
      const user = await userPage(visitor.page, "Jonas Lindqvist");
      const invite = await link(visitor.page, "/admin/users/invites");
      const other = await userPage(visitor.page, "Kenji Mori");
      const reset = await link(visitor.page, `${other}/password`);
      for (const entry of adminPages) {
        await t.test(entry.name, () => support.lookAt(visitor, entry, language, theme, [user, invite, reset]));
      }
      await visitor.close();
    });
  }
}

test("pages for an admin without scripts", { timeout: 300_000 }, async (t) => {
  const visitor = await asAdmin({ scripts: false });
  const user = await userPage(visitor.page, "Jonas Lindqvist");
  const invite = await link(visitor.page, "/admin/users/invites");
  const other = await userPage(visitor.page, "Kenji Mori");
  const reset = await link(visitor.page, `${other}/password`);
  for (const entry of adminPages) await t.test(entry.name, () => support.lookWithoutScripts(visitor, entry, [user, invite, reset]));
  await visitor.close();
});

test("a link that is shown once can be copied", { timeout: 60_000 }, async () => {
  const { page, context, close, quiet } = await asAdmin();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${await userPage(page, "Kenji Mori")}/password`);
  await page.getByRole("button", { name: "Make link" }).click();
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), (await page.locator("#link").textContent()).trim());
  quiet();
  await close();
});

test("an admin's day without scripts", { timeout: 120_000 }, async () => {
  const person = await support.visit(browser, portico, { scripts: false });
  await signUp(person.page, "short-lived");
  const { page, close, quiet } = await asAdmin({ scripts: false });
  const press = (name) => page.getByRole("button", { name, exact: true }).click();

  await page.getByRole("link", { name: "Admin", exact: true }).click();
  await page.getByRole("searchbox").fill("short-liv");
  await press("Search");
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.getByRole("link", { name: "short-lived", exact: true }).click();
  await page.locator("[name=name]").fill("Short Lived");
  await page.locator("[name=note]").fill("Only for the test.");
  await press("Save changes");
  await flash(page, "Changes to Short Lived are saved.");
  assert.equal(await page.locator("[name=note]").inputValue(), "Only for the test.");

  await page.getByRole("link", { name: "Disable", exact: true }).click();
  await page.locator("[name=reason]").fill("Seen enough");
  await press("Disable Short Lived");
  await flash(page, "Short Lived is disabled.");
  await person.page.goto("/account");
  assert.match(person.page.url(), /\/login/);

  await press("Enable");
  await flash(page, "Short Lived is enabled.");
  await page.getByRole("link", { name: "Delete", exact: true }).click();
  await page.locator("[name=confirm]").fill("short-lived");
  await press("Delete Short Lived");
  await flash(page, "The account is deleted.");
  await page.goto("/admin/users?q=short-lived");
  assert.equal(await page.locator("tbody tr").count(), 0);

  await page.goto("/admin/users");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Download all/ }).click();
  assert.match((await download).suggestedFilename(), /^users-.*\.csv$/);
  quiet();
  await person.close();
  await close();
});
