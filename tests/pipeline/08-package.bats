#!/usr/bin/env bats
# What a release is made of: an archive that builds without git, a Debian
# package that lintian has nothing to say of, a formula.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	of_recipes
	unset BIN PIPELINES LMGAUGE
	cd "$ROOT"
	VERSION=$(sed -n 's/.*LMGAUGE_VERSION "\(.*\)"/\1/p' src/lib/version.h)
}

# A copy of what git has, so that nothing of build/ is touched.
clone() {
	[ -e .git ] && command -v git >/dev/null || skip "not a git repository"
	git clone -q "$ROOT" "$BATS_TEST_TMPDIR/clone"
	cd "$BATS_TEST_TMPDIR/clone"
}

@test "the version is that of one file, and --version tells the commit" {
	for t in lmsdrive memsample metricsagg mkreport lmgauge; do
		run -0 "bin/$t" --version
		[[ $output == "$t $VERSION" || $output == "$t $VERSION ("*")" ]]
	done
	[ "$(git rev-parse --short HEAD 2>/dev/null)" = "" ] || [[ $output == *"($(git rev-parse --short HEAD)"* ]]
	head -n 1 packaging/debian/changelog | grep -qF "lmgauge ($VERSION-"
	grep -qF "lmgauge-$VERSION.tar.gz" packaging/homebrew/lmgauge.rb
	grep -q "^## $VERSION" CHANGELOG.md
}

@test "dist: an archive that builds, installs and tells its commit without git" {
	clone
	make --no-print-directory dist
	tar -xzf "build/lmgauge-$VERSION.tar.gz" -C "$BATS_TEST_TMPDIR"
	commit=$(git rev-parse --short HEAD)
	cd "$BATS_TEST_TMPDIR/lmgauge-$VERSION"
	make --no-print-directory -s -j2 install CFLAGS=-O0 PREFIX="$BATS_TEST_TMPDIR/root" >/dev/null
	[ "$("$BATS_TEST_TMPDIR/root/bin/metricsagg" --version)" = "metricsagg $VERSION ($commit)" ]
	# Nothing of git or CI in it, and nothing is left behind.
	[ ! -e .git ] && [ ! -e .ci ] && [ ! -e .github ]
	make --no-print-directory -s uninstall PREFIX="$BATS_TEST_TMPDIR/root"
	[ -z "$(find "$BATS_TEST_TMPDIR/root" -type f -o -type l)" ]
}

@test "deb: a package builds and lintian has nothing to say" {
	for p in dpkg-buildpackage dh lintian; do command -v $p >/dev/null || skip "$p is not installed"; done
	clone
	# (Its contents are looked at; the optimised programs are those of bin/.)
	DEB_BUILD_OPTIONS=noopt make --no-print-directory deb >"$BATS_TEST_TMPDIR/log" 2>&1 || { tail -n 20 "$BATS_TEST_TMPDIR/log"; false; }
	run -0 lintian --allow-root build/lmgauge_*.changes
	[ "$output" = "" ]
	dpkg -c build/lmgauge_*.deb >"$BATS_TEST_TMPDIR/list"
	for f in bin/lmgauge bin/lmsdrive share/man/man1/lmgauge.1.gz share/man/man5/lmgauge-config.5.gz \
	    share/lmgauge/pipelines/10-suite.mk share/lmgauge/config/scenarios.yaml share/bash-completion/completions/memsample \
	    share/zsh/vendor-completions/_lmgauge share/fish/vendor_completions.d/lmgauge.fish; do
		grep -q " ./usr/$f" "$BATS_TEST_TMPDIR/list" || { echo "$f is not in it"; false; }
	done
}

@test "the formula is Ruby, the workflow YAML that runs the README's two commands" {
	grep -qF 'run: make test' .github/workflows/test.yml
	grep -qF 'run: make demo' .github/workflows/test.yml
	command -v ruby >/dev/null || skip "ruby is not installed"
	run -0 ruby -c packaging/homebrew/lmgauge.rb
	ruby -ryaml -e 'YAML.load_file(".github/workflows/test.yml")["jobs"]["test"]["steps"]'
}
