# Short names for what is done often. The steps themselves are in .ci/run, so
# that what runs here is what runs there.

.PHONY: build test race lint fuzz bench time-to-block checks-under-feed scale idle-peers attacks goodput interop mutation sctp ci

build: ## the program, as ./paperweight
	go build -o paperweight ./gateway

test: ## needs Go alone
	go test ./...

race:
	.ci/run race

lint: ## vet, gofmt, staticcheck
	.ci/run lint

fuzz: ## every target: FUZZTIME=1m make fuzz
	.ci/run fuzz

bench: ## BENCHTIME=1s DURATION=10s ROUNDS=5 make bench
	.ci/run bench

time-to-block: ## 100 single phones, published and asked for over S13
	go test -run '^$$' -bench TimeToBlock -benchtime 100x ./gateway

checks-under-feed: ## checks while deltas and whole lists come in: ENTRIES=1000000 RATE=20000 CHANGES=1000 SECONDS_EACH=20
	.ci/checks-under-feed

scale: ## 100 million entries through the feed; ENTRIES=1000000 make scale is a try
	.ci/scale

idle-peers: ## memory, threads and p99 with 10,000 peers that say nothing
	IDLE_PEERS=10000 go test -run '^$$' -bench IdlePeers -benchtime 60000x ./diameter

attacks: ## what each attack of diameter/attack_test.go costs
	go test -run Attacks -v ./diameter

goodput: ## answers in time at 1, 2 and 4 times the capacity: ENTRIES=5000000 SECONDS_EACH=5 PEERS="8 100"
	.ci/goodput

interop: ## a relay, a dissector, an HSM; installs them first
	.ci/run tools interop

mutation: ## defects put into the front, one a time: the suite must find each
	.ci/run mutation

sctp: ## SCTP, on a kernel of its own in a machine of software; installs it first (amd64)
	.ci/run tools sctp

ci: ## all that must hold before a change lands
	.ci/run
