import Values

// Traces: what a request caused, as spans, and the document in which OpenTelemetry reads them.
//
// Theory of operation. A `TraceContext` comes with a request (or begins here), goes with what the engine is asked, is noted
// beside each call that follows from it, and leaves with the request to the remote. Around both ends there is a `Span`.
// Where nothing is recorded, contexts are passed on all the same: a trace does not end at a server that has no collector.

/// Something that took time.
public struct Span: Sendable, Hashable {
    public enum Kind: Int, Sendable, Hashable {
        /// Numbers are OpenTelemetry's.
        case server = 2
        case client = 3
    }

    public enum Attribute: Sendable, Hashable {
        case text(String)
        case number(Int64)
    }

    public let name: String
    public let kind: Kind
    /// Its own.
    public let context: TraceContext
    /// nil: the trace begins with it.
    public let parent: UInt64?
    public let begin: Timestamp
    public let end: Timestamp
    /// In their order; names are those of OpenTelemetry's conventions where it has one.
    public let attributes: [(name: String, value: Attribute)]
    /// Why it failed; nil: it did not.
    public let failure: String?

    public static func == (left: Span, right: Span) -> Bool {
        left.context == right.context && left.begin == right.begin && left.end == right.end
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(context) }
}

/// Begins spans, and gives those that ended to whoever collects them.
public struct Tracer: Sendable {
    private let now: @Sendable () -> Timestamp
    private let sink: (@Sendable (Span) -> Void)?

    /// - Parameters:
    ///   - now: the wall's time.
    ///   - sink: takes a span that ended, from any thread; it must not wait.
    public init(
        now: @escaping @Sendable () -> Timestamp, sink: @escaping @Sendable (Span) -> Void
    ) {
        self.now = now
        self.sink = sink
    }

    private init() {
        now = { .distantPast }
        sink = nil
    }

    /// Records nothing.
    public static let none = Tracer()

    /// - Parameter parent: nil begins a trace.
    /// - Returns: nil where nothing is recorded: nobody wants it, or who began the trace does not.
    public func begin(_ name: String, _ kind: Span.Kind, in parent: TraceContext?) -> OpenSpan? {
        guard let sink, parent?.isSampled != false else { return nil }
        let context =
            parent?.within(span: Self.random())
            ?? TraceContext(high: Self.random(), low: Self.random(), span: Self.random())
        return OpenSpan(
            name: name, kind: kind, context: context, parent: parent?.span, begin: now(),
            now: now, sink: sink)
    }

    private static func random() -> UInt64 { UInt64.random(in: 1 ... .max) }
}

/// A span that is under way.
public struct OpenSpan: Sendable {
    private let name: String
    private let kind: Span.Kind
    public let context: TraceContext
    private let parent: UInt64?
    private let begin: Timestamp
    private let now: @Sendable () -> Timestamp
    private let sink: @Sendable (Span) -> Void

    init(
        name: String, kind: Span.Kind, context: TraceContext, parent: UInt64?, begin: Timestamp,
        now: @escaping @Sendable () -> Timestamp, sink: @escaping @Sendable (Span) -> Void
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.begin = begin
        self.now = now
        self.sink = sink
    }

    /// Once.
    /// - Parameter name: where only its end tells.
    public func end(
        name: String? = nil, _ attributes: [(name: String, value: Span.Attribute)],
        failure: String? = nil
    ) {
        sink(
            Span(
                name: name ?? self.name, kind: kind, context: context, parent: parent, begin: begin,
                end: max(begin, now()), attributes: attributes, failure: failure))
    }
}
