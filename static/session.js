/** Who is signed in, in the header; the dialog that opens over the page when a session has ended; what a role may not use. */

import { byId, el, setText } from './dom.js';
import { clock, duration } from './figures.js';
import { askSession, may, session, signOut, watchSession } from './sessionapi.js';
import { SignInForm } from './signinform.js';
import { watch } from './state.js';
import { known, word } from './words.js';

const KEY = 'M13 3a4 4 0 1 1-3.700 5.500L3 14.800V17h3v-2h2v-2h1.500l1.300-1.300A4 4 0 0 1 13 3z';

/** Puts the button into `#session` and both dialogs into the page, and asks the station who is signed in. */
export function startSession() {
  byId('session').append(button());
  document.body.append(whoDialog(), signInDialog());
  watchSession((_, ended) => {
    show();
    if (ended) openSignIn();
  });
  watch((_, changed) => changed.has('language') && show());
  show();
  askSession();
}

/** The line to the station is lost: perhaps because the session has ended. */
export const checkSession = () => askSession();

/** @type {SignInForm|null} */
let form = null;
let lastName = '';

function button() {
  const icon = el('span', { class: 'session-icon', 'aria-hidden': true });
  icon.append(keyIcon());
  const opener = el('button', { type: 'button', class: 'button', id: 'session-open' }, icon, el('span', { id: 'session-name' }));
  opener.addEventListener('click', () => (session()?.name ? byId('session-dialog').showModal() : openSignIn()));
  return opener;
}

function keyIcon() {
  const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  icon.setAttribute('viewBox', '0 0 20 20');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', KEY);
  icon.append(path);
  return icon;
}

function whoDialog() {
  const close = el('button', { type: 'button', 'data-label': 'close', id: 'session-close' }, '×');
  const leave = el('button', { type: 'button', class: 'button', id: 'sign-out', 'data-word': 'sign_out' });
  const other = el('a', { class: 'button', id: 'sign-in-other', href: '/sign-in', 'data-word': 'sign_in_other' });
  const audit = el('a', { class: 'button', id: 'session-audit', href: '/audit', 'data-word': 'audit_open', 'data-right': 'audit' });
  const dialog = el('dialog', { id: 'session-dialog', 'aria-labelledby': 'session-title' },
    el('h2', {}, el('span', { id: 'session-title' }), close), el('p', { id: 'session-says' }),
    el('p', { class: 'refusal', id: 'session-refusal', role: 'alert' }), el('div', { class: 'session-bar' }, audit, other, leave));
  close.addEventListener('click', () => dialog.close());
  leave.addEventListener('click', () => leaveStation());
  return dialog;
}

async function leaveStation() {
  if (await signOut()) location.assign('/sign-in');
  else setText(byId('session-refusal'), word('sign_out_failed'));
}

function signInDialog() {
  form = new SignInForm(() => {
    byId('sign-in-dialog').close();
  });
  return el('dialog', { id: 'sign-in-dialog', 'aria-labelledby': 'sign-in-title' },
    el('h2', {}, el('span', { id: 'sign-in-title', 'data-word': 'session_ended' })), el('p', { 'data-word': 'session_ended_says' }), form.element);
}

/** Opens over whatever is open, and what is typed there stays. */
function openSignIn() {
  const dialog = byId('sign-in-dialog');
  if (dialog.open) return;
  if (!form.name.value) form.name.value = lastName;
  dialog.showModal();
  form.focus();
}

function show() {
  const now = session();
  if (now?.name && !now.by_itself) lastName = now.name;
  showButton(now);
  showDialog(now);
  for (const element of document.querySelectorAll('[data-right]')) allow(element);
}

/** @param {import('./sessionapi.js').Session|null} now */
function showButton(now) {
  setText(byId('session-name'), now?.name ? name(now) : word('sign_in'));
  const opener = byId('session-open');
  opener.title = now?.name ? word('session_label', { name: name(now), role: known('role', now.role) }) : word('sign_in');
  opener.setAttribute('aria-label', opener.title);
  opener.hidden = now === null;
}

/** @param {import('./sessionapi.js').Session} now */
const name = (now) => (now.by_itself ? word('session_demo') : now.name);

/** @param {import('./sessionapi.js').Session|null} now */
function showDialog(now) {
  if (!now?.name) return byId('session-dialog').close();
  setText(byId('session-title'), `${name(now)}, ${known('role', now.role)}`);
  const ends = now.ends_utc ? word('session_until', { time: clock(Date.parse(now.ends_utc)), idle: duration(now.idle_s) }) : '';
  setText(byId('session-says'), now.by_itself ? word('session_demo_says') : ends);
  byId('sign-out').hidden = now.by_itself;
  byId('sign-in-other').hidden = !now.by_itself;
}

/**
 * What a role may not use is disabled, and says why; a link is left out.
 * @param {HTMLElement} element
 */
export function allow(element) {
  const allowed = may(element.dataset.right);
  if (element.matches('a')) element.hidden = !allowed;
  else element.disabled = !allowed;
  if (allowed === !element.dataset.refusedRight) return;
  if (allowed) delete element.dataset.refusedRight;
  else element.dataset.refusedRight = 'true';
  if (!element.matches('a')) element.title = allowed ? '' : word('refused_right');
}
