// The service worker of the working side. It shows what was taken along when there is no network,
// and sends what waits when there is one again. It keeps no other page.
(() => {
  "use strict";
  const OUTBOX = "/pmis/offline/";
  const WRITE = /^\/pmis\/(projects\/[^/]+\/[^/]+\/)write\/(?:[^/]+\/)?$/;

  self.addEventListener("install", () => self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

  const kept = async (address) => {
    const user = await self.ccsStore.owner();
    if (!user) return undefined;
    const cache = await caches.open(self.ccsStore.cacheOf(user));
    return cache.match(address, { ignoreVary: true });
  };

  const page = async (request, path) => {
    try {
      return await fetch(request);
    } catch {
      // The form of a record is taken along as the empty form; its script finds the draft.
      const form = path.match(WRITE);
      const found = await kept(form ? `${OUTBOX}${form[1]}` : path);
      return found || (await kept(OUTBOX)) || Response.error();
    }
  };

  const file = async (request) => {
    try {
      return await fetch(request);
    } catch {
      return (await kept(request.url)) || Response.error();
    }
  };

  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== "GET" || origin !== self.location.origin) return;
    if (request.mode === "navigate") event.respondWith(page(request, pathname));
    else if (pathname.startsWith("/static/")) event.respondWith(file(request));
  });

  self.addEventListener("sync", (event) => {
    if (event.tag !== "ccs-send") return;
    event.waitUntil((async () => {
      const user = await self.ccsStore.owner();
      const reason = user ? await self.ccsSending.send(user) : "";
      // The browser tries again later.
      if (reason === "offline" || reason === "server") throw new Error(reason);
    })());
  });
})();
