// Pictures by address, as a client library of Gravatar asks for them and another site shows them.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import gravatarUrl from "gravatar-url";
import { phonePhoto } from "./photo.mjs";
import * as support from "./support.mjs";

let browser, portico, site;

before(async () => {
  portico = await support.Portico.start();
  browser = await support.launch();
  // Another site, with an empty page.
  site = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<!doctype html><title>Site</title>"));
  await new Promise((done) => site.listen(0, "127.0.0.1", done));
});

after(async () => {
  await browser?.close();
  await portico?.stop();
  site?.close();
});

/** What the library makes of an address, at our host instead of Gravatar's. */
const address = (email, options) => gravatarUrl(email, options).replace(/^https:\/\/[^/]+/, portico.url);

/** The width that a page of another site sees. */
async function shownWidth(page, src) {
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  return page.evaluate(async (src) => {
    const image = document.createElement("img");
    image.src = src;
    document.body.append(image);
    await image.decode();
    return image.naturalWidth;
  }, src);
}

test("a Gravatar client library finds whoever wants to be found, and nobody else", async () => {
  const email = "Ada@Example.org";
  const { page, close } = await support.visit(browser, portico);
  await support.signUp(page, "ada", email);
  await page.goto("/account/profile");
  await page.locator("[name=photo]").setInputFiles(await phonePhoto(browser));
  await page.locator("main form:has([name=photo]) button[type=submit]").last().click();
  await support.flash(page);

  assert.equal((await fetch(address(email, { default: "404" }))).status, 404);
  await support.saveProfile(page, { findable: true });
  const found = await fetch(address(email, { default: "404" }));
  assert.equal(found.status, 200);
  assert.equal(found.headers.get("content-type"), "image/jpeg");
  assert.equal(await shownWidth(page, address(email, { size: 200 })), 256);

  for (const kind of ["mp", "identicon", "blank"]) {
    assert.equal(await shownWidth(page, address("nobody@example.org", { size: 200, default: kind })), 200, kind);
  }
  await support.saveProfile(page, { findable: false });
  assert.equal((await fetch(address(email, { default: "404" }))).status, 404);
  await close();
});
