# What has to be installed: the programs and libraries that are missing, by
# apt on Debian and Ubuntu, by brew on macOS.

#: make packages         install what is missing (named first; asks sudo when not root)

# test for it : apt package : brew package ("-": nothing to install there)
PACKAGES := \
	prog/cc:build-essential:- \
	prog/pkg-config:pkg-config:pkg-config \
	pc/libcurl:libcurl4-openssl-dev:curl \
	pc/yaml-0.1:libyaml-dev:libyaml \
	pc/libcjson:libcjson-dev:cjson \
	pc/libmd:libmd-dev:libmd \
	pc/libmicrohttpd:libmicrohttpd-dev:libmicrohttpd \
	prog/jq:jq:jq
PACKAGES_TEST := \
	prog/bats:bats:bats-core \
	prog/timeout:coreutils:coreutils \
	prog/curl:curl:curl \
	prog/socat:socat:socat \
	prog/mandoc:mandoc:mandoc
# Without these something is left out: pictures, the page, tests.
OPTIONAL := \
	prog/gnuplot:gnuplot-nox:gnuplot \
	prog/cmark-gfm:cmark-gfm:cmark-gfm
OPTIONAL_TEST := \
	prog/original-awk:original-awk:- \
	prog/sqlite3:sqlite3:sqlite \
	prog/parallel:parallel:parallel \
	prog/node:nodejs:node \
	prog/npm:npm:- \
	prog/xmllint:libxml2-utils:- \
	prog/chromium:chromium:-
# They bring a service that starts, other shells, or what packages a release:
# not on somebody's own machine.
OPTIONAL_CI := \
	prog/zsh:zsh:- \
	prog/fish:fish:- \
	prog/dh:debhelper:- \
	prog/lintian:lintian:- \
	prog/sshd:openssh-server:- \
	prog/promtool:prometheus:-
# What make bench compares with.
OPTIONAL_BENCH := \
	py/psutil:python3-psutil:- \
	prog/pidstat:sysstat:-

# Those that are needed must be there in the end; without the others it goes on.
.PHONY: packages
packages:
	@missing() { \
	    for p; do \
	        IFS=: read -r what apt brew <<<"$$p"; \
	        case $$what in \
	        py/*) /usr/bin/python3 -c "import $${what#py/}" 2>/dev/null && continue ;; \
	        prog/*) PATH=$$PATH:/usr/sbin command -v "$${what#prog/}" >/dev/null && continue ;; \
	        pc/*) command -v pkg-config >/dev/null && pkg-config --exists "$${what#pc/}" && continue ;; \
	        esac; \
	        echo "$$$(if $(filter darwin,$(OS)),brew,apt)"; \
	    done | awk '$$0 != "-" && !seen[$$0]++ { printf " %s", $$0 }'; \
	}; \
	needed='$(PACKAGES) $(if $(TEST_PACKAGES),$(PACKAGES_TEST))'; \
	wanted='$(OPTIONAL) $(if $(TEST_PACKAGES),$(OPTIONAL_TEST)) $(if $(BENCH_PACKAGES),$(OPTIONAL_BENCH))'; \
	root=$$([ "$$(id -u)" -ne 0 ] || echo root); \
	[ -z '$(if $(TEST_PACKAGES),1)' ] || [ -z "$(if $(CI),1)$$root" ] || wanted+=' $(OPTIONAL_CI)'; \
	all=$$(missing $$needed $$wanted); \
	[ -n "$$all" ] || exit 0; \
	by=; sudo=; \
	if [ $(OS) = darwin ]; then \
	    why='Homebrew is not there (https://brew.sh)'; \
	    ! command -v brew >/dev/null || by='brew install'; \
	elif ! command -v apt-get >/dev/null; then why='apt-get is not there'; \
	else \
	    why='sudo is not there'; [ -n "$$root" ] || sudo=sudo; \
	    ! command -v $${sudo:-env} >/dev/null || by="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install"; \
	fi; \
	if [ -n "$$by" ]; then \
	    echo "lmgauge needs these packages, installing them:$$all"; \
	    why='installing failed'; \
	    if $$sudo true; then \
	        case $$by in *apt-get*) $$sudo apt-get -qq update || true ;; esac; \
	        $$by $$all >/dev/null || for p in $$all; do $$by $$p >/dev/null || true; done; \
	    fi; \
	fi; \
	all=$$(missing $$needed); \
	[ -z "$$all" ] || { echo "make: these packages are needed, and $$why; install them:$$all" >&2; exit 4; }; \
	all=$$(missing $$wanted); \
	[ -z "$$all" ] || echo "make: going on without$$all ($$why): what they are for is left out" >&2
