/// Where something belongs in a trace: W3C Trace Context, `traceparent` and `tracestate`.
public struct TraceContext: Sendable, Hashable {
    /// Of the whole trace; never nought.
    public let high: UInt64
    public let low: UInt64
    /// Of the span that is under way; never nought.
    public let span: UInt64
    /// Whether who began the trace has it recorded.
    public let isSampled: Bool
    /// What other systems want to be passed on, at most 512 bytes.
    @ExactText public private(set) var state: String

    public init(
        high: UInt64, low: UInt64, span: UInt64, isSampled: Bool = true, state: String = ""
    ) {
        self.high = high
        self.low = low
        self.span = span
        self.isSampled = isSampled
        self.state = state
    }

    /// nil: it is no `traceparent`, and who sent it begins no trace.
    public init?(traceparent text: String, tracestate state: String? = nil) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        // Version 00 has four parts; later ones may have more.
        guard parts.count >= 4, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            let version = Self.number(parts[0], digits: 2), version < 0xFF, parts[1].count == 32,
            let high = Self.number(parts[1].prefix(16), digits: 16),
            let low = Self.number(parts[1].suffix(16), digits: 16), high != 0 || low != 0,
            let span = Self.number(parts[2], digits: 16), span != 0,
            let flags = Self.number(parts[3], digits: 2)
        else { return nil }
        let isPassedOn = state.map { Self.isState($0) } ?? false
        self.init(
            high: high, low: low, span: span, isSampled: flags & 1 == 1,
            state: isPassedOn ? state ?? "" : "")
    }

    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }
    /// 32 digits.
    public var traceID: String { Self.hex(high) + Self.hex(low) }
    /// 16 digits.
    public var spanID: String { Self.hex(span) }

    /// The same trace within another span.
    public func within(span: UInt64) -> TraceContext {
        TraceContext(high: high, low: low, span: span, isSampled: isSampled, state: state)
    }

    public static func hex(_ number: UInt64) -> String {
        number.padded(to: 16, radix: 16)
    }

    /// Lower case only, as the specification has it.
    private static func number(_ text: Substring, digits: Int) -> UInt64? {
        guard text.utf8.count == digits,
            text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        return UInt64(text, radix: 16)
    }

    private static func isState(_ text: String) -> Bool {
        text.utf8.count <= 512 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}

/// What travels with a value and is no part of it: two values that differ in nothing else are the same.
public struct Accompanying<Wrapped: Sendable>: Sendable, Hashable {
    public var value: Wrapped?

    public init(_ value: Wrapped? = nil) { self.value = value }

    public static func == (left: Self, right: Self) -> Bool { true }
    public func hash(into hasher: inout Hasher) {}
}
