// Chromium's virtual authenticator (WebDriver extension of Web Authentication §11), and what people do with it.

/**
 * An authenticator in a page's browser, that verifies its user. In the autofill it answers by itself, before a button can be
 * pressed: a story about buttons has none.
 */
export async function authenticator(page, { hasAutofill = false } = {}) {
  if (!hasAutofill) await page.addInitScript(() => (PublicKeyCredential.isConditionalMediationAvailable = async () => false));
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    verify: (isUserVerified) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
  };
}

/** Fills in the form of the sign-up page and presses its button for passkeys. */
export async function signUpWithPasskey(page, name) {
  await page.goto("/signup");
  await page.locator("[name=email]").fill(`${name}@example.org`);
  await page.locator("[name=username]").fill(name);
  await page.waitForFunction(() => document.querySelector("[data-work]")?.value !== "");
  await page.locator("[data-passkey=sign-up]").click();
}
