# Thin wrappers: needs Python 3.11 or newer and nothing else of ours. `uv run nrm demo` and `uv run pytest` do the same.

VENV    ?= .venv
DIR     ?= .nrm/demo
WORKERS ?= auto
BIN     := $(VENV)/bin
READY   := $(VENV)/.installed
FIT     := import sys; sys.exit(sys.version_info < (3, 11))
# The first that runs and is new enough: a name on the path may be a shim of an interpreter that is not there.
PYTHON  ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	"$$p" -c '$(FIT)' 2>/dev/null && { echo "$$p"; break; }; done)

.PHONY: help install demo test test-long check sbom audit clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 18

install: $(READY) ## a virtual environment with everything

$(READY): pyproject.toml hatch_build.py $(wildcard web/frontend/package-lock.json web/frontend/vite.config.js) \
          $(shell find web/frontend/src -type f 2>/dev/null)
	@test -n "$(PYTHON)" || { echo "NRM needs Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@

demo: $(READY) ## an invented country with sixty cases, served in the browser
	$(BIN)/nrm demo --dir $(DIR) $(ARGS)

test: $(READY) ## every test that fits a push
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

test-long: $(READY) ## the same with full numbers
	NRM_TEST_LONG=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: $(READY) ## style, types and layers
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

sbom: $(READY) ## the parts it is made of, as CycloneDX: build/sbom-python.json, build/sbom-scripts.json
	@mkdir -p build
	$(BIN)/uv export --format cyclonedx1.5 --all-extras --frozen --quiet > build/sbom-python.json
	cd web/frontend && npm sbom --package-lock-only --sbom-format cyclonedx > ../../build/sbom-scripts.json

audit: $(READY) ## known flaws of these parts; asks api.osv.dev and the npm registry
	$(BIN)/uv audit --preview-features audit-command --frozen
	cd web/frontend && npm audit --package-lock-only

clean: ## remove what was built here
	rm -rf $(VENV) .nrm web/nrm_web/static/dist web/frontend/node_modules build dist
