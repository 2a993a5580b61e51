// Passkeys, on the pages that have a button for them. The buttons ship hidden: they show where the browser can do what they
// say. What an authenticator answers goes into the form around the button, which is then sent like any other.
(() => {
  const api = window.PublicKeyCredential;
  // Milliseconds after which a challenge is exchanged, and after which it may be too old to be answered.
  const RENEW = 4 * 60_000;
  const OLD = 9 * 60_000;

  // Browsers that make passkeys at all have been able to read the server's JSON since 2025.
  const canUse = api?.parseRequestOptionsFromJSON && navigator.credentials;
  for (const button of document.querySelectorAll("[data-passkey]")) {
    if (canUse && isAt(button.dataset.rp)) offer(button);
    else withdraw();
  }
  if (!canUse) return;
  for (const place of document.querySelectorAll("[data-signal]")) tell(JSON.parse(place.dataset.signal));
  for (const place of document.querySelectorAll("[data-signals]")) tellAll(place.dataset.signals);
  for (const place of document.querySelectorAll("[data-passkey-offer]")) invite(place);

  /** A browser that may be asked for passkeys in a field fills in no password before its person has chosen one. */
  function withdraw() {
    for (const field of document.querySelectorAll("[autocomplete~=webauthn]")) field.autocomplete = "username";
  }

  /** Tells authenticators what there is, where the browser passes it on. Nothing hangs on it. */
  async function tell(signals) {
    for (const [name, value] of Object.entries(signals)) {
      try {
        await api[name]?.(value);
      } catch {
        // An authenticator that does not listen.
      }
    }
  }

  /** The same of what the server says at this moment. */
  async function tellAll(address) {
    if (!api.signalAllAcceptedCredentials) return;
    const answer = await fetch(address, { redirect: "error" }).catch(() => {});
    if (answer?.ok) tell(await answer.json());
  }

  /** By another name of this machine than the passkeys' there are none. */
  function isAt(rp) {
    return location.hostname === rp || location.hostname.endsWith(`.${rp}`);
  }

  /** Tells of passkeys where this device makes them, unless the person did not want to hear of it. */
  async function invite(place) {
    const key = "portico-no-passkey";
    const can = await api.getClientCapabilities?.().catch(() => {});
    if (!isAt(place.dataset.rp) || !(can?.conditionalCreate || can?.userVerifyingPlatformAuthenticator)) return;
    try {
      if (localStorage.getItem(key)) return;
    } catch {
      return;
    }
    place.hidden = false;
    place.querySelector("[data-no]").addEventListener("click", () => {
      localStorage.setItem(key, "1");
      place.hidden = true;
    });
  }

  function offer(button) {
    const { passkey: act, action, keeps } = button.dataset;
    const { form } = button;
    const note = form.querySelector("[data-passkey-note]");
    let asked = Date.now();
    let waiting;
    let isBusy = false;

    const refused = {
      get: sentences["passkey-not-asked"],
      create: sentences["passkeys-cancelled"],
      "sign-up": sentences["signup-passkey-cancelled"],
    };

    const age = () => Date.now() - asked;
    const options = () => JSON.parse(button.dataset.options);
    const say = (text) => {
      note.textContent = text;
      note.hidden = !text;
    };

    /** Another challenge, for a page that has been open for a while. */
    async function renew() {
      const answer = await fetch(action, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(`no challenge: ${answer.status}`);
      button.dataset.options = await answer.text();
      asked = Date.now();
    }

    /** What is asked at a sign-up, once the server has looked at the form: for a name that is taken no passkey is made. */
    async function begin() {
      const fields = new URLSearchParams(new FormData(form));
      fields.delete("password");
      const answer = await fetch(`${action}/options`, { method: "POST", body: fields });
      if (answer.ok) button.dataset.options = await answer.text();
      return answer.ok;
    }

    async function ask(more) {
      if (act !== "get") return navigator.credentials.create({ publicKey: api.parseCreationOptionsFromJSON(options()) });
      return navigator.credentials.get({ publicKey: api.parseRequestOptionsFromJSON(options()), ...more });
    }

    function send(credential) {
      form.elements.passkey.value = JSON.stringify(credential);
      submit();
    }

    function submit() {
      // It logs in by itself: what stands in the field of the password is not sent along, but where it is a new one.
      for (const input of form.querySelectorAll("[type=password]")) if (keeps === undefined) input.value = "";
      button.type = "submit";
      if (action) button.formAction = action;
      form.requestSubmit(button);
      button.type = "button";
    }

    /** Passkeys among what the browser offers in the field of the name. */
    async function listen() {
      if (!document.querySelector("[autocomplete~=webauthn]") || !(await api.isConditionalMediationAvailable?.())) return;
      const mine = new AbortController();
      waiting = mine;
      const timer = setTimeout(async () => {
        await renew().catch(() => {});
        if (waiting !== mine) return;
        mine.abort();
        listen();
      }, RENEW);
      try {
        let credential = await ask({ mediation: "conditional", signal: mine.signal });
        waiting = undefined;
        if (age() > OLD) {
          await renew();
          credential = await ask();
        }
        send(credential);
      } catch (error) {
        if (error.name !== "AbortError" && error.name !== "NotAllowedError") console.error(error);
      } finally {
        clearTimeout(timer);
      }
    }

    button.hidden = false;
    button.addEventListener("click", async () => {
      if (isBusy) return;
      isBusy = true;
      say("");
      waiting?.abort();
      waiting = undefined;
      try {
        if (act === "sign-up") {
          // One that was made before the form came back is good still; without one the server says what is in the way.
          if (form.elements.passkey.value || !(await begin())) return submit();
        } else if (age() > RENEW + 60_000) {
          if (act === "create") return location.reload();
          await renew();
        }
        send(await ask());
      } catch (error) {
        say(error.name === "InvalidStateError" && act !== "get" ? sentences["passkeys-known"] : refused[act]);
        listen();
      } finally {
        isBusy = false;
      }
    });
    listen();
  }
})();
