// Passkeys and security keys; loaded by forms.js when one of their buttons is pressed.
// A button has data-passkey (create, get), data-options (the id of the options on the page, or the address they
// are fetched from) and data-credential (the id of the hidden input that takes the answer, whose form is sent).

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function optionsOf(button) {
  const source = button.dataset.options;
  if (!source.startsWith("/")) return JSON.parse(document.getElementById(source).textContent);
  const reply = await fetch(source, { headers: { Accept: "application/json" } });
  if (!reply.ok) throw new Error(reply.statusText);
  return reply.json();
}

function asBrowsersWant(given) {
  const options = structuredClone(given.creation_options ?? given.request_options).publicKey;
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const known of list ?? []) known.id = bytes(known.id);
  }
  return options;
}

function asServersWant(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

// Ask the browser for a key and send its answer; says on the page when that fails.
export async function run(button) {
  const input = document.getElementById(button.dataset.credential);
  const failure = document.getElementById(button.getAttribute("aria-describedby"));
  if (failure) failure.hidden = true;
  try {
    const publicKey = asBrowsersWant(await optionsOf(button));
    const creates = button.dataset.passkey === "create";
    if (creates && input.form.elements.passwordless?.checked) {
      Object.assign(publicKey.authenticatorSelection, {
        residentKey: "required", requireResidentKey: true, userVerification: "required",
      });
    }
    const made = await navigator.credentials[creates ? "create" : "get"]({ publicKey });
    input.value = JSON.stringify(asServersWant(made));
    input.form.submit();
  } catch {
    if (failure) failure.hidden = false;
  }
}
