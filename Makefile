# `make help` lists the targets.

# One set of flags for every build: other flags would build everything anew. Trimmed
# paths let two checkouts share what they built, and keep them out of the program.
export GOFLAGS := -buildvcs=false -trimpath
BIN := $(CURDIR)/.bin

SQLC_VERSION := v1.31.1
GOLANGCI_VERSION := v2.15.0

PARTS := go run ./internal/testkit/run

# Test programs carry nothing for a debugger, which halves what linking them takes, and
# are not vetted: `make lint` vets all.
GO_TEST := go test -vet=off -ldflags='-s -w'

# One package more than there are processors: tests wait for processes, mail servers and
# browsers too, and with as many packages as processors a third of these stood idle.
SIDE_BY_SIDE := -p $(shell echo $$(($$(nproc) + 1)))

# Packages are tested in this order: the longest must not be the one that is waited for.
LONGEST_FIRST := ./internal/browser ./internal/server ./cmd/... ./...

.PHONY: help
help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "%-14s %s\n", $$1, $$2}'

.PHONY: run
run: ## Install what is missing, build, and start with the demo clinic
	@.ci/install run
	@$(MAKE) --no-print-directory build
	@DEMO=$${DEMO:-true} REQUIRE_ADMIN_2FA=$${REQUIRE_ADMIN_2FA:-false} bin/frontdesk serve

.PHONY: build
build: ## Build bin/frontdesk
	@mkdir -p bin
	go build -ldflags '-s -w' -o bin/frontdesk ./cmd/frontdesk

.PHONY: test
test: install-test ## Install what is missing, and run every test that is not slow by nature
	$(PARTS) $(GO_TEST) $(SIDE_BY_SIDE) -timeout 15m -skip '_Slow$$' $(or $(PACKAGES),$(LONGEST_FIRST))

.PHONY: slow
slow: install-test ## Run the tests that are slow by nature: kills, large data, many full-cost sign-ins
	$(PARTS) $(GO_TEST) -timeout 30m -run '_Slow$$' $(or $(PACKAGES),./...)

.PHONY: screens
screens: install-test ## Look at every page in every look, and keep pictures in screenshots/
	$(PARTS) $(GO_TEST) -timeout 30m ./internal/browser/ -pictures

.PHONY: race
race: install-test ## Run each race 200 times; the ordinary tests run them 20 times
	TEST_RACE_ROUNDS=200 $(PARTS) -only postgres $(GO_TEST) -timeout 30m -run Race $(or $(PACKAGES),./internal/...)

.PHONY: check
check: check-generated check-modules lint test ## What must pass before a change lands

.PHONY: bench
bench: ## Measure, against servers that it starts and stops itself
	@.ci/install run
	@$(MAKE) --no-print-directory build
	@bin/frontdesk bench

.PHONY: lint
lint: $(BIN)/golangci-lint $(BIN)/sqlc ## Formatting and linters
	@test -z "$$(gofmt -l cmd internal views db static/*.go)" || { echo "not gofmt-ed:"; gofmt -l cmd internal views db static/*.go; exit 1; }
	go vet ./...
	$(BIN)/golangci-lint run
	$(BIN)/sqlc vet

.PHONY: generate
generate: $(BIN)/sqlc static/node_modules ## Make generated code anew
	$(BIN)/sqlc generate
	go tool templ generate -path views
	go run ./internal/config/example > .env.example
	cd static && npm run --silent build
	go run ./static/compress static/dist

.PHONY: check-generated
check-generated: install-build ## Fail when generated code is stale
	@before=$$(mktemp) && after=$$(mktemp) && \
	sums() { find internal/db views static/dist .env.example -type f | LC_ALL=C sort | xargs sha256sum; } && \
	sums > $$before && $(MAKE) --no-print-directory generate && sums > $$after && \
	{ cmp -s $$before $$after || { echo "generated code is stale; commit what changed:"; diff $$before $$after; rm -f $$before $$after; exit 1; }; } && \
	rm -f $$before $$after

.PHONY: check-modules
check-modules: ## Fail when go.mod says other than the sources
	@go mod tidy -diff || { echo "go.mod is stale: go mod tidy"; exit 1; }

.PHONY: install-test
install-test: $(BIN)/versitygw
	@.ci/install test
	@$(MAKE) --no-print-directory static/node_modules

.PHONY: install-build
install-build:
	@.ci/install build

static/node_modules: static/package-lock.json
	@.ci/install build
	cd static && npm ci --no-audit --no-fund --loglevel=error
	@touch static/node_modules

$(BIN)/sqlc: Makefile
	GOBIN=$(BIN) go install github.com/sqlc-dev/sqlc/cmd/sqlc@$(SQLC_VERSION)
	@touch $@

$(BIN)/golangci-lint: Makefile
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@touch $@

# Its version stands where it is started.
$(BIN)/versitygw: internal/testkit/s3.go
	GOBIN=$(BIN) go install $$(sed -n 's/^const versityGateway = "\(.*\)"/\1/p' internal/testkit/s3.go)
	@touch $@

.PHONY: clean
clean: ## Remove what was built, not data
	rm -rf bin .bin static/node_modules screenshots
