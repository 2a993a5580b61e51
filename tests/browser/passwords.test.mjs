// What Chromium's own password manager makes of the forms: which name it keeps a password under, when it takes a form for
// the entry that it has, and what it fills in by itself. It runs without a window, so the test presses "Save" or "Update"
// in its place: it writes to the store what the bubble would, which the manager's own log says.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import * as support from "./support.mjs";

const options = { timeout: 120_000 };
let portico;

before(async () => {
  portico = await support.Portico.start();
});

after(() => portico?.stop());

/** A browser with a password manager: its page, its store, and what it says. */
class Keeper {
  static async start() {
    const keeper = new Keeper();
    keeper.folder = await mkdtemp(join(tmpdir(), "chromium-"));
    await mkdir(join(keeper.folder, "Default"));
    const preferences = { credentials_enable_service: true, profile: { password_manager_enabled: true, password_manager_leak_detection: false } };
    await writeFile(join(keeper.folder, "Default", "Preferences"), JSON.stringify(preferences));
    keeper.context = await chromium.launchPersistentContext(keeper.folder, {
      ...support.browserOptions,
      // A browser that a program steers offers to save nothing.
      ignoreDefaultArgs: ["--enable-automation"],
      baseURL: portico.url,
      locale: "en",
      reducedMotion: "reduce",
    });
    keeper.context.setDefaultTimeout(30_000);
    keeper.log = await keeper.context.newPage();
    await keeper.log.goto("chrome://password-manager-internals");
    keeper.settings = await keeper.context.newPage();
    await keeper.settings.goto("chrome://password-manager/passwords");
    keeper.page = await keeper.context.newPage();
    return keeper;
  }

