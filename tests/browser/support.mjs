// What the browser tests share: a real Portico with a database of its own, Chromium, and the checks every page has to pass.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import axe from "axe-core";
import { HtmlValidate } from "html-validate";
import { chromium } from "playwright-core";
import { checkKeyboard } from "./keyboard.mjs";
import { checkForcedColours, checkWithoutScripts, checkZoomed } from "./layout.mjs";

const run = promisify(execFile);

export const password = "seven quiet otters";
export const widths = [360, 768, 1280];
export const themes = ["light", "dark"];
export const languages = ["en", "ru"];

/** The real program on free ports, with its own folder and database. */
export class Portico {
  static async start(settings = {}) {
    const portico = new Portico();
    portico.folder = await mkdtemp(join(tmpdir(), "portico-"));
    portico.database = await openDatabase(portico.folder);
    portico.log = "";
    portico.process = spawn(required("PORTICO_BIN"), ["serve"], {
      cwd: portico.folder,
      stdio: ["ignore", "pipe", "pipe"],
      // Nothing is inherited: an unknown PORTICO_* setting stops the program, and PORTICO_BIN is one.
      env: {
        PATH: process.env.PATH,
        HOME: portico.folder,
        PORTICO_LISTEN: "127.0.0.1:0",
        PORTICO_INTERNAL_LISTEN: "127.0.0.1:0",
        DATABASE_URL: portico.database.url,
        MEDIA_URL: join(portico.folder, "media"),
        SECRET_KEY: "for these tests only: 32 bytes or more",
        // Every visitor here has one address.
        PORTICO_RATE_LIMITS: "off",
        // Scripts fill in forms faster than people do.
        PORTICO_SIGNUP_GUARD: "off",
        ...settings,
      },
    });
    portico.ended = once(portico.process, "exit");
    try {
      portico.url = await portico.#address();
    } catch (error) {
      await portico.stop();
      throw error;
    }
    return portico;
  }

  #address() {
    return new Promise((found, failed) => {
      const fail = (why) => failed(new Error(`Portico ${why}. Its log:\n${this.log}`));
      const timer = setTimeout(() => fail("did not say where it listens"), 30_000);
      const read = (text) => {
        this.log += text;
        const address = /open at (http:\/\/[^\s"]+)/.exec(this.log);
        if (!address) return;
        clearTimeout(timer);
        found(address[1].replace(/\/$/, ""));
      };
      for (const stream of [this.process.stdout, this.process.stderr]) stream.setEncoding("utf8").on("data", read);
      this.ended.then(([code]) => fail(`ended with ${code}`), failed);
    });
  }

  async stop() {
    this.process.kill("SIGTERM");
    const [code, signal] = await Promise.race([this.ended, slept(10_000)]);
    if (code === undefined) this.process.kill("SIGKILL");
    await this.ended;
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
    assert.equal(code, 0, `Portico did not stop cleanly (${signal ?? code ?? "too slow"}). Its log:\n${this.log}`);
  }
}

async function openDatabase(folder) {
  const kind = required("TEST_DATABASE");
  if (kind === "sqlite") return { url: `sqlite:${join(folder, "portico.db")}`, drop: async () => {} };
  assert.equal(kind, "postgres", "TEST_DATABASE is sqlite or postgres");
  const server = new URL(required("TEST_POSTGRES_URL"));
  const name = `browser_${process.pid}_${Date.now()}`;
  const psql = (sql) => run("psql", [server.href, "-qc", sql]);
  await psql(`create database ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return { url: url.href, drop: () => psql(`drop database ${name} with (force)`) };
}

export function required(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run the browser tests by tests/run`);
  return value;
}

const slept = (ms) => new Promise((done) => setTimeout(() => done([]), ms).unref());

/** Debian's Chromium; the flags keep it from asking the outside world anything. */
export const browserOptions = {
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** Chromium without what surrounds a page, which takes half the processor time. It has no password manager. */
export const launch = () => chromium.launch({ ...browserOptions, executablePath: "/usr/bin/chromium-headless-shell" });

/** A browser profile of its own. `visitor.page` is its first tab, `visitor.document()` the answer its last page came with;
 *  `visitor.quiet()` fails on anything the console said since the last time it was asked. */
export async function visit(browser, portico, { scripts = true, theme = "light", width = 1280, language = "en", session } = {}) {
  const context = await browser.newContext({
    acceptDownloads: true,
    baseURL: portico.url,
    colorScheme: theme,
    javaScriptEnabled: scripts,
    locale: language,
    // Half-faded pages would fail the contrast check.
    reducedMotion: "reduce",
    storageState: session,
    viewport: { width, height: 900 },
  });
  context.setDefaultTimeout(30_000);
  let last;
  context.on("response", (response) => {
    if (response.request().isNavigationRequest()) last = response;
  });
  const quiet = listen(context);
  return { context, page: await context.newPage(), document: () => last, quiet, close: () => context.close() };
}

// Autofocus waits for the first frame of a page (HTML, "flush autofocus candidates"); a test may have typed before it.
const typedBeforeFirstFrame = "Autofocus processing was blocked because a document already has a focused element.";

function listen(context) {
  const said = [];
  const refused = new Set(); // forms and pages that answered 4xx or 5xx: Chromium says so on the console, and it's meant
  context.on("console", (message) => {
    if (message.text() === typedBeforeFirstFrame) return;
    said.push({ url: message.location().url, text: message.text() });
  });
  context.on("weberror", (error) => said.push({ text: String(error.error()) }));
  context.on("response", (response) => {
    const request = response.request();
    const asked = request.isNavigationRequest() || request.method() === "POST";
    if (response.status() >= 400 && asked) refused.add(response.url());
  });
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // A download, or a page left before its last picture came.
    if (reason === "net::ERR_ABORTED") return;
    said.push({ url: request.url(), text: `${request.method()} failed: ${reason}` });
  });
  return () => {
    const heard = said.splice(0).filter(({ url, text }) => !(refused.has(url) && text.startsWith("Failed to load resource")));
    assert.deepEqual(heard, [], "the browser's console has messages");
  };
}

