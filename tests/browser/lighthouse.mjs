// Lighthouse's scores for sign-up, log-in and account: tests/run --only lighthouse
// Fails below 100 for performance, accessibility or best practices.
import lighthouse, { desktopConfig } from "lighthouse";
import { chromium } from "playwright-core";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as support from "./support.mjs";

const categories = ["performance", "accessibility", "best-practices"];
const portico = await support.Portico.start();
const profile = await mkdtemp(join(tmpdir(), "lighthouse-"));
const port = await freePort();
// Lighthouse opens tabs of its own; a persistent profile shares the log-in with them.
const context = await chromium.launchPersistentContext(profile, {
  ...support.browserOptions,
  args: [...support.browserOptions.args, `--remote-debugging-port=${port}`],
  baseURL: portico.url,
});

try {
  for (const [form, config] of [["phone", undefined], ["desktop", desktopConfig]]) {
    await context.clearCookies();
    for (const path of ["/signup", "/login"]) await score(path, form, config);
    await support.signUp(context.pages()[0], `mira-${form}`);
    await score("/account", form, config);
  }
} finally {
  await context.close();
  await rm(profile, { recursive: true, force: true });
  await portico.stop();
}

async function score(path, form, config) {
  const options = { port, onlyCategories: categories, disableStorageReset: true, logLevel: "error" };
  const { lhr } = await lighthouse(portico.url + path, options, config);
  const scores = categories.map((id) => Math.round(lhr.categories[id].score * 100));
  console.log(`${path.padEnd(10)} ${form.padEnd(8)} ${categories.map((id, i) => `${id} ${scores[i]}`).join("  ")}`);
  if (scores.every((score) => score === 100)) return;
  process.exitCode = 1;
  for (const id of categories) {
    for (const { id: name, weight } of lhr.categories[id].auditRefs) {
      const audit = lhr.audits[name];
      if (weight && audit.score !== null && audit.score < 1) console.log(`  ${audit.title} ${audit.displayValue ?? ""}`);
    }
  }
}

function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}
