# make demo · make test: a fresh Debian machine needs only Python 3.11+ and make.
# Everything is installed into .venv, from the lock files, with their hashes.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test lint model bench bench-short lock wheel try-wheel clean

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON := $(BIN)/python
PIP    := $(PYTHON) -m pip --disable-pip-version-check --quiet
UV     ?= uv
# The first Python on this machine that is new enough; `make demo PY=python3.12` chooses another.
PY     ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

help: ## この一覧 / this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## 例の研究課題に領域を付けて見せる / tag the example projects and show them
	@mkdir -p build
	@$(BIN)/ctclass tag examples/grants.csv -o build/grants.tagged.csv --force
	@$(PYTHON) examples/show.py build/grants.tagged.csv

test: $(VENV)/.dev ## すべての試験 / all tests
	@$(PYTHON) -m pytest -q

lint: $(VENV)/.dev ## 書式・型・依存の向き・技術体系 / format, types, import arrows, taxonomy
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@out=$$($(BIN)/lint-imports 2>&1) || { echo "$$out"; exit 1; }
	@$(BIN)/ctclass check
	@echo "lint: ok"

model: $(VENV)/.runtime ## taxonomy/ からモデルを作り直す / build the model again
	@$(BIN)/ctclass build

bench: $(VENV)/.dev ## 速さとメモリを測る / measure speed and memory
	@$(PYTHON) tests/bench.py

bench-short: $(VENV)/.dev ## 同じことを一分で、おおよそ / the same in a minute, roughly
	@$(PYTHON) tests/bench.py --short

wheel: $(VENV)/.runtime ## 配布用の wheel を dist/ に作る / a wheel in dist/
	@rm -f dist/ctclass-*.whl
	@out=$$($(PYTHON) -m hatchling build -t wheel -d dist 2>&1) || { echo "$$out" >&2; exit 1; }
	@ls dist/ctclass-*.whl

# The wheel as a user has it: only the locked dependencies, no checkout on the path.
try-wheel: wheel ## その wheel を別の環境で動かす / run that wheel in an environment of its own
	@rm -rf build/try && mkdir -p build/try
	@$(PY) -m venv build/try/venv
	@build/try/venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements.lock
	@build/try/venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-index dist/ctclass-*.whl
	@cp examples/grants.csv build/try/
	@cd build/try && venv/bin/ctclass tag grants.csv --quiet && test -s grants.tagged.csv
	@echo "try-wheel: ok"

# Pins stay as they are unless pyproject.toml asks for more; `make lock UPGRADE=--upgrade` renews them.
LOCK = $(UV) pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command 'make lock'

lock: ## requirements*.lock を作り直す(uv が要る) / make the lock files again (needs uv)
	@command -v $(UV) >/dev/null || { echo "uv がありません / uv is missing: pip install uv" >&2; exit 1; }
	@sed -n 's/^requires = \["\(.*\)"\]$$/\1/p' pyproject.toml \
		| $(LOCK) pyproject.toml - -o requirements.lock
	@$(LOCK) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock

clean: ## 作られたものを消す / remove what was made
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.python:
	@test -n "$(PY)" || { echo "Python 3.11 以上がありません / Python 3.11 or newer is missing" >&2; \
		echo "  apt install python3 python3-venv" >&2; exit 1; }
	@$(PY) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PY) に venv がありません / $(PY) has no venv" >&2; \
		echo "  apt install python3-venv" >&2; exit 1; }
	@echo "$(VENV) を用意しています(初回だけ、数分) / preparing $(VENV) (once, some minutes)" >&2
	@$(PY) -m venv $(VENV)
	@touch $@

# One stamp a lock: dependencies are installed again only when their lock changes.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.python
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
