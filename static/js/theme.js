// Runs before the first paint, so that no page flashes in the wrong colours.
// The key and its values are those of Django's admin: both share one choice.
"use strict";
{
  const root = document.documentElement;
  root.classList.add("js");
  try {
    root.dataset.theme = localStorage.getItem("theme") || "auto";
  } catch {
    root.dataset.theme = "auto"; // storage may be forbidden; the system's choice holds
  }
}