  async stop() {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Opens a page, and waits until the browser has looked through its forms and filled in what it wants to. */
  async open(path) {
    await this.saysOf(() => this.page.goto(path), "only_visible: true");
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  }

  /** Sends the form that the page shows, and tells what the browser asks its person then: save, or update. */
  async offerOf(send) {
    const news = await this.saysOf(send, "Decision: ASK the user");
    const last = (text, pattern) => [...text.matchAll(pattern)].at(-1)?.[1];
    // The page that the form led to may have one of its own.
    const page = news.slice(0, news.lastIndexOf("DidNavigateMainFrame"));
    return { state: last(news, /The new state of the UI: (\w+)/g), field: last(page, /Username element : (\w*)/g) };
  }

  /** What the manager's log says of what is done, up to these words. */
  async saysOf(act, words) {
    const before = (await this.#said()).length;
    await act();
    for (let tries = 0; tries < 300; tries++) {
      const news = (await this.#said()).slice(before);
      if (news.includes(words)) return news.slice(0, news.indexOf(words));
      await this.log.waitForTimeout(100);
    }
    return assert.fail(`the password manager does not say "${words}"`);
  }

  async #said() {
    return (await this.log.locator("body").innerText()).replace(/[^\S\n]+/g, " ");
  }

  /** The entries of the store for this site, by name. */
  entries() {
    return this.settings.evaluate(async () => {
      const groups = await globalThis.chrome.passwordsPrivate.getCredentialGroups();
      return groups.flatMap(({ entries }) => entries.map(({ username }) => username));
    });
  }

  /** As the bubble's "Save" does. */
  save(username, password, url = portico.url) {
    const entry = { url, username, password, note: "", useAccountStore: false };
    return this.settings.evaluate((entry) => globalThis.chrome.passwordsPrivate.addPassword(entry), entry);
  }

  /** As the bubble's "Update" does, for the only entry there is. */
  update(password) {
    return this.settings.evaluate(async (password) => {
      const [{ entries: [entry] }] = await globalThis.chrome.passwordsPrivate.getCredentialGroups();
      await globalThis.chrome.passwordsPrivate.changeCredential({ ...entry, password });
    }, password);
  }
}

const submit = (page, field) => page.locator(`main form:has([name=${field}]) button[type=submit]`).click();

/** These fields, and no others, did the browser fill in by itself. */
async function assertFilledIn(page, names) {
  for (const name of names) await page.locator(`[name=${name}]:autofill`).waitFor();
  assert.deepEqual(await page.locator("input:autofill").evaluateAll((inputs) => inputs.map(({ name }) => name)), names);
}

/** A link by which somebody sets their password once, as an admin makes it in a browser of their own. */
async function passwordLink(username) {
  const browser = await support.launch();
  const { page } = await support.visit(browser, portico);
  await support.signUp(page, "mira");
  await page.goto(/\/setup\/[\w-]+/.exec(portico.log)[0]);
  await page.locator("main form button[type=submit]").click();
  await page.waitForURL("**/account");
  await page.goto("/admin/users");
  await page.getByRole("link", { name: username, exact: true }).click();
  await page.goto(`${page.url()}/password`);
  await page.locator("main form button[type=submit]").last().click();
  const link = (await page.locator("#link").textContent()).trim();
  await browser.close();
  return link;
}

test("a password keeps its one entry in the browser's store, from sign-up to goodbye", options, async (t) => {
  const keeper = await Keeper.start();
  t.after(() => keeper.stop());
  const { page } = keeper;
  /** The browser knows name and password, and only the press of the button is left to do. */
  const logInByOnePress = async (latest) => {
    await keeper.open("/login");
    await assertFilledIn(page, ["login", "password"]);
    // What was filled in can be read once the person has done something.
    await page.locator("h1").click();
    assert.equal(await page.locator("[name=login]").inputValue(), "pat");
    assert.equal(await page.locator("[name=password]").inputValue(), latest);
    await submit(page, "login");
    await page.waitForURL("**/account");
  };
  const update = { state: "PENDING_PASSWORD_UPDATE_STATE", field: "username" };

  const first = await keeper.offerOf(() => support.signUp(page, "pat"));
  assert.deepEqual(first, { state: "PENDING_PASSWORD_STATE", field: "username" });
  await keeper.save("pat", support.password);

  await keeper.open("/account/security");
  await assertFilledIn(page, ["current"]);
  await page.locator("[name=new]").fill("eleven loud herons");
  assert.deepEqual(await keeper.offerOf(() => submit(page, "current")), update);
  await keeper.update("eleven loud herons");

  await keeper.context.clearCookies();
  await logInByOnePress("eleven loud herons");

  await page.goto(await passwordLink("pat"));
  await page.locator("[name=password]").fill("nineteen calm badgers");
  assert.deepEqual(await keeper.offerOf(() => submit(page, "password")), update);
  await keeper.update("nineteen calm badgers");
  await keeper.context.clearCookies();
  await logInByOnePress("nineteen calm badgers");

  await keeper.open("/reauth");
  await assertFilledIn(page, ["password"]);
  await keeper.open("/account/delete");
  await assertFilledIn(page, []);
  await page.locator("h1").click();
  assert.equal(await page.locator("[name=confirm]").inputValue(), "");
  assert.ok(page.url().endsWith("/account/delete"));
  await page.locator("[name=confirm]").fill("pat");
  await submit(page, "confirm");
  await page.waitForURL("**/goodbye");
  assert.deepEqual(await keeper.entries(), ["pat"]);
});

test("a browser that knows a password fills in none where another account is made", options, async (t) => {
  const keeper = await Keeper.start();
  t.after(() => keeper.stop());
  await keeper.save("somebody", support.password);
  await keeper.open("/login");
  await assertFilledIn(keeper.page, ["login", "password"]);
  await keeper.open("/signup");
  await assertFilledIn(keeper.page, []);
});

// Passkeys and passwords stand in one list there, and the browser leaves the choice to its person.
test("a browser that knows a password waits for a choice where passkeys can be chosen too", options, async (t) => {
  const keeper = await Keeper.start();
  t.after(() => keeper.stop());
  const url = portico.url.replace("127.0.0.1", "localhost");
  await keeper.save("somebody", support.password, url);
  const said = await keeper.saysOf(() => keeper.page.goto(`${url}/login`), "OnFillPasswordForm");
  assert.match(said, /Number of unique matched credentials: 1/);
  assert.match(said, /wait_for_username: true/);
  await assertFilledIn(keeper.page, []);
});
