// The catalog with the keyboard: arrows walk the rows, Escape clears the search;
// a longer list is joined to what stands above it, and each result is announced.
"use strict";
{
  const search = document.getElementById("search");
  const results = document.getElementById("results");
  const shelves = document.getElementById("shelves");
  const isCatalog = (address) => new URL(address, location.href).pathname === location.pathname;
  const names = () => [...document.querySelectorAll(".row-name")].filter((name) => name.offsetParent);

  const walk = (event) => {
    const down = event.key === "ArrowDown" || event.key === "j";
    const up = event.key === "ArrowUp" || event.key === "k";
    if (!down && !up) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === search;
    if (typing ? event.key !== "ArrowDown" : event.target.closest("input, select, textarea")) return;
    const row = document.activeElement.closest(".row");
    if (!row && !typing && event.key.startsWith("Arrow")) return; // then the page scrolls
    const all = names();
    const at = row ? all.indexOf(row.querySelector(".row-name")) : -1;
    event.preventDefault();
    if (up && at <= 0) search.focus();
    else all[Math.min(at + (down ? 1 : -1), all.length - 1)]?.focus();
  };
  document.addEventListener("keydown", walk);

  search.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !search.value) return;
    event.preventDefault();
    search.value = "";
    search.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // The shelves are drawn anew, and the focus stays on the star that was pressed, or on its twin below.
  const rise = (button, html) => {
    const inside = shelves.contains(button);
    const title = button.closest(".shelf")?.getAttribute("aria-label");
    shelves.replaceChildren(document.createRange().createContextualFragment(html));
    document.dispatchEvent(new CustomEvent("daypass:clocks"));
    if (!inside) return;
    const name = `.star[formaction="${CSS.escape(button.getAttribute("formaction"))}"]`;
    const place = shelves.querySelector(`.shelf[aria-label="${title}"] ${name}`);
    (place || shelves.querySelector(name) || results.querySelector(name) || search).focus();
  };

  // A star turns at once and the page stays where it is; without script the form does it.
  const toggle = async (button) => {
    const on = button.getAttribute("aria-pressed") !== "true";
    const same = document.querySelectorAll(`.star[formaction="${CSS.escape(button.getAttribute("formaction"))}"]`);
    const paint = (state) => same.forEach((star) => star.setAttribute("aria-pressed", String(state)));
    paint(on);
    const asked = { method: "POST", body: new FormData(button.form), headers: { "HX-Request": "true" } };
    const answer = await fetch(button.formAction, asked).catch(() => null);
    const elsewhere = answer?.headers.get("HX-Redirect"); // the sign-in has ended meanwhile
    if (elsewhere) return location.assign(elsewhere);
    if (answer?.ok && answer.url === button.formAction) return rise(button, await answer.text());
    paint(!on);
    button.form.requestSubmit(button); // then the server says what is wrong
  };
  document.addEventListener("click", (event) => {
    const star = event.target.closest(".star");
    if (!star) return;
    event.preventDefault();
    toggle(star);
  });

  // An account that goes on in the next part stays one group.
  const join = () => {
    for (const group of [...results.querySelectorAll(".account")]) {
      const above = group.previousElementSibling;
      if (above?.dataset.account !== group.dataset.account) continue;
      above.querySelector(".rows").append(...group.querySelectorAll(".row"));
      group.remove();
    }
  };

  // An answer from another page is the sign-in page: the sign-in has ended meanwhile.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (isCatalog(event.detail.xhr.responseURL)) return;
    event.detail.shouldSwap = false;
    location.reload();
  });
  const trouble = document.getElementById("trouble");
  for (const fault of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(fault, () => (trouble.hidden = false));
  }

  document.body.addEventListener("htmx:afterSwap", () => {
    join();
    trouble.hidden = true;
    if (!search.value) history.replaceState(history.state, "", location.pathname);
    shelves.hidden = Boolean(search.value.trim());
    const count = results.querySelector("[data-announce]");
    if (count) document.dispatchEvent(new CustomEvent("daypass:announce", { detail: count.dataset.announce }));
  });
}
