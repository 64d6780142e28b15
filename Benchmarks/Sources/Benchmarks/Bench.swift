import ArgumentParser

// Benchmarks: one measurement a process, one line of JSON on its standard output; scripts/bench takes them in
// turn and prints the table.
//
// Theory of operation. A workload runs against the product's own parts (engine, store, server, adapters), wired
// here with a database in a folder of its own. Clients are a closed loop: each asks for its next workflow when the
// one before has ended. Over HTTP the client is a process of its own, one thread over raw sockets, so that it is
// not what is measured. `limit` is what SQLite's C API reaches with the very rows and batches that W1a wrote.

@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures Pawl on the workloads of docs/reference/benchmarks.md.",
        subcommands: [
            NullOrder.self, AdapterOrder.self, CurlAlone.self, Echo.self, Timers.self,
            Recovery.self,
            Events.self, Kernel.self, Deciding.self, Matching.self, TaskLists.self, Serve.self,
            Load.self,
        ])
}

/// Where databases are made.
struct Scratch: ParsableArguments {
    @Option(help: "Folder for databases; each run makes and removes one below it.")
    var scratch = "/tmp"
}
