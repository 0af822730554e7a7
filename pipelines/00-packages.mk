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
	prog/jq:jq:jq \
	prog/gnuplot:gnuplot-nox:gnuplot \
	prog/cmark-gfm:cmark-gfm:cmark-gfm
PACKAGES_TEST := \
	prog/bats:bats:bats-core \
	prog/timeout:coreutils:coreutils \
	prog/curl:curl:curl \
	prog/original-awk:original-awk:- \
	prog/socat:socat:socat \
	prog/sqlite3:sqlite3:sqlite \
	prog/parallel:parallel:parallel \
	prog/mandoc:mandoc:mandoc \
	prog/node:nodejs:node \
	prog/npm:npm:-
# What make bench compares with.
PACKAGES_BENCH := \
	py/psutil:python3-psutil:- \
	prog/pidstat:sysstat:-

.PHONY: packages
packages:
	@need=(); \
	for p in $(PACKAGES) $(if $(TEST_PACKAGES),$(PACKAGES_TEST)) $(if $(BENCH_PACKAGES),$(PACKAGES_BENCH)); do \
	    IFS=: read -r what apt brew <<<"$$p"; \
	    case $$what in \
	    py/*) /usr/bin/python3 -c "import $${what#py/}" 2>/dev/null && continue ;; \
	    prog/*) command -v "$${what#prog/}" >/dev/null && continue ;; \
	    pc/*) command -v pkg-config >/dev/null && pkg-config --exists "$${what#pc/}" && continue ;; \
	    esac; \
	    if [ $(OS) = darwin ]; then need+=("$$brew"); else need+=("$$apt"); fi; \
	done; \
	need=($$(printf '%s\n' "$${need[@]:-}" | grep -vx -e - -e '' | sort -u || true)); \
	[ $${#need[@]} -gt 0 ] || exit 0; \
	echo "lmgauge needs these packages, installing them: $${need[*]}"; \
	if [ $(OS) = darwin ]; then \
	    command -v brew >/dev/null || { echo "make: Homebrew is missing: see https://brew.sh, or install $${need[*]} yourself" >&2; exit 4; }; \
	    brew install "$${need[@]}"; exit; \
	fi; \
	command -v apt-get >/dev/null || { echo "make: no apt-get here: install the equivalents of $${need[*]} yourself" >&2; exit 4; }; \
	sudo=; [ "$$(id -u)" -eq 0 ] || sudo=sudo; \
	$$sudo apt-get -qq update; \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$${need[@]}" >/dev/null
