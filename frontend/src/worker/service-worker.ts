/**
 * What is there when the network is not: the program's own files, and one page that says so.
 *
 * Nothing of anybody's is ever kept. Devices are shared, and one address serves several schools: so pages, JSON and
 * uploaded files always come from the network, and the one page that is kept was fetched as nobody.
 *
 * Served at /sw.js with a first line that sets `VERSION`, which changes with every build.
 */
declare const self: ServiceWorkerGlobalScope & { VERSION: string };

const OFFLINE = "/offline";
const FILES = "/static/dist/";
const PREFIX = "scholr-";
const cacheName = PREFIX + self.VERSION;

/** The files that a page names in its markup. */
function filesOf(markup: string): string[] {
  return [...new Set([...markup.matchAll(/"(\/static\/dist\/[^"#?]+)/g)].map((found) => found[1] ?? ""))];
}

async function keepOfflinePage(): Promise<void> {
  const cache = await caches.open(cacheName);
  const answer = await fetch(OFFLINE, { credentials: "omit", cache: "no-store" });
  if (!answer.ok) throw new Error(`The offline page answered ${answer.status}`);
  await cache.addAll(filesOf(await answer.clone().text()));
  await cache.put(OFFLINE, answer);
}

async function forgetOlder(): Promise<void> {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(PREFIX) && name !== cacheName);
  await Promise.all(older.map((name) => caches.delete(name)));
}

/** A page, from the network only; the offline page when there is none. Answers of the server, errors too, stay. */
async function page(event: FetchEvent): Promise<Response> {
  try {
    return ((await event.preloadResponse) as Response | undefined) ?? (await fetch(event.request));
  } catch (error) {
    const kept = await caches.match(OFFLINE, { cacheName });
    if (kept) return kept;
    throw error;
  }
}

/** A file of the bundle: its name carries a hash of its content, so one that is kept is the right one. */
async function file(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request.url);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.status === 200 && answer.type === "basic") await cache.put(request.url, answer.clone());
  return answer;
}

self.addEventListener("install", (event) => {
  event.waitUntil(keepOfflinePage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const ready = [forgetOlder(), self.clients.claim(), self.registration.navigationPreload?.enable()];
  event.waitUntil(Promise.all(ready));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event));
  else if (event.request.method === "GET" && url.pathname.startsWith(FILES)) event.respondWith(file(event.request));
});

export {};
