# bash completion of lmgauge and its programs: what their --help says.

_lmgauge() {
	local tool=$1 word=${COMP_WORDS[COMP_CWORD]} command='' words=''
	[ "$COMP_CWORD" -lt 2 ] || command=${COMP_WORDS[1]}
	case ${tool##*/}:$command in
	lmgauge:) words="$("$tool" help | sed -n 's/^lmgauge \([a-z]*\) .*/\1/p') help" ;;
	lmgauge:init) words=$("$tool" init --help | grep -oE -e '--[a-z][a-z-]*' | sort -u) ;;
	lmgauge:*) words=$("$tool" help | grep -oE '[A-Z_]{2,}=' | sort -u) ;;
	lmsdrive:) words=$("$tool" --help | sed -n 's/^  \([a-z]*\) .*/\1/p') ;;
	lmsdrive:*|metricsagg:compare) words=$("$tool" "$command" --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]*' | sort -u) ;;
	metricsagg:) words="compare $("$tool" --help | grep -oE -e '--[a-z][a-z-]*' | sort -u)" ;;
	*) words=$("$tool" --help | grep -oE -e '--[a-z][a-z-]*' | sort -u) ;;
	esac
	# Where nothing is asked for by its first letters, files are meant.
	[ -n "$word" ] || case ${tool##*/}:$command in lmgauge:|lmsdrive:) ;; *) words= ;; esac
	COMPREPLY=($(compgen -W "$words" -- "$word"))
	case ${tool##*/}:$command in
	lmgauge:analyze|lmgauge:watch|lmgauge:show|lmgauge:resume|lmgauge:share|lmgauge:verify|lmgauge:export|lmgauge:compare)
		for command in results/*/; do
			case $command in results/history/|results/\*/) continue ;; esac
			[[ $command != "$word"* ]] || COMPREPLY+=("$(printf %q "${command%/}")")
		done ;;
	esac
	case ${COMPREPLY[0]-} in *=) compopt -o nospace 2>/dev/null ;; esac
	return 0
}
complete -o default -F _lmgauge lmgauge lmsdrive memsample metricsagg mkreport
