// Sabotage: deliberate bugs and crash points, so that the tests can be tested.
//
// Theory of operation. The code says where a bug is conceivable (`isMutant`) and where a process may die between two
// steps that must not come apart (`reach`). Both are compiled into debug builds only (`PAWL_SABOTAGE`); in a release
// they are empty and cost nothing. The environment of the process chooses: PAWL_MUTANT names one bug, PAWL_FAILPOINT
// one crash. `make mutants` shows that each bug fails the suite; `make failpoints` kills the server at each point
// and judges what is left. What is public here is so because only that is inlined across modules.

#if PAWL_SABOTAGE
    import Glibc
    import Synchronization

    private func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// A chosen word that names nothing must not pass for a run that found nothing.
    private func stop(_ message: String) -> Never {
        say("error: \(message)")
        exit(64)
    }

    private func setting(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private let chosenMutant: Mutant? = setting("PAWL_MUTANT").map { name in
        guard let mutant = Mutant(rawValue: name) else { stop("there is no mutant \(name)") }
        return mutant
    }

    /// True in a process that was told to have this bug.
    public func isMutant(_ mutant: Mutant) -> Bool { chosenMutant == mutant }

    /// `point[@context][:hit]`: die when the point is reached for the n-th time in a context that contains the text.
    private struct Crash {
        let point: Failpoint
        let context: String
        let hit: Int

        init(_ text: String) {
            let parts = text.split(separator: ":")
            let words = (parts.first ?? "").split(separator: "@")
            guard let point = words.first.flatMap({ Failpoint(rawValue: String($0)) }) else {
                stop("there is no failpoint in \(text)")
            }
            self.point = point
            context = words.count > 1 ? String(words[1]) : ""
            hit = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
        }
    }

    private let crash: Crash? = setting("PAWL_FAILPOINT").map(Crash.init)
    private let hits = Mutex(0)

    /// - Parameter context: what is under way, so that a crash can be asked for in one workflow.
    public func reach(_ point: Failpoint, _ context: @autoclosure () -> String = "") {
        guard let crash, crash.point == point else { return }
        let context = context()
        // Where nothing is known of what is under way, any crash is in the context asked for.
        guard context.isEmpty || context.contains(crash.context) else { return }
        let isHit = hits.withLock { hits in
            hits += 1
            return hits == crash.hit
        }
        guard isHit else { return }
        say("failpoint \(point.rawValue) reached")
        kill(getpid(), SIGKILL)
    }

    package let isSabotagePossible = true

    extension String {
        /// Read bytewise: this module stands below Foundation.
        fileprivate func contains(_ part: String) -> Bool {
            let whole = Array(utf8)
            let wanted = Array(part.utf8)
            guard wanted.count <= whole.count else { return false }
            return (0...(whole.count - wanted.count)).contains {
                whole[$0..<($0 + wanted.count)].elementsEqual(wanted)
            }
        }
    }
#else
    @inlinable public func isMutant(_ mutant: Mutant) -> Bool { false }

    @inlinable public func reach(
        _ point: Failpoint, _ context: @autoclosure () -> String = ""
    ) {}

    package let isSabotagePossible = false
#endif
