import Access
import Definition
import Values

extension ServerLimits {
    private static let counts:
        [(name: String, path: WritableKeyPath<Self, Int> & Sendable, range: ClosedRange<Int64>)] = [
            ("connectionsByPeer", \.connectionsByPeer, 1...100_000),
            ("headerBytes", \.headerBytes, 1_024...1_048_576),
            ("headerCount", \.headerCount, 10...10_000),
            ("targetBytes", \.targetBytes, 256...1_048_576),
            ("bodyBytes", \.bodyBytes, 1_024...67_108_864),
            ("bodyRate", \.bodyRate, 0...1_048_576),
            ("requestsByPrincipal", \.requestsByPrincipal, 1...100_000_000),
            ("requestsByPeer", \.requestsByPeer, 1...100_000_000),
            ("streamsByPrincipal", \.streamsByPrincipal, 1...256),
        ]

    private static let times: [(name: String, path: WritableKeyPath<Self, Duration> & Sendable)] = [
        ("head", \.head), ("handshake", \.handshake), ("idle", \.idle),
    ]

    package static let members = ["connections"] + counts.map(\.name) + times.map(\.name)

    private static let longest = Duration.seconds(3_600)

    /// `server.limits` in `pawl.yaml`.
    init(_ value: Value, in file: String) throws(Problem) {
        let map = try PawlConfiguration.section(
            value, "server.limits", members: Self.members,
            example: "limits: {connectionsByPeer: 64, head: 5s}", in: file)
        self.init()
        if let value = map["connections"] {
            connections = try Self.count(value, "connections", 1...65_536, file)
        }
        for (name, path, range) in Self.counts {
            guard let value = map[name] else { continue }
            self[keyPath: path] = try Self.count(value, name, range, file)
        }
        for (name, path) in Self.times {
            guard let value = map[name] else { continue }
            guard let time = value.stringValue.flatMap({ Duration(parsing: $0) }),
                time >= .seconds(1), time <= Self.longest
            else {
                throw Problem(
                    .invalid, "\(file): `server.limits.\(name)` is a time from 1s to 1h",
                    fix: "write it like `10s` or `2m`")
            }
            self[keyPath: path] = time
        }
    }

    private static func count(
        _ value: Value, _ name: String, _ range: ClosedRange<Int64>, _ file: String
    ) throws(Problem) -> Int {
        guard let count = value.intValue, range.contains(count) else {
            throw Problem(
                .invalid,
                "\(file): `server.limits.\(name)` is a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return Int(count)
    }
}
