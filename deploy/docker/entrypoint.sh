#!/bin/sh
# Begins every container. Numba uses compiled functions only where it may write, and the image is
# read-only: so what the image was built with goes to /tmp first, which takes milliseconds.
set -eu
if [ -d "${TIDEGAUGE_COMPILED:-}" ] && [ ! -e "${NUMBA_CACHE_DIR:?}" ]; then
  cp -R "$TIDEGAUGE_COMPILED" "$NUMBA_CACHE_DIR"
fi
exec tidegauge "$@"
