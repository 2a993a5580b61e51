// Pages that there are where mail is sent and addresses are confirmed first: each as it looks, and the one that waits.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mailPages } from "./pages.mjs";
import * as support from "./support.mjs";

const options = { timeout: 120_000 };
let browser, portico;

before(async () => {
  portico = await support.Portico.start({ SMTP_URL: "folder:mails", PORTICO_EMAIL_CONFIRM: "required" });
  browser = await support.launch();
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

const press = (page) => page.locator("main form button[type=submit]").first().click();

/** The path of the link in the newest such mail. */
async function link(to, subject) {
  const text = await support.mail(portico, to, subject);
  return /https?:\/\/[^/]+(\/(?:email|password)\/[a-z]+\/[\w-]{43})/.exec(text)[1];
}

/** Signs up and leaves the tab where the address waits to be confirmed. */
async function ask(page, username) {
  await page.goto("/signup");
  await page.locator("[name=email]").fill(`${username}@example.org`);
  await page.locator("[name=username]").fill(username);
  await page.locator("[name=password]").fill(support.password);
  await page.locator("main form:has([name=username]) button[type=submit]").click();
  await page.waitForURL("**/signup/sent");
}

async function open(page, username) {
  await ask(page, username);
  await page.goto(await link(`${username}@example.org`, /code|код/i));
  await press(page);
  await page.waitForURL("**/welcome");
}

/** Links that work and links that do not, in the order of what has to happen to an account. */
async function prepare(language) {
  const known = {};
  const name = `mira-${language}`;
  const visitor = await support.visit(browser, portico, { language });
  const { page } = visitor;
  await open(page, name);
  const change = async (email) => {
    await page.goto("/account/email");
    await page.locator("[name=email]").fill(email);
    await page.locator("form:has([name=email]) button[type=submit]").click();
    await support.flash(page);
  };
  await change(`first-${language}@example.org`);
  known.replaced = await link(`first-${language}@example.org`, /./);
  await change(`second-${language}@example.org`);
  known.used = await link(`second-${language}@example.org`, /./);
  await page.goto(known.used);
  await press(page);
  await page.waitForURL("**/account**");
  known.undo = await link(`${name}@example.org`, /email\/undo/);
  await change(`third-${language}@example.org`);
  known.change = await link(`third-${language}@example.org`, /./);
  known.stop = await link(`second-${language}@example.org`, /email\/stop/);
  await page.goto("/password/forgot");
  await page.locator("[name=email]").fill(name);
  await press(page);
  known.reset = await link(`second-${language}@example.org`, /password\/reset/);
  if (language === "en") {
    await page.goto(/\/setup\/[\w-]+/.exec(portico.log)[0]);
    await press(page);
    await page.waitForURL("**/account");
  }
  const waiting = await support.visit(browser, portico, { language });
  await ask(waiting.page, `waits-${language}`);
  known.confirm = await link(`waits-${language}@example.org`, /./);
  const sessions = { member: await visitor.context.storageState(), waiting: await waiting.context.storageState() };
  await waiting.close();
  await visitor.close();
  return { known, sessions };
}

for (const language of support.languages) {
  test(`pages about mail, ${language}`, { timeout: 300_000 }, async (t) => {
    const { known, sessions } = await prepare(language);
    for (const theme of support.themes) {
      for (const as of ["visitor", "waiting", "member"]) {
        const visitor = await support.visit(browser, portico, { language, theme, session: sessions[as] });
        for (const entry of mailPages.filter((page) => page.as === as)) {
          await t.test(`${entry.name}, ${theme}`, () => support.lookAt(visitor, entry, language, theme, [known]));
        }
        await visitor.close();
      }
    }
  });
}

test("an admin is asked whom to tell by mail", { timeout: 120_000 }, async (t) => {
  const admin = await support.visit(browser, portico);
  await support.logIn(admin.page, "mira-en");
  await admin.page.waitForURL("**/account");
  await admin.page.goto("/admin/users");
  const user = await admin.page.getByRole("link", { name: "mira-ru", exact: true }).getAttribute("href");
  const tick = async (page) => {
    for (const box of await page.locator("[name=id]").all()) await box.check();
    await page.locator("[value=disable]").click();
  };
  for (const entry of [
    { name: "tell-disabled", path: `${user}/disable` },
    { name: "tell-deleted", path: `${user}/delete` },
    { name: "tell-chosen", path: "/admin/users", then: tick },
    { name: "send-link", path: `${user}/password` },
    { name: "send-invite", path: "/admin/users/invites" },
    { name: "send-new-user", path: "/admin/users/new" },
    { name: "bounces", path: "/admin/users?status=bounces" },
    { name: "status-with-mail", path: "/admin/status" },
  ]) {
    await t.test(entry.name, () => support.lookAt(admin, entry, "en", "light", []));
  }
  await admin.close();
});

test("the page that waits goes on once the address is confirmed elsewhere, and not before", options, async () => {
  const { page, context, quiet, close } = await support.visit(browser, portico);
  await ask(page, "patient");
  await page.clock.install();
  await page.goto("/signup/sent");
  await page.locator("[name=code]").fill("48");
  const asked = page.waitForResponse((response) => response.request().method() === "HEAD");
  await page.clock.runFor(5000);
  assert.equal((await asked).status(), 200);
  assert.equal(await page.locator("[name=code]").inputValue(), "48");
  const elsewhere = await support.visit(browser, portico);
  await elsewhere.page.goto(await link("patient@example.org", /./));
  await elsewhere.page.locator("[name=password]").fill(support.password);
  await press(elsewhere.page);
  await elsewhere.page.waitForURL("**/login");
  await page.clock.runFor(5000);
  await page.waitForURL("**/login");
  quiet();
  await elsewhere.close();
  // In another tab of the same browser, the page leads to the account.
  await ask(page, "hasty");
  const tab = await context.newPage();
  await tab.goto(await link("hasty@example.org", /./));
  await press(tab);
  await tab.waitForURL("**/welcome");
  await page.clock.runFor(5000);
  await page.waitForURL("**/account");
  await close();
});
