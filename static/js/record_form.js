// The form of a record in the hand: counters and lines without a reload, autosave to the server,
// and a copy on the device while there is no connection. Without this file every button is a
// submit button and does the same on the server.
(() => {
  "use strict";
  const form = document.querySelector("[data-record-form]") || document.querySelector("main form");
  if (!form) return;
  const draftUrl = form.dataset.draftUrl;
  const status = document.querySelector("[data-saved]");
  const localKey = draftUrl && `ccs:${draftUrl}`;
  let timer = 0;
  let isLeaving = false;

  const say = (state, words, at) => {
    if (!status) return;
    status.textContent = "";
    const shown = document.createElement("span");
    shown.className = `state ${state}`;
    shown.textContent = at ? `${words} ${at}` : words;
    status.append(shown);
  };

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

  const add = (button) => {
    const name = button.dataset.add;
    const list = document.getElementById(name);
    const template = document.querySelector(`template[data-new-line="${name}"]`);
    if (!list || !template) return false;
    let next = 0;
    for (const field of form.elements) {
      const match = field.name && field.name.match(new RegExp(`^${name}-(\\d+)-`));
      if (match) next = Math.max(next, Number(match[1]) + 1);
    }
    const holder = document.createElement("div");
    holder.innerHTML = template.innerHTML.replaceAll("__index__", String(next));
    const line = holder.firstElementChild;
    list.append(line);
    const first = line.querySelector("input:not([type=hidden]),select,textarea");
    if (first) first.focus();
    later();
    return true;
  };

  const remove = (button) => {
    const line = document.getElementById(button.value);
    if (!line) return false;
    const after = line.nextElementSibling || line.parentElement.parentElement.querySelector("[data-add]");
    line.remove();
    sum();
    later();
    if (after) (after.querySelector("input:not([type=hidden]),select,button") || after).focus();
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
    if (event.key !== "Enter" || !draftUrl || !event.target.matches("input:not([type=file])")) return;
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

  // -- Autosave -----------------------------------------------------------------------------

  const typed = () => {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && name !== "csrfmiddlewaretoken") fields.append(name, value);
    }
    return fields;
  };

  const revision = () => form.elements.namedItem("revision")?.value || "";

  const keepHere = (fields) => {
    try {
      const kept = { at: Date.now(), revision: revision(), fields: fields.toString() };
      localStorage.setItem(localKey, JSON.stringify(kept));
    } catch {
      // A full or forbidden store: the server's copy has to do.
    }
  };

  const save = async () => {
    timer = 0;
    if (isLeaving) return;
    const fields = typed();
    keepHere(fields);
    try {
      const answer = await fetch(draftUrl, {
        method: "POST",
        body: fields,
        headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      });
      if (answer.ok) {
        const text = (await answer.json()).at.replace(/<[^>]*>/g, "");
        // A page that is being loaded just now may have been drawn before the server had this.
        const sent = fields.toString();
        setTimeout(() => { if (typed().toString() === sent) localStorage.removeItem(localKey); }, 3000);
        say("saved", form.dataset.saidSaved, text);
      } else if (answer.status === 401 || answer.status === 403) {
        say("none", form.dataset.saidSignedOut, "");
      } else {
        say("none", form.dataset.saidLocal, "");
      }
    } catch {
      say("none", form.dataset.saidLocal, "");
      later(15000);
    }
  };

  function later(delay = 1500) {
    if (!draftUrl) return;
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  // What stayed on the device because there was no connection comes back into the form.
  const restore = () => {
    let kept;
    try {
      kept = JSON.parse(localStorage.getItem(localKey) || "null");
    } catch {
      return;
    }
    if (!kept || Date.now() - kept.at > 7 * 24 * 3600 * 1000) return;
    // Saved meanwhile, here or elsewhere: the record is newer than the copy.
    if (kept.revision !== revision()) {
      localStorage.removeItem(localKey);
      return;
    }
    const fields = new URLSearchParams(kept.fields);
    const names = new Set(fields.keys());
    for (const name of names) {
      const line = name.match(/^(\w+)-(\d+)-/);
      if (line && !form.elements.namedItem(name)) {
        const button = form.querySelector(`[data-add="${line[1]}"]`);
        if (button) add(button);
      }
    }
    for (const field of form.elements) {
      if (!field.name || field.type === "file" || field.type === "hidden" || field.tagName === "BUTTON") continue;
      if (field.type === "checkbox") field.checked = names.has(field.name);
      else if (names.has(field.name)) field.value = fields.get(field.name);
    }
    say("none", form.dataset.saidRestored, "");
    later(0);
  };

  if (draftUrl) {
    restore();
    form.addEventListener("input", () => {
      sum();
      later();
    });
    form.addEventListener("submit", (event) => {
      isLeaving = true;
      clearTimeout(timer);
      if (event.submitter?.name === "discard") localStorage.removeItem(localKey);
      else keepHere(typed());
    });
    window.addEventListener("online", () => later(0));
    window.addEventListener("pageshow", () => { isLeaving = false; });
    // The page came, so the server has what was sent.
    if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward") {
      window.addEventListener("pagehide", () => { if (timer) keepHere(typed()); });
    }
  }
  sum();
  const summary = document.getElementById("summary");
  if (summary) summary.focus();
})();
