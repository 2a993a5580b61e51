// Every page a person can be shown, and how to get there.
//   as      visitor (nobody is logged in), newcomer (signed up a moment ago) or member (with photo and public profile)
//   path    where it is; a function gets the member's username and the Portico, unless said
//   then    what brings the page into the state to look at
//   scripted where there is nothing to see without scripts
//   status  what its document answers, 200 unless said

import { phonePhoto } from "./photo.mjs";

const submit = (form = "main form") => (page) => page.locator(`${form} button[type=submit]`).last().click();

export const pages = [
  { name: "landing", as: "visitor", path: "/" },
  { name: "sign-up", as: "visitor", path: "/signup" },
  { name: "sign-up-problems", as: "visitor", path: "/signup", then: submit(), status: 422 },
  { name: "log-in", as: "visitor", path: "/login" },
  { name: "log-in-refused", as: "visitor", path: "/login", then: wrongPassword, status: 422 },
  { name: "first-admin", as: "visitor", path: (_, { log }) => /\/setup\/[\w-]+/.exec(log)[0] },
  { name: "goodbye", as: "visitor", path: "/goodbye" },
  { name: "public-profile", as: "visitor", path: (username) => `/u/${username}` },
  { name: "not-found", as: "visitor", path: "/nothing-here", status: 404 },
  { name: "from-elsewhere", as: "visitor", path: "/login", then: postFromElsewhere, status: 403 },

  { name: "welcome", as: "newcomer", path: "/welcome" },
  { name: "account-new", as: "newcomer", path: "/account" },
  { name: "profile-new", as: "newcomer", path: "/account/profile" },
  { name: "photo-chosen", as: "newcomer", path: "/account/profile", then: choosePhoto, scripted: true },

  { name: "account", as: "member", path: "/account" },
  { name: "menu", as: "member", path: "/account", then: (page) => page.locator("[popovertarget]").click() },
  { name: "profile", as: "member", path: "/account/profile" },
  { name: "profile-problems", as: "member", path: "/account/profile", then: wrongWebsite, status: 422 },
  { name: "email-and-language", as: "member", path: "/account/email" },
  { name: "security", as: "member", path: "/account/security" },
  { name: "security-problems", as: "member", path: "/account/security", then: emptyPasswordChange, status: 422 },
  { name: "passkeys", as: "member", path: "/account/security/passkeys" },
  { name: "passkey-add", as: "member", path: "/account/security/passkeys/add" },
  { name: "app-passwords", as: "member", path: "/account/app-passwords" },
  { name: "app-password-problems", as: "member", path: "/account/app-passwords", then: submit(), status: 422 },
  { name: "app-password-made", as: "member", path: "/account/app-passwords", then: makeAppPassword, status: 201 },
  { name: "history", as: "member", path: "/account/security/history" },
  { name: "data", as: "member", path: "/account/data" },
  { name: "delete", as: "member", path: "/account/delete" },
  { name: "delete-problems", as: "member", path: "/account/delete", then: submit("main form:has([name=confirm])"), status: 422 },
  { name: "confirm-it-is-you", as: "member", path: "/reauth" },
  { name: "log-out", as: "member", path: "/logout" },
  { name: "own-profile", as: "member", path: (username) => `/u/${username}` },
];

const press = (name) => (page) => page.locator(name).click();

/** The same for admins: a function gets the address of somebody's page. */
export const adminPages = [
  { name: "admin", path: "/admin" },
  { name: "admin-users", path: "/admin/users" },
  { name: "admin-users-found", path: "/admin/users?q=a&sort=name" },
  { name: "admin-users-nobody", path: "/admin/users?q=nobody-like-this&role=admin" },
  { name: "admin-users-unchosen", path: "/admin/users", then: press("[value=disable]"), status: 422 },
  { name: "admin-chosen-disable", path: "/admin/users", then: chooseAll },
  { name: "admin-user", path: (user) => user },
  { name: "admin-user-problems", path: (user) => user, then: wrongWebsite, status: 422 },
  { name: "admin-user-conflict", path: (user) => user, then: outdatedSave, status: 409 },
  { name: "admin-password", path: (user) => `${user}/password` },
  { name: "admin-password-link", path: (user) => `${user}/password`, then: submit(), status: 201 },
  { name: "admin-devices", path: (user) => `${user}/devices` },
  { name: "admin-devices-end", path: (user) => `${user}/devices/end` },
  { name: "admin-disable", path: (user) => `${user}/disable` },
  { name: "admin-delete", path: (user) => `${user}/delete` },
  { name: "admin-delete-problems", path: (user) => `${user}/delete`, then: submit(), status: 422 },
  { name: "admin-new-user", path: "/admin/users/new" },
  { name: "admin-new-user-problems", path: "/admin/users/new", then: submit(), status: 422 },
  { name: "admin-invite-link", path: "/admin/users/invites", then: submit(), status: 201 },
  { name: "admin-invites", path: "/admin/users/invites" },
  { name: "admin-withdraw", path: "/admin/users/invites", then: press(".items a >> nth=0") },
  { name: "audit", path: "/admin/audit" },
  { name: "audit-filtered", path: "/admin/audit?who=mira&topic=accounts&from=2020-01-01" },
  { name: "audit-nobody", path: "/admin/audit?whom=nobody-like-this" },
  { name: "status", path: "/admin/status" },
  { name: "invited", path: (_, invite) => invite },
  { name: "reset-password", path: (_, __, reset) => reset },
  { name: "bad-link", path: "/password/reset/gone", status: 404 },
];

