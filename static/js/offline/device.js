// On every working page: the service worker, what is taken along, sending, and signing out.
(() => {
  "use strict";
  const root = document.querySelector("[data-device]");
  if (!root || !("serviceWorker" in navigator) || !("locks" in navigator) || !self.indexedDB) return;
  const { user, worker, outbox, home } = root.dataset;
  const store = self.ccsStore.of(user);
  const FRESH_FOR = 6 * 3600 * 1000;

  const unsent = async () => {
    const drafts = (await store.drafts()).filter((row) => !row.isCopy && !["sent", "dropped"].includes(row.state));
    const photos = (await store.photos()).filter((row) => row.state !== "sent");
    return drafts.length + photos.filter((photo) => !drafts.some((row) => row.id === photo.draft)).length;
  };

  const show = async () => {
    const count = await unsent();
    root.hidden = count === 0;
    const place = root.querySelector("[data-unsent]");
    if (place) place.textContent = String(count);
  };

  // -- Taking along --------------------------------------------------------------------------

  const keepPage = async (cache, address, files) => {
    const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
    // Never the sign-in page in the place of a form.
    if (!answer.ok || answer.redirected) return false;
    await cache.put(address, answer.clone());
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const file of page.querySelectorAll("link[rel=stylesheet],script[src]")) {
      files.add(new URL(file.getAttribute("href") || file.getAttribute("src"), location.origin).href);
    }
    return true;
  };

  const takeAlong = async () => {
    const kit = await self.ccsSending.kit();
    if (kit.user !== user) return [];
    const cache = await caches.open(self.ccsStore.cacheOf(user));
    const files = new Set();
    const taken = [];
    await keepPage(cache, outbox, files);
    for (const form of kit.forms) {
      if (await keepPage(cache, form.url, files)) taken.push(form);
    }
    for (const file of files) await cache.add(file);
    const wanted = new Set([outbox, ...taken.map((form) => form.url)].map((path) => new URL(path, location.origin).href));
    for (const request of await cache.keys()) {
      if (!wanted.has(request.url) && !files.has(request.url)) await cache.delete(request);
    }
    await store.setMeta("forms", taken);
    await store.setMeta("takenAt", Date.now());
    return taken;
  };

  const takeAlongIfOld = async () => {
    const takenAt = (await store.meta("takenAt")) || 0;
    const cache = await caches.open(self.ccsStore.cacheOf(user));
    if (Date.now() - takenAt > FRESH_FOR || !(await cache.match(outbox))) await takeAlong();
  };

  // -- Sending -------------------------------------------------------------------------------

  const send = async () => {
    if (navigator.onLine) await self.ccsSending.send(user);
  };

  // -- Signing out: nothing of a person stays behind ----------------------------------------

  const forget = async () => {
    const registration = await navigator.serviceWorker.getRegistration(home);
    await self.ccsStore.forget(user);
    if (registration) await registration.unregister();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (new URL(form.action, location.origin).pathname !== root.dataset.signOutUrl) return;
    if (form.dataset.forgotten) return;
    event.preventDefault();
    (async () => {
      if ((await unsent()) && form.dataset.deletes === undefined) {
        location.assign(`${outbox}#sign-out`);
        if (location.pathname === outbox) location.reload();
        return;
      }
      await forget();
      form.dataset.forgotten = "yes";
      form.submit();
    })();
  });

  // -- Start ---------------------------------------------------------------------------------

  self.ccsDevice = { user, store, takeAlong, send };
  self.addEventListener("ccs-offline", show);
  window.addEventListener("online", send);
  (async () => {
    await show();
    if (!navigator.onLine) return;
    await navigator.serviceWorker.register(worker, { scope: home, updateViaCache: "none" });
    await self.ccsStore.dropOtherPages(user);
    // Names this device's person to the service worker.
    await caches.open(self.ccsStore.cacheOf(user));
    await send();
    if (root.dataset.takeAlong !== undefined) await takeAlongIfOld();
  })().catch(() => {
    // No network after all, or a store that the browser forbids: the pages work without it.
  });
})();
