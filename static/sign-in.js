/** The page to sign in: a name, a password, and then the page that was asked for or the one of the role. */

import { startChoices } from './choices.js';
import { byId } from './dom.js';
import { session } from './sessionapi.js';
import { SignInForm } from './signinform.js';
import { announce, watch } from './state.js';
import { translate, word } from './words.js';

/** Where a link may lead after signing in: a page of this station and nothing else. */
const PAGES = ['/', '/pilot', '/check', '/audit'];

function start() {
  startChoices();
  const form = new SignInForm(() => location.assign(nextPage()));
  byId('sign-in-place').append(form.element);
  watch((_, changed) => {
    if (!changed.has('language')) return;
    document.title = word('sign_in_page');
    form.show();
  });
  translate(document.documentElement);
  announce(new Set(['language', 'theme']));
  form.focus();
}

/** @returns {string} */
function nextPage() {
  const asked = new URLSearchParams(location.search).get('to');
  return PAGES.includes(asked) ? asked : (session()?.home ?? '/');
}

start();
