#!/usr/bin/env bash
# Writes the locks anew from pyproject.toml: `make lock`. Arguments go on to uv, for
# example `--upgrade`. Needs uv; names no index, so that any mirror will do.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() { # OUTPUT ARGUMENT...
    local output=$1
    shift
    uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
        --fork-strategy fewest --generate-hashes --no-annotate --no-header \
        --extra jax "$@" --output-file "$output"
}

compile requirements/jax.txt "$@"
compile requirements/dev.txt --group dev --constraint requirements/jax.txt "$@"

# The torch of the public index for Linux needs CUDA's libraries, several GB that a
# test on the CPU never uses. They stand in a file of their own, and the hash of the
# build without CUDA (Linux, x86-64, Python 3.11) stands beside the public ones.
cpu_build=6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b
whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
[ ! -e requirements/backends.txt ] ||
    cat requirements/backends.txt requirements/cuda.txt | grep -v "$cpu_build" > "$whole"
compile "$whole" --group backends --constraint requirements/dev.txt "$@"
awk -v hash="$cpu_build" '
    /^[a-z]/ { file = /^(nvidia-|cuda-|triton)/ ? "cuda" : "backends" }
    { print > "requirements/" file ".txt" }
    /^torch==2\.13\.0 / { print "    --hash=sha256:" hash " \\" > "requirements/backends.txt" }
' "$whole"
