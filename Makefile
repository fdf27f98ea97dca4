# `make site` and `make test` need Python 3.11 or newer, git and make. What else is found is used: npm for the Mermaid library that the
# site then serves itself, Chromium for `make extras`. The oracle of the renderer comes with the development dependencies.

PYTHON ?= python3
SITE ?= site
PYTEST_ARGS ?=
N ?= 2000
KUSTOMIZE ?=
SECONDS ?=
CHECKED ?= 500
TAG ?=
OWNER ?=

BIN := .venv/bin
PYTEST := $(BIN)/pytest -n auto --dist loadgroup --no-loadscope-reorder
MERMAID := .cache/mermaid.min.js
# Sites and tests start Python again and again: modules and templates are compiled once.
unexport PYTHONDONTWRITEBYTECODE
# Material's word about another program; the pinned MkDocs is what this project is made for.
export NO_MKDOCS_2_WARNING := 1
MERMAID_SETTING = GITOPS_DOCS_MERMAID=$$(test -f $(MERMAID) && echo $(MERMAID) || echo theme)

.PHONY: help site serve test extras check budgets lint types properties kubectls flux-pin fuzz bench guide dist address mermaid helm clean

help:
	@echo "make site        build the reference site into ./$(SITE)"
	@echo "make serve       serve it, live"
	@echo "make test        the test suite"
	@echo "make extras      the tests in a browser, and those of real repositories in GITOPS_DOCS_MATERIAL"
	@echo "make check       what takes minutes: fuzzing, a secret in every scalar, CHECKED=$(CHECKED) generated kustomizations"
	@echo "make budgets     hostile repositories at the full budgets of a scan"
	@echo "make lint types  ruff, mypy"
	@echo "make properties  compare N=$(N) generated kustomizations with kubectl kustomize, or with an earlier one: KUSTOMIZE=5.7.1"
	@echo "make flux-pin    say whether a Flux release pins a kustomize that is not known (asks GitHub)"
	@echo "make kubectls    fetch the kubectls that carry earlier kustomizes (5.4.2, 5.6.0, 5.7.1) into .cache"
	@echo "make helm        fetch the Helm that the tests of charts compare with into .cache"
	@echo "make fuzz        run N inputs for each target of the fuzzer (N/100 whole repositories), or for SECONDS=30"
	@echo "make bench       speed and memory beside kubectl kustomize, stock Material and Zensical; REPO=\"directories\""
	@echo "make guide       write the guide's pages of options, commands, findings and rooms again"
	@echo "make dist        build the source archive and the wheel into ./dist; with TAG=v0.9.0 the version must be that of the tag"
	@echo "make address     write OWNER=owner/name, the project's repository, into every file that names it"
	@echo "make clean       remove what make made"

site: .venv/.site mermaid
	$(MERMAID_SETTING) $(BIN)/mkdocs build --strict --site-dir $(SITE)
	@echo "The site is in ./$(SITE): open $(SITE)/index.html through a web server, e.g. make serve"

serve: .venv/.site mermaid
	$(MERMAID_SETTING) $(BIN)/mkdocs serve

test: .venv/.dev mermaid helm
	$(PYTEST) -m "not long and not browser and not corpus" $(PYTEST_ARGS)

# What a machine may lack: Chromium, and real repositories in $$GITOPS_DOCS_MATERIAL.
extras: .venv/.dev mermaid
	$(PYTEST) -m "(browser or corpus) and not long" $(PYTEST_ARGS)

check: .venv/.dev
	GITOPS_DOCS_CHECK=1 GITOPS_DOCS_EXAMPLES=$(CHECKED) \
	  $(BIN)/pytest -n auto --dist worksteal --hypothesis-seed=1 -m "long or trees" $(PYTEST_ARGS)

# The budgets of a scan in full, which take minutes each.
budgets: .venv/.dev
	GITOPS_DOCS_CHECK=1 $(BIN)/pytest -n auto tests/safety/test_budgets.py $(PYTEST_ARGS)

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

types: .venv/.dev
	$(BIN)/mypy

properties: .venv/.dev
	GITOPS_DOCS_EXAMPLES=$(N) $(if $(KUSTOMIZE),GITOPS_DOCS_KUSTOMIZE=$(KUSTOMIZE)) $(BIN)/pytest -n auto tests/properties $(PYTEST_ARGS)

# 160 MB. The tests of regressions and `make properties KUSTOMIZE=...` use what is there.
kubectls: .venv/.dev
	$(BIN)/python tools/kubectls.py

flux-pin: .venv/.site
	$(BIN)/python tools/flux_pin.py

fuzz: .venv/.dev
	$(BIN)/python -m tests.fuzz.run $(if $(SECONDS),--seconds $(SECONDS),--runs $(N))

bench: .venv/.dev
	$(BIN)/python -m bench $(or $(REPO),examples/platform) $(BENCH_ARGS)

guide: .venv/.dev
	$(BIN)/python tools/guide.py
	$(BIN)/python tools/findings_guide.py

dist: .venv/.dev
	rm -rf dist
	$(BIN)/python -m hatchling build --target sdist --target wheel --directory dist
	@test -z "$(TAG)" || test -f "dist/mkdocs_gitops-$(TAG:v%=%)-py3-none-any.whl" || \
	  { echo "the archives are not of $(TAG)" >&2; exit 1; }

address:
	$(PYTHON) tools/project_address.py $(OWNER)

# Nothing but a note where npm or the network is missing: the theme then loads the library itself.
mermaid: .venv/.made
	@$(BIN)/python tools/fetch_mermaid.py $(MERMAID)

# The Helm of the tests of charts, where npm and the network are there; 60 MB.
helm: .venv/.made
	@$(BIN)/python tools/helms.py || echo "Tests that need Helm are skipped"

.venv/.made:
	@for python in $(PYTHON) python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    "$$python" -m venv .venv && touch $@; exit; \
	  fi; \
	done; echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 1

.venv/.site: .venv/.made pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.dev: .venv/.made pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/.site

clean:
	rm -rf .venv .cache $(SITE) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
