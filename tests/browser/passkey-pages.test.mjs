// The pages of who signs up with a passkey, where addresses are confirmed first: each as it looks.
import { after, before, test } from "node:test";
import * as support from "./support.mjs";
import { authenticator, signUpWithPasskey } from "./virtual-authenticator.mjs";

const options = { timeout: 240_000 };
const add = "/account/security/password";
let browser, portico;

before(async () => {
  portico = await support.Portico.start({ SMTP_URL: "folder:mails", PORTICO_EMAIL_CONFIRM: "required" });
  // Browsers have passkeys for names alone.
  portico.url = portico.url.replace("127.0.0.1", "localhost");
  browser = await support.launch();
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

const press = (page) => page.locator("main form button[type=submit]").first().click();

/** The path of the link in the newest mail, once that has one of this kind. */
async function link(to, kind) {
  for (;;) {
    const found = /https?:\/\/[^/]+(\/(?:email|password)\/[a-z]+\/[\w-]{43})/.exec(await support.mail(portico, to, /./));
    if (found?.[1].startsWith(kind)) return found[1];
    await new Promise((done) => setTimeout(done, 100));
  }
}

for (const language of support.languages) {
  for (const theme of support.themes) {
    test(`every page of an account with a passkey, ${language}, ${theme}`, options, async (t) => {
      const name = `mira-${language}-${theme}`;
      const email = `${name}@example.org`;
      const visitor = await support.visit(browser, portico, { language, theme });
      const stranger = await support.visit(browser, portico, { language, theme });
      await authenticator(visitor.page);
      await authenticator(stranger.page);
      const look = (name, path, then, status, at = visitor) =>
        t.test(name, () => support.lookAt(at, { name, path, then, status }, language, theme, []));

      await look("signup-passkey", "/signup", (page) => page.locator("[data-passkey]").waitFor());
      await signUpWithPasskey(visitor.page, name);
      await visitor.page.waitForURL("**/signup/sent");
      const confirm = await link(email, "/email/confirm/");
      await look("confirm-passkey", confirm, (page) => page.locator("[data-passkey]").waitFor(), 200, stranger);
      await look("confirm-passkey-problems", confirm, press, 422, stranger);
      await look("welcome-codes", confirm, async (page) => {
        await press(page);
        await page.locator("#code-list").waitFor();
      });
      await look("security-no-password", "/account/security");
      await look("reauth-passkey", `/reauth?next=${add}`, (page) => page.locator("[data-passkey]").waitFor());
      await look("password-add", add);
      await look("password-add-problems", add, press, 422);
      await stranger.page.goto("/password/forgot");
      await stranger.page.locator("[name=email]").fill(email);
      await press(stranger.page);
      const reset = await link(email, "/password/reset/");
      await look("reset-passkey", reset, (page) => page.locator("[data-passkey]").waitFor(), 200, stranger);
      await visitor.close();
      await stranger.close();

      const other = await support.visit(browser, portico, { language, theme });
      await authenticator(other.page);
      await other.page.goto("/signup");
      await other.page.locator("[name=email]").fill(`plain-${email}`);
      await other.page.locator("[name=username]").fill(`plain-${name}`);
      await other.page.locator("[name=password]").fill(support.password);
      await press(other.page);
      await other.page.waitForURL("**/signup/sent");
      await other.page.goto(await link(`plain-${email}`, "/email/confirm/"));
      await press(other.page);
      await other.page.waitForURL("**/welcome");
      await look("overview-passkey", "/account", (page) => page.locator("[data-passkey-offer]").waitFor(), 200, other);
      await other.close();
    });
  }
}
