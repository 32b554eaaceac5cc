#!/usr/bin/env bash
# Makes .venv with everything the lock names, the project itself (editable) and the detectors' weights.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

found_python() {
    local name
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if new_enough "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
    fail "no Python 3.11 or newer found; install one (Debian, Ubuntu: apt install python3 python3-venv) or name it: make setup PYTHON=/path/to/python3"
}

# Debian and Ubuntu ship Python without the part that makes environments.
ensure_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        printf 'setup: installing the Debian package python3-venv\n'
        { apt-get update && apt-get install -y --no-install-recommends python3-venv; } >/dev/null 2>&1 || true
    fi
    "$1" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$1 lacks the venv module; on Debian and Ubuntu: apt install python3-venv"
}

make_venv() {
    local python
    python=$(found_python)
    ensure_venv "$python"
    printf 'setup: making .venv with %s\n' "$("$python" --version)"
    "$python" -m venv --clear .venv
}

new_enough .venv/bin/python || make_venv
pip=(.venv/bin/python -m pip --disable-pip-version-check -q)
printf 'setup: installing the locked packages\n'
# The lock is whole, and leaves out on purpose what jupedsim wants for its viewer: docs/decisions/0030-crowds-by-jupedsim.md
"${pip[@]}" install --require-hashes --no-deps -r requirements/lock.txt
"${pip[@]}" install -e . --no-deps --no-build-isolation
printf 'setup: bringing the weights of the detectors\n'
.venv/bin/python -m vision.models.fetch
touch .venv/.set-up
