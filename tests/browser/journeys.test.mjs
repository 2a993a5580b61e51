// What people come for, from sign-up to goodbye: with scripts and without, by keyboard, and where things go wrong.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { look, phonePhoto, upright } from "./photo.mjs";
import * as support from "./support.mjs";
import { unzip } from "./zip.mjs";

const { flash, logIn, password, signUp } = support;
const options = { timeout: 120_000 };
let browser, portico;

before(async () => {
  portico = await support.Portico.start();
  browser = await support.launch();
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

for (const scripts of [false, true]) {
  const how = scripts ? "with scripts" : "without scripts";
  const username = scripts ? "ada" : "grace";

  test(`a stranger becomes a member, and leaves, ${how}`, options, async (t) => {
    const visitor = await support.visit(browser, portico, { scripts });
    const { page, quiet } = visitor;
    // A step that fails fails those after it at once.
    let failed = false;
    const step = (name, body) =>
      t.test(name, async () => {
        assert.ok(!failed, "an earlier step failed");
        failed = true;
        await body();
        failed = false;
      });
    const press = (name) => page.getByRole("button", { name, exact: true }).click();

    await step("signs up", async () => {
      await page.goto("/signup");
      if (scripts) await showPassword(page);
      await signUp(page, username);
      quiet();
    });

    await step("gives a name and a phone's photo", async () => {
      await page.locator("[name=name]").fill("Ada Lovelace");
      await page.locator("[name=photo]").setInputFiles(await phonePhoto(browser));
      await press("Save and go on");
      await page.waitForURL("**/account");
      await flash(page, "Welcome. Your account is ready.");
      await page.getByRole("heading", { level: 1, name: "Hello, Ada Lovelace" }).waitFor();
      quiet();
    });

    await step("sees the photo upright", async () => {
      for (const path of ["/account", "/account/profile"]) {
        await page.goto(path);
        const pictures = await renditions(page);
        assert.ok(pictures.length > 0, `${path} shows no picture`);
        for (const picture of pictures) assert.deepEqual(picture.quarters, upright, `${picture.url} on ${path}`);
      }
      quiet();
    });

    await step("edits the profile", async () => {
      const bio = "First line.\nSecond line, “quoted” & <escaped>.";
      const website = "https://ada.example.org/?a=1&b=2";
      await support.saveProfile(page, { pronouns: "she/her", bio, website, public: true });
      await flash(page, "Your profile is saved.");
      assert.equal(await page.locator("[name=bio]").inputValue(), bio);
      assert.equal(await page.locator("[name=website]").inputValue(), website);
      const stranger = await support.visit(browser, portico, { scripts });
      await stranger.page.goto(`/u/${username}`);
      await stranger.page.getByText("Second line, “quoted” & <escaped>.").waitFor();
      assert.deepEqual((await renditions(stranger.page))[0].quarters, upright);
      stranger.quiet();
      await stranger.close();
      quiet();
    });

    await step("crops the photo", async () => {
      await page.goto("/account/profile");
      await cropToTheFirstQuarter(page, scripts);
      await press("Save picture");
      await flash(page, "Your picture is saved.");
      for (const { quarters } of await renditions(page)) assert.deepEqual(quarters, ["red", "red", "red", "red"]);
      quiet();
    });

    await step("removes the photo, and takes another", async () => {
      await press("Remove picture");
      await flash(page, "Your picture is removed.");
      assert.deepEqual(await renditions(page), []);
      await page.locator("[name=photo]").setInputFiles(await phonePhoto(browser));
      if (scripts) await page.getByText("Your new photo is not saved yet.").waitFor();
      await press(scripts ? "Save picture" : "Upload");
      await flash(page, "Your picture is saved.");
      assert.deepEqual((await renditions(page))[0].quarters, upright);
      quiet();
    });

    await step("is told what is wrong with a file, and keeps the photo", async () => {
      const file = { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from("not a picture") };
      await page.locator("[name=photo]").setInputFiles(file);
      await press("Save picture");
      await page.getByText("This file is not a JPEG, PNG, WebP or GIF image").first().waitFor();
      await page.goto("/account/profile");
      assert.deepEqual((await renditions(page))[0].quarters, upright);
      quiet();
    });

    await step("chooses language and theme", async () => {
      await page.goto("/account/email");
      await page.locator("[name=theme][value=dark]").check();
      await page.locator("[name=language]").selectOption("ru");
      await page.locator("main form:has([name=theme]) button[type=submit]").click();
      await flash(page);
      assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
      assert.equal(await page.locator("html").getAttribute("lang"), "ru");
      await page.locator("[name=language]").selectOption("en");
      await page.locator("main form:has([name=theme]) button[type=submit]").click();
      await page.locator("html[lang=en]").waitFor();
      quiet();
    });

    await step("changes the password and stays logged in", async () => {
      const phone = await support.visit(browser, portico, { scripts });
      await logIn(phone.page, `${username}@example.org`);
      await phone.page.waitForURL("**/account");
      await page.goto("/account/security");
      await page.locator("[name=current]").fill(password);
      await page.locator("[name=new]").fill("eleven loud herons");
      await press("Change password");
      await flash(page, "Your password is changed. Your other devices are logged out.");
      await phone.page.goto("/account");
      await phone.page.waitForURL("**/login*");
      await phone.close();
      quiet();
    });

    await step("logs out and in again", async () => {
      await logOut(page);
      await flash(page, "You are logged out.");
      await logIn(page, username, password);
      await page.getByText("Email or password is not right.").first().waitFor();
      assert.equal(await page.locator("[name=login]").inputValue(), username);
      assert.equal(await page.locator("[name=password]").inputValue(), "");
      await logIn(page, username.toUpperCase(), "eleven loud herons");
      await page.waitForURL("**/account");
      quiet();
    });

    await step("downloads the data", async () => {
      await page.goto("/account/data");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.locator("form[action^='/account/data'] button").click(),
      ]);
      const files = unzip(await readFile(await download.path()));
      const json = Object.keys(files).find((name) => name.endsWith(".json"));
      assert.ok(json, `no JSON in ${Object.keys(files)}`);
      const text = files[json].toString("utf8");
      JSON.parse(text);
      for (const kept of [username, `${username}@example.org`, "Ada Lovelace", "https://ada.example.org/"]) {
        assert.ok(text.includes(kept), `${kept} is not in ${json}`);
      }
      assert.ok(!text.includes("argon2"), "the password hash is in the download");
      const picture = Object.keys(files).find((name) => /\.(jpe?g|webp)$/.test(name));
      assert.ok(picture, `no picture in ${Object.keys(files)}`);
      const { quarters } = await look(browser, files[picture], picture.endsWith("webp") ? "image/webp" : "image/jpeg");
      assert.deepEqual(quarters, upright);
      quiet();
    });

    await step("deletes the account", async () => {
      await page.goto("/account/delete");
      assert.equal(await page.locator("main [type=password]").count(), 0, "a browser would fill in the name beside it");
      await page.locator("[name=confirm]").fill("someone");
      await press("Delete my account");
      await page.getByText(`Type ${username} to confirm`).first().waitFor();
      await page.locator("[name=confirm]").fill(username);
      await press("Delete my account");
      await page.waitForURL("**/goodbye");
      await page.getByText("Your account is deleted.").waitFor();
      await page.goto(`/u/${username}`);
      assert.equal(visitor.document().status(), 404);
      await logIn(page, username, "eleven loud herons");
      await page.getByText("Email or password is not right.").first().waitFor();
      quiet();
    });

    await visitor.close();
  });

  test(`an expired session costs nothing, ${how}`, options, async () => {
    const { page, context, quiet, close } = await support.visit(browser, portico, { scripts });
    const name = `late-${username}`;
    await signUp(page, name);
    await page.goto("/account/profile");
    await page.locator("[name=bio]").fill("Typed before the session ended.");
    await context.clearCookies();
    await page.getByRole("button", { name: "Save profile" }).click();
    // The answer is the log-in page itself, with what was typed in its form.
    await page.locator("form[action='/login'] [name=login]").waitFor();
    await page.locator("[name=login]").fill(name);
    await page.locator("[name=password]").fill(password);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await page.waitForURL("**/account/profile*");
    assert.equal(await page.locator("[name=bio]").inputValue(), "Typed before the session ended.");
    await page.getByRole("button", { name: "Save profile" }).click();
    await flash(page, "Your profile is saved.");
    quiet();
    await close();
  });

  test(`a double click signs up once, ${how}`, options, async () => {
    const { page, quiet, close } = await support.visit(browser, portico, { scripts });
    await page.goto("/signup");
    await page.locator("[name=email]").fill(`twice-${username}@example.org`);
    await page.locator("[name=username]").fill(`twice-${username}`);
    await page.locator("[name=password]").fill(password);
    await page.getByRole("button", { name: "Create account" }).dblclick();
    // Not waitForURL: it gives up when the second click replaces the first one's navigation.
    await page.locator("form[action^='/welcome']").waitFor();
    await page.goto("/account");
    await page.getByRole("heading", { level: 1, name: /^Hello/ }).waitFor();
    quiet();
    await close();
  });

  test(`the Back button shows nothing after log-out, ${how}`, options, async () => {
    const { page, quiet, close } = await support.visit(browser, portico, { scripts });
    const name = `back-${username}`;
    await signUp(page, name);
    await page.goto("/account/email");
    await page.goto("/account");
    await logOut(page);
    for (let step = 0; step < 3; step++) {
      await page.goBack();
      assert.ok(!(await page.content()).includes(`${name}@example.org`), `${page.url()} still shows the e-mail`);
    }
    quiet();
    await close();
  });
}

