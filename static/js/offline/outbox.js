// The outbox: the forms taken along, and each draft and photo on this device with its state.
(() => {
  "use strict";
  const page = document.querySelector("[data-outbox-page]");
  const device = self.ccsDevice;
  if (!page) return;
  const find = (name) => page.querySelector(`[data-${name}]`);
  if (!device) {
    find("no-store").hidden = false;
    return;
  }
  const { store, user } = device;
  const DAY = 24 * 3600 * 1000;
  //: Circle of a state (components/state.html).
  const CIRCLES = { writing: "saved", waiting: "none", sending: "submitted", sent: "published", dropped: "saved" };
  const language = document.documentElement.lang;
  const words = (name) => page.querySelector(`[data-words] [data-word="${name}"]`)?.textContent || "";
  const clock = (time) => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(time);
  const copyOf = (name) => page.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true);
  const shellOf = (draft, forms) => forms.find((form) => form.project === draft.project && form.record_type === draft.type)?.url;

  const state = (place, row) => {
    place.className = `state ${CIRCLES[row.state] || "returned"}`;
    place.textContent = words(row.state);
  };

  const showPhoto = (list, photo) => {
    const item = copyOf("photo-row");
    item.querySelector("[data-name]").textContent = photo.caption || photo.name;
    state(item.querySelector("[data-state]"), photo);
    const why = photo.sentence || (photo.outcome === "album" && words("album")) || (photo.state === "waiting" && words(photo.reason)) || "";
    item.querySelector("[data-sentence]").textContent = why;
    list.append(item);
  };

  const link = (place, address) => {
    place.hidden = !address;
    if (address) place.href = address;
  };

  const showDraft = (draft, photos, forms) => {
    const item = copyOf("draft-row");
    const isDone = ["sent", "dropped"].includes(draft.state);
    const shell = shellOf(draft, forms);
    item.classList.toggle("hot", ["conflict", "invalid", "refused"].includes(draft.state));
    item.classList.toggle("done", draft.state === "sent");
    item.querySelector("[data-label]").textContent = [draft.label, draft.heading].filter(Boolean).join(" · ");
    item.querySelector("[data-project]").textContent = draft.projectName;
    item.querySelector("[data-time]").textContent = clock(draft.answeredAt || draft.savedAt);
    state(item.querySelector("[data-state]"), draft);
    const held = draft.state === "waiting" && draft.reason ? words(draft.reason) : "";
    item.querySelector("[data-sentence]").textContent = held || draft.sentence || "";
    link(item.querySelector("[data-write]"), !isDone && draft.state !== "conflict" && draft.state !== "invalid" && shell && `${shell}#${draft.id}`);
    link(item.querySelector("[data-see]"), draft.state !== "writing" && draft.url);
    const see = { sent: "see", invalid: "mend", conflict: "compare" }[draft.state];
    if (see) item.querySelector("[data-see]").textContent = words(see);
    const again = item.querySelector("[data-again]");
    again.hidden = !["writing", "refused"].includes(draft.state);
    again.addEventListener("click", () => queue(draft.id));
    const drop = item.querySelector("[data-drop]");
    drop.addEventListener("click", () => confirmDrop(item, draft));
    for (const place of item.querySelectorAll("[data-about]")) place.textContent = `: ${draft.label} ${draft.heading || ""}`;
    for (const photo of photos) showPhoto(item.querySelector("[data-photos]"), photo);
    find("drafts").append(item);
  };

  // Asked at the same place instead of in a window of its own.
  const confirmDrop = (item, draft) => {
    const asked = item.querySelector("[data-asked]");
    asked.hidden = false;
    asked.querySelector("[data-yes]").addEventListener("click", () => store.removeDraft(draft.id));
    asked.querySelector("[data-no]").addEventListener("click", () => { asked.hidden = true; });
    asked.querySelector("[data-yes]").focus();
  };

  const showForms = (forms) => {
    const list = find("forms");
    list.replaceChildren();
    for (const form of forms) {
      const item = copyOf("form-row");
      item.querySelector("a").href = form.url;
      item.querySelector("a").textContent = form.label;
      item.querySelector("[data-project]").textContent = form.project_name;
      list.append(item);
    }
    find("no-forms").hidden = forms.length > 0;
  };

  const show = async () => {
    const [drafts, photos, forms, takenAt] = await Promise.all([
      store.drafts(), store.photos(), store.meta("forms"), store.meta("takenAt"),
    ]);
    const hasFocus = find("drafts").contains(document.activeElement);
    find("drafts").replaceChildren();
    const shown = drafts.filter((draft) => !draft.isCopy).sort((a, b) => b.savedAt - a.savedAt);
    for (const draft of shown) {
      showDraft(draft, photos.filter((photo) => photo.draft === draft.id).sort((a, b) => a.position - b.position), forms || []);
    }
    if (hasFocus) find("title").focus();
    const open = shown.filter((draft) => !["sent", "dropped"].includes(draft.state)).length;
    find("nothing").hidden = shown.length > 0;
    find("send").disabled = !drafts.some((row) => row.state === "waiting") && !photos.some((row) => row.state === "waiting");
    find("network").textContent = words(navigator.onLine ? "online" : "offline");
    find("taken").textContent = takenAt ? clock(takenAt) : "—";
    find("sign-out").hidden = location.hash !== "#sign-out";
    find("open-count").textContent = String(open);
    showForms(forms || []);
  };

  const queue = async (id) => {
    await store.change("drafts", id, (row) => { row.state = "waiting"; row.edition += 1; row.sentence = ""; });
    await send();
  };

  const send = async () => {
    find("send").disabled = true;
    const reason = await self.ccsSending.send(user);
    find("said").textContent = words(reason || "all-sent");
    if (reason) self.ccsSending.later();
    await show();
  };

  // What was sent stays in sight for a day.
  const tidy = async () => {
    for (const draft of await store.drafts()) {
      const photos = await store.photosOf(draft.id);
      const isDone = ["sent", "dropped"].includes(draft.state) && photos.every((photo) => photo.state === "sent");
      if (isDone && Date.now() - draft.answeredAt > DAY) await store.removeDraft(draft.id);
    }
  };

  const takeAlong = async () => {
    find("take").disabled = true;
    try {
      await device.takeAlong();
      find("said").textContent = words("taken");
    } catch {
      find("said").textContent = words("not-taken");
    }
    find("take").disabled = false;
    await show();
  };

  find("send").addEventListener("click", send);
  find("take").addEventListener("click", takeAlong);
  self.addEventListener("ccs-offline", show);
  for (const name of ["online", "offline", "hashchange"]) window.addEventListener(name, show);
  tidy().then(show);
})();
