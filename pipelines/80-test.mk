# Tests.  Unit tests are C programs that print TAP, everything else is Bats;
# tests/run runs them all and counts.

#: make test             install what is missing, run every test, also under
#:                       ASan+UBSan
#: make check            the release tests only (ONLY=memsample picks by name)
#: make fuzz             fuzz every parser for FUZZ_SECONDS=30 each (clang)

# On macOS without those of Linux's own files, and of macOS's on a fake system.
UNIT := $(filter-out $(if $(filter darwin,$(OS)),%_linux.c tests/unit/memsample/test_darwin%),\
	$(wildcard tests/unit/*/test_*.c))
UNIT_BIN := $(UNIT:%.c=$(B)/%)
FUZZ := $(filter-out $(if $(filter darwin,$(OS)),%_linux.c),$(wildcard tests/fuzz/fuzz_*.c))
REPLAY_BIN := $(FUZZ:tests/fuzz/%.c=$(B)/tests/replay/%)
HELPER := $(wildcard tests/helpers/*.c)
HELPER_BIN := $(HELPER:tests/helpers/%.c=$(B)/helpers/%)
ONLY ?=
FUZZ_SECONDS ?= 30

# tests/unit/TOOL/test_X.c links with TOOL.a and lib.a ("lib" itself: lib.a).
unit_tool = $(patsubst lib,,$(word 3,$(subst /, ,$(1))))
define unit
$(B)/$(1:.c=): $(B)/$(1:.c=.o) $(if $(call unit_tool,$(1)),$(B)/$(call unit_tool,$(1)).a) $(B)/lib.a
	@mkdir -p $$(@D)
	$$(LINK) $$^ $$($(call unit_tool,$(1))_LIBS) $$(lib_LIBS) -o $$@
$(B)/$(1:.c=.o): TOOL_CFLAGS = -Itests -Isrc/$(word 3,$(subst /, ,$(1))) -Itests/$(word 3,$(subst /, ,$(1))) $$($(call unit_tool,$(1))_CFLAGS)
endef
$(foreach u,$(UNIT),$(eval $(call unit,$(u))))

# tests/fuzz/fuzz_TOOL_X.c holds LLVMFuzzerTestOneInput; replay.c runs its
# corpus (tests/fuzz/corpus/fuzz_TOOL_X/) in the ordinary tests.
fuzz_tool = $(patsubst lib,,$(word 2,$(subst _, ,$(1))))
define fuzz
$(B)/tests/replay/$(1): $(B)/tests/fuzz/$(1).o $(B)/tests/fuzz/replay.o $(if $(call fuzz_tool,$(1)),$(B)/$(call fuzz_tool,$(1)).a) $(B)/lib.a
	@mkdir -p $$(@D)
	$$(LINK) $$^ $$($(call fuzz_tool,$(1))_LIBS) $$(lib_LIBS) -o $$@
$(B)/tests/fuzz/$(1).o: TOOL_CFLAGS = -Isrc/$(word 2,$(subst _, ,$(1))) $$($(call fuzz_tool,$(1))_CFLAGS)
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz,$(notdir $(f:.c=)))))

# tests/helpers/X.c: small programs of known behaviour, one file each.
$(B)/helpers/%: tests/helpers/%.c $(B)/lib.a
	@mkdir -p $(@D)
	$(COMPILE) $< $(OWN_LDFLAGS) $(LDFLAGS) $(B)/lib.a $(lib_LIBS) -o $@

.PHONY: test check check-asan check-bins fuzz
test:
	@$(MAKE) --no-print-directory packages TEST_PACKAGES=1
	@$(MAKE) --no-print-directory test-all

.PHONY: test-all
test-all:
	@$(MAKE) --no-print-directory -j2 check-bins BUILD=release
	@$(MAKE) --no-print-directory -j2 check-bins BUILD=asan
	@tests/run release asan

check: check-bins
	@tests/run $(BUILD)

check-bins: all $(B)/bin/lmsim $(UNIT_BIN) $(REPLAY_BIN) $(HELPER_BIN)

# ASan keeps little of what is freed: fresh pages would be most of the time.
.PHONY: fuzz
fuzz: check-bins
	@$(call a_number,FUZZ_SECONDS); mkdir -p build/fuzz
	@for f in $(notdir $(FUZZ:.c=)); do \
	    tool=$$(cut -d_ -f2 <<<$$f); dir=src/$$tool; own=; mkdir -p build/fuzz/$$f.corpus; \
	    [ $$tool != lmsim ] || { dir=tests/lmsim; own='$(lmsim_CFLAGS) $(lmsim_LIBS)'; }; \
	    clang -g -O1 -std=c11 -Dmain=main_of_tool -fsanitize=fuzzer,address,undefined \
	        $(OWN_CPPFLAGS) -I$$dir $(lib_CFLAGS) tests/fuzz/$$f.c \
	        $$(find src/lib $$dir -name '*.c' | sort -u | grep -v _$(if $(filter linux,$(OS)),darwin,linux).c) \
	        $(call pkg,--libs,libcurl) $$own $(lib_LIBS) -o build/fuzz/$$f; \
	    ASAN_OPTIONS=quarantine_size_mb=2 build/fuzz/$$f -max_total_time="$$FUZZ_SECONDS" -max_len=65536 \
	        build/fuzz/$$f.corpus tests/fuzz/corpus/$$f; \
	done
	@mkdir -p build/fuzz/analyze; for c in 1 2 12; do $(B)/helpers/mkraw -n 4 -b 2 -e -p -c $$c >build/fuzz/analyze/$$c.raw; done; \
	seed=$$(date +%s); end=$$((SECONDS + FUZZ_SECONDS)); echo "tests/fuzz/analyze, seeds from $$seed"; \
	while [ $$SECONDS -lt $$end ]; do \
	    PATH=$(CURDIR)/$(B)/bin:$$PATH tests/fuzz/analyze build/fuzz/analyze $$seed $$((seed + 19)) build/fuzz/analyze/*.raw; \
	    seed=$$((seed + 20)); \
	done
