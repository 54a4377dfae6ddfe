#!/usr/bin/env bash
# bootstrap.sh READY: make or renew .venv from requirements.lock, every package checked against its hash, and say so in the file READY.
#
# `make` calls this where .venv is missing, older than the lock, or was made for another folder.
# PYTHON chooses the interpreter; otherwise the first of python3, python3.13, python3.12 and python3.11 that is 3.11 to 3.13.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly READY=${1:?name the file that says that .venv is ready}
readonly VENV=.venv
readonly IS_OURS='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'
readonly HAS_VENV='import ensurepip, venv'

fail() {
    printf 'nightshift: %s\n' "$1" >&2
    exit 2
}

# The line that installs Debian or Ubuntu packages, as this user would type it.
apt_line() {
    if [ "$(id -u)" = 0 ]; then printf 'apt-get install -y %s' "$*"; else printf 'sudo apt-get install -y %s' "$*"; fi
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c "$IS_OURS" 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    if [ -n "${PYTHON:-}" ]; then fail "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13: name one that is"; fi
    fail "no Python 3.11, 3.12 or 3.13 found: $(apt_line python3 python3-venv)"
}

# Whether there is an environment to build on; one that was moved has the old path in its scripts.
is_usable() {
    "$VENV/bin/python" -c "import pip; $IS_OURS" 2>/dev/null || return 1
    [ ! -f "$READY" ] || [ "$(cat "$READY")" = "$(pwd -P)" ]
}

make_venv() {
    local python
    if is_usable; then return; fi
    python=$(find_python)
    "$python" -c "$HAS_VENV" 2>/dev/null \
        || fail "$("$python" -V) cannot make virtual environments: $(apt_line "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')")"
    "$python" -m venv --clear "$VENV"
}

# A private certificate authority: uv trusts the system's certificates only when told where they are, pip what was exported.
trust_system() {
    local bundle=/etc/ssl/certs/ca-certificates.crt
    if [ -n "${SSL_CERT_FILE:-}" ]; then
        export PIP_CERT="${PIP_CERT:-$SSL_CERT_FILE}"
    elif [ -r "$bundle" ]; then
        export SSL_CERT_FILE="$bundle"
    fi
}

# uv does not read pip's settings: a mirror that pip was told of is passed on. Without a home that can be written, the cache lies in .venv.
configure_uv() {
    local mirror
    mirror=${PIP_INDEX_URL:-$("$VENV/bin/python" -m pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$mirror" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$mirror}"; fi
    if [ ! -w "${XDG_CACHE_HOME:-${HOME:-/nonexistent}}" ]; then export UV_CACHE_DIR="${UV_CACHE_DIR:-$PWD/$VENV/uv-cache}"; fi
    export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"
}

install() {
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r ops/uv.txt
    configure_uv
    "$VENV/bin/uv" pip install --python "$VENV/bin/python" --quiet --require-hashes -r requirements.lock
    "$VENV/bin/uv" pip install --python "$VENV/bin/python" --quiet --no-deps --no-build-isolation -e .
}

exec 9<.
if command -v flock >/dev/null; then flock 9; fi # of two makes at once the second finds everything installed
echo "making $VENV from requirements.lock"
trust_system
make_venv
install
pwd -P >"$READY"
