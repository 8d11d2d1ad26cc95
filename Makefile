# Everything is made inside this checkout; nothing but Python 3.11+ with venv, and make, has to be there.
#   make up      run the demo                 make test    run every test
PYTHON ?= python3
BIN := .venv/bin
# Every start would compile all of the program again, and the tests start it often.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up test lint bench chaos compose smoke sbom clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make up      set up, start the database, web and worker, and print where to go (Ctrl-C stops)
up:
	@$(PYTHON) tools/bootstrap.py run && exec $(BIN)/python -m scholr.entrypoints.up

## make test    set up and run every test; ARGS="-k enrol" narrows it
test:
	@$(PYTHON) tools/bootstrap.py dev
	@exec $(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

## make lint    style, types, fences between contexts, migrations, security, and the front-end's types
lint:
	@$(PYTHON) tools/bootstrap.py dev
	@exec $(BIN)/python tools/lint.py $(ARGS)

## make bench   the hot paths against the floor that PostgreSQL and the web server set
bench:
	@$(PYTHON) tools/bootstrap.py dev
	@exec $(BIN)/python -m benchmarks $(ARGS)

## make chaos   the drills: things really broken under load, and a table of what came of it; then what else is slow
chaos:
	@$(PYTHON) tools/bootstrap.py dev
	@$(BIN)/python -m pytest -n 0 -m slow tests/chaos $(ARGS)
	@exec $(BIN)/python -m pytest -n 2 -m slow --ignore=tests/chaos $(ARGS)

## make compose the same as production on this machine, in containers: docker compose with secrets made for it
compose:
	@$(PYTHON) tools/compose_secrets.py
	@docker compose up --build --detach --wait --wait-timeout 300
	@echo "Scholr is at http://localhost:$${SCHOLR_PORT:-8080}, its mail at http://localhost:$${SCHOLR_MAIL_PORT:-8025}"

## make smoke   ask a running deployment what a person would ask first; URL=https://… for another one
smoke:
	@$(PYTHON) tools/smoke.py $(URL)

## make sbom    the bill of materials of what is shipped, in var/sbom.cdx.json
sbom:
	@$(PYTHON) tools/bootstrap.py dev
	@exec $(BIN)/python tools/sbom.py --output var/sbom.cdx.json

## make clean   delete what the above made, but not the demo's data (those are in var/)
clean:
	@rm -rf .venv .tools node_modules frontend/node_modules src/scholr/web/static/dist
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
