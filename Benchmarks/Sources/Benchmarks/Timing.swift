import ArgumentParser

/// How long a closed loop runs.
struct Timing: ParsableArguments {
    @Option(help: "Seconds before the window opens.")
    var warm = 0.5
    @Option(help: "Seconds that are measured.")
    var seconds = 3.0

    var warmUp: Duration { .seconds(warm) }
    var duration: Duration { .seconds(seconds) }
}
