// What every page has: the theme switch, the menu, busy buttons, confirmations,
// announcements for screen readers, tables that scroll, and "/" for the search box.
"use strict";
{
  const NAMES = { auto: "System", light: "Light", dark: "Dark" };
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  const GIVEN_UP = 15000; // milliseconds
  const root = document.documentElement;

  const announce = (text) => {
    const live = document.getElementById("live");
    if (!live) return;
    live.textContent = "";
    // A fresh text node is what makes a repeated "Copied" be read again.
    setTimeout(() => (live.textContent = text), 50);
  };
  document.addEventListener("daypass:announce", (event) => announce(event.detail));

  // Theme

  const themeButton = document.querySelector("[data-theme-switch]");
  const showTheme = (theme) => {
    themeButton.querySelector("[data-theme-name]").textContent = NAMES[theme];
    for (const icon of themeButton.querySelectorAll("[data-theme-icon]")) {
      icon.toggleAttribute("hidden", icon.dataset.themeIcon !== theme);
    }
  };
  if (themeButton) {
    themeButton.hidden = false;
    showTheme(root.dataset.theme in NAMES ? root.dataset.theme : "auto");
    themeButton.addEventListener("click", () => {
      const theme = NEXT[root.dataset.theme] || "light";
      root.dataset.theme = theme;
      try {
        localStorage.setItem("theme", theme);
      } catch {
        // The choice then lasts as long as this page.
      }
      showTheme(theme);
      announce(`Colours: ${NAMES[theme]}`);
    });
  }

  // Menu

  const menu = document.querySelector("details.menu");
  if (menu) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  // Confirmation: <form data-confirm="Title" data-confirm-text="…" data-confirm-button="End">

  const dialog = document.getElementById("confirm");
  const confirmFirst = (form, submitter) => {
    dialog.querySelector("[data-title]").textContent = form.dataset.confirm;
    dialog.querySelector("[data-text]").textContent = form.dataset.confirmText || "";
    dialog.querySelector("[data-yes]").textContent = form.dataset.confirmButton || "Confirm";
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
    };
    dialog.showModal();
  };

  const rest = () => {
    for (const form of document.querySelectorAll("form[data-busy]")) {
      delete form.dataset.busy;
      delete form.dataset.confirmed;
    }
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  };

  // Busy: the button that was pressed turns, and a second press does nothing

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const submitter = event.submitter;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.confirm && !form.dataset.confirmed && dialog?.showModal) {
      event.preventDefault();
      confirmFirst(form, submitter);
      return;
    }
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "yes";
    submitter?.setAttribute("aria-busy", "true");
    announce("Working");
    setTimeout(rest, GIVEN_UP); // the page is still here: the answer was a file, or never came
  });

  // Coming back by the browser's Back button finds a page that can be used again.
  window.addEventListener("pageshow", rest);

  // A box that scrolls sideways is reached by the Tab key and named after its section; one that fits is no stop.

  const scrolling = new ResizeObserver((entries) => {
    for (const { target: box } of entries) {
      const scrolls = box.scrollWidth > box.clientWidth;
      const head = box.querySelector("caption, h2") ?? (box.closest("section") ?? document).querySelector("h2, h1");
      const told = { tabindex: "0", role: "region", "aria-label": `${head?.textContent.trim() ?? ""} table`.trim() };
      for (const [key, value] of Object.entries(told)) {
        scrolls ? box.setAttribute(key, value) : box.removeAttribute(key);
      }
    }
  });
  for (const box of document.querySelectorAll(".table-box, .results, .tabular")) scrolling.observe(box);

  // Keys

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const search = document.querySelector("input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
}
