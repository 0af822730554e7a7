# The macOS code, compiled and linked here: what a Mac would build.

#: make check-macos      compile and link for macOS (arm64, x86_64; needs npm,
#:                       400 MB in build/)

# A program's list as it is on a Mac: NAME_SRCS, its platform files replaced.
macos_list = $(subst _$(OS).c,_darwin.c,$(filter-out $($(1)_$(OS)_SRCS),$($(1)_SRCS))) \
	$(filter-out $(subst _$(OS).c,_darwin.c,$(filter-out $($(1)_$(OS)_SRCS),$($(1)_SRCS))),$($(1)_darwin_SRCS))
comma := ,
space := $(subst ,, )
macos_arg = $(1)=$(subst $(space),$(comma),$(strip $(addprefix $(2)/,$(call macos_list,$(1)) main.c) \
	$(addprefix src/lib/,$(call macos_list,lib))))

# The tests that a Mac has, too.
macos_tests = tests=$(subst $(space),$(comma),$(strip $(filter-out %_linux.c tests/unit/memsample/test_darwin%,\
	$(UNIT) $(FUZZ) $(HELPER))))

.PHONY: check-macos
check-macos:
	@tests/macos/check $(foreach t,$(TOOLS),$(call macos_arg,$(t),src/$(t))) \
	    $(call macos_arg,lmsim,tests/lmsim) $(macos_tests)

# The same sources against a scripted fake of the system, in the unit tests.
$(B)/tests/unit/memsample/test_darwin_%.o: CPPFLAGS += -Itests/macos/fake
