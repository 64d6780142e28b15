import Values

/// What one screen shows of a server.
struct Overview {
    private let url: String
    private let system: Value
    private let now: String
    /// What is to be known of it.
    private let clock: String?
    private let isReady: Bool
    private let counts: [(name: String, total: Int64, isLeast: Bool)]
    private let groups: Value
    /// Those that fire.
    private let alerts: Value
    private let held: Value
    private let adapters: [Value]
    private let money: Value
    private let schedules: [Value]

    private static let shown = 5
    private static let filters = [
        ("running", "status:running"), ("blocked", "health:blocked"),
        ("overdue", "health:overdue"), ("failing", "health:failing"), ("paused", "is:paused"),
    ]

    init(_ client: APIClient) async throws {
        url = client.url
        system = try await client.get("/v1/system")
        let ready = try? await client.get("/readyz")
        isReady = ready != nil
        now = ready?["now"]?.stringValue ?? ""
        clock = ready?["clock"]?["sentence"]?.stringValue
        var counts: [(String, Int64, Bool)] = []
        for (name, filter) in Self.filters {
            let answer = try await client.get(
                "/v1/instances", [("filter", filter), ("count", "1")])
            counts.append(
                (name, answer["total"]?.intValue ?? 0, answer["totalIsLeast"]?.boolValue ?? false))
        }
        self.counts = counts
        groups = try await client.get("/v1/incident-groups", [("count", String(Self.shown))])
        alerts = try await client.get(
            "/v1/alerts", [("status", "firing"), ("count", String(Self.shown))])
        held = try await client.get("/v1/pause-groups", [("count", String(Self.shown))])
        adapters = (try await client.get("/v1/adapters")["adapters"]?.listValue ?? []).filter {
            $0["paused"] == true || $0["unready"] != nil
                || ($0["breaker"] != nil && $0["breaker"] != "closed")
        }
        money = try await client.get("/v1/money")
        schedules = Self.next(try await client.get("/v1/schedules")["schedules"]?.listValue ?? [])
    }

