# Set-up, demo, tests and locks. `make demo` and `make test` need Python 3.11+ and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml

.PHONY: demo test lint format lock clean
.DELETE_ON_ERROR:

demo: $(VENV)/.local  ## the whole loop on the embedded service
	$(BIN)/speechops demo

test: lint $(VENV)/.azurite  ## every gate: lint, types, tests
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)

# Every package comes from the lock, checked by its hash, as a wheel.
$(VENV)/.local: requirements/local.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --only-binary :all: --no-deps -r requirements/local.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --only-binary :all: --no-deps -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.local

# The storage emulator that the blob store is tested on; without it those tests are skipped.
$(VENV)/.azurite: tests/azurite/package-lock.json | $(VENV)/.dev
	@mkdir -p $(VENV)/azurite
	@cp tests/azurite/package.json tests/azurite/package-lock.json $(VENV)/azurite
	@$(BIN)/npm --prefix $(VENV)/azurite ci --ignore-scripts --no-audit --no-fund --loglevel=error \
		&& touch $@ || echo "No Azurite: npm could not install it. The tests of the blob store will be skipped."

lock: | $(BIN)/python  ## after a change of the dependencies in pyproject.toml
	$(PIP) install uv
	$(LOCK) -o requirements/core.txt
	$(LOCK) --extra local --extra setup -o requirements/local.txt
	$(LOCK) --extra local --extra setup --extra dev -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
