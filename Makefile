# Everything a contributor runs is one word. Only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo
PORT ?= 3000
HISTORIES ?= 400
PROOFS ?= tests
RANDOM ?= 200
SEED ?= 0
WORKERS ?= 3

.PHONY: demo ui test lint format browser crash prove bench lock clean

$(BIN)/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Recoil needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(BIN)/installed  ## the example show, from its plans to its dailies
	@$(BIN)/recoil demo $(DEMO)

ui: $(BIN)/installed  ## Dagster on 127.0.0.1 with the demo project
	@test -f $(DEMO)/recoil.toml || $(BIN)/recoil demo $(DEMO)
	@$(BIN)/recoil ui --project $(DEMO) --port $(PORT)

test: $(BIN)/installed  ## the test suite
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not browser and not crash and not proof"

lint: $(BIN)/installed  ## style, types, layers, definitions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dg check defs
	$(BIN)/dg check toml

format: $(BIN)/installed  ## put the code into its shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

browser: $(BIN)/installed  ## the real Dagster UI in Chromium
	$(BIN)/python -m pytest -m browser

crash: $(BIN)/installed  ## kill real processes at every durable step, and RANDOM of them anywhere
	RECOIL_CRASH_RANDOM=$(RANDOM) RECOIL_CRASH_SEED=$(SEED) $(BIN)/python -m pytest -n 2 -rs -m crash tests/crash tests

prove: $(BIN)/installed  ## search HISTORIES random histories for a stale or fresh that is not
	RECOIL_PROOF_HISTORIES=$(HISTORIES) RECOIL_PROOF_SEED=$(SEED) $(BIN)/python -m pytest -n 2 -m proof $(PROOFS)

bench: $(BIN)/installed  ## ratios, within one run
	$(BIN)/python -W ignore -m tests.bench

lock: $(BIN)/installed  ## pin what is installed from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-emit-index-url --no-header --quiet --output-file requirements.txt

clean:  ## forget the environment and the demo
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis
