/**
 * Registers the service worker that the page names (`<html data-worker>`), and takes it away again, with all it kept,
 * on pages of this address that name none: that is how an operator gets rid of it.
 */
const PREFIX = "scholr-";

async function takeAway(workers: ServiceWorkerContainer): Promise<void> {
  for (const registration of await workers.getRegistrations()) await registration.unregister();
  for (const name of await caches.keys()) if (name.startsWith(PREFIX)) await caches.delete(name);
}

export function startOffline(page: Document): void {
  // Missing where the connection is not secure, and in private windows of some browsers.
  const workers = (navigator as Navigator & { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  if (!workers) return;
  const script = page.documentElement.dataset.worker;
  const done = script ? workers.register(script, { scope: "/" }) : takeAway(workers);
  // Everything works without it; a browser that refuses storage refuses this too.
  done.catch((error: unknown) => console.info("No page for offline:", error));
}
