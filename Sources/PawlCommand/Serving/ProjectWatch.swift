import Assembly
import Engine
import Execution
import Foundation
import ServiceLifecycle
import Synchronization
import Values

/// Looks at a project's files while it is developed. Once they have changed and check, the server ends, to begin again with
/// them; while they do not, what is wrong is said and the server goes on with what it had.
///
/// Times and sizes are looked at twice a second: a few dozen files, and no watch that a file system or a container forgets.
final class ProjectWatch: Service {
    private static let pause = Duration.milliseconds(500)
    private static let looks = 2

    private let plan: ServingPlan
    private let store: any Store
    private let changed = Atomic(false)

    init(_ plan: ServingPlan, _ store: any Store) {
        self.plan = plan
        self.store = store
    }

    /// The server ended because of a change, and is to begin again.
    var hasChanged: Bool { changed.load(ordering: .relaxed) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var known = self.stamps
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.pause)
                var seen = self.stamps
                guard seen != known, !Task.isCancelled else { continue }
                // An editor may be half way through several files.
                for _ in 0..<Self.looks {
                    try? await Task.sleep(for: Self.pause)
                    seen = self.stamps
                }
                known = seen
                guard self.isRight() else { continue }
                Terminal.say("the definitions have changed: beginning again with them")
                self.changed.store(true, ordering: .relaxed)
                return
            }
        }
    }

    /// Whether a server could begin with the files as they are; if not, it was said why.
    func isRight() -> Bool {
        do {
            let project = try Project(
                workflows: plan.workflows, adapters: plan.adapters,
                zone: plan.configuration.zone, now: WallClock.wallTime())
            guard project.errors.isEmpty else {
                Terminal.say(project.rendered(project.errors))
                Terminal.say("the server goes on with the definitions that it has")
                return false
            }
            try project.checkVersions(in: store)
            return true
        } catch {
            Terminal.say(Failure(error)?.text(style: .standard) ?? "\(error)")
            Terminal.say("the server goes on with the definitions that it has")
            return false
        }
    }

    /// When each file was last written, and its size.
    var stamps: [ExactText: [Double]] {
        var stamps: [ExactText: [Double]] = [:]
        let home = URL(fileURLWithPath: plan.workflows).deletingLastPathComponent().path
        for folder in [plan.workflows, plan.adapters, home + "/calendars"] {
            let files = FileManager.default.enumerator(atPath: folder)
            while let file = files?.nextObject() as? String {
                guard file.hasSuffix(".yaml"), let attributes = files?.fileAttributes else {
                    continue
                }
                let written = attributes[.modificationDate] as? Date
                let size = attributes[.size] as? NSNumber
                stamps["\(folder)/\(file)"] = [
                    written?.timeIntervalSince1970 ?? 0, size?.doubleValue ?? 0,
                ]
            }
        }
        return stamps
    }
}

extension Wiring {
    /// The same program with the same words in the place of this one: nothing of what was is left.
    static func beginAgain() throws -> Never {
        execv("/proc/self/exe", CommandLine.unsafeArgv)
        throw Failure(
            status: 1, "the server could not begin again: \(String(cString: strerror(errno)))",
            fix: "start it again")
    }
}
