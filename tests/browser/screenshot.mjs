// Makes docs/screenshot.png: the profile page of somebody with a picture. Run by hand when the pages have changed, with
// PORTICO_BIN and TEST_DATABASE as for the tests.
import { fileURLToPath } from "node:url";
import * as support from "./support.mjs";

const portrait = fileURLToPath(new URL("portrait.jpg", import.meta.url));
const portico = await support.Portico.start();
const browser = await support.launch();
try {
  const { page } = await support.visit(browser, portico);
  await page.setViewportSize({ width: 1280, height: 800 });
  await support.signUp(page, "mira");
  await support.saveProfile(page, {
    name: "Mira Okafor",
    pronouns: "she/her",
    location: "Lisbon",
    bio: "I restore old tile floors and write about the people who made them. Lisbon and Lagos.",
    website: "https://tiles.example.org",
    public: true,
  });
  await page.locator("[name=photo]").setInputFiles(portrait);
  await page.locator(".stage.live").waitFor();
  for (const [slider, value] of Object.entries({ z: 128, y: 42 })) await page.locator(`[name=${slider}]`).fill(String(value));
  await page.getByRole("button", { name: "Save picture" }).click();
  await support.flash(page, "Your picture is saved.");
  await page.goto("/account/profile");
  await page.locator(".stage.live").waitFor();
  // The port is another one each time.
  await page.locator("#username-pre").evaluate((prefix) => (prefix.textContent = "example.org/u/"));
  await page.mouse.move(0, 0);
  await page.screenshot({ path: fileURLToPath(new URL("../../docs/screenshot.png", import.meta.url)) });
} finally {
  await browser.close();
  await portico.stop();
}
