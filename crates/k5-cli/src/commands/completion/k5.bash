# bash completion for k5
_k5() {
    # Words as bash would have them if it did not split at : and =, which are in URLs and options.
    local line=${COMP_LINE:0:COMP_POINT} word gap i last=-1
    local -a words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        gap=${line%%[![:space:]]*}
        line=${line#"$gap"}
        word=${COMP_WORDS[i]}
        ((i == COMP_CWORD)) && word=$line
        if [[ -n $gap || $last -lt 0 ]]; then
            words[++last]=$word
        else
            words[last]+=$word
        fi
        line=${line#"$word"}
    done
    local current=${words[last]}
    # Quotes and backslashes are the shell's own.
    for ((i = 1; i <= last; i++)); do
        word=${words[i]}
        word=${word//\\/}
        word=${word//\'/}
        words[i]=${word//\"/}
    done

    local out
    out=$("${words[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null) || return 0
    # What bash takes for words of their own must not be repeated; between quotes there are none.
    local before=
    if [[ $current != [\'\"]* ]]; then
        [[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && before=${current%"${current##*:}"}
        [[ $COMP_WORDBREAKS == *=* && ${current#"$before"} == *=* ]] && before=${current%"${current##*=}"}
        before=${before//\\/}
    fi

    local mode= value
    while IFS= read -r line; do
        if [[ -z $mode ]]; then
            mode=$line
            continue
        fi
        value=${line%%$'\t'*}
        value=${value#"$before"}
        [[ $current == [\'\"]* ]] || printf -v value %q "$value"
        COMPREPLY+=("$value")
    done <<<"$out"
    case $mode in
    files | folders)
        local kind=-f
        [[ $mode == folders ]] && kind=-d
        while IFS= read -r value; do
            [[ -z $value ]] && continue
            [[ -d $value ]] && value+=/
            value=${value#"$before"}
            [[ $current == [\'\"]* ]] || printf -v value %q "$value"
            COMPREPLY+=("$value")
        done < <(compgen $kind -- "${words[last]}")
        ;;
    esac
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/=:] ]]; then
        compopt -o nospace
    fi
}
if ((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 4)); then
    complete -o nosort -F _k5 k5
else
    complete -F _k5 k5
fi
