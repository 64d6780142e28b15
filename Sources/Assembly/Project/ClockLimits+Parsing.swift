import Definition
import Engine
import Values

extension ClockLimits {
    package static let members = ["step", "stepout", "absence"]

    /// `clock` in `pawl.yaml`.
    init(_ value: Value, in file: String) throws(Problem) {
        let map = try PawlConfiguration.section(
            value, "clock", members: Self.members, example: "clock: {step: 1h, stepout: 10m}",
            in: file)
        self.init()
        step = try Self.span(map, "step", file) ?? step
        stepout = try Self.span(map, "stepout", file) ?? stepout
        absence = try Self.span(map, "absence", file) ?? absence
    }

    private static func span(
        _ map: ValueMap, _ name: String, _ file: String
    ) throws(Problem) -> Duration? {
        guard let value = map[name] else { return nil }
        guard let span = value.stringValue.flatMap({ Duration(parsing: $0) }), span >= .seconds(1)
        else {
            throw Problem(
                .invalid, "\(file): `clock.\(name)` is no span of time of a second at least",
                fix: "write it like `30s`, `10m` or `400d`")
        }
        return span
    }
}
