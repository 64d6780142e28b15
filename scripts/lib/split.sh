# split FILTER COUNTER FIRST TOTAL STRIDE PREFIX: one test target on every core, each with its share of seeds or images.
#
# COUNTER is the variable that says how many. The seeds of one worker begin STRIDE after those of the one before; 0:
# right behind them. Prints the lines that begin with PREFIX, and all that a failing worker said.
split() {
    local filter=$1 counter=$2 first=$3 total=$4 stride=$5 prefix=$6
    local workers part worker count log failed=0 logs=() pids=()
    swift build --build-tests >/dev/null 2>&1 || swift build --build-tests || return
    workers=$(nproc)
    ((total >= 100 * workers)) || workers=1
    part=$(((total + workers - 1) / workers))
    ((stride > 0)) || stride=$part
    for ((worker = 0; worker < workers; worker++)); do
        log=$(mktemp)
        logs+=("$log")
        count=$((worker == workers - 1 ? total - worker * part : part))
        env SEED=$((first + worker * stride)) "$counter=$count" \
            swift test --skip-build --filter "$filter" >"$log" 2>&1 &
        pids+=($!)
    done
    for worker in "${!pids[@]}"; do
        wait "${pids[$worker]}" || {
            failed=1
            cat "${logs[$worker]}"
        }
        grep -h "^$prefix:" "${logs[$worker]}" || true
    done
    rm -f "${logs[@]}"
    return $failed
}
