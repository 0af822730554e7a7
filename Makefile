# lmgauge: GNU make, one non-recursive build.  "make help" lists what a user types.
#
# Each tool's folder lists its sources in flow order (src/TOOL/files.mk), each
# thing a user does is a fragment under pipelines/, and what is built goes to
# build/BUILD/ (release, asan); bin/ holds the release programs.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
# The make of macOS knows no .SHELLFLAGS, but takes words after the shell.
ifeq ($(MAKE_VERSION),3.81)
SHELL := bash -euo pipefail
endif
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

.PHONY: default
default: all

include pipelines/01-written.mk

# ---- yours to set ----------------------------------------------------------
CC ?= cc
CFLAGS ?= -O2 -g
CPPFLAGS ?=
LDFLAGS ?=
PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= release
VERBOSE ?=
$(if $(filter-out release asan,$(value BUILD))$(filter-out 1,$(words $(value BUILD))),\
	$(error BUILD=$(value BUILD): it is release or asan))

# ---- ours ------------------------------------------------------------------
ifeq ($(origin CC),default)
CC := cc
endif
OS := $(if $(filter Darwin,$(shell uname -s)),darwin,linux)
TOOLS := lmsdrive memsample metricsagg mkreport
B := build/$(BUILD)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wcast-qual -Wundef -Wvla $(if $(value CI),-Werror)
SANITIZE_asan := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -O1
# macOS hides mkdtemp(3), MAP_ANON and more behind _POSIX_C_SOURCE alone.
CPPFLAGS_darwin := -D_DARWIN_C_SOURCE=
OWN_CPPFLAGS = -D_POSIX_C_SOURCE=200809L $(CPPFLAGS_$(OS)) -Isrc/lib
OWN_CFLAGS = -std=c11 $(WARN) $(SANITIZE_$(BUILD))
OWN_LDFLAGS = $(SANITIZE_$(BUILD))

# Hardened as Debian builds it, with what this compiler and linker know; asked
# once, when something is built.  CFLAGS and LDFLAGS come behind and decide.
known = $(shell t=$$(mktemp) && echo 'int main(void) { return 0; }' \
	| $(CC) -Werror $(1) -x c -o "$$t" - 2>/dev/null && echo '$(1)'; rm -f "$$t")
harden_cflags = -fstack-protector-strong $(call known,-fstack-clash-protection) $(call known,-fPIE) \
	$(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
harden_ldflags = $(call known,-fPIE -pie) $(call known,-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now)
HARDEN_CFLAGS = $(eval HARDEN_CFLAGS := $(if $(SANITIZE_$(BUILD)),,$(harden_cflags)))$(HARDEN_CFLAGS)
HARDEN_LDFLAGS = $(eval HARDEN_LDFLAGS := $(if $(SANITIZE_$(BUILD)),,$(harden_ldflags)))$(HARDEN_LDFLAGS)

# Looked up when a recipe runs, so that "make packages" can come first.
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)
lib_LIBS = $(call pkg,--libs,yaml-0.1 libcjson libmd) -lm
lib_CFLAGS = $(call pkg,--cflags,yaml-0.1 libcjson libmd)

# A file NAME_linux.c or NAME_darwin.c is compiled on its own platform only;
# the lists name it NAME_$(OS).c.
include src/lib/files.mk
include $(foreach t,$(TOOLS),src/$(t)/files.mk)
include tests/lmsim/files.mk

# ---- build rules -----------------------------------------------------------
objects = $(patsubst %.c,$(B)/%.o,$(addprefix $(1)/,$(2)))

# $(call program,NAME,DIR,OUTPUT): main.c plus NAME_SRCS of DIR, which also
# make NAME.a for the unit tests; NAME_CFLAGS and NAME_LIBS are its libraries.
define program
$(B)/$(1).a: $(call objects,$(2),$($(1)_SRCS))
$(B)/$(2)/%.o: TOOL_CFLAGS = -I$(2) $$($(1)_CFLAGS)
$(B)/$(3): $(B)/$(2)/main.o $(B)/$(1).a $(B)/lib.a
	@mkdir -p $$(@D)
	$$(LINK) $(B)/$(2)/main.o $(B)/$(1).a $(B)/lib.a $$($(1)_LIBS) $$(lib_LIBS) -o $$@
endef
COMPILE = $(if $(VERBOSE),,@echo "  CC      $<";) $(CC) $(CPPFLAGS) $(OWN_CPPFLAGS) \
	$(lib_CFLAGS) $(TOOL_CFLAGS) $(HARDEN_CFLAGS) $(CFLAGS) $(OWN_CFLAGS) -MMD -MP
LINK = $(if $(VERBOSE),,@echo "  LINK    $@";) $(CC) $(HARDEN_LDFLAGS) $(CFLAGS) $(LDFLAGS) $(OWN_LDFLAGS)

$(foreach t,$(TOOLS),$(eval $(call program,$(t),src/$(t),bin/$(t))))
$(eval $(call program,lmsim,tests/lmsim,bin/lmsim))
$(B)/lib.a: $(call objects,src/lib,$(lib_SRCS))

