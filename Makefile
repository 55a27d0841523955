# Two commands to begin with: make run, make test. Everything happens inside .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# One more than two cores: where a browser waits for a site, another test goes on.
WORKERS ?= 3
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := env -u PIP_FIND_LINKS uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet

# Stamps live in the environment they speak of, so deleting .venv forgets them too.
RUN_STAMP := $(VENV)/.stamp-run
DEV_STAMP := $(VENV)/.stamp-dev

# Without compiled modules beside their sources every start of a process costs half as much again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-slow check format bench audit audit-consent audit-security audit-code cards messages requirements clean

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=9000 make run      another port"
	@echo "  make test ARGS='tests/people -x'   a part of the suite"
	@echo "  make bench ONLY=export JSON=out.json   one benchmark, kept as a file"

run: $(RUN_STAMP) ## serve site and worker on this machine, and print where to go
	CLEVENIO_PORT=$(PORT) $(BIN)/clevenio serve

test: $(DEV_STAMP) ## run the tests, on SQLite and PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow" $(ARGS)

test-slow: $(DEV_STAMP) ## run everything, fault and volume tests too
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(DEV_STAMP) ## every gate but the tests: format, lint, types, imports, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m clevenio.catalogue check

format: $(DEV_STAMP) ## let the formatter and the linter mend what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV_STAMP) ## measure against controls; ONLY=name for one, SIZE=1000000, JSON=file to keep the figures
	$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE)) $(if $(JSON),--json $(JSON))

audit: $(DEV_STAMP) ## Lighthouse, axe, vnu and schema.org over every public page; ONLY=axe, PAGE=/fi/, QUIET=1 for speed too, JSON=file
	PYTHONPATH=site:. $(BIN)/python -m audits.public $(if $(ONLY),--only $(ONLY)) $(if $(PAGE),--page $(PAGE)) $(if $(QUIET),--quiet) $(if $(JSON),--json $(JSON))

audit-consent: $(DEV_STAMP) ## every page in each state of consent, HAR files into var/har; ONLY=fresh for one, JSON=file
	PYTHONPATH=site:. $(BIN)/python -m audits.consent $(if $(ONLY),--only $(ONLY)) $(if $(JSON),--json $(JSON))

audit-security: $(DEV_STAMP) ## scanners against the real site; ONLY=wapiti for one, JSON=file to keep the table
	PYTHONPATH=site $(BIN)/python -m audits.security $(if $(ONLY),--only $(ONLY)) $(if $(JSON),--json $(JSON))

audit-code: $(DEV_STAMP) ## the two scanners that read the code: bandit, semgrep with our own rules
	PYTHONPATH=site $(BIN)/python -m audits.security --only bandit --only semgrep

cards: $(DEV_STAMP) ## draw the pictures that shared links show, where a page's words or the drawing changed
	PYTHONPATH=site:. $(BIN)/python -m cards

messages: $(DEV_STAMP) ## collect interface strings into translations/
	$(BIN)/python -m clevenio.catalogue update

requirements: ## pin the dependencies of pyproject.toml anew (the one target that needs uv)
	$(COMPILE) --group build --output-file requirements.txt
	$(COMPILE) --group dev --output-file requirements-dev.txt
	for tool in bandit semgrep sqlmap wapiti3; do echo $$tool | $(subst pyproject.toml,-,$(COMPILE)) \
		--output-file audits/security/requirements/$${tool%3}.txt || exit 1; done

clean: ## forget the environment and everything the tools keep; data in var/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache tests/screenshots

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

# --require-hashes refuses an editable install, so the project comes second, built by the pinned
# backend without another download. What is imported is compiled then: compiling all of it takes a third of the set-up.
$(RUN_STAMP): requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) install --no-compile --require-hashes -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(RUN_STAMP) | $(BIN)/python
	$(PIP) install --no-compile --require-hashes -r requirements-dev.txt
	@touch $@
