import Synchronization
import Testing
import Values

@testable import Traces

/// What a request belongs to, and what is recorded of it.
@Suite struct TracesTests {
    private static let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func aContextIsWrittenAsItWasRead() throws {
        let context = try #require(TraceContext(traceparent: Self.text, tracestate: "a=1,b=2"))
        #expect(context.traceparent == Self.text && context.state == "a=1,b=2")
        #expect(context.isSampled && context.spanID == "b7ad6b7169203331")
        let later = "01" + Self.text.dropFirst(2) + "-more"
        #expect(TraceContext(traceparent: later)?.traceparent == Self.text, "a later version")
        let unwanted = Self.text.dropLast(2) + "00"
        #expect(TraceContext(traceparent: String(unwanted))?.isSampled == false)
    }

    @Test(arguments: [
        "", "00", text + "-more", "ff" + text.dropFirst(2), text.uppercased(),
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333é-01",
        "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ])
    func whatIsNoContextBeginsNoTrace(_ text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test func aStateThatCouldForgeAHeaderIsNotPassedOn() {
        let context = TraceContext(traceparent: Self.text, tracestate: "a=1\r\nX: y")
        #expect(context?.state == "")
        let long = TraceContext(
            traceparent: Self.text, tracestate: String(repeating: "a", count: 513))
        #expect(long?.state == "")
    }

    @Test func aSpanLiesWithinItsParentAndIsRecordedOnceItEnds() throws {
        let spans = Mutex<[Span]>([])
        let tracer = Tracer(
            now: { Timestamp(seconds: 7, nanoseconds: 5) },
            sink: { span in spans.withLock { $0.append(span) } })
        let parent = try #require(TraceContext(traceparent: Self.text))
        let open = try #require(tracer.begin("bank.charge", .client, in: parent))
        #expect(spans.withLock { $0.isEmpty })
        #expect(open.context.traceID == parent.traceID && open.context.span != parent.span)
        open.end([("n", .number(3))], failure: "HTTP 503")
        let span = try #require(spans.withLock { $0.first })
        #expect(span.parent == parent.span)
        let document = TraceDocument.make([span], service: "s", version: "1", instance: "i")
        let told = document["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?[0]
        #expect(
            told == [
                "traceId": .string(parent.traceID), "spanId": .string(open.context.spanID),
                "parentSpanId": "b7ad6b7169203331", "name": "bank.charge", "kind": 3,
                "startTimeUnixNano": "7000000005", "endTimeUnixNano": "7000000005",
                "attributes": [["key": "n", "value": ["intValue": "3"]]],
                "status": ["code": 2, "message": "HTTP 503"],
            ])
    }

    @Test func whatItsBeginnerDoesNotWantIsNotRecorded() {
        let tracer = Tracer(now: { .distantPast }, sink: { _ in Issue.record("recorded") })
        let parent = TraceContext(traceparent: String(Self.text.dropLast(2) + "00"))
        #expect(tracer.begin("x", .server, in: parent) == nil)
        #expect(Tracer.none.begin("x", .server, in: nil) == nil)
    }

    @Test func aQueueThatNobodyEmptiesHasAnEnd() throws {
        let queue = SpanQueue()
        let tracer = Tracer(now: { .distantPast }, sink: { queue.add($0) })
        for _ in 0..<(SpanQueue.limit + 3) { tracer.begin("x", .server, in: nil)?.end([]) }
        #expect(queue.takeDropped() == 3 && queue.takeDropped() == 0)
        #expect(queue.take(10).count == 10)
        #expect(queue.take(.max).count == SpanQueue.limit - 10)
    }

    @Test func whatComesAlongIsNoPartOfAValue() {
        #expect(Accompanying(1) == Accompanying(2) && Accompanying(1) == Accompanying<Int>())
    }
}
