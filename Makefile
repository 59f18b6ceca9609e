# Set-up, demo, tests and locks. `make demo` and `make test` need Python 3.11+ and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml

WORKFLOWS := $(wildcard .github/workflows/*.yml examples/*/.github/workflows/*.yml \
	examples/*/after/.github/workflows/*.yml)
ACTIONS := action.yml local/action.yml step/action.yml
FORMS := .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/wish.yml

.PHONY: demo pictures unit check test reliability mutations e2e lint format lock clean
.DELETE_ON_ERROR:

demo: $(VENV)/.local  ## the whole loop on the embedded service
	$(BIN)/speechops demo

pictures: demo $(VENV)/.dev  ## the pictures of README.md and docs, from what the demo measures; needs Chromium
	$(BIN)/python -m tools.pictures

# The tests that need no server, no browser and nothing of npm, without those that simulate or search at length.
UNIT := tests/test_inputs.py tests/test_configuration.py tests/test_redaction.py tests/test_folders.py \
	tests/test_architecture.py tests/action tests/corpus tests/scoring tests/report/test_report.py \
	tests/report/test_markdown.py --hypothesis-profile=quick --ignore=tests/scoring/test_nist.py \
	--ignore=tests/corpus/test_leaks.py --ignore=tests/corpus/test_arbitrary.py \
	--deselect=tests/scoring/test_verdict.py::test_judge__utterances_lost_by_the_margin_are_seldom_promoted \
	--deselect=tests/scoring/test_verdict.py::test_judge__intervals_of_many_small_groups_hold_together

unit: $(VENV)/.dev  ## quick tests
	$(BIN)/python -m pytest -q -n auto $(UNIT)

check: lint  ## lint and types

test: lint $(VENV)/.azurite $(VENV)/.browser $(VENV)/.workflows  ## every gate: lint, types, tests
	$(BIN)/python -m pytest -n 2 --durations=10

e2e: $(VENV)/.dev  ## the images and whole workflows; needs a container engine
	SPEECHOPS_E2E=1 $(BIN)/python -m pytest tests/e2e

reliability: $(VENV)/.dev $(VENV)/.azurite  ## every operation killed at every effect, 200 schedules of racing runs
	SPEECHOPS_EXHAUSTIVE=1 $(BIN)/python -m pytest -n 2 tests/reliability

mutations: $(VENV)/.dev  ## faults put into the rules that guard money and models: tests must notice each
	$(BIN)/python -m tests.mutations

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/actionlint -shellcheck $(BIN)/shellcheck $(WORKFLOWS)
	$(BIN)/zizmor --quiet --offline --persona=auditor --config .github/zizmor.yml .github $(ACTIONS) $(WORKFLOWS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions $(ACTIONS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(FORMS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.gitlab-ci examples/gitlab/.gitlab-ci.yml
	$(BIN)/check-jsonschema --quiet --regex-variant nonunicode --builtin-schema vendor.azure-pipelines \
		examples/azure-pipelines/azure-pipelines.yml
	$(BIN)/hadolint Dockerfile Dockerfile.local requirements/images/Dockerfile

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)

# Every package comes from the lock, checked by its hash, as a wheel.
$(VENV)/.local: requirements/local.txt pyproject.toml | $(BIN)/python
	$(PIP) install --no-compile --require-hashes --only-binary :all: --no-deps -r requirements/local.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(PIP) install --no-compile --require-hashes --only-binary :all: --no-deps -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.local

# The storage emulator that the blob store is tested on; without it those tests are skipped.
$(VENV)/.azurite: tests/azurite/package-lock.json | $(VENV)/.dev
	@mkdir -p $(VENV)/azurite
	@cp tests/azurite/package.json tests/azurite/package-lock.json $(VENV)/azurite
	@$(BIN)/npm --prefix $(VENV)/azurite ci --ignore-scripts --no-audit --no-fund --loglevel=error \
		&& touch $@ || echo "No Azurite: npm could not install it. The tests of the blob store will be skipped."

# GitHub's own workflow parser and expressions; without them the tests of the workflows' conditions are skipped.
$(VENV)/.workflows: tests/workflows/package-lock.json | $(VENV)/.dev
	mkdir -p $(VENV)/workflows
	cp tests/workflows/package.json tests/workflows/package-lock.json $(VENV)/workflows
	$(BIN)/npm --prefix $(VENV)/workflows ci --ignore-scripts --no-audit --no-fund --loglevel=error \
		&& touch $@ || echo "No workflow parser: npm could not install it. The tests of conditions will be skipped."

# The accessibility checks of the report's page; without them those tests are skipped.
$(VENV)/.browser: tests/browser/package-lock.json | $(VENV)/.dev
	@mkdir -p $(VENV)/browser
	@cp tests/browser/package.json tests/browser/package-lock.json $(VENV)/browser
	@$(BIN)/npm --prefix $(VENV)/browser ci --ignore-scripts --no-audit --no-fund --loglevel=error \
		&& touch $@ || echo "No axe-core: npm could not install it. The accessibility checks will be skipped."

lock: | $(BIN)/python  ## after a change of the dependencies in pyproject.toml
	$(PIP) install uv
	$(LOCK) -o requirements/core.txt
	$(LOCK) --extra local --extra setup -o requirements/local.txt
	$(LOCK) --extra local --extra setup --extra dev -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
