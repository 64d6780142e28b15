import Foundation
import Synchronization
import Values

/// What a closed loop has done: how long each workflow took, and what the process spent meanwhile.
struct Measurement {
    /// Of every workflow that ended within the window, in nanoseconds.
    var latencies: [UInt64]
    let seconds: Double
    let cpuSeconds: Double

    var perSecond: Double { Double(latencies.count) / seconds }

    /// The members that every workload's line has.
    func members(_ workload: String, clients: Int) -> ValueMap {
        let sorted = latencies.sorted()
        return [
            "workload": .string(workload), "clients": .int(Int64(clients)),
            "count": .int(Int64(sorted.count)), "perSecond": .double(perSecond),
            "p50ms": .double(sorted.milliseconds(atPercent: 50)),
            "p99ms": .double(sorted.milliseconds(atPercent: 99)),
            "cpuMs": .double(cpuSeconds * 1_000 / Double(max(sorted.count, 1))),
            "rssMB": .double(Process.residentMegabytes()),
        ]
    }
}

extension [UInt64] {
    /// Of an array in ascending order.
    func milliseconds(atPercent percent: Int) -> Double {
        guard !isEmpty else { return 0 }
        return Double(self[Swift.min(count - 1, count * percent / 100)]) / 1e6
    }
}

/// Gathers latencies of many clients while its window is open.
final class Window: Sendable {
    private struct State {
        var isOpen = false
        var latencies: [UInt64] = []
    }

    private let state = Mutex(State())

    func add(_ nanoseconds: UInt64) {
        state.withLock { if $0.isOpen { $0.latencies.append(nanoseconds) } }
    }

    /// Opens after the warm-up, closes after `duration`.
    func measure(warmUp: Duration, duration: Duration) async throws -> Measurement {
        try await Task.sleep(for: warmUp)
        let (start, cpu) = (Monotonic.now(), Process.cpuSeconds())
        state.withLock { $0.isOpen = true }
        try await Task.sleep(for: duration)
        let latencies = state.withLock { state in
            state.isOpen = false
            return state.latencies
        }
        return Measurement(
            latencies: latencies, seconds: Double(Monotonic.now() - start) / 1e9,
            cpuSeconds: Process.cpuSeconds() - cpu)
    }
}

enum Monotonic {
    /// Nanoseconds since some moment.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// What this or another process costs.
enum Process {
    static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.ru_utime.seconds + usage.ru_stime.seconds
    }

    static func cpuSeconds(of pid: Int32) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return 0 }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13])
        else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    static func residentMegabytes(of pid: String = "self") -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first
        else { return 0 }
        return (Double(kibibytes) ?? 0) / 1024
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}

/// The one line that a run prints.
func report(_ members: ValueMap) {
    let line = JSON.encode(.map(members)) + [10]
    _ = write(STDOUT_FILENO, line, line.count)
}
