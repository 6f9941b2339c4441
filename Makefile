# Freshet's development commands; "make help" lists them.
#
# Everything but race, oracle, record and ci works on a machine with only Go, make, git and coreutils: no C compiler, no
# sed, awk, grep, find or bash. Recipes are for a plain /bin/sh.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# Tools are pinned, and built once into a folder of this project. A new version here is a new file there.
GOLANGCI_LINT_VERSION := v2.15.0
BENCHSTAT_VERSION     := v0.0.0-20260908200009-22c9c6c9d4da

TOOLS         := $(CURDIR)/.tools
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)
BENCHSTAT     := $(TOOLS)/benchstat-$(BENCHSTAT_VERSION)

# The Go in use is the one that is installed, and nothing needs a C compiler; race sets cgo itself.
export GOTOOLCHAIN := local
export CGO_ENABLED := 0

# For each fuzz target. The default makes about ten minutes in all.
FUZZTIME      ?= 150s
FUZZ_PACKAGES ?= ./sql/parse ./pgwire ./sql/types ./sql/types/numeric

BENCH      ?= .
BENCHCOUNT ?= 1
EVENTS     ?= 2000000
SECONDS    ?= 20
RUNS       ?= 3

DEMO_SECONDS ?= 10

.PHONY: help
help: ## list the targets
	@while IFS= read -r line; do \
		case "$$line" in [a-z]*:*'## '*) printf '  %-14s %s\n' "$${line%%:*}" "$${line#*## }" ;; esac; \
	done < $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build bin/freshet
	go build -o bin/freshet ./cmd/freshet

.PHONY: test
test: ## run all tests; those that need PostgreSQL are skipped with a message where it is missing
	go test ./...

# CI runs the race detector over the packages that have something concurrent.
RACE_PACKAGES ?= ./...

# The parser's long tests, the store's models, the files of TestWire once more, and long rounds of one client with the dataflow.
RACE_SKIP := ^(TestOracle|TestProcess|TestCrash$$|TestLarge|TestNesting|TestChains|TestPrecedence|TestVocabulary|TestErrors$$|TestLayers|TestModel$$|TestDropAndCrash|TestSharedReaderGoes)

.PHONY: race
race: ## run the tests under the race detector (needs a C compiler), with -short; without those that PostgreSQL does the work of, and long ones in which one goroutine asks for everything
	CGO_ENABLED=1 go test -race -short -skip '$(RACE_SKIP)' $(RACE_PACKAGES)

# Packages with kernels that have a twin in vector instructions (Go's experimental simd/archsimd, for amd64 with AVX2).
SIMD_PACKAGES := ./connector/format ./exec/eval ./sql/fn ./storage/key

.PHONY: simd
simd: ## build bin/freshet with vector instructions, and test and measure what has them
	GOEXPERIMENT=simd go build -o bin/freshet ./cmd/freshet
	GOEXPERIMENT=simd go vet $(SIMD_PACKAGES)
	GOEXPERIMENT=simd go test $(SIMD_PACKAGES) -bench 'JSON|CompareConst|HashInts'

.PHONY: lint
lint: $(GOLANGCI_LINT) ## run the linters and the format check of .golangci.yml
	$(GOLANGCI_LINT) run ./...

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## format the Go files
	$(GOLANGCI_LINT) fmt ./...

.PHONY: tidy-check
tidy-check: ## fail if go.mod or go.sum is not tidy
	go mod tidy -diff

# The state is compared before and after, so it also works with changes that are not committed.
.PHONY: gen-check
gen-check: ## fail if a generated file is not what its generator makes
	@state() { { git status --porcelain --untracked-files=all && git diff; } | git hash-object --stdin; }; \
	before=$$(state) && go generate ./... && after=$$(state) && \
	if [ "$$before" != "$$after" ]; then \
		echo 'go generate changed files: review and commit them' >&2; \
		git status --short >&2; \
		exit 1; \
	fi

# -rewrite is a flag that only packages with golden files know; go test fails in the others.
.PHONY: rewrite
rewrite: ## rewrite the golden files; read the difference as code
	@packages=$$(go list -f '{{range .TestImports}}{{if eq . "github.com/cockroachdb/datadriven"}}{{$$.ImportPath}} {{end}}{{end}}{{range .XTestImports}}{{if eq . "github.com/cockroachdb/datadriven"}}{{$$.ImportPath}} {{end}}{{end}}' ./...) && \
	if [ -z "$$packages" ]; then echo 'no package has golden files'; else go test $$packages -count=1 -rewrite; fi

