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

# The public index's torch for Linux needs CUDA's libraries, several GB that a test on
# the CPU never uses. So torch stands in files of its own: torch-cpu.txt, written by
# hand, has the build without CUDA; torch.txt has the public one and all it needs.
whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
[ ! -e requirements/backends.txt ] ||
    cat requirements/backends.txt requirements/torch.txt > "$whole"
compile "$whole" --group backends --constraint requirements/dev.txt "$@"
awk '
    /^[a-z]/ { file = /^(torch==|nvidia-|cuda-|triton)/ ? "torch" : "backends" }
    { print > "requirements/" file ".txt" }
' "$whole"