/** Signs up by the page and leaves the tab on /welcome. */
export async function signUp(page, username, email = `${username}@example.org`) {
  await page.goto("/signup");
  await page.locator("[name=email]").fill(email);
  await page.locator("[name=username]").fill(username);
  await page.locator("[name=password]").fill(password);
  await page.locator("main form:has([name=username]) button[type=submit]").click();
  await page.waitForURL("**/welcome");
}

export async function logIn(page, login, secret = password) {
  await page.goto("/login");
  await page.locator("[name=login]").fill(login);
  await page.locator("[name=password]").fill(secret);
  await page.locator("main form:has([name=login]) button[type=submit]").click();
}

/** The text part of the newest mail to an address whose subject fits, as soon as it is in the folder `mails`. */
export async function mail(portico, to, subject) {
  const folder = join(portico.folder, "mails");
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".eml")).sort().reverse();
    for (const file of files) {
      const raw = await readFile(join(folder, file), "utf8");
      const [text] = raw.split("Content-Type: text/html");
      if (raw.includes(`\nTo: ${to}\r`) && subject.test(raw)) return unquoted(text);
    }
  }
  throw new Error(`no mail to ${to} fits ${subject}`);
}

/** Quoted-printable text (RFC 2045 §6.7) as it was. */
function unquoted(text) {
  const bytes = text.replaceAll("=\r\n", "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

/** Fills in the profile's form: text by name, and what is true or false ticked or not. */
export async function saveProfile(page, fields) {
  await page.goto("/account/profile");
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`main [name=${name}]`);
    await (typeof value === "boolean" ? field.setChecked(value) : field.fill(value));
  }
  await page.locator("main form:has([name=public]) button[type=submit]").click();
  await flash(page);
}

export const flash = (page, text = "") => page.locator(".flash").filter({ hasText: text }).waitFor();

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Those of axe's rules that colours decide. */
const colours = ["color-contrast", "link-in-text-block"];

/** Zero violations of WCAG 2.2 A and AA, and of axe's best practices; or of the rules of these names alone. */
export async function checkAxe(page, names) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (runOnly) => globalThis.axe.run({ runOnly, resultTypes: ["violations"], preload: false }),
    names ? { type: "rule", values: names } : { type: "tag", values: rules },
  );
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
  assert.deepEqual(found, [], "axe found problems");
}

const validator = new HtmlValidate({ root: true, extends: ["html-validate:standard"] });

export async function validateHtml(html) {
  const { results } = await validator.validateString(html);
  const found = results.flatMap(({ messages }) => messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`));
  assert.deepEqual(found, [], "the HTML is not valid");
}

export async function checkNoSidewaysScroll(page) {
  const [content, view] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  assert.ok(content <= view, `the page is ${content} px wide in a window of ${view} px`);
}

/** With SHOTS=folder in the environment, what the tests saw. */
export async function screenshot(page, name) {
  if (!process.env.SHOTS) return;
  await mkdir(process.env.SHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage: true });
}

/** Brings a page into the state to look at, and looks: valid, accessible, nothing cut off, nothing on the console. The
 *  dark theme is another style sheet for the same document, so of it only what colours decide is looked at, at one width
 *  in each language. Zoom and wide text are hardest on Russian words, which are longer; forced colours are the same in
 *  every language. By keyboard it's gone through in a wide window and, where there is least room, at 400 %. */
export async function lookAt({ page, document, quiet }, { name, path, then, status = 200 }, language, theme, known) {
  const isLight = theme === "light";
  await page.goto(typeof path === "function" ? path(...known) : path);
  await then?.(page);
  await page.waitForLoadState();
  assert.equal(document().status(), status);
  assert.equal(await page.locator("html").getAttribute("lang"), language);
  if (isLight) await validateHtml(await document().text());
  for (const width of [320, ...widths]) {
    await page.setViewportSize({ width, height: 900 });
    await checkNoSidewaysScroll(page);
    if (width === 320) continue; // the same layout as at 360
    if (isLight && width !== 768) await checkAxe(page);
    if (!isLight && width === (language === "ru" ? 360 : 1280)) await checkAxe(page, colours);
    await screenshot(page, `${name}-${language}-${theme}-${width}`);
  }
  if (isLight && language === "ru") {
    await checkZoomed(page);
    await checkKeyboard(page);
  }
  if (language === "en") {
    await page.setViewportSize({ width: 1280, height: 900 });
    await checkForcedColours(page);
    if (isLight) await checkKeyboard(page);
  }
  quiet();
}

/** The same for who has no scripts: of what they see alone is looked at what scripts decide. */
export async function lookWithoutScripts({ page, document, quiet }, { name, path, then, status = 200 }, known) {
  await page.goto(typeof path === "function" ? path(...known) : path);
  await then?.(page);
  await page.waitForLoadState();
  assert.equal(document().status(), status);
  await checkWithoutScripts(page);
  await page.setViewportSize({ width: 320, height: 900 });
  await checkNoSidewaysScroll(page);
  await screenshot(page, `${name}-plain-320`);
  quiet();
}