# Up to Go 1.26 the end of FUZZTIME may come out as a failure, "context deadline exceeded", where there is much else to do
# (go.dev/issue/75804). What really fails has been written to testdata/fuzz, or is there already and fails again.
.PHONY: fuzz
fuzz: ## run every fuzz target, one after the other, each for FUZZTIME
	@fuzz() { \
		echo "go test $$1 -run '^$$' -fuzz '^$$2$$' -fuzztime $(FUZZTIME)"; \
		go test $$1 -run '^$$' -fuzz "^$$2\$$" -fuzztime $(FUZZTIME); \
	}; \
	nothing_found() { \
		[ -z "$$(git status --porcelain --untracked-files=all $$1/testdata/fuzz 2>/dev/null)" ] && \
		echo 'no input was found that fails: once more, as Go sometimes takes the end of the time for a failure' >&2; \
	}; \
	for package in $(FUZZ_PACKAGES); do \
		names=$$(go test $$package -list '^Fuzz') || exit 1; \
		for name in $$names; do \
			case "$$name" in \
			Fuzz*) fuzz $$package $$name || { nothing_found $$package && fuzz $$package $$name; } || exit 1 ;; \
			esac; \
		done; \
	done

.PHONY: oracle
oracle: ## run the tests that ask a real PostgreSQL 15
	go test ./... -run Oracle -count=1 -v

.PHONY: record
record: ## record PostgreSQL 15's answers again (testdata of the tests that compare with it)
	go run ./internal/pgoracle/record
	go test ./internal/wiretest -run Oracle -count=1 -rewrite

# A campaign: thirty kills of a server that takes in a million events, and a million transfers.
.PHONY: crash
crash: ## kill the server again and again while events and transfers flow; FRESHET_SEED=n repeats a run
	FRESHET_KILLS=30 FRESHET_KILL_EVENTS=1000000 FRESHET_TRANSFERS=1000000 go test ./cmd/freshet -run '^(TestKill|TestTransfers)$$' -count=1 -timeout 30m -v

# A campaign: every query of Nexmark with one, two and four workers, and a server that is killed in the middle.
.PHONY: survive
survive: build ## kill servers in the middle of all queries, and check what they answer: EVENTS=5000000
	./bin/freshet bench survive --events $(EVENTS) --workers 1
	./bin/freshet bench survive --events $(EVENTS) --workers 2
	./bin/freshet bench survive --events $(EVENTS) --workers 4

# Each query of Nexmark and YSB, 1, 2 and 4 workers, ticks of 2,048 rows, of 50,000 and of 50 ms: 234 servers, each killed once.
.PHONY: campaign
campaign: build ## check all queries with several workers and sizes of ticks, and a kill in the middle: EVENTS=1000000
	./bin/freshet bench check --events $(EVENTS)

.PHONY: slt
slt: ## run the end-to-end scenarios: in the process, over the wire, with crashes, and on PostgreSQL
	go test ./internal/slt -count=1 -v

# Three runs of twenty seconds of each line take about an hour and a half.
.PHONY: bench
bench: build ## measure all queries, and print the table of docs/bench beside Flink's figures: SECONDS=20 RUNS=3
	./bin/freshet bench table --seconds $(SECONDS) --count $(RUNS)

# Lines for benchstat: the front end's Go benchmarks, then queries through a whole server.
.PHONY: bench-lines
bench-lines: build ## the same figures for benchstat, with the front end's benchmarks: BENCH=name BENCHCOUNT=10 EVENTS=20000000
	go test ./sql/parse -run '^$$' -bench '$(BENCH)' -benchmem -count $(BENCHCOUNT)
	./bin/freshet bench nexmark --query all --events $(EVENTS) --count $(BENCHCOUNT) --benchstat
	./bin/freshet bench ysb --source gen --events $(EVENTS) --count $(BENCHCOUNT) --benchstat
	./bin/freshet bench ysb --source json --events $(EVENTS) --count $(BENCHCOUNT) --benchstat

.PHONY: bench-compare
bench-compare: $(BENCHSTAT) ## compare two saved outputs of bench-lines: OLD=file NEW=file
	$(BENCHSTAT) $(OLD) $(NEW)

.PHONY: demo
demo: build ## serve a live stream of auctions, print what its views hold every second, and say how to connect
	./bin/freshet demo --seconds $(DEMO_SECONDS)

# CI leaves out what has nothing to check.
CHECK_PACKAGES ?= ./...

.PHONY: check
check: lint tidy-check ## before each commit: lint, tidy-check, and all tests with the invariants on
	go test -tags invariants $(CHECK_PACKAGES)

.PHONY: ci
ci: ## run what CI runs (needs bash, and PostgreSQL 15 or Debian's apt to get it)
	.ci/run

# "go install" names the binary after the package; the version goes into the name here, so that an old one is not used.
$(GOLANGCI_LINT):
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(TOOLS)/golangci-lint $@

$(BENCHSTAT):
	GOBIN=$(TOOLS) go install golang.org/x/perf/cmd/benchstat@$(BENCHSTAT_VERSION)
	mv $(TOOLS)/benchstat $@
