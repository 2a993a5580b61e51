// The verifier of passkeys (src/webauthn) beside another: of what an authenticator answers, and of that with one thing
// changed, both take the same and read the same from it. Neither knows of the other, nor of the authenticator.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import { AuthenticatorEmulator, PasskeysCredentialsMemoryRepository, WebAuthnEmulator } from "nid-webauthn-emulator";
import { required } from "./support.mjs";

const origin = "https://example.org";
const rpId = "example.org";
const challenge = Buffer.from("a challenge of some thirty bytes").toString("base64url");
const handle = Buffer.from("a handle of the user").toString("base64url");
const algorithms = { ES256: -7, RS256: -257, EdDSA: -8 };

let ours;

before(() => {
  // Cargo builds examples with the tests, beside the program.
  const example = join(dirname(required("PORTICO_BIN")), "examples", "verify");
  const child = spawn(example, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "exit");
  ours = {
    async verify(asked) {
      child.stdin.write(`${JSON.stringify({ rpId, origin, challenge, ...asked })}\n`);
      return JSON.parse((await lines.next()).value);
    },
    async stop() {
      child.stdin.end();
      assert.deepEqual(await ended, [0, null]);
    },
  };
});

after(() => ours?.stop());

function emulator(algorithm, options = {}) {
  // They would all have one by default.
  const credentialsRepository = new PasskeysCredentialsMemoryRepository();
  const parameters = { algorithmIdentifiers: [algorithm], credentialsRepository, ...options };
  return new WebAuthnEmulator(new AuthenticatorEmulator(parameters));
}

function created(emulator, options = {}) {
  return emulator.createJSON(origin, {
    rp: { id: rpId, name: "Example" },
    user: { id: handle, name: "ada", displayName: "Ada" },
    challenge,
    pubKeyCredParams: Object.values(algorithms).map((alg) => ({ type: "public-key", alg })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    ...options,
  });
}

function asserted(emulator, id, options = {}) {
  const allowCredentials = [{ type: "public-key", id }];
  return emulator.getJSON(origin, { challenge, rpId, userVerification: "required", allowCredentials, ...options });
}

async function theirsOfRegistration(response, requireUserVerification) {
  const asked = { response, expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: rpId, requireUserVerification };
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      ...asked,
      supportedAlgorithmIDs: [...Object.values(algorithms), -35, -36],
    });
    assert.ok(verified);
    return registrationInfo;
  } catch {
    return null;
  }
}

async function theirsOfLogIn(response, credential, requireUserVerification) {
  const asked = { response, expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: rpId, requireUserVerification };
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({ ...asked, credential });
    return verified ? authenticationInfo : null;
  } catch {
    return null;
  }
}

/** Both verdicts on a registration; fails where they differ. */
async function register(response, requireUserVerification = true) {
  const [mine, theirs] = [
    await ours.verify({ ceremony: "create", response, requireUserVerification }),
    await theirsOfRegistration(response, requireUserVerification),
  ];
  assert.equal(mine.error === undefined, theirs !== null, `we say ${JSON.stringify(mine)}, they ${theirs ? "yes" : "no"}`);
  if (mine.error) return mine;
  assert.equal(mine.id, theirs.credential.id);
  assert.equal(mine.publicKey, Buffer.from(theirs.credential.publicKey).toString("base64url"));
  assert.equal(mine.counter, theirs.credential.counter);
  assert.equal(mine.userVerified, theirs.userVerified);
  assert.equal(mine.backedUp, theirs.credentialBackedUp);
  assert.equal(mine.backupEligible, theirs.credentialDeviceType === "multiDevice");
  return mine;
}

/** Both verdicts on a log-in; fails where they differ. */
async function logIn(response, known, requireUserVerification = true) {
  const theirKnown = { id: known.id, publicKey: new Uint8Array(Buffer.from(known.publicKey, "base64url")), counter: known.counter };
  const [mine, theirs] = [
    await ours.verify({ ceremony: "get", response, requireUserVerification, credential: { ...known, userHandle: handle } }),
    await theirsOfLogIn(response, theirKnown, requireUserVerification),
  ];
  assert.equal(mine.error === undefined, theirs !== null, `we say ${JSON.stringify(mine)}, they ${theirs ? "yes" : "no"}`);
  if (mine.error) return mine;
  assert.equal(mine.counter, theirs.newCounter);
  assert.equal(mine.userVerified, theirs.userVerified);
  assert.equal(mine.backedUp, theirs.credentialBackedUp);
  return mine;
}

