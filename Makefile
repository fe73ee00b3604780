# make run: the dashboard. make test: everything that the tests need, then the tests. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8501
WORKERS ?= 2
VENV := .venv
PYTHON := $(VENV)/bin/python
DATA := $(or $(LAKESEG_DATA),data)/dataset2.h5
SHIPPED := logistic logistic-rgb boosting fcn-paper-8 fcn-paper-16 fcn-paper-32 fcn-paper-64 \
  fcn-paper-8-rgb fcn-paper-16-rgb fcn-paper-32-rgb fcn-paper-64-rgb unet-paper-16 unet-paper-32 \
  fcn-lakeseg fcn-lakeseg-rgb fcn-bands

.PHONY: help run demo test lint models bench lock clean
.DELETE_ON_ERROR:

help:
	@echo "make run     the dashboard on port $(PORT) (PORT=8600 make run for another), with demo data if there is none"
	@echo "make test    install what the tests need, run all of them (ARGS='-k name' passes options to pytest)"
	@echo "make lint    ruff and mypy"
	@echo "make models  train the shipped models that are not in models/"
	@echo "make bench   speed and memory"
	@echo "make lock    pin everything beneath requirements*.txt"
	@echo "make clean   remove the environment and caches; data and models stay"

# The environment: python 3.11 and the locked packages. A stamp file tells whether it is up to date.
$(PYTHON):
	@python=$$(for each in python3.11 python3 python; do \
	  if "$$each" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then echo "$$each"; break; fi; done); \
	if [ -z "$$python" ]; then echo "make: Python 3.11 is needed: install it so that python3.11 or python3 runs it" >&2; exit 2; fi; \
	"$$python" -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(PYTHON)
	@echo "installing the locked packages into $(VENV) (once, a minute or two)"
	@$(PYTHON) -m pip install -qq --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.test: requirements-dev.lock | $(PYTHON)
	@echo "installing the locked packages into $(VENV) (once, a minute or two)"
	@$(PYTHON) -m pip install -qq --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.run

$(DATA): | $(VENV)/.run
	@$(PYTHON) -m lakeseg demo

run: $(VENV)/.run
	@$(PYTHON) -c 'import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("", int(sys.argv[1])))' $(PORT) 2>/dev/null \
	  || { echo "make: port $(PORT) is in use or not allowed: choose another, such as PORT=8600 make run" >&2; exit 2; }
	@compgen -G "$${LAKESEG_DATA:-data}/*.h5" >/dev/null || $(PYTHON) -m lakeseg demo
	@exec $(PYTHON) -m streamlit run app.py --server.port $(PORT)

demo: $(DATA)

test: $(VENV)/.test
	@.ci/chromium
	@.ci/postgres
	@.ci/octave
	@$(PYTHON) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(VENV)/.test
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

models: $(VENV)/.run $(DATA)
	@for model in $(SHIPPED); do \
	  if [ -f "models/$$model/card.json" ]; then echo "models/$$model: is there"; \
	  else $(PYTHON) -m lakeseg train --model "$$model" --dataset $(DATA) --out models; fi; done

bench: $(VENV)/.test $(DATA)
	@.ci/chromium
	@for script in benchmarks/*.py; do echo "== $$script"; PYTHONPATH=. $(PYTHON) "$$script"; done

# `make lock UPGRADE=--upgrade` moves what requirements*.txt leaves open.
UV = $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
     --custom-compile-command 'make lock' $(UPGRADE)
lock: $(VENV)/.test
	@$(UV) --output-file requirements.lock requirements.txt
	@$(UV) --output-file requirements-dev.lock requirements-dev.txt

clean:
	@rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis data/.cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
