# `make check` reads a verdict on the reference engine; `make test` runs the whole test suite.
# Both make .venv when it is missing and install everything into it; no root, no system package is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: check test lint typecheck diagrams reports mutants matrix model-mutants generic-mutants bench clean

# A fixed seed, so that everyone reads the same verdict; `make check SEED=7` for another.
SEED ?= 1

check: .venv
	$(BIN)/jetconform check --seed $(SEED) --regressions regressions

test: .venv
	$(BIN)/python -m pytest -n auto

.venv: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,dev]'
	touch $(VENV)

lint: .venv typecheck
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

# The four folders lie at the root, so the checker is shown them under their import names.
typecheck: .venv
	mkdir -p build/typecheck/jetconform
	for part in model engine conformance diagrams; do ln -sfn ../../../$$part build/typecheck/jetconform/$$part; done
	$(BIN)/mypy -p jetconform

diagrams: .venv
	$(BIN)/jetconform diagrams

# The schema of the JSON and the pictures of the README, made anew.
reports: .venv
	$(BIN)/python -m jetconform.conformance.reports.schema > docs/report.schema.json
	$(BIN)/python -m jetconform.conformance.suite > docs/suite.schema.json
	$(BIN)/python -m jetconform.model.exports.document > docs/model.schema.json
	$(BIN)/jetconform replay examples/two_clients.jsonl --svg docs/pictures/conforming.svg
	-$(BIN)/jetconform replay examples/two_clients.jsonl --engine python:examples.broken:factory --svg docs/pictures/failing.svg
	-$(BIN)/jetconform learn --engine python:examples.broken:factory --seed 1 --extra-states 0 --out build/learned
	cp build/learned/difference.svg docs/pictures/learned.svg

mutants: .venv
	$(BIN)/jetconform mutants

# An hour on two processors. It goes on where it ended, and begins anew where the engine or the model is another.
matrix: .venv
	$(BIN)/jetconform mutants --matrix docs/mutants

# Every row of the model's tables changed in every way, and who notices: some minutes; docs/model-mutants.md is made anew.
model-mutants: .venv
	$(BIN)/python -m benchmarks.model_mutants

# 300 mechanical changes of the engine at every level: an hour or two, gone on with; docs/generic-mutants.md is made anew.
generic-mutants: .venv
	$(BIN)/python -m benchmarks.generic_mutants

bench: .venv
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build *.egg-info .hypothesis .mypy_cache .ruff_cache .pytest_cache
