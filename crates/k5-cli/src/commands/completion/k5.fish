# fish completion for k5
function __k5_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor | string unescape)
    set -l program (string replace --regex '^~' $HOME -- $words[1])
    set -l lines ($program __complete $words[2..] "$current" 2>/dev/null)
    or return
    if test (count $lines) -gt 1
        printf '%s\n' $lines[2..]
    end
    switch "$lines[1]"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
    end
end
complete --command k5 --no-files --keep-order --arguments '(__k5_complete)'
