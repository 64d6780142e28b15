# Everything that is done with this repository, by name.
.DEFAULT_GOAL := help
SHELL := /bin/bash
SEED ?= 1
SEEDS ?= 2000
CHARTS ?= 500
KILLS ?= 30
IMAGES ?= 5000
MINUTES ?= 10
MUTANTS ?=
OVERLOAD ?=
FLOOD ?=
YEAR ?=
SCIM ?=
BROWSER ?=
BENCH ?=
ENDED ?=
SECONDS ?= 60
STAGES ?=

.PHONY: help setup build demo dev gallery test unit lint check sim oracle diagrams powerloss crash chaos cycles failpoints alerts retention mutants overload flood slow docs openapi browser scim oidc disks soak migrate race bench dist bare
.PHONY: replay year fuzz stripe clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what a fresh Debian lacks (packages only; Swift itself must be there)
	@scripts/setup

build: setup ## Build pawl: .build/release/pawl
	@scripts/build

demo: build ## The main job: a few hundred orders end to end, with faults, and a summary
	@scripts/demo

dev: build ## Server, sandbox and sample data in one process, until Ctrl-C
	@.build/release/pawl dev

gallery: build ## One of everything that can hold an instance up, in the console at http://127.0.0.1:8087
	@.build/release/pawl dev --demo

test: setup ## All tests, with the minutes of each stage: make test STAGES="compile unit"
	@scripts/test $(STAGES)

unit: setup ## The unit suite alone
	@swift test --quiet

lint: ## Formatting
	@scripts/lint

check: build ## The shipped workflows and adapters: errors and scenarios
	@.build/release/pawl check && .build/release/pawl test

sim: setup ## Simulate the whole system: make sim SEED=1 SEEDS=2000
	@scripts/simulate $(SEED) $(SEEDS)

oracle: setup ## The chart algorithm beside a second implementation: make oracle SEED=1 SEEDS=100000
	@scripts/oracle $(SEED) $(SEEDS)

diagrams: setup ## Draw random charts, in which nothing may lie on anything else: make diagrams SEED=1 CHARTS=500
	@scripts/diagrams $(SEED) $(CHARTS)

powerloss: setup ## The power fails at any write: make powerloss SEED=1 IMAGES=5000
	@scripts/powerloss $(SEED) $(IMAGES)

crash: build ## Kill the shipped binary with -9: make crash KILLS=30
	@scripts/crash $(KILLS)

chaos: build ## Kills, stops, clocks and lying remotes by one seed, judged from outside: make chaos SEED=1 MINUTES=5
	@scripts/chaos $(SEED) $(MINUTES)

cycles: build ## Bill many accounts, or pay workers, killed with -9: make cycles CYCLES="--workers kill 50 5000", CYCLES="grow 1000 10000"
	@scripts/cycles $(CYCLES)

alerts: setup ## Alerts over kill -9, judged by who is told; and the stream of events
	@swift build --product pawl && scripts/alerts

retention: setup ## What ended long ago goes, over deaths of the server, and comes back
	@swift build --quiet --product pawl && scripts/retention
	@[[ -z "$(ENDED)" ]] || { $(MAKE) -s build && PAWL=$(CURDIR)/.build/release/pawl scripts/retention --ended $(ENDED); }

failpoints: setup ## Kill the debug binary at each named point, in every workflow
	@scripts/failpoints

mutants: setup ## Each deliberate bug must fail the suite: make mutants MUTANTS="history-gap timer-early"
	@scripts/mutants $(MUTANTS)

overload: build ## Timers due at one instant, ten times the arrivals, a flooded public entry: make overload OVERLOAD="--timers 100000 --seconds 60"
	@scripts/overload $(OVERLOAD)

flood: build ## Applications from one address, and from a thousand, beside orders: make flood FLOOD="--rate 20000 --rounds 5"
	@scripts/flood $(FLOOD)

docs: ## Each command and snippet of README.md and docs, as it stands
	@swift build --product pawl && scripts/docs

browser: build ## The console in Chromium, over the gallery: make browser BROWSER="pages live"
	@scripts/quietly swift build --build-tests && scripts/browser $(BROWSER)

stripe: build ## The example adapter for Stripe against localstripe: charges, declines, refunds, kill -9
	@scripts/stripe

openapi: build ## The API against its own description, asked by Schemathesis: make openapi OPENAPI="120 --seed 7"
	@scripts/openapi $(OPENAPI)

scim: build ## Workers' accounts with a SCIM server that nobody here wrote, whose answers get lost: make scim SCIM="create-taken"
	@scripts/scim $(SCIM)

oidc: build ## The server before an issuer that nobody here wrote: tokens, keys that change, an issuer that is down: make oidc OIDC="tokens"
	@scripts/quietly swift build --build-tests && scripts/oidc $(OIDC)

disks: build ## The shipped binary on full, read-only and damaged disks; second server; restart storm
	@scripts/disks

soak: build ## Steady load with kills; memory, log and handles stay flat: make soak MINUTES=10
	@scripts/soak $(MINUTES)

migrate: build ## Ten thousand live orders come into another version under load, judged by the bank's file
	@scripts/migrate

slow: build ## 2,000 slow sockets over TLS beside honest clients: make slow SLOW="--sockets 4000"
	@scripts/slow $(SLOW)

race: setup ## The concurrent parts under the thread sanitizer
	@scripts/race

bench: setup ## Measure every workload beside its limit and a peer: make bench BENCH="--rounds 3 --sleepers 20000"
	@scripts/bench $(BENCH)

replay: build ## Replay a recorded stream: make replay EVENTS=FILE.jsonl DATA=DIR
	@.build/release/pawl replay --events $(EVENTS) --data $(DATA)

year: build ## A year of applications on virtual time, against a model of the people: make year YEAR="365 1000"
	@scripts/year $(YEAR)

fuzz: setup ## libFuzzer over every way in: make fuzz SECONDS=60
	@scripts/fuzz $(SECONDS)

dist: setup ## One tar that runs on a Debian without the toolchain: pawl-VERSION-linux-ARCH.tar.gz
	@scripts/dist

bare: ## That tar on debootstrap's smallest Debian (as root): it carries the demo's orders there
	@scripts/bare

clean: ## Remove what was built and what demos wrote
	@rm -rf .build .build-dist pawl-*-linux-*.tar.gz pawl-data sandbox-data demo-data
