// The form of a record in the hand: counters and lines without a reload. Without this file every
// button is a submit button and does the same on the server. Drafts: offline/form.js.
(() => {
  "use strict";
  const form = document.querySelector("[data-record-form]") || document.querySelector("main form");
  if (!form) return;
  const isRecord = form.dataset.recordForm !== undefined;
  const changed = () => form.dispatchEvent(new Event("ccs-changed"));

  // -- Sums, counters, lines ----------------------------------------------------------------

  const sum = () => {
    for (const place of document.querySelectorAll("[data-sum]")) {
      const name = place.dataset.sum;
      let total = 0;
      for (const input of form.querySelectorAll(`input[name^="${name}-"][name$="-count"]`)) {
        total += Number.parseInt(input.value, 10) || 0;
      }
      place.textContent = total || "";
    }
  };

  const step = (button) => {
    const [, name, sign] = button.value.match(/^(.*)([+-]1)$/) || [];
    const input = name && form.elements.namedItem(name);
    if (!input) return false;
    input.value = String(Math.min(Math.max(0, (Number.parseInt(input.value, 10) || 0) + Number(sign)), 32767));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };

  const after = (name) => {
    let next = 0;
    for (const field of form.elements) {
      const match = field.name && field.name.match(new RegExp(`^${name}-(\\d+)-`));
      if (match) next = Math.max(next, Number(match[1]) + 1);
    }
    return next;
  };

  // Return the new line with the next index, or the one given; null where there is no such list.
  const line = (name, index = after(name)) => {
    const list = document.getElementById(name);
    const template = document.querySelector(`template[data-new-line="${name}"]`);
    if (!list || !template) return null;
    const holder = document.createElement("div");
    holder.innerHTML = template.innerHTML.replaceAll("__index__", String(index));
    list.append(holder.firstElementChild);
    return list.lastElementChild;
  };

  const add = (button) => {
    const added = line(button.dataset.add);
    if (!added) return false;
    const first = added.querySelector("input:not([type=hidden]),select,textarea");
    if (first) first.focus();
    changed();
    return true;
  };

  const remove = (button) => {
    const old = document.getElementById(button.value);
    if (!old) return false;
    const next = old.nextElementSibling || old.parentElement.parentElement.querySelector("[data-add]");
    old.remove();
    sum();
    changed();
    if (next) (next.querySelector("input:not([type=hidden]),select,button") || next).focus();
    return true;
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const handled =
      (button.name === "step" && step(button)) ||
      (button.dataset.add !== undefined && add(button)) ||
      (button.dataset.remove !== undefined && remove(button));
    if (handled) event.preventDefault();
  });

  // Enter in a field saves nothing by accident; it goes to the next field.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !isRecord || !event.target.matches("input:not([type=file])")) return;
    event.preventDefault();
    const fields = [...form.elements].filter((field) => field.matches("input:not([type=hidden]),select,textarea"));
    const next = fields[fields.indexOf(event.target) + 1];
    if (next) next.focus();
  });

  const files = form.querySelector("[data-upload]");
  if (files) {
    const button = form.querySelector("[data-upload-button]");
    button.hidden = true;
    files.addEventListener("change", () => {
      if (files.files.length) button.click();
    });
  }

  form.addEventListener("input", sum);
  self.ccsForm = { add: line, sum };
  sum();
  const summary = document.getElementById("summary");
  if (summary) summary.focus();
})();
