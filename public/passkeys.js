// Forms that send a passkey along (Web Authentication). Without this script a page shows the other way instead.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    buffer
      ? btoa(String.fromCharCode(...new Uint8Array(buffer)))
          .replace(/\+/g, "-")
          .replace(/\//g, "_")
          .replace(/=+$/, "")
      : undefined;

  // Asks the hub what to ask the browser for.
  const options = async (form, purpose) => {
    const asked = new URLSearchParams(new FormData(form));
    asked.set("purpose", purpose);
    const answer = await fetch("/do/account/passkey-options", {
      method: "POST",
      body: asked,
      headers: { accept: "application/json" },
    });
    const { problem, options } = await answer.json();
    if (problem) throw { problem };
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const known of [...(options.excludeCredentials || []), ...(options.allowCredentials || [])])
      known.id = bytes(known.id);
    return options;
  };

  const passkey = async (publicKey) => {
    const made = await navigator.credentials[publicKey.user ? "create" : "get"]({ publicKey });
    const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = made.response;
    return JSON.stringify({
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(clientDataJSON),
        attestationObject: text(attestationObject),
        authenticatorData: text(authenticatorData),
        signature: text(signature),
        userHandle: text(userHandle),
      },
    });
  };

  if (!window.PublicKeyCredential) return;
  for (const box of document.querySelectorAll("[data-passkey]")) {
    box.hidden = false;
    box.previousElementSibling.hidden = true;
    const button = box.querySelector("button");
    const said = box.querySelector("[role=alert]");
    const { form } = button;
    // A password that was typed meanwhile is nobody's business here.
    const secrets = (disabled) => {
      for (const secret of form.querySelectorAll("[type=password]")) secret.disabled = disabled;
    };
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      button.disabled = true;
      secrets(true);
      said.textContent = "";
      try {
        const answer = await passkey(await options(form, box.dataset.passkey));
        box.querySelector("[name=credential]").value = answer;
        form.action = button.formAction;
        form.submit();
      } catch (error) {
        said.textContent = error.problem || box.dataset.failed;
        button.disabled = false;
        secrets(false);
      }
    });
  }
})();
