# One line says what a target does; longer steps are in scripts/. Begin with: make run

export PATH := $(CURDIR)/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)
PORT ?= 3000

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

run: release ## Build and serve the demo community on http://127.0.0.1:3000
	@scripts/run-demo $(PORT)

dev: setup ## Serve the demo community and rebuild on every change
	@scripts/dev

check: setup ## Formatting and lints, for the server and for the browser
	@scripts/check

test: release setup-tests ## Everything: both databases, then a real browser
	@scripts/test

bench: release setup-tests ## Measure the release build: rates, p99, memory, bytes
	@scripts/with-postgres cargo run --quiet --release -p bench

release: setup ## Build the program and the browser files
	@scripts/release

setup: ## Install what building needs and is missing
	@scripts/setup-build

setup-tests: ## Install what the tests need and is missing: browser, PostgreSQL
	@scripts/setup-tests

.PHONY: help run dev check test bench release setup setup-tests
