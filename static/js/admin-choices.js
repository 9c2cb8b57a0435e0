// A choice that searches as one types (select2) gets the name of its label, which select2 leaves at the hidden select.
"use strict";
{
  const $ = window.django?.jQuery;

  const name = (select) => {
    const label = select.labels?.[0];
    const box = select.nextElementSibling?.querySelector("[role=combobox]");
    if (!label || !box) return;
    const shown = box.querySelector("[role=textbox]");
    label.id ||= `${select.id}_label`;
    box.setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
    shown.setAttribute("aria-labelledby", label.id);
    $(select).on("select2:open", () => {
      for (const search of document.querySelectorAll(".select2-search__field")) search.ariaLabel = label.textContent;
    });
  };

  // jQuery calls in order: Django's own script has made its boxes by then.
  $?.(() => document.querySelectorAll("select.admin-autocomplete").forEach(name));
}
