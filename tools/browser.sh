#!/usr/bin/env bash
# The browser tests need Chromium: install it where we may, else say what is missing; those tests then skip.
set -euo pipefail

has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null

has_browser && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    printf 'test: installing the Debian package chromium\n'
    { apt-get update && apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 || true
fi
has_browser || printf 'test: no Chromium, the browser tests skip; on Debian: apt install chromium\n'
