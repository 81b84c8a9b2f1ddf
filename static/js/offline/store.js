// What this device keeps of one person: drafts, photos, and what was taken along. Pages and the
// service worker share it. IndexedDB, as it alone holds photos and survives a closed browser.
(() => {
  "use strict";
  const PREFIX = "ccs-offline-";
  // Tells this page, other tabs and the service worker that something is different now.
  const channel = new BroadcastChannel("ccs-offline");
  const changed = () => self.dispatchEvent(new Event("ccs-offline"));
  channel.addEventListener("message", changed);

  const opened = (name) => new Promise((resolve, reject) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("drafts", { keyPath: "id" });
      asked.result.createObjectStore("photos", { keyPath: "id" }).createIndex("draft", "draft");
      asked.result.createObjectStore("meta");
    };
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      // Signing out in another tab deletes the store.
      asked.result.onversionchange = () => asked.result.close();
      resolve(asked.result);
    };
  });

  // Run one transaction; `work` gets its object stores and may set `result`.
  const run = async (name, stores, mode, work) => {
    const db = await opened(name);
    try {
      return await new Promise((resolve, reject) => {
        const transaction = db.transaction(stores, mode, { durability: "strict" });
        const box = {};
        work(...stores.map((store) => transaction.objectStore(store)), box);
        transaction.oncomplete = () => resolve(box.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      db.close();
    }
  };

  const take = (request, box) => { request.onsuccess = () => { box.result = request.result; }; };

  const storeOf = (user) => {
    const name = PREFIX + user;
    const read = (store, ask) => run(name, [store], "readonly", (rows, box) => take(ask(rows), box));
    const write = async (stores, work) => {
      const result = await run(name, stores, "readwrite", work);
      channel.postMessage("changed");
      changed();
      return result;
    };
    const ofDraft = (rows, id, each) => {
      const cursor = rows.index("draft").openCursor(id);
      cursor.onsuccess = () => {
        if (!cursor.result) return;
        each(cursor.result);
        cursor.result.continue();
      };
    };
    return {
      drafts: () => read("drafts", (rows) => rows.getAll()),
      draft: (id) => read("drafts", (rows) => rows.get(id)),
      photos: () => read("photos", (rows) => rows.getAll()),
      // In the order they were chosen: ids of one moment do not sort.
      photosOf: async (id) => {
        const found = await read("photos", (rows) => rows.index("draft").getAll(id));
        return found.sort((a, b) => a.position - b.position);
      },
      meta: (key) => read("meta", (rows) => rows.get(key)),
      setMeta: (key, value) => write(["meta"], (rows) => rows.put(value, key)),
      put: (store, row) => write([store], (rows) => rows.put(row)),
      // Change a row as it is now; nothing happens where it is gone.
      change: (store, id, how) => write([store], (rows, box) => {
        const asked = rows.get(id);
        asked.onsuccess = () => {
          if (!asked.result) return;
          how(asked.result);
          box.result = asked.result;
          rows.put(asked.result);
        };
      }),
      removePhoto: (id) => write(["photos"], (rows) => rows.delete(id)),
      removeDraft: (id) => write(["drafts", "photos"], (drafts, photos) => {
        drafts.delete(id);
        ofDraft(photos, id, (cursor) => cursor.delete());
      }),
    };
  };

  // RFC 9562, version 7: ids made on a device sort by time like those of the server.
  const newId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    let now = Date.now();
    for (let index = 5; index >= 0; index -= 1) {
      bytes[index] = now % 256;
      now = Math.floor(now / 256);
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  const dropped = (name) => new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(name);
    asked.onsuccess = asked.onerror = asked.onblocked = () => resolve();
  });

  self.ccsStore = {
    of: storeOf,
    newId,
    cacheOf: (user) => PREFIX + user,
    // Pages that somebody else took along are not for the next person.
    dropOtherPages: async (user) => {
      for (const name of await caches.keys()) {
        if (name.startsWith(PREFIX) && name !== PREFIX + user) await caches.delete(name);
      }
    },
    // Whose pages this device holds.
    owner: async () => {
      const name = (await caches.keys()).find((key) => key.startsWith(PREFIX));
      return name && name.slice(PREFIX.length);
    },
    forget: async (user) => {
      await caches.delete(PREFIX + user);
      await dropped(PREFIX + user);
    },
  };
})();
