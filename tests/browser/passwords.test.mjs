// What Chromium's own password manager makes of the forms: which name it keeps a password under, when it takes a form for
// the entry that it has, and what it fills in by itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Keeper } from "./keeper.mjs";
import { adminPages, mailPages, pages } from "./pages.mjs";
import * as support from "./support.mjs";
import { totp } from "./totp.mjs";

const options = { timeout: 120_000 };
let portico;

before(async () => {
  portico = await support.Portico.start();
});

after(() => portico?.stop());

const submit = (page, field) => page.locator(`main form:has([name=${field}]) button[type=submit]`).click();

/** These fields, and no others, did the browser fill in by itself. */
async function assertFilledIn(page, names) {
  for (const name of names) await page.locator(`[name=${name}]:autofill`).waitFor();
  assert.deepEqual(await filledInOn(page), names);
}

const filledInOn = (page) => page.locator(":autofill").evaluateAll((fields) => fields.map(({ name }) => name));

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
  const keeper = await Keeper.start(portico);
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
  assert.deepEqual(await keeper.entries(), [], "nothing is kept before it is asked for");
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
  const keeper = await Keeper.start(portico);
  t.after(() => keeper.stop());
  await keeper.save("somebody", support.password);
  await keeper.open("/login");
  await assertFilledIn(keeper.page, ["login", "password"]);
  await keeper.open("/signup");
  await assertFilledIn(keeper.page, []);
});

// Passkeys and passwords stand in one list there, and the browser leaves the choice to its person.
test("a browser that knows a password waits for a choice where passkeys can be chosen too", options, async (t) => {
  const keeper = await Keeper.start(portico);
  t.after(() => keeper.stop());
  const url = portico.url.replace("127.0.0.1", "localhost");
  await keeper.save("somebody", support.password, url);
  const said = await keeper.saysOf(() => keeper.page.goto(`${url}/login`), "OnFillPasswordForm");
  assert.match(said, /Number of unique matched credentials: 1/);
  assert.match(said, /wait_for_username: true/);
  await assertFilledIn(keeper.page, []);
});

/** The pages where the browser fills something in by itself, and what. */
const filledIn = {
  "log-in": ["login", "password"],
  security: ["current"],
  "security-problems": ["current"],
  "security-with-two-factor": ["current"],
  "confirm-it-is-you": ["password"],
  "confirm-with-two-factor": ["password"],
};

test("a browser that knows a password fills it in where it is asked for, nowhere else, and sends nothing", { timeout: 300_000 }, async (t) => {
  const portico = await support.Portico.start({ SMTP_URL: "folder:mails", PORTICO_EMAIL_CONFIRM: "required" });
  t.after(() => portico.stop());
  const keeper = await Keeper.start(portico);
  t.after(() => keeper.stop());
  const { page } = keeper;
  const sent = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  const look = async ({ name, path, then }, ...known) => {
    sent.length = 0;
    await keeper.open(typeof path === "function" ? path(...known) : path, async () => {
      if (!then) return;
      await then(page);
      await page.waitForLoadState();
      sent.length = 0;
    });
    assert.deepEqual({ [name]: await filledInOn(page), sent }, { [name]: filledIn[name] ?? [], sent: [] });
  };
  const press = () => page.locator("main form button[type=submit]").first().click();
  const link = async (kind) => {
    const text = await support.mail(portico, "olga@example.org", new RegExp(kind));
    return new RegExp(`/${kind}/[\\w-]{43}`).exec(text)[0];
  };
  const two = "/account/security/two-factor";

  await page.goto("/signup");
  for (const [name, text] of Object.entries({ email: "olga@example.org", username: "olga", password: support.password })) {
    await page.locator(`[name=${name}]`).fill(text);
  }
  await submit(page, "username");
  await page.waitForURL("**/signup/sent");
  await keeper.save("olga", support.password);
  await look({ name: "signup-sent", path: "/signup/sent" });
  await look({ name: "confirm-here", path: await link("email/confirm") });
  await press();
  await page.waitForURL("**/welcome");
  for (const entry of pages.filter(({ as, name }) => as !== "visitor" && !["menu", "photo-chosen"].includes(name))) await look(entry, "olga");

  await look(pages.find(({ name }) => name === "first-admin"), "olga", portico);
  await press();
  await page.waitForURL("**/account");
  await page.goto("/admin/users/new");
  await page.locator("[name=username]").fill("jonas");
  await submit(page, "username");
  await page.goto("/admin/users");
  const user = await page.getByRole("link", { name: "jonas", exact: true }).getAttribute("href");
  for (const entry of adminPages.filter(({ name }) => !["invited", "reset-password"].includes(name))) await look(entry, user);

  await look({ name: "two-factor-off", path: two });
  await look({ name: "two-factor-app", path: `${two}/app` });
  const secret = (await page.locator("#key").innerText()).replaceAll(" ", "");
  await page.locator("[name=second_factor]").fill(totp(secret));
  await press();
  await look({ name: "two-factor-codes", path: `${two}/codes` });
  await page.locator("[name=saved]").check();
  await press();
  await page.waitForURL(`**${two}`);
  await look({ name: "two-factor-on", path: two });
  await look({ name: "security-with-two-factor", path: "/account/security" });
  await look({ name: "confirm-with-two-factor", path: "/reauth" });

  await keeper.context.clearCookies();
  for (const entry of pages.filter(({ as, name }) => as === "visitor" && !["first-admin", "from-elsewhere"].includes(name))) await look(entry, "olga");
  for (const entry of mailPages.filter(({ name }) => name.startsWith("forgot"))) await look(entry);
  await page.goto("/password/forgot");
  await page.locator("[name=email]").fill("olga");
  await press();
  await look({ name: "reset-mailed", path: await link("password/reset") });
  await look({ name: "verify", path: "/login", then: () => support.logIn(page, "olga") });
});
