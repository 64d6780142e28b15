# split KIND FIRST TOTAL STRIDE: pawl-seeds on every core, each with its share of seeds or images.
#
# The seeds of one worker begin STRIDE after those of the one before; 0: right behind them. Prints what each came to, and
# all that is wrong.
split() {
    local kind=$1 first=$2 total=$3 stride=$4
    local workers part worker count log failed=0 logs=() pids=()
    scripts/quietly swift build -c release ${LEAN:+-debug-info-format none} --product pawl-seeds
    workers=$(nproc)
    ((total >= 100 * workers)) || workers=1
    part=$(((total + workers - 1) / workers))
    ((stride > 0)) || stride=$part
    for ((worker = 0; worker < workers; worker++)); do
        log=$(mktemp)
        logs+=("$log")
        count=$((worker == workers - 1 ? total - worker * part : part))
        .build/release/pawl-seeds "$kind" $((first + worker * stride)) "$count" >"$log" 2>&1 &
        pids+=($!)
    done
    for worker in "${!pids[@]}"; do
        wait "${pids[$worker]}" || failed=1
        cat "${logs[$worker]}"
    done
    rm -f "${logs[@]}"
    return $failed
}
