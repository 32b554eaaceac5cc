/** The window's title says how many alerts wait, while nobody looks. */

let waiting = 0;

/** @param {string} title without a mark */
export const marked = (title) => (waiting && !isSeen() ? `(${waiting}) ${title}` : title);

/** The page is in front, and its window is the one in use. */
const isSeen = () => document.visibilityState === 'visible' && document.hasFocus();

/** @param {number} count of alerts that nobody has acknowledged */
export function showWaiting(count) {
  waiting = count;
  mark();
}

export function startTitle() {
  for (const name of ['focus', 'blur']) window.addEventListener(name, mark);
  document.addEventListener('visibilitychange', mark);
}

function mark() {
  const title = marked(document.title.replace(/^\(\d+\) /, ''));
  if (document.title !== title) document.title = title;
}
