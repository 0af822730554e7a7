# What make packages is made of.  A package is "test for it:apt:brew"; the recipe
# lists those that are $needed and $wanted, and says in $os where we are.
root=$([ "$(id -u)" -ne 0 ] || echo root)

# install_missing: those that are needed must be there in the end; without the
# others it goes on.
install_missing() {
	local all
	all=$(missing $needed $wanted)
	[ -n "$all" ] || exit 0
	find_installer
	if [ -n "$by" ]; then
		echo "lmgauge needs these packages, installing them:$all"
		why='installing failed'
		! $sudo true || install $all
	fi
	all=$(missing $needed)
	[ -z "$all" ] || { echo "make: these packages are needed, and $why; install them:$all" >&2; exit 4; }
	all=$(missing $wanted)
	[ -z "$all" ] || echo "make: going on without$all ($why): what they are for is left out" >&2
}

# missing PACKAGE...: what is to be installed, each once.
missing() {
	local p what apt brew
	for p; do
		IFS=: read -r what apt brew <<<"$p"
		is_there "$what" || if [ "$os" = darwin ]; then echo "$brew"; else echo "$apt"; fi
	done | awk '$0 != "-" && !seen[$0]++ { printf " %s", $0 }'
}

is_there() {
	case $1 in
	py/*) /usr/bin/python3 -c "import ${1#py/}" 2>/dev/null ;;
	prog/*) PATH=$PATH:/usr/sbin command -v "${1#prog/}" >/dev/null ;;
	pc/*) command -v pkg-config >/dev/null && pkg-config --exists "${1#pc/}" ;;
	esac
}

# find_installer: $by is what installs, $sudo what it takes; else $why not.
find_installer() {
	by= sudo=
	if [ "$os" = darwin ]; then
		why='Homebrew is not there (https://brew.sh)'
		! command -v brew >/dev/null || by='brew install'
	elif ! command -v apt-get >/dev/null; then
		why='apt-get is not there'
	else
		why='sudo is not there'
		[ -n "$root" ] || sudo=sudo
		! command -v ${sudo:-env} >/dev/null ||
		    by="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install"
	fi
}

# install NAME...: one by one where it cannot be all together.
install() {
	local p
	case $by in *apt-get*) $sudo apt-get -qq update || true ;; esac
	$by "$@" >/dev/null || for p; do $by $p >/dev/null || true; done
}
