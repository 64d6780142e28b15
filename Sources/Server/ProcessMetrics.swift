import Foundation
import OpenMetrics

/// What the system says of this process, under the names that Prometheus' own libraries use.
enum ProcessMetrics {
    static func families() -> [MetricFamily] {
        let status = Stat()
        var limits = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))
            .map { max(0, $0.count - 1) }
        return [
            MetricFamily(resident, samples(status?.resident)),
            MetricFamily(virtual, samples(status?.virtual)),
            MetricFamily(processor, samples(status?.processor)),
            MetricFamily(start, samples(status?.start)),
            MetricFamily(open, samples(descriptors.map(Double.init))),
            MetricFamily(most, samples(Double(limits.rlim_cur))),
        ]
    }

    private static func samples(_ value: Double?) -> [MetricFamily.Sample] {
        value.map { [.init([], $0)] } ?? []
    }

    static let declarations = [resident, virtual, processor, start, open, most]

    private static let resident = MetricDeclaration(
        "process_resident_memory_bytes", .gauge, "Memory of the process that is in RAM.")
    private static let virtual = MetricDeclaration(
        "process_virtual_memory_bytes", .gauge, "Memory that the process has addresses for.")
    private static let processor = MetricDeclaration(
        "process_cpu_seconds", .counter, "Time of processors that the process has used.")
    private static let start = MetricDeclaration(
        "process_start_time_seconds", .gauge, "When the process began, in seconds since 1970.")
    private static let open = MetricDeclaration(
        "process_open_fds", .gauge, "Files and sockets that the process has open.")
    private static let most = MetricDeclaration(
        "process_max_fds", .gauge, "Files and sockets that it may have open.")

    /// `/proc/self/stat`, as proc_pid_stat(5) describes it.
    private struct Stat {
        let resident: Double
        let virtual: Double
        let processor: Double
        let start: Double?

        init?() {
            guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { return nil }
            // The third field is the first behind the name, which may hold anything.
            let fields = text[text.index(after: end)...].split(separator: " ").map(String.init)
            func field(_ number: Int) -> Double? {
                fields.indices.contains(number - 3) ? Double(fields[number - 3]) : nil
            }
            guard let user = field(14), let system = field(15), let begun = field(22),
                let virtual = field(23), let pages = field(24)
            else { return nil }
            let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
            resident = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
            self.virtual = virtual
            processor = (user + system) / ticks
            start = Self.bootTime.map { $0 + begun / ticks }
        }

        private static let bootTime: Double? = {
            let lines = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?
                .split(separator: "\n")
            return lines?.first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
        }()
    }
}
