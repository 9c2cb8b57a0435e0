// Passkeys: asks the browser to create or use one, and sends what it answers.
// <form data-passkey="create|get"> with #passkey-options, a hidden "credential" and a button.
"use strict";
{
  const WORDS = {
    NotAllowedError: "Nothing was confirmed: it was cancelled, or took too long. Try again.",
    InvalidStateError: "This device has a passkey for you already.",
    SecurityError: "The browser refuses passkeys at this address.",
  };
  const UNSUPPORTED = "This browser has no passkeys. Use an authenticator app.";

  const ask = async (form) => {
    const options = JSON.parse(document.getElementById("passkey-options").textContent);
    const credential = await window.webauthnJSON[form.dataset.passkey](options);
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("[data-passkey-button]");
    const trouble = form.querySelector("[data-passkey-trouble]");
    const say = (text) => {
      trouble.textContent = text;
      trouble.hidden = !text;
    };
    const start = async () => {
      say("");
      if (!window.webauthnJSON.supported()) return say(UNSUPPORTED);
      button.setAttribute("aria-busy", "true");
      try {
        await ask(form);
      } catch (error) {
        say(WORDS[error.name] || "The passkey did not work. Try again.");
        button.removeAttribute("aria-busy");
      }
    };
    button.addEventListener("click", start);
    // Enter in the name field does what the button does.
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      start();
    });
  }
}
