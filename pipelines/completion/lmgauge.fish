# fish completion of lmgauge and its programs: what their --help says.

function __lmgauge_words
    set -l words (commandline -opc)
    set -l tool $words[1]
    set -l command $words[2]
    switch (basename $tool):"$command"
        case 'lmgauge:'
            $tool help | sed -n 's/^lmgauge \([a-z]*\) .*/\1/p'
            echo help
        case 'lmgauge:init'
            $tool init --help | grep -oE -e '--[a-z][a-z-]*'
        case 'lmgauge:*'
            contains -- $command analyze watch show resume share verify export compare
            and set -l runs results/*/
            and printf '%s\n' (string trim -r -c / -- $runs)
            string length -q -- (commandline -ct)
            and $tool help | grep -oE '[A-Z_]{2,}='
        case 'lmsdrive:'
            $tool --help | sed -n 's/^  \([a-z]*\) .*/\1/p'
        case 'lmsdrive:*' 'metricsagg:compare'
            $tool $command --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]*'
        case '*'
            test (basename $tool):"$command" = metricsagg:
            and echo compare
            $tool --help | grep -oE -e '--[a-z][a-z-]*'
    end
end

# The first word of these is a command, no file.
complete -c lmgauge -c lmsdrive -f -n 'test (count (commandline -opc)) = 1'
for tool in lmgauge lmsdrive memsample metricsagg mkreport
    complete -c $tool -a '(__lmgauge_words)'
end
