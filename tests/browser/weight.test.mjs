// What a first visit to a page costs: bytes, requests, and what may be kept for ever.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pages } from "./pages.mjs";
import * as support from "./support.mjs";

let browser, portico, session;

before(async () => {
  // A colour of one's own costs no request more.
  portico = await support.Portico.start({ PORTICO_BRAND_HUE: "300" });
  browser = await support.launch();
  const { page, context, close } = await support.visit(browser, portico);
  await support.signUp(page, "mira");
  await support.saveProfile(page, { public: true });
  session = await context.storageState();
  await close();
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

for (const { name, as, path } of pages.filter(({ then }) => !then)) {
  test(`${name} is light`, { timeout: 60_000 }, async (t) => {
    const visitor = await support.visit(browser, portico, { session: as === "visitor" ? undefined : session });
    const responses = [];
    visitor.page.on("response", (response) => responses.push(response));
    await visitor.page.goto(typeof path === "function" ? path("mira", portico) : path, { waitUntil: "networkidle" });

    const seen = await Promise.all(responses.map(measure));
    const list = seen.map(({ kind, size, url }) => `${kind} ${size} ${url}`).join("\n");
    const hue = await visitor.page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--brand-h"));
    assert.equal(hue.trim(), "300");
    assert.ok(seen.length <= 5, `${seen.length} requests:\n${list}`);
    assert.ok(seen.every(({ url }) => url.startsWith(portico.url)), `something is from elsewhere:\n${list}`);

    const text = seen.filter(({ kind }) => ["document", "stylesheet", "script"].includes(kind));
    const bytes = text.reduce((sum, { size }) => sum + size, 0);
    assert.ok(bytes <= 40 * 1024, `HTML, CSS and JavaScript weigh ${bytes} bytes:\n${list}`);
    t.diagnostic(`${bytes} bytes of text, ${seen.length} requests`);

    for (const { kind, url, headers } of text) {
      if (kind === "document") continue;
      assert.ok(headers["content-encoding"], `${url} is not compressed`);
      assert.match(headers["cache-control"], /max-age=31536000.*immutable/, url);
    }
    await visitor.close();
  });
}

async function measure(response) {
  const { responseBodySize } = await response.request().sizes();
  return {
    url: response.url(),
    kind: response.request().resourceType(),
    size: responseBodySize,
    headers: await response.allHeaders(),
  };
}
