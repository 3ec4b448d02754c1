# Two commands for everybody: `make demo` and `make test`. Both set up first.
# Needed beforehand: make, and a Python 3.11 or newer with venv (PYTHON=... names one).

SHELL := /bin/sh
.DEFAULT_GOAL := help

# A small network gains nothing from many threads, and a torch that has two of them
# beside one busy core waits for the slower one at every step.
export OMP_NUM_THREADS ?= 2
torch: export OMP_NUM_THREADS := 1

# The quick tests compile by XLA's older emitters, which are faster at it (see
# tests/conftest.py); the slow ones by what users get.
test-slow: export XLA_FLAGS := $(XLA_FLAGS)

export KERAS_BACKEND ?= jax
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BIN := .venv/bin
QUICK := -q -m "not slow" -n 2 --dist loadfile --ignore tests/house
# What a backend can change; reading and encoding are the same on all.
BACKEND_TESTS = $(wildcard tests/engine tests/nn tests/network tests/training \
	tests/anomaly tests/pipeline tests/contract tests/golden \
	tests/run/test_predictor.py tests/run/test_saved.py $(addprefix tests/workflows/, \
	test_backends.py test_cross_modal_xor.py test_frozen_encodings.py \
	test_resume.py test_stages.py))

.PHONY: help setup demo check test test-all test-slow test-backends tensorflow torch
.PHONY: bench lock clean

help:
	@echo "make demo      set up, train on a small real data set, show the scores"
	@echo "make test      set up, run the quick tests on JAX (about 6 minutes)"
	@echo "make check     ruff, mypy, import floors, house tests"
	@echo "make test-all  every test: slow ones too, then TensorFlow and torch"
	@echo "make bench     speed and quality beside hand-written code"
	@echo "make lock      write requirements/*.txt anew from pyproject.toml"
	@echo "make clean     remove environments and caches"

setup: .venv/ready

demo: setup
	$(BIN)/sensorium demo
	@echo
	@echo "The command \`sensorium\` is in $(BIN): source $(BIN)/activate"

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q -n 2 tests/house

test: setup
	$(BIN)/python -m pytest $(QUICK) $(ARGS)

test-all: test test-slow test-backends

test-slow: setup
	$(BIN)/python -m pytest -q -m slow -n 2 --dist loadfile $(ARGS) || [ $$? -eq 5 ]

test-backends: tensorflow torch

tensorflow torch: .venv-backends/ready
	KERAS_BACKEND=$@ .venv-backends/bin/python -m pytest $(QUICK) $(BACKEND_TESTS) $(ARGS)

bench: setup
	$(BIN)/python -m benchmarks $(ARGS)

lock: .venv-lock/ready
	PATH="$(CURDIR)/.venv-lock/bin:$$PATH" requirements/lock.sh $(ARGS)

clean:
	rm -rf .venv .venv-backends .venv-lock build dist
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find sensorium tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The first of these that starts, is new enough and can make an environment.
FIND_PYTHON = found=; IFS=:; \
	for name in $(or $(PYTHON),python3.11 python3.12 python3.13 python3 python); do \
	  for folder in $$PATH; do \
	    test -z "$$found" || continue; \
	    case $$name in */*) try=$$name;; *) try=$$folder/$$name;; esac; \
	    "$$try" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	      2>/dev/null && found=$$try; \
	  done; \
	done; \
	test -n "$$found" || { \
	  echo "No Python 3.11 or newer with venv was found." >&2; \
	  echo "Install one (Debian: apt-get install python3-venv) or say make PYTHON=..." >&2; \
	  exit 1; }

.venv/ready: requirements/dev.txt pyproject.toml
	@$(FIND_PYTHON); set -x; "$$found" -m venv .venv
	$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

# Where pip can find a torch without CUDA, that one; else the public one.
.venv-backends/ready: requirements/backends.txt requirements/torch.txt pyproject.toml
	@$(FIND_PYTHON); set -x; "$$found" -m venv .venv-backends
	.venv-backends/bin/python -m pip install -q --require-hashes --no-deps \
		-r requirements/torch-cpu.txt || \
	.venv-backends/bin/python -m pip install -q --require-hashes \
		-r requirements/backends.txt -r requirements/torch.txt
	.venv-backends/bin/python -m pip install -q --require-hashes \
		-r requirements/backends.txt
	.venv-backends/bin/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv-lock/ready:
	@$(FIND_PYTHON); set -x; "$$found" -m venv .venv-lock
	.venv-lock/bin/python -m pip install -q uv
	@touch $@