/** The same answer with other bytes in one of its parts. */
function changed(answer, part, change) {
  const copy = structuredClone(answer);
  copy.response[part] = Buffer.from(change(Buffer.from(answer.response[part], "base64url"))).toString("base64url");
  return copy;
}

function clientData(answer, members) {
  return changed(answer, "clientDataJSON", (bytes) => JSON.stringify({ ...JSON.parse(bytes), ...members }));
}

function flip(at, mask = 1) {
  return (bytes) => {
    bytes[at < 0 ? bytes.length + at : at] ^= mask;
    return bytes;
  };
}

for (const [algorithm, number] of Object.entries(algorithms)) {
  describe(algorithm, () => {
    test("is registered and logged in with alike", async () => {
      const authenticator = emulator(algorithm);
      const answer = created(authenticator);
      const known = await register(answer);
      assert.equal(known.algorithm, number);
      for (const counter of [1, 2]) {
        const found = await logIn(asserted(authenticator, answer.id), known);
        assert.equal(found.counter, known.counter + counter);
      }
    });

    test("is refused alike when one thing of a registration is changed", async () => {
      const answer = created(emulator(algorithm));
      const errors = [
        [clientData(answer, { type: "webauthn.get" }), "Ceremony"],
        [clientData(answer, { challenge: "AAAA" }), "Challenge"],
        [clientData(answer, { origin: "https://evil.example" }), "Origin"],
        [changed(answer, "clientDataJSON", (bytes) => bytes.subarray(1)), "ClientData"],
        [changed(answer, "attestationObject", (bytes) => bytes.subarray(0, 20)), "AttestationObject"],
        [{ ...answer, type: "password" }, "Json"],
      ];
      for (const [broken, error] of errors) {
        assert.equal((await register(broken)).error, error);
      }
    });

    test("is refused alike when one thing of a log-in is changed", async () => {
      const authenticator = emulator(algorithm);
      const known = await register(created(authenticator));
      const answer = asserted(authenticator, known.id);
      const errors = [
        [clientData(answer, { type: "webauthn.create" }), "Ceremony"],
        [clientData(answer, { challenge: "AAAA" }), "Challenge"],
        [clientData(answer, { origin: "http://example.org" }), "Origin"],
        [clientData(answer, { more: 1 }), "Signature"],
        [changed(answer, "signature", flip(-1)), "Signature"],
        [changed(answer, "authenticatorData", flip(0)), "RelyingParty"],
        [changed(answer, "authenticatorData", flip(32, 1)), "UserPresence"],
        [changed(answer, "authenticatorData", flip(32, 4)), "UserVerification"],
        [changed(answer, "authenticatorData", flip(36)), "Signature"],
        [{ ...answer, type: "password" }, "Json"],
      ];
      for (const [broken, error] of errors) {
        assert.equal((await logIn(broken, known)).error, error);
      }
    });
  });
}

test("a counter that does not go up is refused alike", async () => {
  const authenticator = emulator("ES256");
  const known = await register(created(authenticator));
  const answer = asserted(authenticator, known.id);
  assert.equal((await logIn(answer, { ...known, counter: 7 })).error, "Counter");
  const still = emulator("ES256", { signCounterIncrement: 0 });
  const zero = await register(created(still));
  assert.equal((await logIn(asserted(still, zero.id), { ...zero, counter: 0 })).counter, 0);
});

test("a user who was not verified is asked for alike", async () => {
  const touched = (user) => ({ user, options: { up: true, uv: false } });
  const interactions = { userMakeCredentialInteraction: touched, userGetAssertionInteraction: touched };
  const authenticator = emulator("ES256", interactions);
  const selection = { authenticatorSelection: { residentKey: "discouraged", userVerification: "discouraged" } };
  const answer = created(authenticator, selection);
  assert.equal((await register(answer)).error, "UserVerification");
  const known = await register(answer, false);
  assert.equal(known.userVerified, false);
  const logged = asserted(authenticator, known.id, { userVerification: "discouraged" });
  assert.equal((await logIn(logged, known)).error, "UserVerification");
  assert.equal((await logIn(logged, known, false)).userVerified, false);
});

test("another key's signature is refused alike", async () => {
  const [one, other] = [emulator("ES256"), emulator("ES256")];
  const [known, stranger] = [await register(created(one)), await register(created(other))];
  const answer = asserted(one, known.id);
  assert.equal((await logIn(answer, { ...known, publicKey: stranger.publicKey })).error, "Signature");
});