const fillIn = (field, text) => async (page) => {
  await page.locator(`[name=${field}]`).first().fill(text);
  await page.locator(`main form:has([name=${field}]) button[type=submit]`).first().click();
};

/** Where mail is sent; "waiting" has signed up and not confirmed yet. A function gets links by their names. */
export const mailPages = [
  { name: "forgot", as: "visitor", path: "/password/forgot" },
  { name: "forgot-problems", as: "visitor", path: "/password/forgot", then: submit(), status: 422 },
  { name: "forgot-sent", as: "visitor", path: "/password/forgot", then: fillIn("email", "nobody@example.org") },
  { name: "reset-mailed", as: "visitor", path: ({ reset }) => reset },
  { name: "confirm-elsewhere", as: "visitor", path: ({ confirm }) => confirm },
  { name: "confirm-elsewhere-problems", as: "visitor", path: ({ confirm }) => confirm, then: submit(), status: 422 },
  { name: "confirm-gone", as: "visitor", path: "/email/confirm/gone", status: 404 },
  { name: "change-confirm", as: "visitor", path: ({ change }) => change },
  { name: "change-replaced", as: "visitor", path: ({ replaced }) => replaced, status: 404 },
  { name: "change-used", as: "visitor", path: ({ used }) => used, status: 404 },
  { name: "change-stop", as: "visitor", path: ({ stop }) => stop },
  { name: "change-undo", as: "visitor", path: ({ undo }) => undo },
  { name: "signup-sent", as: "waiting", path: "/signup/sent" },
  { name: "signup-sent-problems", as: "waiting", path: "/signup/sent", then: submit("main form:has([name=code])"), status: 422 },
  { name: "confirm-here", as: "waiting", path: ({ confirm }) => confirm },
  { name: "email-waiting", as: "member", path: "/account/email" },
  { name: "security-with-mail", as: "member", path: "/account/security" },
];

async function chooseAll(page) {
  for (const box of await page.locator("[name=id]").all()) await box.check();
  await page.locator("[value=disable]").click();
}

async function outdatedSave(page) {
  await page.locator("[name=revision]").evaluate((input) => (input.value = "0"));
  await page.locator("[name=pronouns]").fill("typed by me");
  await submit("main form:has([name=website])")(page);
}

async function wrongPassword(page) {
  await page.locator("[name=login]").fill("nobody");
  await page.locator("[name=password]").fill("not the password");
  await submit("main form:has([name=login])")(page);
}

async function wrongWebsite(page) {
  await page.locator("[name=website]").fill("not an address");
  await submit("main form:has([name=website])")(page);
}

async function emptyPasswordChange(page) {
  await submit("main form:has([name=current])")(page);
}

async function choosePhoto(page, photo) {
  await page.locator("[name=photo]").setInputFiles(photo ?? await phonePhoto(page.context().browser()));
  await page.locator(".stage").waitFor();
}

/** As a form on somebody else's site would. */
async function postFromElsewhere(page) {
  const target = page.url();
  await page.goto("about:blank");
  await page.setContent(`<form method="post" action="${target}"><button>Win</button></form>`);
  await page.locator("button").click();
}

async function makeAppPassword(page) {
  await page.locator("[name=label]").fill("Phone");
  await page.locator("main form:has([name=label]) button[type=submit]").click();
  await page.locator("#secret").waitFor();
}
