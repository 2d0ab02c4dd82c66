# Two commands: `make demo` shows the mesh at work, `make test` runs every test.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Contexts of clusters that exist already, to use instead of the lab: the client's first, the server's second.
CONTEXTS ?=

.PHONY: help install check test demo

help:
	@echo "make demo    from a fresh checkout to httpbin.bar.global answering 200 (CONTEXTS=\"a b\": on your own clusters)"
	@echo "make test    every test, the ones on real clusters included"
	@echo "make check   formatter, linter and type check"

install: node_modules/.package-lock.json

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error

check: install
	npm run --silent check

demo: install
	lab/demo.sh $(CONTEXTS)

test: install
	test/run.sh