test("the keyboard is enough to sign up, log out and log in", options, async () => {
  const { page, quiet, close } = await support.visit(browser, portico);
  await page.goto("/signup");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.hash), "#main", "the skip link comes first");
  await page.keyboard.press("Enter");
  await tabTo(page, "[name=email]");
  await page.keyboard.type("keys@example.org");
  await tabTo(page, "[name=username]");
  await page.keyboard.type("keys");
  await tabTo(page, "[name=password]");
  await page.keyboard.type("short");
  await page.keyboard.press("Enter");

  // The summary has the focus; its link leads to the field.
  await page.locator(".errors:focus").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.name), "password");
  await page.keyboard.type(password);
  await tabTo(page, "main form button[type=submit]");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/welcome");

  await page.goto("/account");
  await tabTo(page, "[popovertarget]");
  await page.keyboard.press("Enter");
  await tabTo(page, "form[action='/logout'] button");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/login");
  // The first field waits for typing. Browsers give it the focus as they paint, which may be after the page is loaded.
  await page.locator("[name=login]:focus").waitFor();
  await page.keyboard.type("keys");
  await tabTo(page, "[name=password]");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/account");
  quiet();
  await close();
});

async function tabTo(page, selector) {
  for (let presses = 0; presses < 40; presses++) {
    if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${selector} on ${page.url()}`);
}

async function showPassword(page) {
  const field = page.locator("[name=password]");
  const button = page.locator("[data-reveal]");
  await button.click();
  assert.equal(await field.getAttribute("type"), "text");
  await button.click();
  assert.equal(await field.getAttribute("type"), "password");
}

/** By the menu where it opens without scripts too, else by the page. */
async function logOut(page) {
  await page.goto("/account");
  await page.locator("[popovertarget]").click();
  await page.locator("form[action='/logout'] button").click();
  await page.waitForURL("**/login");
}

/** Zoomed in and moved to the top left corner: by dragging where scripts run, else by the sliders' keys. */
async function cropToTheFirstQuarter(page, scripts) {
  await page.locator("[name=z]").focus();
  await page.keyboard.press("End");
  if (!scripts) {
    for (const slider of ["x", "y"]) {
      await page.locator(`[name=${slider}]`).focus();
      await page.keyboard.press("Home");
    }
    await page.getByRole("button", { name: "Update preview" }).click();
    for (const slider of ["x", "y"]) assert.equal(await page.locator(`[name=${slider}]`).inputValue(), "0");
    assert.equal(await page.locator("[name=z]").inputValue(), "300");
    return;
  }
  const stage = await page.locator(".stage").boundingBox();
  for (let drags = 0; drags < 8; drags++) {
    await page.mouse.move(stage.x + 10, stage.y + 10);
    await page.mouse.down();
    await page.mouse.move(stage.x + stage.width - 10, stage.y + stage.height - 10, { steps: 8 });
    await page.mouse.up();
  }
  for (const slider of ["x", "y"]) assert.equal(await page.locator(`[name=${slider}]`).inputValue(), "0");
}

/** Every stored rendition that the page's picture is offered in, as it looks. */
async function renditions(page) {
  const urls = await page.locator("img, source").evaluateAll((elements) =>
    elements
      .flatMap((element) => [element.getAttribute("src"), ...(element.getAttribute("srcset") ?? "").split(/,\s+/)])
      .filter((url) => url?.trim())
      .map((url) => url.trim().split(/\s/)[0]),
  );
  const stored = [...new Set(urls)].filter((url) => url.includes("/media/"));
  return Promise.all(
    stored.map(async (url) => {
      const answer = await page.request.get(url);
      assert.equal(answer.status(), 200, url);
      const bytes = await answer.body();
      assert.ok(!bytes.includes("Exif"), `${url} has metadata`);
      return { url, ...(await look(browser, bytes, answer.headers()["content-type"])) };
    }),
  );
}
