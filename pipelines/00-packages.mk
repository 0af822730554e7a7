# What has to be installed: the programs and libraries that are missing, by
# apt on Debian and Ubuntu, by brew on macOS.

#: make packages         install what is missing (named first; sudo, if not root)

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

.PHONY: packages
packages:
	@os=$(OS); . "$$PIPELINES/packages/install.bash"; \
	needed='$(PACKAGES) $(if $(TEST_PACKAGES),$(PACKAGES_TEST))'; \
	wanted='$(OPTIONAL) $(if $(TEST_PACKAGES),$(OPTIONAL_TEST)) $(if $(BENCH_PACKAGES),$(OPTIONAL_BENCH))'; \
	$(if $(TEST_PACKAGES),[ -z "$(if $(CI),1)$$root" ] || wanted+=' $(OPTIONAL_CI)';) \
	install_missing
