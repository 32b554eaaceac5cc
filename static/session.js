/** Who is signed in, in the header; the dialog that opens over the page when a session has ended; what a role may not use. */

import { byId, el, setText, svg } from './dom.js';
import { clock, duration } from './figures.js';
import { askSession, may, session, signOut, watchSession } from './sessionapi.js';
import { SignInForm } from './signinform.js';
import { watch } from './state.js';
import { known, translate, word } from './words.js';

const KEY = 'M13 3a4 4 0 1 1-3.700 5.500L3 14.800V17h3v-2h2v-2h1.500l1.300-1.300A4 4 0 0 1 13 3z';

/** Puts the button into `#session`, and asks the station who is signed in. */
export function startSession() {
  const opener = el('button', { type: 'button', class: 'button', id: 'session-open', hidden: true }, keyIcon(), el('span', { id: 'session-name' }));
  opener.addEventListener('click', () => (session()?.name ? openWho() : openSignIn()));
  byId('session').append(opener);
  watchSession((now, ended) => {
    show();
    if (now?.name) again?.dialog.close();
    else who?.close();
    if (ended) openSignIn();
  });
  watch((_, changed) => changed.has('language') && show());
  askSession();
}

/** The line to the station is lost: perhaps because the session has ended. */
export const checkSession = () => askSession();

/** The dialogs are in the page while they are open. @type {HTMLElement|null} */
let who = null;
/** @type {{dialog: HTMLElement, form: SignInForm}|null} */
let again = null;
let lastName = '';

const keyIcon = () => svg('svg', { viewBox: '0 0 20 20', class: 'session-icon', 'aria-hidden': true }, svg('path', { d: KEY }));

function show() {
  const now = session();
  if (now?.name && !now.by_itself) lastName = now.name;
  const opener = byId('session-open');
  setText(byId('session-name'), now?.name ? nameOf(now) : word('sign_in'));
  opener.title = now?.name ? word('session_label', { name: nameOf(now), role: known('role', now.role) }) : word('sign_in');
  opener.setAttribute('aria-label', opener.title);
  opener.hidden = now === null;
  if (who && now?.name) showWho(who, now);
  again?.form.show();
  for (const element of document.querySelectorAll('[data-right]')) allow(element);
}

/** @param {import('./sessionapi.js').Session} now */
const nameOf = (now) => (now.by_itself ? word('session_demo') : now.name);

function openWho() {
  who = whoDialog();
  shown(who, () => {
    who = null;
  });
  showWho(who, session());
  who.showModal();
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

/** @param {HTMLElement} dialog @param {import('./sessionapi.js').Session} now */
function showWho(dialog, now) {
  const ends = now.ends_utc ? word('session_until', { time: clock(Date.parse(now.ends_utc)), idle: duration(now.idle_s) }) : '';
  setText(dialog.querySelector('#session-title'), `${nameOf(now)}, ${known('role', now.role)}`);
  setText(dialog.querySelector('#session-says'), now.by_itself ? word('session_demo_says') : ends);
  dialog.querySelector('#sign-out').hidden = now.by_itself;
  dialog.querySelector('#sign-in-other').hidden = !now.by_itself;
  allow(dialog.querySelector('#session-audit'));
}

async function leaveStation() {
  if (await signOut()) location.assign('/sign-in');
  else setText(byId('session-refusal'), word('sign_out_failed'));
}

/** Opens over whatever is open, and what is typed there stays. */
function openSignIn() {
  if (again) return;
  const form = new SignInForm(() => again?.dialog.close());
  const dialog = el('dialog', { id: 'sign-in-dialog', 'aria-labelledby': 'sign-in-title' },
    el('h2', {}, el('span', { id: 'sign-in-title', 'data-word': 'session_ended' })), el('p', { 'data-word': 'session_ended_says' }), form.element);
  again = { dialog, form };
  shown(dialog, () => {
    again = null;
  });
  form.name.value = lastName;
  dialog.showModal();
  form.focus();
}

/**
 * Puts a dialog into the page until it is closed.
 * @param {HTMLElement} dialog
 * @param {() => void} closed
 */
function shown(dialog, closed) {
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed();
  });
  document.body.append(dialog);
  translate(dialog);
}

/**
 * What a role may not use is disabled, and says why; a link is left out.
 * @param {HTMLElement} element
 */
export function allow(element) {
  const allowed = may(element.dataset.right);
  if (element.matches('a')) element.hidden = !allowed;
  else element.disabled = !allowed;
  if (allowed && element.title === word('refused_right')) element.removeAttribute('title');
  if (!allowed) element.title = word('refused_right');
}
