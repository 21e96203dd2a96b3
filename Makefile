# Everything a fresh machine needs is Python 3.13, Node 20 and make.
PYTHON ?= python3.13
BIN := .venv/bin
ONCE ?=
FIRST ?=

# All parts talk over loopback, whatever proxy the network needs for the rest.
export NO_PROXY := 127.0.0.1,localhost,$(NO_PROXY)
export no_proxy := 127.0.0.1,localhost,$(no_proxy)

# A stack starts the same programs again and again: what is compiled is kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup chromium install-chromium run test types tests check soak lock benchmarks clean

help: ## Show what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready node_modules/.ready ## Install what the stack and the tests need

.venv/.ready: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--requirement requirements.txt --requirement requirements-dev.txt
	@touch $@

node_modules/.ready: package-lock.json
	npm ci --silent --no-audit --no-fund
	@touch $@

chromium:
	@command -v chromium-headless-shell > /dev/null || $(MAKE) --silent install-chromium \
		|| command -v chromium > /dev/null || { \
		echo; echo "!!! tests/browser does NOT run: install Chromium, and fonts such as fonts-noto-core"; echo; }

install-chromium:
	@[ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null
	apt-get update --quiet=2
	apt-get install --quiet=2 --yes --no-install-recommends chromium-headless-shell fonts-noto-core \
		|| apt-get install --quiet=2 --yes --no-install-recommends chromium fonts-noto-core

run: setup ## Start the whole stack and show the main job; ONCE=1 ends after that, FIRST=1 leaves the connecting to you
	@$(BIN)/python -m devstack $(if $(ONCE),--once) $(if $(FIRST),--first)

test: ## Run every check and every test
	@$(MAKE) --silent --jobs 3 setup chromium
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	@$(MAKE) --silent --jobs 2 types tests
	$(BIN)/coverage report --skip-covered --fail-under=90 > /dev/null
	$(BIN)/coverage report --skip-covered --fail-under=100 --include 'connector/domain/*,connector/application/*'

types:
	$(BIN)/mypy

tests:
	$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered $(PYTEST)

check: setup ## Run the quick half: format, lint, types, unit and contract tests
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/unit tests/contract tests/test_architecture.py $(PYTEST)

soak: setup devstack/tests/foreign/node_modules/.ready ## Run what is long by nature, and clients of other makers
	$(BIN)/python -m pytest -m soak --timeout 3600 --durations 10 $(PYTEST)

devstack/tests/foreign/node_modules/.ready: devstack/tests/foreign/package-lock.json
	npm ci --silent --no-audit --no-fund --prefix $(@D)/..
	@touch $@

benchmarks: setup ## Measure speed beside the raw limits of the parts
	$(BIN)/python -m benchmarks

lock: ## Write requirements*.txt anew from requirements*.in (needs uv)
	uv pip compile --quiet --generate-hashes --python-version 3.13 --no-header requirements.in -o requirements.txt
	uv pip compile --quiet --generate-hashes --python-version 3.13 --no-header requirements-dev.in -o requirements-dev.txt

clean: ## Remove what setup installed
	rm -rf .venv node_modules .stack devstack/tests/foreign/node_modules
