/** Lets the browser keep the program of the pages (serviceworker.js): they open then without a station, and say so. */

const WAIT_MS = 4000;

/** When the page has done what it is for. Browsers offer it on this machine and over TLS alone. */
export function installShell() {
  setTimeout(async () => {
    try {
      await navigator.serviceWorker?.register('/service-worker.js');
    } catch (error) {
      // a browser that keeps nothing: the page works as before
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    }
  }, WAIT_MS);
}
