# Every target makes what it needs: an environment in .venv, filled again only when pyproject.toml has changed.
# Lines below call the tool itself, so each can be copied to the shell.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo serve picture test test-quick check calibrate crosscheck bench clean system-libraries chromium

help:
	@echo 'make demo        20 g of acetaminophen, untreated and with acetylcysteine at 8 h, in a typical adult and 100 others: table, figure'
	@echo 'make serve       the liver in the browser, at http://127.0.0.1:8000 (PORT=... for another)'
	@echo 'make picture     the picture of the README, made again by the demo'
	@echo 'make test        every test'
	@echo 'make test-quick  the tests that take less than a second each'
	@echo 'make check       style, types, layers of the code, and the text of biology/'
	@echo 'make calibrate   every fit of biology/calibration again, compared with its committed result: three quarters of an hour of two cores'
	@echo 'make crosscheck  every survey estimate beside those of R: survey and survival, on NHANES and on a generated sample'
	@echo 'make bench       speed beside error, of this engine and of its peers: tables and a picture in out/bench (BENCH=--quick for less)'
	@echo 'make clean       removes .venv, .venv-bench and out/'

demo: .venv/for-demo
	$(BIN)/acinus run overdose_20g --people 100 --out out/demo

serve: .venv/for-serve
	$(BIN)/acinus serve --port $(or $(PORT),8000)

# The picture of the README, made again.
picture: demo
	cp out/demo/overdose_20g.png docs/overdose_20g.png

test: .venv/for-test
	$(BIN)/python -m pytest -n 2

test-quick: .venv/for-test
	$(BIN)/python -m pytest -n 2 -m 'not slow'

check: .venv/for-check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/acinus check biology/

# Results go to out/calibration; the target fails where a value is half a posterior standard deviation from the committed one.
calibrate: .venv/for-demo
	$(BIN)/acinus calibrate --check --out out/calibration

# R and its two packages are installed where that can be done; the survey's tables are in the shared folder.
crosscheck: .venv/for-demo
	$(BIN)/python tests/evidence/survey/crosscheck.py

# The peers live in an environment of their own; nothing of acinus needs them.
bench: .venv-bench/for-bench
	.venv-bench/bin/python -m benchmarks --out out/bench $(BENCH)

clean:
	rm -rf .venv .venv-bench out

.venv/for-demo: EXTRA :=
.venv/for-test: EXTRA := [test]
.venv/for-check: EXTRA := [check]
.venv/for-serve: EXTRA := [web]
.venv/for-demo .venv/for-serve .venv/for-test .venv/for-check: pyproject.toml | .venv/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --prefer-binary --editable '.$(EXTRA)'
	@$(BIN)/python -c 'import libsbml, roadrunner' 2>/dev/null || $(MAKE) --no-print-directory system-libraries
	@if [ '$(@F)' = for-test ] && ! command -v chromium >/dev/null; then $(MAKE) --no-print-directory chromium; fi
	@touch $@

# AMICI is C++ that pip builds, for some minutes; where it cannot be built, its line of the tables says why.
.venv-bench/for-bench: benchmarks/requirements.txt pyproject.toml | .venv-bench/pyvenv.cfg
	.venv-bench/bin/python -m pip install --quiet --prefer-binary --editable . -r benchmarks/requirements.txt
	@.venv-bench/bin/python -c 'import libsbml, roadrunner' 2>/dev/null \
	  || $(MAKE) --no-print-directory system-libraries BIN=.venv-bench/bin
	@.venv-bench/bin/python -m pip install --prefer-binary 'amici>=1.0' >.venv-bench/amici.log 2>&1 \
	  || echo 'AMICI does not install here; .venv-bench/amici.log says why.'
	@touch $@

# Debian ships Python without ensurepip unless python3-venv is installed; the pip that is there can fill the gap.
.venv/pyvenv.cfg .venv-bench/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'acinus needs Python 3.11 or later; name one with `make PYTHON=python3.12 ...`.'; exit 1; }
	$(PYTHON) -m venv $(@D) || { $(PYTHON) -m venv --clear --without-pip $(@D) \
	  && $(PYTHON) -m pip --python $(@D)/bin/python install --quiet pip; }

# The wheels of libroadrunner and libSBML bring everything but libpython and libexpat, which a slim Debian may lack.
system-libraries:
	@needed="libpython$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])') libexpat1"; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $$needed; \
	else \
	  echo "Two shared libraries are missing. On Debian or Ubuntu: sudo apt-get install $$needed"; exit 1; \
	fi
	@$(BIN)/python -c 'import libsbml, roadrunner'

# The pages are tested in a real browser, Debian's. Without it those tests are skipped and say so; all others run.
chromium:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium \
	    || echo 'Chromium does not install here: tests of the pages will be skipped.'; \
	else \
	  echo 'Tests of the pages need Chromium; without it they are skipped. On Debian: sudo apt-get install chromium'; \
	fi