    /// Those that are due next, the soonest first.
    private static func next(_ schedules: [Value]) -> [Value] {
        let due = schedules.compactMap { schedule in
            schedule["next"]?[0]?["at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
                .map { (schedule, $0) }
        }
        return due.sorted { $0.1 < $1.1 }.prefix(shown).map(\.0)
    }

    // MARK: Figures

    private var interval: Int64 { max(system["intervalSeconds"]?.intValue ?? 5, 1) }

    /// The last one is not over yet.
    private var samples: [Value] {
        let all = system["samples"]?.listValue ?? []
        return all.count > 1 ? Array(all.dropLast()) : all
    }

    private func series(_ name: String) -> [Double] {
        samples.map { $0[name]?.doubleValue ?? 0 }
    }

    /// Of the last minute.
    private var lastMinute: Int { max(Int(60 / interval), 1) }

    private func highest(_ name: String) -> Double {
        series(name).suffix(lastMinute).max() ?? 0
    }

    private var commitsPerSecond: Double {
        let commits = series("commits").suffix(lastMinute)
        guard !commits.isEmpty else { return 0 }
        let rate = commits.reduce(0, +) / Double(commits.count) / Double(interval)
        return (rate * 10).rounded() / 10
    }

    var document: Value {
        var document: ValueMap = [
            "url": .string(url), "version": system["version"] ?? .null, "isReady": .bool(isReady),
            "now": .string(now), "runningSeconds": system["runningSeconds"] ?? 0,
            "commitsPerSecond": .double(commitsPerSecond),
            "flushMs": .double(highest("flushMs")), "lateMs": .double(highest("lateMs")),
            "waiting": .int(Int64(highest("waiting"))),
        ]
        document.set("bytes", system["bytes"])
        document["instances"] = .map(
            ValueMap(
                counts.map {
                    ($0.name, .map(["total": .int($0.total), "isLeast": .bool($0.isLeast)]))
                }))
        document["incidents"] = groups["groups"] ?? []
        document["hasMoreIncidents"] = groups["hasMore"] ?? false
        document["alerts"] = alerts["alerts"] ?? []
        document["hasMoreAlerts"] = .bool(alerts["cursor"] != nil)
        document["held"] = .list(
            (held["workflows"]?.listValue ?? []) + (held["groups"]?.listValue ?? []))
        document["hasMoreHeld"] = held["hasMore"] ?? false
        document["adapters"] = .list(adapters)
        document["money"] = money
        document.set("clock", clock.map(Value.string))
        document["schedules"] = .list(schedules)
        return .map(document)
    }

    // MARK: For people

    func text(width: Int, style: Style) -> String {
        let age = Duration.seconds(system["runningSeconds"]?.intValue ?? 0).shortText
        let head =
            style.bold("pawl \(system["version"]?.shown ?? "")") + "  \(url)  up \(age)  "
            + style.faint(String(now.prefix { $0 != "." }).printable)
        let late = highest("lateMs")
        let verdict =
            !isReady
            ? style.red("● the store cannot be read")
            : late >= 1_000
                ? style.red("● timers are \(Self.span(late)) late")
                : "● the engine runs, its store is read"
        let blocks = [
            [head, verdict] + (clock.map { [style.red("● \($0)")] } ?? []), figures(width),
            [countsLine(style)],
            section(
                "ALERTS", alertLines(width), alerts["cursor"] != nil, "pawl alerts", style),
            section(
                "OPEN INCIDENTS", incidents(width), groups["hasMore"] == true,
                "pawl incidents --group",
                style),
            section("MONEY IS HELD", moneyLines(width), false, "", style),
            section("BREAKERS AND PAUSED ADAPTERS", adapterLines(width), false, "", style),
            section(
                "HELD BY PEOPLE", heldLines(width), held["hasMore"] == true, "pawl paused", style),
            section("SCHEDULES DUE NEXT", scheduleLines(width), false, "", style),
        ]
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n") + "\n"
    }

    private func figures(_ width: Int) -> [String] {
        let bytes = system["bytes"]?.intValue.map(Self.size) ?? "in memory"
        let rows: [(String, String, String)] = [
            ("commits", "\(commitsPerSecond) a second", "commits"),
            ("slowest flush", Self.span(highest("flushMs")), "flushMs"),
            ("timers late", Self.span(late), "lateMs"),
            ("waiting", Int64(highest("waiting")).grouped, "waiting"), ("database", bytes, ""),
        ]
        let words = rows.map { $0.1.count }.max() ?? 0
        // Ten minutes, or what there is room for.
        let room = min(max(width - words - 19, 0), Int(600 / interval))
        return rows.map { name, value, member in
            ("  " + name.padded(to: 13) + "  " + value.padded(to: words) + "  "
                + Self.line(series(member), room)).trimmedAtEnd
        }
    }

    private var late: Double { highest("lateMs") }

    private func countsLine(_ style: Style) -> String {
        counts.map { name, total, isLeast in
            let text = "\(total.grouped)\(isLeast ? "+" : "") \(name)"
            return name == "blocked" && total > 0 ? style.red(text) : text
        }.joined(separator: "  ")
    }

    private func section(
        _ title: String, _ lines: [String], _ hasMore: Bool, _ command: String, _ style: Style
    ) -> [String] {
        guard !lines.isEmpty else { return [] }
        return [style.faint(title)] + lines + (hasMore ? ["  … more: \(command)"] : [])
    }

    private func alertLines(_ width: Int) -> [String] {
        (alerts["alerts"]?.listValue ?? []).map { alert in
            "  \(alert["kind"]?.shown ?? "")  \(alert["sentence"]?.shown ?? "")".cut(to: width)
        }
    }

    private func incidents(_ width: Int) -> [String] {
        (groups["groups"]?.listValue ?? []).map { group in
            let count = group["count"]?.intValue?.grouped ?? ""
            return "  \(count.padded(to: 6)) \(group["cause"]?.shown ?? "")".cut(to: width)
        }
    }

    private func moneyLines(_ width: Int) -> [String] {
        let holds = money["holds"]?.listValue ?? []
        guard !holds.isEmpty else { return [] }
        return (holds.map(MoneyText.line) + [MoneyText.amounts(money)]).map {
            "  \($0)".cut(to: width)
        }
    }

    private func adapterLines(_ width: Int) -> [String] {
        adapters.map { adapter in
            var words = [adapter["name"]?.shown ?? ""]
            if let pause = adapter["pause"] {
                words.append(
                    "paused by \(pause["by"]?.shown ?? ""): \(pause["reason"]?.shown ?? "")")
            } else if adapter["paused"] == true {
                words.append("paused")
            }
            if let lack = adapter["unready"]?["reason"]?.shown {
                words.append("cannot be called: \(lack)")
            }
            if let breaker = adapter["breaker"]?.shown, breaker != "closed" {
                words.append("breaker \(breaker)")
                if let since = adapter["openSince"]?.shown {
                    words.append("since \(InstanceText.second(since))")
                }
                if let probe = adapter["nextProbe"]?.shown {
                    words.append("next probe \(InstanceText.second(probe))")
                }
            }
            words.append("\(adapter["queued"]?.shownJSON ?? "0") wait")
            return ("  " + words.joined(separator: "  ")).cut(to: width)
        }
    }

    private func heldLines(_ width: Int) -> [String] {
        let workflows = (held["workflows"]?.listValue ?? []).map {
            ("workflow \($0["workflow"]?.shown ?? "")", $0)
        }
        let groups = (held["groups"]?.listValue ?? []).map {
            (Self.instances($0["count"]?.intValue ?? 0), $0)
        }
        return (workflows + groups).map { what, standing in
            "  \(what)  by \(standing["by"]?.shown ?? ""): \(standing["reason"]?.shown ?? "")".cut(
                to: width)
        }
    }

    private func scheduleLines(_ width: Int) -> [String] {
        schedules.map { schedule in
            let at = schedule["next"]?[0]?["at"]?.shown ?? ""
            let span = Timestamp(rfc3339: at).flatMap { time in
                Timestamp(rfc3339: now).map { " (in \((max(time - $0, .zero)).shortText))" }
            }
            return "  \(at)\(span ?? "")  \(schedule["workflow"]?.shown ?? "")".cut(to: width)
        }
    }

    // MARK: Words

    private static func instances(_ count: Int64) -> String {
        count == 1 ? "1 instance" : "\(count.grouped) instances"
    }

    private static func span(_ milliseconds: Double) -> String {
        milliseconds < 10
            ? "\((milliseconds * 10).rounded() / 10) ms"
            : Duration.milliseconds(Int64(milliseconds.rounded())).shortText
    }

    private static func size(_ bytes: Int64) -> String {
        var value = Double(bytes)
        var unit = "bytes"
        for larger in ["kB", "MB", "GB", "TB"] where value >= 1_000 {
            value /= 1_000
            unit = larger
        }
        return unit == "bytes" ? "\(bytes) bytes" : "\((value * 10).rounded() / 10) \(unit)"
    }

    /// The newest at the right, the highest a full block.
    static func line(_ values: [Double], _ width: Int) -> String {
        let last = values.suffix(width)
        guard let highest = last.max(), highest > 0 else { return "" }
        let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        return String(
            last.map { value in
                blocks[min(Int(value / highest * Double(blocks.count - 1)), blocks.count - 1)]
            })
    }
}
