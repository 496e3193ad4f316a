/* Security keys, passkeys and recovery codes in the browser. Loaded by the pages that need it, beside salus.js.

   A form with `data-key` holds a hidden `answer`. Its button asks the server for a challenge, lets the browser show the
   person's keys, and sends the form with what the key answered. */

const LABELS = {
  NotAllowedError: "That was cancelled, or took too long. Nothing has happened; you can try again.",
  InvalidStateError: "This key is registered already.",
  NotSupportedError: "This key cannot do what is needed here. Please use another one.",
  SecurityError: "Security keys do not work at this address.",
};
const FAILED = "Your security key did not answer. Please try again, or use another way.";
const REFUSED = "That did not work. Please reload the page and try again.";
const BUSY = "That was too many attempts. Please wait a little and try again.";
const CHALLENGE_MS = 4 * 60 * 1000; // a little less than the five minutes it holds

// Browsers tie keys to a name. At a bare address there is none, so the button would only disappoint.
const hasName = !/^([\d.]+|\[.*\])$/.test(location.hostname);
const isSupported = "PublicKeyCredential" in window && window.isSecureContext && hasName;
let waiting; // the quiet request behind the address field, which a pressed button takes over from

const fromText = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// Browsers before 2025 have neither of the two translations between JSON and bytes.
function parsed(kind, options) {
  const parse = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (PublicKeyCredential[parse]) return PublicKeyCredential[parse](options);
  const described = (list) => (list ?? []).map((one) => ({ ...one, id: fromText(one.id) }));
  const shared = { ...options, challenge: fromText(options.challenge) };
  if (kind === "get") return { ...shared, allowCredentials: described(options.allowCredentials) };
  const user = { ...options.user, id: fromText(options.user.id) };
  return { ...shared, user, excludeCredentials: described(options.excludeCredentials) };
}

function asJson(credential) {
  if (credential.toJSON) return credential.toJSON();
  const given = credential.response;
  const response = { clientDataJSON: toText(given.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (given[name]) response[name] = toText(given[name]);
  }
  if (given.getTransports) response.transports = given.getTransports();
  const { id, type } = credential;
  return { id, rawId: toText(credential.rawId), type, response, clientExtensionResults: credential.getClientExtensionResults() };
}

async function challenge(form) {
  const answer = await fetch(form.dataset.challenge, {
    method: "POST",
    headers: { "x-csrf-token": form.elements.csrf_token.value },
  });
  // The second factor must be given again first, on a page of its own.
  if (answer.redirected) location.assign(answer.url);
  if (answer.redirected || !answer.ok) throw new Error(answer.status === 429 ? BUSY : REFUSED);
  return parsed(form.dataset.key, await answer.json());
}

async function perform(form, request = {}) {
  const publicKey = await challenge(form);
  const credential = await navigator.credentials[form.dataset.key]({ publicKey, ...request });
  if (!credential) throw new Error(FAILED);
  form.elements.answer.value = JSON.stringify(asJson(credential));
  form.submit();
}

async function press(form, button) {
  const message = form.querySelector("[data-key-message]");
  const empty = [...form.elements].find((field) => !field.checkValidity());
  if (empty) return empty.reportValidity();
  waiting?.abort();
  message.textContent = "";
  button.disabled = true;
  try {
    await perform(form);
  } catch (error) {
    message.textContent = LABELS[error.name] ?? (error.constructor === Error ? error.message : FAILED);
  } finally {
    button.disabled = false;
  }
}

// The browser offers passkeys in the list under the address field; nothing is shown to whoever has none.
async function offerQuietly(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  const again = setTimeout(() => {
    waiting.abort();
    offerQuietly(form);
  }, CHALLENGE_MS);
  try {
    await perform(form, { mediation: "conditional", signal: waiting.signal });
  } catch {
    clearTimeout(again); // taken over by the button, or refused: the button says why
  }
}

for (const form of document.querySelectorAll("form[data-key]")) {
  if (isSupported) {
    form.querySelector("[data-key-works]").hidden = false;
    const button = form.querySelector("[data-key-button]");
    button.addEventListener("click", () => press(form, button));
    // Enter in the form's text field means the button, which only this file can press.
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      delete form.dataset.sent;
      press(form, button);
    });
    if ("quietly" in form.dataset) offerQuietly(form);
  } else if (!("quietly" in form.dataset)) {
    form.querySelector("[data-key-message]").textContent =
      hasName ? "This browser cannot use security keys." : LABELS.SecurityError;
  }
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
