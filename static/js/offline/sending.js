// Sends what waits on this device, each thing once: the id made here is the idempotency key, so a
// repeat after a lost answer is harmless. Pages and the service worker share it.
(() => {
  "use strict";
  const KIT = "/api/v1/pmis/offline/";
  const DRAFTS = `${KIT}drafts/`;
  const PHOTOS = `${KIT}photos/`;
  const OUTCOMES = { saved: "sent", invalid: "invalid", conflict: "conflict", dropped: "dropped" };

  // Why nothing can be sent now: offline, signed-out, other-person, server.
  class Halt extends Error {}

  const ask = async (address, options = {}) => {
    let answer;
    try {
      answer = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options });
    } catch {
      throw new Halt("offline");
    }
    if (answer.status === 401) throw new Halt("signed-out");
    if (answer.status === 429 || answer.status >= 500) throw new Halt("server");
    return answer;
  };

  const kit = async () => {
    const answer = await ask(KIT);
    if (!answer.ok) throw new Halt("signed-out");
    return answer.json();
  };

  const problemOf = async (answer) => {
    try {
      const { title, detail } = await answer.json();
      return detail || title;
    } catch {
      return "";
    }
  };

  const post = (address, id, token, body, headers = {}) => ask(address, {
    method: "POST",
    body,
    headers: { "Idempotency-Key": id, "X-CSRFToken": token, ...headers },
  });

  const sendDraft = async (store, draft, token) => {
    await store.change("drafts", draft.id, (row) => { row.state = "sending"; });
    const body = JSON.stringify({
      project: draft.project,
      record_type: draft.type,
      key: draft.key,
      edition: draft.edition,
      revision: draft.revision === "" ? null : Number(draft.revision),
      fields_sent: draft.fields,
    });
    const answer = await post(DRAFTS, draft.id, token, body, { "Content-Type": "application/json" });
    const result = answer.ok ? await answer.json() : { sentence: await problemOf(answer) };
    await store.change("drafts", draft.id, (row) => {
      // Written on meanwhile: this answer is not about what stands there now.
      if (row.edition !== draft.edition || row.state === "writing") return;
      row.state = OUTCOMES[result.outcome] || "refused";
      Object.assign(row, {
        sentence: result.sentence || "", url: result.url || "", checkUrl: result.check_url || "",
        reason: "", answeredAt: Date.now(),
      });
      if (row.state === "sent") row.fields = "";
    });
  };

  const sendPhoto = async (store, photo, token) => {
    await store.change("photos", photo.id, (row) => { row.state = "sending"; });
    const body = new FormData();
    const plain = {
      project: photo.project, record_type: photo.type, draft: photo.draft,
      position: String(photo.position), caption: photo.caption, activity: photo.activity,
    };
    for (const [name, value] of Object.entries(plain)) body.append(name, value);
    body.append("file", photo.blob, photo.name);
    const answer = await post(PHOTOS, photo.id, token, body);
    const result = answer.ok ? await answer.json() : { outcome: "refused", sentence: await problemOf(answer) };
    await store.change("photos", photo.id, (row) => {
      row.state = result.outcome === "refused" ? "refused" : "sent";
      row.outcome = result.outcome;
      row.sentence = result.sentence || "";
      if (row.state === "sent") row.blob = null;
    });
  };

  // "sending" outside of this lock is left over from a browser that was closed.
  const waits = (row) => row.state === "waiting" || row.state === "sending";

  const sendWaiting = async (user, only) => {
    const store = self.ccsStore.of(user);
    const chosen = (row, draft) => waits(row) && (!only || draft === only);
    const drafts = (await store.drafts()).filter((row) => chosen(row, row.id));
    // In the order they were chosen: the record names them as they come.
    const photos = (await store.photos()).filter((row) => chosen(row, row.draft)).sort((a, b) => a.position - b.position);
    if (!drafts.length && !photos.length) return "";
    try {
      const { user: signedIn, csrf_token: token } = await kit();
      if (signedIn !== user) throw new Halt("other-person");
      for (const draft of drafts) await sendDraft(store, draft, token);
      const answered = new Set((await store.drafts()).filter((row) => row.answeredAt && row.state !== "refused").map((row) => row.id));
      for (const photo of photos) {
        if (answered.has(photo.draft)) await sendPhoto(store, photo, token);
      }
      return "";
    } catch (halt) {
      if (!(halt instanceof Halt)) throw halt;
      for (const [name, rows] of [["drafts", drafts], ["photos", photos]]) {
        for (const { id } of rows) {
          await store.change(name, id, (row) => {
            if (!waits(row)) return;
            row.state = "waiting";
            row.reason = halt.message;
          });
        }
      }
      return halt.message;
    }
  };

  self.ccsSending = {
    kit,
    // Return "" when everything was answered, else why not.
    send: (user, only) => navigator.locks.request(`ccs-send-${user}`, () => sendWaiting(user, only)),
    // Ask the browser to send when the network is back, even with the page closed.
    later: async () => {
      try {
        const registration = await navigator.serviceWorker.ready;
        await registration.sync.register("ccs-send");
      } catch {
        // No background sync here: the next visit, the online event or the button sends.
      }
    },
  };
})();
