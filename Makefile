# Every target makes what it needs: an environment in .venv, filled again only when pyproject.toml has changed.
# Lines below call the tool itself, so each can be copied to the shell.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo picture test test-quick check clean system-libraries

help:
	@echo 'make demo        20 g of acetaminophen, untreated and with acetylcysteine at 8 h, in a typical adult and 100 others: table, figure'
	@echo 'make picture     the picture of the README, made again by the demo'
	@echo 'make test        every test'
	@echo 'make test-quick  the tests that take less than a second each'
	@echo 'make check       style, types, layers of the code, and the text of biology/'
	@echo 'make clean       removes .venv and out/'

demo: .venv/for-demo
	$(BIN)/acinus run overdose_20g --people 100 --out out/demo

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

clean:
	rm -rf .venv out

.venv/for-demo: EXTRA :=
.venv/for-test: EXTRA := [test]
.venv/for-check: EXTRA := [check]
.venv/for-demo .venv/for-test .venv/for-check: pyproject.toml | .venv/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --prefer-binary --editable '.$(EXTRA)'
	@$(BIN)/python -c 'import libsbml, roadrunner' 2>/dev/null || $(MAKE) --no-print-directory system-libraries
	@touch $@

# Debian ships Python without ensurepip unless python3-venv is installed; the pip that is there can fill the gap.
.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'acinus needs Python 3.11 or later; name one with `make PYTHON=python3.12 ...`.'; exit 1; }
	$(PYTHON) -m venv .venv || { $(PYTHON) -m venv --clear --without-pip .venv \
	  && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }

# The wheels of libroadrunner and libSBML bring everything but libpython and libexpat, which a slim Debian may lack.
system-libraries:
	@needed="libpython$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])') libexpat1"; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $$needed; \
	else \
	  echo "Two shared libraries are missing. On Debian or Ubuntu: sudo apt-get install $$needed"; exit 1; \
	fi
	@$(BIN)/python -c 'import libsbml, roadrunner'
