// The page of the API's document: drawn under our policy, loading nothing from elsewhere, and calls can be tried out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as support from "./support.mjs";

let browser, portico;

before(async () => {
  portico = await support.Portico.start();
  browser = await support.launch();
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

test("Swagger UI draws every dialect and tries a call out", async () => {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && origin !== portico.url) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(`${portico.url}/docs`);
  const call = page.locator("#operations-Django_dialect-post_api_users_register");
  await call.waitFor();
  for (const tag of ["Django dialect", "FastAPI dialect", "CLARK dialect", "For other services"]) {
    assert.equal(await page.locator(`h3[data-tag="${tag}"]`).count(), 1, tag);
  }
  assert.equal(await page.locator(".opblock").count(), 29);

  await call.locator(".opblock-summary-control").click();
  await call.locator(".execute").click();
  const answer = call.locator(".live-responses-table .response");
  await answer.waitFor();
  assert.equal((await answer.locator(".response-col_status").innerText()).trim(), "200");
  const { access } = JSON.parse(await answer.locator(".highlight-code code").first().innerText());

  // With the token, `me` answers.
  await page.locator(".authorize").first().click();
  const box = page.locator(".auth-container", { hasText: "django" });
  await box.locator("input").fill(`JWT ${access}`);
  await box.locator("button[type=submit]").click();
  await page.locator(".btn-done").first().click();
  const me = page.locator("#operations-Django_dialect-get_api_users_me");
  await me.locator(".opblock-summary-control").click();
  await me.locator(".execute").click();
  await me.locator(".live-responses-table .response").waitFor();
  assert.equal((await me.locator(".live-responses-table .response-col_status").last().innerText()).trim(), "200");
  assert.deepEqual(complaints, []);
  await page.close();
});