# The commit, of git or of a released archive; version.c alone depends on it.
VERSION := $(shell sed -n 's/.*LMGAUGE_VERSION "\(.*\)"/\1/p' src/lib/version.h)
COMMIT = $(shell if [ -e .git ]; then git describe --always --dirty=+ --exclude '*' 2>/dev/null; else sed 's/.*Format.*//' .commit; fi)
$(B)/src/lib/version.o: OWN_CPPFLAGS += -DLMGAUGE_COMMIT='"$(shell cat $(B)/commit)"'
$(B)/src/lib/version.o: $(B)/commit
.PHONY: commit-of-sources
$(B)/commit: commit-of-sources
	@mkdir -p $(@D); echo '$(COMMIT)' | cmp -s - $@ || echo '$(COMMIT)' >$@

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -c $< -o $@
$(B)/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcs $@ $^
-include $(shell find $(B) -name '*.d' 2>/dev/null)

# bin/ always holds the release programs.
.PHONY: all
all: $(addprefix bin/,$(TOOLS) lmgauge)
bin/lmgauge:
	@mkdir -p bin
	@ln -sf ../pipelines/command/lmgauge $@
ifeq ($(BUILD),release)
bin/%: $(B)/bin/%
	@mkdir -p bin
	@cp -f $< $@
else
.PHONY: $(addprefix bin/,$(TOOLS))
$(addprefix bin/,$(TOOLS)): bin/%: $(B)/bin/%
endif

include $(filter-out pipelines/01-written.mk,$(sort $(wildcard pipelines/*.mk)))

# ---- for users -------------------------------------------------------------
MAN1 := $(foreach t,$(TOOLS),src/$(t)/$(t).1) pipelines/command/lmgauge.1
MAN5 := src/lib/lmgauge-records.5 src/lmsdrive/lmgauge-config.5
# What lmgauge runs, as pipelines/command/lmgauge lists it.
FRAGMENTS := $(addsuffix .mk,01-written 10-suite 30-analyze 40-compare 41-show 42-export 43-history 44-share 60-fleet 90-given)
PARTS := compare export history html plot share shell
# Where the shells look for completions.
COMPLETIONS := share/bash-completion/completions share/zsh/site-functions share/fish/vendor_completions.d
# Ours by name: the user's own suites stand beside them.
CONFIGS := $(addprefix config/,suite.yaml scenarios.yaml prompts.yaml demo.yaml demo-models.yaml)

.PHONY: install uninstall clean help
install uninstall: export TO := $(DESTDIR)$(PREFIX)
install: all
	install -d -- $(addprefix "$$TO"/,bin share/man/man1 share/man/man5 $(COMPLETIONS) share/lmgauge/config \
	    $(addprefix share/lmgauge/pipelines/,command $(PARTS)))
	install -m 755 -- $(addprefix bin/,$(TOOLS)) pipelines/command/lmgauge "$$TO"/bin/
	install -m 644 -- $(MAN1) "$$TO"/share/man/man1/
	install -m 644 -- $(MAN5) "$$TO"/share/man/man5/
	install -m 644 -- $(CONFIGS) "$$TO"/share/lmgauge/config/
	install -m 644 -- $(addprefix pipelines/,$(FRAGMENTS)) "$$TO"/share/lmgauge/pipelines/
	install -m 755 -- pipelines/command/recipe-shell "$$TO"/share/lmgauge/pipelines/command/
	@for d in $(PARTS); do \
	    install -m 644 -- pipelines/$$d/* "$$TO"/share/lmgauge/pipelines/$$d/; done
	install -m 644 -- pipelines/completion/lmgauge.bash "$$TO"/share/bash-completion/completions/lmgauge
	@for t in $(TOOLS); do ln -sf lmgauge "$$TO"/share/bash-completion/completions/$$t; done
	install -m 644 -- pipelines/completion/_lmgauge "$$TO"/share/zsh/site-functions/
	install -m 644 -- pipelines/completion/lmgauge.fish "$$TO"/share/fish/vendor_completions.d/

uninstall:
	cd -- "$$TO" && rm -rf share/lmgauge && rm -f \
	    $(addprefix bin/,$(TOOLS) lmgauge) $(addprefix share/man/man1/,$(notdir $(MAN1))) \
	    $(addprefix share/man/man5/,$(notdir $(MAN5))) \
	    $(addprefix share/bash-completion/completions/,$(TOOLS) lmgauge) \
	    share/zsh/site-functions/_lmgauge share/fish/vendor_completions.d/lmgauge.fish

# What git has, as an archive that builds without git.
.PHONY: dist deb
dist:
	@mkdir -p build
	git archive --format=tar.gz --prefix=lmgauge-$(VERSION)/ -o build/lmgauge-$(VERSION).tar.gz HEAD

# A Debian package of it, in build/.
deb: dist
	rm -rf build/lmgauge-$(VERSION) && tar -xzf build/lmgauge-$(VERSION).tar.gz -C build
	cp -R packaging/debian build/lmgauge-$(VERSION)/
	cp build/lmgauge-$(VERSION).tar.gz build/lmgauge_$(VERSION).orig.tar.gz
	cd build/lmgauge-$(VERSION) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc

clean:
	rm -rf build bin

help:
	@sed -n 's/^#: //p' Makefile $(sort $(wildcard pipelines/*.mk))

#: make                  build the four tools into bin/
#: make install          PREFIX=/usr/local DESTDIR=   (also: make uninstall)
#: make dist, make deb   an archive that builds without git, a Debian package, in
#:                       build/
#: make clean            remove what was built, keep results/
