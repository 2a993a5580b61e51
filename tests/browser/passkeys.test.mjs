// Passkeys in a browser, with Chromium's own virtual authenticator: added, used by the button, from the autofill, as the second
// step and for a proof, and removed. And what an authenticator of another make answers, for every algorithm that it has.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AuthenticatorEmulator, PasskeysCredentialsMemoryRepository, WebAuthnEmulator } from "nid-webauthn-emulator";
import * as support from "./support.mjs";
import { authenticator, signUpWithPasskey } from "./virtual-authenticator.mjs";

const options = { timeout: 240_000 };
const list = "/account/security/passkeys";
let browser, portico;

before(async () => {
  portico = await support.Portico.start();
  // Browsers have passkeys for names alone.
  portico.url = portico.url.replace("127.0.0.1", "localhost");
  browser = await support.launch();
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

/** Adds a passkey on its page, which shows the recovery codes that come with the first one. */
async function add(page, name) {
  await page.goto(list);
  await page.locator(`a[href="${list}/add"]`).click();
  await page.locator("#name").fill(name);
  await page.locator("[data-passkey]").click();
}

test("a passkey is added, logs in by its button, proves who it is, and is removed", options, async () => {
  const visitor = await support.visit(browser, portico);
  const { page } = visitor;
  await support.signUp(page, "ada");
  const device = await authenticator(page);
  await add(page, "Laptop");
  await page.locator("#code-list").waitFor();
  assert.equal((await device.credentials()).length, 1);
  await page.goto(list);
  assert.deepEqual(await page.locator(".items bdi").allInnerTexts(), ["Laptop"]);

  // Again, on the same device: it says so.
  await page.goto(`${list}/add`);
  await page.locator("[data-passkey]").click();
  await page.getByText("This device has a passkey of yours already.").waitFor();
  assert.equal((await device.credentials()).length, 1);

  await page.goto("/logout");
  await page.locator("main form button").click();
  await page.waitForURL("**/login");
  await page.locator("[data-passkey]").click();
  await page.waitForURL("**/account");

  // Whom the device does not verify is not logged in.
  await page.goto("/logout");
  await device.verify(false);
  await page.locator("main form button").click();
  await page.waitForURL("**/login");
  await page.locator("[data-passkey]").click();
  await page.getByText("No passkey was used. Try again when you are ready.").waitFor();
  assert.equal(new URL(page.url()).pathname, "/login");

  // After the password.
  await device.verify(true);
  await page.locator("#login").fill("ada");
  await page.locator("#password").fill(support.password);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL("**/login/verify");
  await page.locator("[data-passkey]").click();
  await page.waitForURL("**/account");
  await page.goto("/reauth?next=/account/delete");
  await page.locator("[data-passkey]").click();
  await page.waitForURL(({ pathname }) => pathname === "/account/delete");

  await page.goto(list);
  await page.locator(".items a").click();
  await page.locator("main form[action*='/remove'] button").click();
  await page.waitForURL(`**${list}`);
  assert.equal(await page.locator(".items bdi").count(), 0);
  await visitor.close();
});

test("a passkey logs in from the autofill of the log-in page", options, async () => {
  const visitor = await support.visit(browser, portico);
  const { page } = visitor;
  await support.signUp(page, "bea");
  await authenticator(page, { hasAutofill: true });
  await add(page, "Laptop");
  await page.locator("#code-list").waitFor();
  await page.goto("/logout");
  await page.locator("main form button").click();
  // The virtual authenticator picks the only passkey there is, without a press.
  await page.waitForURL("**/account");
  await visitor.close();
});

test("a passkey opens an account, which is logged in to by it alone", options, async () => {
  const visitor = await support.visit(browser, portico);
  const { page } = visitor;
  const device = await authenticator(page);
  // For a name that is taken none is made, and the form says why.
  await signUpWithPasskey(page, "ada");
  await page.locator("#username-error").waitFor();
  assert.equal((await device.credentials()).length, 0);
  await signUpWithPasskey(page, "dora");
  await page.locator("#code-list").waitFor();
  const [made] = await device.credentials();
  assert.deepEqual([made.isResidentCredential, made.rpId, made.userName], [true, "localhost", "dora"]);
  await page.locator("main a.btn-primary").click();
  await page.waitForURL("**/welcome");
  await page.locator("[name=name]").fill("Dora Maar");
  // Its authenticator hears of the name.
  const told = page.waitForResponse("**/account/security/passkeys/signals");
  await page.locator("main form button[type=submit]").last().click();
  await page.waitForURL("**/account");
  assert.equal((await told).status(), 200);
  assert.equal((await device.credentials()).length, 1);
  await page.goto("/account/security");
  assert.equal(await page.locator("[type=password]").count(), 0);
  await page.goto("/logout");
  await page.locator("main form button").click();
  await page.locator("[data-passkey]").click();
  await page.waitForURL("**/account");
  await page.goto("/reauth?next=/account/security/password");
  await page.locator("[data-passkey]").click();
  await page.waitForURL((url) => url.pathname === "/account/security/password");
  await page.locator("#new").fill("nine loud herons");
  await page.locator("main form button[type=submit]").click();
  await page.waitForURL("**/account/security");
  assert.equal(await page.locator("[type=password]").count(), 2);
  await visitor.close();
});

test("whoever makes no passkey gets no account, and is told so", options, async () => {
  const visitor = await support.visit(browser, portico);
  const { page } = visitor;
  const device = await authenticator(page);
  await device.verify(false);
  await signUpWithPasskey(page, "eve");
  await page.getByText("No passkey was made, and no account. Try again when you are ready.").waitFor();
  assert.equal(new URL(page.url()).pathname, "/signup");
  assert.equal(await page.locator("[name=username]").inputValue(), "eve");
  await visitor.close();
});

test("without scripts, and by another name than the passkeys', there is no button", options, async () => {
  const quiet = await browser.newContext({ baseURL: portico.url, javaScriptEnabled: false });
  const page = await quiet.newPage();
  await page.goto("/login");
  assert.equal(await page.locator("[data-passkey]").isVisible(), false);
  await page.goto("/signup");
  assert.equal(await page.locator("[data-passkey=sign-up]").isVisible(), false);
  await quiet.close();
  const other = await browser.newContext({ baseURL: portico.url.replace("localhost", "127.0.0.1") });
  const elsewhere = await other.newPage();
  await elsewhere.goto("/login", { waitUntil: "networkidle" });
  assert.equal(await elsewhere.locator("[data-passkey]").isVisible(), false);
  await elsewhere.goto("/signup", { waitUntil: "networkidle" });
  assert.equal(await elsewhere.locator("[data-passkey=sign-up]").isVisible(), false);
  await other.close();
});

for (const algorithm of ["ES256", "RS256", "EdDSA"]) {
  test(`another authenticator's ${algorithm} is added and logs in`, options, async () => {
    const credentialsRepository = new PasskeysCredentialsMemoryRepository();
    const device = new WebAuthnEmulator(new AuthenticatorEmulator({ algorithmIdentifiers: [algorithm], credentialsRepository }));
    const visitor = await support.visit(browser, portico);
    const { page } = visitor;
    const name = `cy-${algorithm.toLowerCase()}`;
    await support.signUp(page, name);
    const asked = async () => JSON.parse(await page.locator("[data-passkey]").getAttribute("data-options"));
    /** What the script does once the browser has given it an answer. */
    const send = (answer, action) =>
      page.locator("main form:has([name=passkey])").evaluate(
        (form, [text, to]) => {
          form.elements.passkey.value = text;
          if (to) form.action = to;
          form.submit();
        },
        [JSON.stringify(answer), action],
      );
    await page.goto(`${list}/add`);
    await send(device.createJSON(portico.url, await asked()));
    await page.locator("#code-list").waitFor();
    await page.goto("/logout");
    await page.locator("main form button").click();
    await page.waitForURL("**/login");
    await send(device.getJSON(portico.url, await asked()), "/login/passkey");
    await page.waitForURL("**/account");
    await visitor.close();
  });
}
