/**
 * Renews the public page as the server draws it: the page is complete without this, and says the same with it. What was
 * opened by the reader stays open.
 */

const EVERY_MS = 10_000;
/** Parts of the page that change. */
const PARTS = ['live', 'register'];
const FOCUSABLE = 'a, summary, [tabindex]';

/** @returns {Promise<void>} */
async function renew() {
  const answer = await fetch(`/public?lang=${document.documentElement.lang}`);
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const id of PARTS) replace(document.getElementById(id), fresh.getElementById(id));
  document.title = fresh.title;
}

/**
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
function replace(old, fresh) {
  if (old.outerHTML === fresh.outerHTML) return;
  const focused = [...old.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  const open = old.querySelector('details')?.open ?? false;
  const scrolled = [...old.querySelectorAll('.scroll')].map((part) => part.scrollTop);
  old.replaceWith(document.adoptNode(fresh));
  const details = fresh.querySelector('details');
  if (details) details.open = open;
  if (focused >= 0) fresh.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
  fresh.querySelectorAll('.scroll').forEach((part, row) => { part.scrollTop = scrolled[row] ?? 0; });
}

async function tick() {
  if (document.hidden) return;
  const lost = document.getElementById('lost');
  try {
    await renew();
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}

setInterval(tick, EVERY_MS);
document.addEventListener('visibilitychange', tick);
