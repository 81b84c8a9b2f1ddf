// Drafts of a record's form on this device: kept with every change, several at a time, sent once.
// A form that works offline is always saved by way of the outbox; any other form keeps a copy here
// only until the server has it. Without this file the form is a plain form.
(() => {
  "use strict";
  const form = document.querySelector("[data-record-form]");
  const device = self.ccsDevice;
  if (!form || !device) return;
  const { store, user } = device;
  const { project, type, draftUrl } = form.dataset;
  const isShell = form.dataset.shell !== undefined;
  const isOffline = form.dataset.worksOffline !== undefined;
  const status = document.querySelector("[data-saved]");
  const day = document.querySelector("[data-key-field]");
  const EDITABLE = ["writing", "waiting", "sending", "invalid", "refused", "conflict"];
  const COPY_LIVES = 7 * 24 * 3600 * 1000;
  let draft = null;
  let timer = 0;
  let soon = 0;
  let isLeaving = false;
  // Writes follow each other; whoever leaves waits for the last one.
  let last = Promise.resolve();
  const inTurn = (work) => { last = last.then(work, work); return last; };

  const say = (state, words, at = "") => {
    if (!status) return;
    const shown = document.createElement("span");
    shown.className = `state ${state}`;
    shown.textContent = `${words} ${at}`.trim();
    status.replaceChildren(shown);
  };
  const warn = (words) => {
    const note = document.querySelector("[data-refusal]");
    note.hidden = false;
    note.querySelector("p").textContent = words;
    note.focus();
  };

  // -- The fields ----------------------------------------------------------------------------

  const hidden = (name) => form.elements.namedItem(name);
  const revision = () => hidden("revision")?.value || "";
  const typed = () => {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && name !== "csrfmiddlewaretoken") fields.append(name, value);
    }
    return fields.toString();
  };

  // Bring the lines of the page to those of the draft: the same indexes, nothing else.
  const fitLines = (fields) => {
    const names = [...fields.keys()];
    for (const container of form.querySelectorAll("[data-lines]")) {
      const list = container.dataset.lines;
      const wanted = new Set(names.map((name) => name.match(new RegExp(`^${list}-(\\d+)-`))?.[1]).filter(Boolean));
      for (const line of [...container.children]) {
        const inputs = [...line.querySelectorAll("input[type=hidden][name]")];
        const isOther = inputs.some((input) => input.value !== fields.get(input.name));
        if (isOther || !wanted.has(line.id.slice(list.length + 1))) line.remove();
      }
      for (const index of wanted) {
        if (!document.getElementById(`${list}-${index}`)) self.ccsForm.add(list, Number(index));
      }
    }
  };

  const fill = (text) => {
    const fields = new URLSearchParams(text);
    const names = new Set(fields.keys());
    fitLines(fields);
    for (const field of form.elements) {
      if (!field.name || ["file", "hidden"].includes(field.type) || field.tagName === "BUTTON") continue;
      if (field.type === "checkbox") field.checked = fields.getAll(field.name).includes(field.value);
      else if (field.type === "radio") field.checked = fields.get(field.name) === field.value;
      else if (field.tagName === "SELECT" && field.multiple) {
        for (const option of field.options) option.selected = fields.getAll(field.name).includes(option.value);
      } else if (names.has(field.name)) field.value = fields.get(field.name);
    }
    self.ccsForm.sum();
  };

  // -- The draft -----------------------------------------------------------------------------

  const begin = () => {
    const id = self.ccsStore.newId();
    // A record of which a project has many is named by the id of its first draft.
    const key = day ? day.value : form.dataset.key || id;
    draft = {
      id, project, type, key, projectName: form.dataset.projectName, label: form.dataset.label,
      heading: form.dataset.heading, address: location.pathname, revision: revision(),
      edition: 0, state: "writing", fields: "", isCopy: !isOffline,
    };
    if (hidden("client_id")) hidden("client_id").value = id;
    if (isShell) history.replaceState(null, "", `#${id}`);
  };

  const keep = () => {
    if (!draft) begin();
    const fields = typed();
    Object.assign(draft, { fields, state: "writing", savedAt: Date.now(), onServer: false, reason: "", answeredAt: 0 });
    if (day) Object.assign(draft, { key: day.value, heading: day.value });
    if (!isShell) draft.revision = revision();
    const row = { ...draft };
    inTurn(() => store.put("drafts", row)).catch(() => {
      // A full or forbidden store: the server's copy has to do.
    });
    return fields;
  };

  const autosave = async () => {
    timer = 0;
    if (isLeaving) return;
    const fields = keep();
    if (!draftUrl) {
      say("saved", form.dataset.saidHere, new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }));
      return;
    }
    try {
      const answer = await fetch(draftUrl, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      });
      if (!answer.ok) {
        say("none", [401, 403].includes(answer.status) ? form.dataset.saidSignedOut : form.dataset.saidLocal);
        return;
      }
      say("saved", form.dataset.saidSaved, (await answer.json()).at.replace(/<[^>]*>/g, ""));
      await onServer(fields);
    } catch {
      say("none", form.dataset.saidLocal);
      later(15000);
    }
  };

  const onServer = async (fields) => {
    if (isOffline) {
      await inTurn(() => store.change("drafts", draft.id, (row) => { row.onServer = row.fields === fields; }));
      return;
    }
    // A page that is being loaded just now may have been drawn before the server had this.
    setTimeout(() => { if (typed() === fields) store.removeDraft(draft.id); }, 3000);
  };

  // Here almost at once, on the server when the writer pauses.
  function later(delay = 1500) {
    clearTimeout(soon);
    clearTimeout(timer);
    soon = setTimeout(() => { if (!isLeaving) keep(); }, Math.min(delay, 250));
    timer = setTimeout(autosave, isShell ? 300 : delay);
  }

  // -- What was left here --------------------------------------------------------------------

  const adopt = (found, { fills }) => {
    draft = found;
    if (hidden("client_id")) hidden("client_id").value = found.id;
    if (!fills) return;
    if (day) day.value = found.key;
    fill(found.fields);
    say("none", form.dataset.saidRestored);
  };

  const find = async () => {
    const mine = (await store.drafts()).filter((row) => row.project === project && row.type === type && EDITABLE.includes(row.state));
    if (isShell) {
      const inAddress = location.pathname.match(/\/write\/([^/]+)\/$/);
      if (inAddress && day) day.value = inAddress[1];
      const asked = mine.find((row) => row.id === location.hash.slice(1));
      const sameKey = inAddress && mine.find((row) => row.key === inAddress[1]);
      if (asked || sameKey) adopt(asked || sameKey, { fills: true });
      return;
    }
    const named = mine.find((row) => row.id === hidden("client_id")?.value);
    if (named) {
      // The server's form holds this very draft; newer here is what it had not heard of yet.
      const isNewer = named.state === "writing" && !named.onServer && named.revision === revision();
      adopt(named, { fills: isNewer });
      if (isNewer) later(0);
      return;
    }
    const here = mine.filter((row) => row.key === form.dataset.key).sort((a, b) => b.savedAt - a.savedAt)[0];
    if (!here) return;
    const isSame = here.revision === revision() && here.state !== "conflict" && !form.dataset.hasDraft;
    if (isOffline && !isSame) document.querySelector("[data-elsewhere]").hidden = false;
    else if (isSame && (isOffline || Date.now() - here.savedAt < COPY_LIVES)) {
      adopt(here, { fills: true });
      later(0);
    } else if (!isSame) await store.removeDraft(here.id);
  };

  // -- Photos: kept apart, each with an id of its own -----------------------------------------

  const input = form.querySelector("[data-upload]");
  const list = document.createElement("ul");
  list.className = "photos";
  if (input) input.closest("label").before(list);

  const picture = async (canvas, blob) => {
    try {
      const bitmap = await createImageBitmap(blob, { resizeWidth: 400 });
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
    } catch {
      // A kind of picture that this browser cannot draw (HEIC): its name says what it is.
    }
  };

  const showPhoto = (photo) => {
    const item = document.querySelector("template[data-device-photo]").content.firstElementChild.cloneNode(true);
    picture(item.querySelector("canvas"), photo.blob);
    item.querySelector("canvas").setAttribute("aria-label", photo.name);
    item.querySelector("[data-name]").textContent = photo.name;
    for (const name of ["caption", "activity"]) {
      const field = item.querySelector(`[data-${name}]`);
      field.value = photo[name];
      field.id = `${name}-${photo.id}`;
      item.querySelector(`label[data-for=${name}]`).htmlFor = field.id;
      field.addEventListener("input", () => inTurn(() => store.change("photos", photo.id, (row) => { row[name] = field.value; })));
    }
    item.querySelector("button").addEventListener("click", () => {
      item.remove();
      inTurn(() => store.removePhoto(photo.id));
    });
    list.append(item);
  };

  const takeIn = (files) => {
    keep();
    for (const file of files) {
      const photo = {
        id: self.ccsStore.newId(), draft: draft.id, project, type, blob: file, name: file.name,
        caption: "", activity: "", position: list.children.length, state: "waiting", savedAt: Date.now(),
      };
      showPhoto(photo);
      inTurn(() => store.put("photos", photo)).catch(() => warn(form.dataset.saidFull));
    }
  };

  const showPhotos = async () => {
    if (!draft) return;
    for (const photo of await store.photosOf(draft.id)) if (photo.blob) showPhoto(photo);
  };

  // -- Saving: by way of the outbox ----------------------------------------------------------

  const finish = async (name) => {
    clearTimeout(soon);
    clearTimeout(timer);
    isLeaving = true;
    keep();
    await last;
    const queued = await store.change("drafts", draft.id, (row) => { row.state = "waiting"; row.edition += 1; });
    say("submitted", form.dataset.saidSending);
    await self.ccsSending.send(user, queued.id);
    const now = await store.draft(queued.id);
    draft = now;
    if (now.state === "refused") {
      isLeaving = false;
      say("none", form.dataset.saidHere);
      warn(now.sentence);
    } else if (now.state === "waiting") {
      self.ccsSending.later();
      location.assign(form.dataset.outbox);
    } else location.assign(name === "next" && now.checkUrl ? now.checkUrl : now.url);
  };

  form.addEventListener("submit", (event) => {
    const name = event.submitter?.name || "next";
    // A step taken at once goes by the server; with photos on this device they have to go first.
    const saves = ["save", "next"].includes(name) || (name === "send" && list.children.length > 0);
    if (isOffline && saves) {
      event.preventDefault();
      if (isLeaving) return;
      finish(name).catch(() => form.submit());
      return;
    }
    if (isShell) {
      event.preventDefault();
      warn(form.dataset.saidNeedsNetwork);
      return;
    }
    isLeaving = true;
    clearTimeout(timer);
    if (name === "discard" && draft) store.removeDraft(draft.id);
    else if (name !== "discard") keep();
  });

  // -- Start ---------------------------------------------------------------------------------

  if (day) {
    const now = new Date();
    const local = new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
    day.max = local;
    day.value = local;
    day.addEventListener("input", () => later());
  }
  if (input && isOffline) {
    input.removeAttribute("name");
    input.addEventListener("change", (event) => {
      event.stopImmediatePropagation();
      takeIn(input.files);
      input.value = "";
    }, { capture: true });
  }
  form.addEventListener("input", (event) => { if (event.target.name) later(); });
  form.addEventListener("ccs-changed", () => later());
  window.addEventListener("online", () => { if (draft && !isLeaving) later(0); });
  window.addEventListener("pageshow", () => { isLeaving = false; });
  window.addEventListener("pagehide", () => { if (timer && !isLeaving) keep(); });
  find().then(showPhotos).catch(() => {
    // The store is forbidden here: the form works as a plain form.
  }).finally(() => form.setAttribute("data-ready", ""));
})();
