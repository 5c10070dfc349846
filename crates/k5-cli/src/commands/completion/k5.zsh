#compdef k5
_k5() {
    local -a lines given plain plain_shown open open_shown
    local line value about mode
    given=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
    lines=("${(@f)$(${(Q)words[1]} __complete "${given[@]}" 2>/dev/null)}")
    mode=${lines[1]}
    for line in "${(@)lines[2,-1]}"; do
        value=${line%%$'\t'*}
        about=${line#*$'\t'}
        [[ -z $value ]] && continue
        [[ -n $about ]] && about="$value  -- $about" || about=$value
        if [[ $value == *[/=:] ]]; then
            open+=("$value")
            open_shown+=("$about")
        else
            plain+=("$value")
            plain_shown+=("$about")
        fi
    done
    local found=1
    if (( $#plain )); then
        compadd -V k5 -l -d plain_shown -a plain && found=0
    fi
    if (( $#open )); then
        compadd -V k5-open -S '' -l -d open_shown -a open && found=0
    fi
    case $mode in
        files) _files && found=0 ;;
        folders) _files -/ && found=0 ;;
    esac
    return found
}
# The file is either a function in $fpath, or sourced after compinit.
if [[ $funcstack[1] == _k5 ]]; then
    _k5 "$@"
elif (( $+functions[compdef] )); then
    compdef _k5 k5
fi
