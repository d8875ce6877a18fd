# Thin wrappers: needs Python 3.11 or newer and nothing else of ours. `uv run nrm demo` and `uv run pytest` do the same.

PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(shell command -v $(p) 2>/dev/null)))
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.installed
DIR    ?= .nrm/demo
WORKERS ?= auto

.PHONY: help install demo test test-long check clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 18

install: $(READY) ## a virtual environment with everything

$(READY): pyproject.toml hatch_build.py $(wildcard web/frontend/package-lock.json web/frontend/vite.config.js) \
          $(shell find web/frontend/src -type f 2>/dev/null)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@

demo: $(READY) ## an invented country with sixty cases, served in the browser
	$(BIN)/nrm demo --dir $(DIR) $(ARGS)

test: $(READY) ## every test that fits a push
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

test-long: $(READY) ## the same with full numbers
	NRM_TEST_LONG=1 $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(READY) ## style, types and layers
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## remove what was built here
	rm -rf $(VENV) .nrm web/nrm_web/static/dist web/frontend/node_modules build dist
