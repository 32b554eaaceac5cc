# Two commands for a newcomer: `make demo` and `make test`. Each sets up what it needs, once.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
BIN := .venv/bin
PRODUCT := flightlink maps vision groundstation static sitl proofs
# Beside the product: never installed with it, never loaded by it.
BESIDE := training
ARGS ?=
# The whole suite takes every core, a file at a time. First come the tests of both gates and of the redaction in them, which take
# every line and branch; measuring coverage under the rest as well would slow the station that it runs.
WHOLE := -n auto --maxprocesses 4 --dist loadfile
GATES := $(patsubst %,tests/vision/test_%.py,cap gate ground guests looks masks noninterference relief unlooked) \
	$(patsubst %,tests/maps/test_%.py,disclosure flow_disclosure hysteresis)
COVERED := $(addprefix --cov=,vision.gate vision.masks vision.fill vision.capped vision.lowpass vision.ground vision.relief \
	vision.unlooked maps.disclosure maps.flow_disclosure maps.hysteresis maps.tallies)
BRANCHES := --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

.PHONY: help setup demo test check lint types fences spelling guards bench golden soak train ultralytics lock clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.set-up ## make .venv, install the locked packages, bring the detectors' weights

# The stamp spares the second run all of this.
.venv/.set-up: requirements/lock.txt pyproject.toml $(wildcard vision/models/manifest.toml) tools/setup.sh
	@tools/setup.sh

demo: setup ## start the station on the simulated world (ARGS="--port 8080 --no-browser")
	@$(BIN)/groundstation demo $(ARGS)

test: check ## everything `check` does, then the whole test suite (ARGS="-k gate")
	@tools/browser.sh
	@$(if $(ARGS),,$(BIN)/pytest $(WHOLE) $(COVERED) $(BRANCHES) $(GATES))
	@$(BIN)/pytest $(if $(ARGS),,$(WHOLE) $(GATES:%=--ignore=%)) $(ARGS)

check: lint types fences spelling guards ## lint, format, types, fences between the rooms, spelling, guards

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

fences: setup
	@$(BIN)/lint-imports --no-logo

spelling: setup
	@$(BIN)/codespell

guards: setup
	@$(BIN)/python tools/guard_media.py
	@$(BIN)/python tools/guard_words.py
	@$(BIN)/python tools/guard_shape.py $(PRODUCT) $(BESIDE)

bench: setup .venv-bench/.set-up ## all benchmarks, into docs/performance.md; with ARGS="--only redact" they are printed alone
	@export PATH="$(CURDIR)/.venv-bench/bin:$$PATH"; \
	$(BIN)/groundstation bench $(or $(ARGS),--json) $(if $(ARGS),,| $(BIN)/python -m tools.performance)

golden: setup ## renew the agreed pictures of the pages, which docs/using.md shows; look at them
	@tools/browser.sh
	@GOLDEN=renew $(BIN)/pytest -q tests/browser/test_golden.py

soak: setup ## the long runs: what only shows after minutes (ARGS="-k disk")
	@$(BIN)/pytest -m soak $(ARGS)

# The peer stays out of .venv: a bench-only program with its own packages. The lock swaps its opencv for
# the headless one (no libGL), hence --no-deps.
.venv-bench/.set-up: requirements/bench.txt
	@$(BIN)/python -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip --disable-pip-version-check -q install --require-hashes --no-deps -r requirements/bench.txt
	@touch $@

train: setup .venv-train/.set-up ## fine-tune a detector of your own (ARGS="fit --help")
	@.venv-train/bin/python -m training $(if $(ARGS),$(ARGS),--help)

# torch is gigabytes: an environment of its own, with the station's weights to start from.
.venv-train/.set-up: pyproject.toml
	@$(BIN)/python -m venv --clear .venv-train
	@.venv-train/bin/python -m pip --disable-pip-version-check -q install -e '.[train]'
	@mkdir -p .venv-train/share && ln -sfn ../../.venv/share/groundstation .venv-train/share/groundstation
	@touch $@

ultralytics: setup .venv-ultralytics/.set-up ## what exports and trains a YOLO of your own (groundstation models add --help)

# Gigabytes, and an opencv that wants libGL: an environment of its own, in which the station never runs.
.venv-ultralytics/.set-up: pyproject.toml
	@$(BIN)/python -m venv --clear .venv-ultralytics
	@.venv-ultralytics/bin/python -m pip --disable-pip-version-check -q install -e '.[ultralytics]'
	@.venv-ultralytics/bin/python -m pip --disable-pip-version-check -q uninstall -y opencv-python
	@.venv-ultralytics/bin/python -m pip --disable-pip-version-check -q install --force-reinstall --no-deps opencv-python-headless
	@touch $@

LOCK := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

lock: ## renew requirements/lock.txt and requirements/bench.txt
	@test -x $(BIN)/uv || $(BIN)/python -m pip --disable-pip-version-check -q install uv
	@$(BIN)/$(LOCK) --override requirements/overrides.txt --extra setup --extra dev pyproject.toml -o requirements/lock.txt
	@$(BIN)/$(LOCK) --override requirements/bench-overrides.txt -c requirements/lock.txt requirements/bench.in -o requirements/bench.txt

clean: ## remove both environments and every cache
	@rm -rf .venv .venv-bench .venv-train .venv-ultralytics .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage build dist *.egg-info
	@find $(PRODUCT) $(BESIDE) tests tools -name __pycache__ -prune -exec rm -rf {} +
