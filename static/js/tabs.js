// Turns stacked sections into tabs (WAI-ARIA tabs pattern): one tab stop,
// arrow keys, Home and End; the choice is remembered by its name, never its content.
"use strict";
{
  const KEY = "daypass-tab";
  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const remember = (slug) => {
    try {
      localStorage.setItem(KEY, slug);
    } catch {
      // Not remembered then; the first tab opens next time.
    }
  };

  const build = (box) => {
    const panels = [...box.querySelectorAll(":scope > .panel")];
    const tabs = [...box.querySelectorAll("[role=tab]")];
    const select = (index, focus) => {
      tabs.forEach((tab, at) => {
        tab.setAttribute("aria-selected", String(at === index));
        tab.tabIndex = at === index ? 0 : -1;
        panels[at].hidden = at !== index;
      });
      if (!focus) return;
      tabs[index].focus();
      tabs[index].scrollIntoView({ block: "nearest", inline: "nearest" });
      remember(tabs[index].dataset.slug);
    };
    const keys = (event, index) => {
      const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      select((to + tabs.length) % tabs.length, true);
    };
    tabs.forEach((tab, index) => {
      panels[index].setAttribute("role", "tabpanel");
      panels[index].setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", () => select(index, true));
      tab.addEventListener("keydown", (event) => keys(event, index));
    });
    const last = tabs.findIndex((tab) => tab.dataset.slug === remembered());
    select(Math.max(0, last), false);
    box.dataset.ready = "";
  };

  document.querySelectorAll(".tabs").forEach(build);
}
