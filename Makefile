# Every verb of the project. `make help` prints this list from the comments behind the targets.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-quick cover parts check docs bench clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## create .venv with the locked dependencies and the console script

# The stamp is newer than what it was made from, so a second call costs nothing.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: setup ## run everything in one process with an invented EHR; Ctrl-C stops it
	@$(BIN)/nelm-cds demo

parts: ## install PostgreSQL, Redis, Java, Maven and Chromium where missing (root or sudo)
	@deploy/install_test_parts.sh

test: setup parts ## run every test, with real servers on free loopback ports
	$(BIN)/python -m pytest --durations=10

test-quick: setup ## run the tests that need no server but the thorough ones, in some 20 s
	$(BIN)/python -m pytest -q -m "not thorough" tests/vignettes tests/nelm tests/fhir_mappings

cover: setup ## run the tests of the judgement and refuse a branch of it that none of them takes
	$(BIN)/python -m pytest -q --cov=nelm --cov-branch --cov-fail-under=100 \
	  --cov-report=term-missing:skip-covered tests/nelm tests/vignettes

check: setup ## ruff, mypy, import contracts, and whether the printed pages are fresh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.print_pages --check

docs: setup ## print the pages that come from the code (docs/clinical)
	$(BIN)/python -m docs.print_pages

bench: setup ## measure, each figure beside its ceiling or peer of the same run
	@deploy/install_test_parts.sh bench
	$(BIN)/python -m bench

clean: ## remove what the targets made; the databases under var/ stay
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
