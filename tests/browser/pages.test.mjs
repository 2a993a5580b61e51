// Every page, in both themes and languages, at three widths: valid, accessible, nothing cut off, nothing on the console.
import { after, before, test } from "node:test";
import { pages } from "./pages.mjs";
import { phonePhoto } from "./photo.mjs";
import * as support from "./support.mjs";

let browser, portico;
const people = {};

before(async () => {
  portico = await support.Portico.start();
  browser = await support.launch();
  for (const language of support.languages) people[language] = await meet(language);
});

after(async () => {
  await browser?.close();
  await portico?.stop();
});

/** The sessions that the pages are looked at with. */
async function meet(language) {
  const newcomer = await support.visit(browser, portico, { language });
  await support.signUp(newcomer.page, `newcomer-${language}`);
  const member = await support.visit(browser, portico, { language });
  await support.signUp(member.page, `member-${language}`);
  await member.page.locator("[name=name]").fill("Mira Okafor");
  await member.page.locator("[name=photo]").setInputFiles(await phonePhoto(browser));
  await member.page.locator("main form:has([name=photo]) button[type=submit]").last().click();
  await member.page.waitForURL("**/account");
  await support.saveProfile(member.page, {
    bio: "I restore old tile floors and write about the people who made them.",
    website: "https://tiles.example.org",
    public: true,
  });
  const sessions = { newcomer: await newcomer.context.storageState(), member: await member.context.storageState() };
  await newcomer.close();
  await member.close();
  return sessions;
}

for (const language of support.languages) {
  for (const theme of support.themes) {
    for (const as of ["visitor", "newcomer", "member"]) {
      test(`pages for a ${as}, ${language}, ${theme}`, { timeout: 300_000 }, async (t) => {
        const visitor = await support.visit(browser, portico, { language, theme, session: people[language][as] });
        for (const entry of pages.filter((page) => page.as === as)) {
          await t.test(entry.name, () => support.lookAt(visitor, entry, language, theme, [`member-${language}`, portico]));
        }
        await visitor.close();
      });
    }
  }
}

for (const as of ["visitor", "newcomer", "member"]) {
  test(`pages for a ${as} without scripts`, { timeout: 300_000 }, async (t) => {
    const visitor = await support.visit(browser, portico, { scripts: false, session: people.en[as] });
    for (const entry of pages.filter((page) => page.as === as && !page.scripted)) {
      await t.test(entry.name, () => support.lookWithoutScripts(visitor, entry, ["member-en", portico]));
    }
    await visitor.close();
  });
}
