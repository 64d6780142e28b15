import Values

/// What the engine runs on, whether it is well, and how it did in the last hour.
struct SystemPage: PageContent {
    static let template = "system"
    let title = "System"
    let section = Section.system

    struct Column: Sendable {
        let word: String
    }

    struct Row: Sendable {
        let ago: String
        let cells: [String]
    }

    let verdict: String
    let isWell: Bool
    let charts: [LineChart]
    let span: String
    let columns: [Column]
    /// What the charts show, in numbers; the newest first.
    let rows: [Row]
    let facts: [Fact]

    /// Points of a chart at most, each of as many samples as it takes.
    private static let points = 120

    init(_ visit: Visit) async throws {
        let ready = await visit.api.ask(APICall("GET", "/readyz"))
        isWell = ready.status == 200
        let system = try await visit.get("/v1/system")
        let clock = ready.body["clock"]?["sentence"]?.stringValue
        let all = system["samples"]?.listValue ?? []
        // The last one is not over yet.
        let samples = all.count > 1 ? Array(all.dropLast()) : all
        let interval = system["intervalSeconds"]?.intValue ?? 5
        let width = (samples.count + Self.points - 1) / Self.points
        let points = Self.points(samples, each: max(width, 1))
        let seconds = interval * Int64(max(width, 1))
        let measures = Self.measures(seconds: seconds)
        charts = measures.map { measure in LineChart(measure, points.map(measure.value)) }
        columns = measures.map { Column(word: $0.title) }
        rows = points.enumerated().reversed().map { index, point in
            let ago = Duration.seconds(seconds * Int64(points.count - 1 - index))
            return Row(
                ago: ago == .zero ? "now" : ago.shortText,
                cells: measures.map { $0.text($0.value(point)) })
        }
        span =
            "The last \(Duration.seconds(seconds * Int64(points.count)).shortText), "
            + "\(Duration.seconds(seconds).shortText) a point"
        let late = points.suffix(12).map(\.late).max() ?? 0
        verdict =
            !isWell
            ? "The store cannot be read."
            : late < 1_000
                ? clock.map { "The engine runs; \($0)." }
                    ?? "The engine runs and its store can be read."
                : "The engine runs, and its timers are \(Duration.milliseconds(Int64(late)).shortText) late."
        let age = Duration.seconds(system["runningSeconds"]?.intValue ?? 0)
        let running = try await visit.total("status:running")
        let everyone = try await visit.total("")
        facts = [
            Fact("version", system["version"] ?? .null),
            Fact("runs for", .string(age.shortText)),
            Fact(
                "store's time",
                .string((Moment(ready.body["now"]?.stringValue)?.text ?? "unknown") + " UTC")),
            Fact(
                "database",
                .string((system["bytes"]?.intValue).map { bytes($0) } ?? "in memory")),
            Fact("instances", .string("\(running.text) run, \(everyone.text) in all")),
        ]
    }

    // MARK: Points

    /// What is drawn, of some samples together.
    struct Point: Sendable {
        var commits = 0.0
        var flush = 0.0
        var late = 0.0
        var waiting = 0.0
        var bytes = 0.0

        fileprivate mutating func add(_ sample: Value) {
            func number(_ name: String) -> Double { sample[name]?.doubleValue ?? 0 }
            commits += number("commits")
            flush = max(flush, number("flushMs"))
            late = max(late, number("lateMs"))
            waiting = max(waiting, number("waiting"))
            bytes = max(bytes, number("bytes"))
        }
    }

    /// The last point is of the newest samples, and the first may be of fewer.
    private static func points(_ samples: [Value], each width: Int) -> [Point] {
        var points: [Point] = []
        for end in stride(from: samples.count, to: 0, by: -width) {
            var point = Point()
            for sample in samples[max(0, end - width)..<end] { point.add(sample) }
            points.append(point)
        }
        return points.reversed()
    }

    private static func measures(seconds: Int64) -> [Measure] {
        let time: @Sendable (Double) -> String = { value in
            value < 1_000 && value > 0 && value < 10
                ? "\((value * 10).rounded() / 10) ms"
                : Duration.milliseconds(Int64(value.rounded())).shortText
        }
        let number: @Sendable (Double) -> String = { value in
            value == 0 || value >= 10
                ? Int64(value.rounded()).grouped : "\((value * 10).rounded() / 10)"
        }
        let size: @Sendable (Double) -> String = { $0 == 0 ? "–" : bytes(Int64($0)) }
        return [
            Measure(title: "Timers late", value: { $0.late }, text: time),
            Measure(title: "Slowest flush", value: { $0.flush }, text: time),
            Measure(
                title: "Commits a second", value: { $0.commits / Double(seconds) }, text: number),
            Measure(title: "Waiting to be decided", value: { $0.waiting }, text: number),
            Measure(title: "Database", value: { $0.bytes }, text: size),
        ]
    }

    /// One thing that is measured.
    struct Measure: Sendable {
        let title: String
        let value: @Sendable (Point) -> Double
        let text: @Sendable (Double) -> String
    }
}

/// A line over time, from zero to the highest value. Lengths are attributes of the picture: the policy forbids styles.
struct LineChart: Sendable {
    let title: String
    /// The newest.
    let value: String
    /// For who does not see the line.
    let summary: String
    let line: String
    let area: String
    let highest: String

    static let width = 228.0
    static let height = 56.0
    /// Above the highest point.
    private static let room = 8.0

    init(_ measure: SystemPage.Measure, _ values: [Double]) {
        let last = values.last ?? 0
        let top = values.max() ?? 0
        title = measure.title
        value = measure.text(last)
        highest = measure.text(top)
        summary = "\(measure.title): \(value) now, \(highest) at most"
        // One point alone is a line, too.
        let all = values.count == 1 ? values + values : values
        let step = Self.width / Double(max(all.count - 1, 1))
        let path = all.enumerated().map { index, value in
            let share = top > 0 ? value / top : 0
            let y = Self.height - 1 - share * (Self.height - 1 - Self.room)
            return "\(Self.tenths(step * Double(index))) \(Self.tenths(y))"
        }
        line = path.isEmpty ? "" : "M" + path.joined(separator: " ")
        area =
            path.isEmpty
            ? "" : "\(line) L\(Int(Self.width)) \(Int(Self.height)) 0 \(Int(Self.height))z"
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

/// `8.2 GB`
func bytes(_ count: Int64) -> String {
    var value = Double(count)
    var unit = "bytes"
    for larger in ["kB", "MB", "GB", "TB"] where value >= 1_000 {
        value /= 1_000
        unit = larger
    }
    let tenths = (value * 10).rounded() / 10
    return unit == "bytes"
        ? "\(count) bytes"
        : value >= 100 ? "\(Int64(value.rounded())) \(unit)" : "\(tenths) \(unit)"
}
