// Chromium with its own password manager. It runs without a window, so a test presses "Save" or "Update" in its place: it
// writes to the store what the bubble would, which the manager's own log says.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { browserOptions } from "./support.mjs";

/** A browser with a password manager: its page, its store, and what it says. */
export class Keeper {
  static async start(portico) {
    const keeper = new Keeper();
    keeper.site = portico.url;
    keeper.folder = await mkdtemp(join(tmpdir(), "chromium-"));
    await mkdir(join(keeper.folder, "Default"));
    const preferences = { credentials_enable_service: true, profile: { password_manager_enabled: true, password_manager_leak_detection: false } };
    await writeFile(join(keeper.folder, "Default", "Preferences"), JSON.stringify(preferences));
    keeper.context = await chromium.launchPersistentContext(keeper.folder, {
      ...browserOptions,
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

  /** Opens a page, and waits until the browser, which knows a password for the site, has filled in what it wants to. */
  async open(path, then) {
    await this.#news(async () => {
      await this.page.goto(path);
      await then?.(this.page);
      await this.page.waitForLoadState();
    }, isFilledIn, "that it is done with the page");
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
    const news = await this.#news(act, (news) => news.includes(words), `"${words}"`);
    return news.slice(0, news.indexOf(words));
  }

  /** What the log says of what is done, once that is enough. */
  async #news(act, isEnough, what) {
    const before = (await this.#said()).length;
    await act();
    for (let tries = 0; tries < 600; tries++) {
      const news = (await this.#said()).slice(before);
      if (isEnough(news)) return news;
      await this.log.waitForTimeout(50);
    }
    return assert.fail(`the password manager does not say ${what}`);
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
  save(username, password, url = this.site) {
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

/** Whether the last page in the log has been looked through: for each of its password forms the store was asked, and what
 *  the browser made of the answer has come to the page. */
function isFilledIn(news) {
  const page = news.slice(news.lastIndexOf("DidNavigateMainFrame"));
  const [asked, told, sent, come] = ["Impl::Fetch", "OnGetPasswordStoreResults", "PasswordManager::Autofill", "OnFillPasswordForm"]
    .map((words) => page.split(words).length - 1);
  return page.includes("OnPasswordFormsRendered") && told >= asked && sent >= asked && come >= sent;
}
