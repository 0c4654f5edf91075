#!/usr/bin/env bash
# jq and Python's json and csv modules read what kafdir writes, and kafdir reads what they write: random records, whose
# fields hold quotes, newlines, NULs, and bytes that are no text.
set -euo pipefail
source "$(dirname "$0")/checks.sh"

store=$(scratch text)
export PATH="$(dirname "$KAFDIR_PROGRAM"):$PATH"
export KAFDIR="$store/store" SEED=${SEED:-$RANDOM}
echo "text: SEED=$SEED"
python3 "$ORACLE_SOURCE/text.py" "$store"

# What jq passes through means the same to kafdir.
kafdir consume random --json | jq -c . | kafdir produce -q through-jq --json
kafdir consume through-jq --json | sed 's/^{"topic":"through-jq"/{"topic":"random"/' >"$store/through"
kafdir consume random --json | cmp - "$store/through"
# And to jq what kafdir nests.
kafdir consume documents --json --json-values | jq -cS .value >"$store/nested"
kafdir consume documents | jq -cS . | cmp - "$store/nested"
echo "text: jq and Python agree with kafdir"
