// Secrets: masked until asked for, copied and saved from the page's own text.
// Nothing is fetched and nothing is stored: what is shown here exists only here.
"use strict";
{
  const say = (text) => document.dispatchEvent(new CustomEvent("daypass:announce", { detail: text }));

  // The server marks what is secret (portal/masking.py); where it marked nothing, all of it is.
  const secretParts = (code) => {
    const marked = [...code.querySelectorAll("[data-masked]")];
    if (marked.length) return marked;
    const whole = document.createElement("span");
    whole.append(...code.childNodes);
    code.append(whole);
    return [whole];
  };

  const copy = async (button, text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      say("Copying is not allowed here. Reveal the text and copy it by hand.");
      return;
    }
    const label = button.querySelector("[data-label]");
    const before = label.textContent;
    label.textContent = "Copied";
    say("Copied");
    setTimeout(() => (label.textContent = before), 2000);
  };

  const save = (name, text) => {
    // As plain text, Chromium would add ".txt" to a name without an ending, such as "credentials".
    const address = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    say(`Saved as ${name}`);
  };

  const guard = (box) => {
    const code = box.querySelector("code");
    const text = code.textContent;
    const reveal = box.querySelector("[data-reveal]");
    const parts = secretParts(code).map((part) => ({ part, value: part.textContent }));
    const show = (open) => {
      for (const { part, value } of parts) {
        part.textContent = open ? value : "•".repeat(24);
        part.classList.toggle("mask", !open);
      }
      reveal.setAttribute("aria-pressed", String(open));
      reveal.querySelector("[data-label]").textContent = open ? "Hide" : "Reveal";
    };
    reveal.addEventListener("click", () => show(reveal.getAttribute("aria-pressed") !== "true"));
    box.querySelector("[data-copy]").addEventListener("click", (event) => copy(event.currentTarget, text));
    box.querySelector("[data-save]")?.addEventListener("click", () => save(box.dataset.filename, text));
    show(false);
    box.querySelector("details").open = true;
    box.dataset.ready = "";
  };

  document.querySelectorAll("[data-secret]").forEach(guard);
  for (const button of document.querySelectorAll("[data-copy-from]")) {
    const source = document.getElementById(button.dataset.copyFrom);
    button.addEventListener("click", () => copy(button, source.textContent.trim()));
  }
}
