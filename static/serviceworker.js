/**
 * Keeps the program of the pages on this device, so that they open while the station cannot be reached, and nothing that
 * they show: no figure, no picture, no tile. What is kept is the list that the station wrote below, one version of it.
 */

/** Written by the station (groundstation.web.shell): of which version, and what belongs to it. */
const SHELL = { version: '', files: [] };

const NAME = `shell-${SHELL.version}`;
const FILES = new Set(SHELL.files);
/** So long a station is waited for that neither answers nor refuses. */
const PATIENCE_MS = 5000;

self.addEventListener('install', (event) => event.waitUntil(keepShell()));
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
self.addEventListener('fetch', (event) => {
  if (isOfShell(event.request)) event.respondWith(answerTo(event.request));
});

/** @param {Request} request all others go to the station as if this were not here */
function isOfShell({ method, url }) {
  const { origin, pathname } = new URL(url);
  return method === 'GET' && origin === self.location.origin && FILES.has(pathname);
}

/** One file that does not come, and this version is not kept: pages of two versions never meet. */
async function keepShell() {
  const shelf = await caches.open(NAME);
  await Promise.all(SHELL.files.map((path) => keep(shelf, path)));
  await self.skipWaiting();
}

/** A page that this user may not open leads elsewhere, and is not kept. */
async function keep(shelf, path) {
  const answer = await fetch(path, { cache: 'no-cache', redirect: 'manual' });
  if (answer.type === 'opaqueredirect') return;
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
  await shelf.put(path, answer);
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The station first: what is kept is for when there is none. @param {Request} request */
async function answerTo(request) {
  const told = fetch(request).catch(() => null);
  const late = new Promise((done) => setTimeout(() => done(null), PATIENCE_MS));
  return (await Promise.race([told, late])) ?? (await kept(request)) ?? (await told) ?? Response.error();
}

/** @param {Request} request */
const kept = ({ url }) => caches.match(new URL(url).pathname, { cacheName: NAME });
