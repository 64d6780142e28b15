import Testing
import Values

@testable import Definition
@testable import Execution

/// Rows that are in databases already: whatever an activation is in memory, it is read from and written as these bytes.
@Suite struct StoredRowTests {
    private static let chart = """
        context: {id: {type: string, default: ""}}
        initial: pay
        states:
          pay: {invoke: {task: bank.charge, input: {amount: 1}, onDone: done}}
          done: {type: final}
        """

    private static func row(_ activations: [String]) -> String {
        #"{"input":{},"params":{},"startedAt":1767600000000,"updatedAt":1767600000000,"#
            + #""chart":{"states":["","pay"],"context":{"id":""}},"#
            + #""visits":[{"state":"","since":1767600000000},{"state":"pay","since":1767600000000}],"#
            + #""activations":["# + activations.joined(separator: ",") + #"],"last":[9,3,1,2,0]}"#
    }

    private static func run(_ activations: [String]) throws -> (Run, String) {
        try run(row(activations))
    }

    private static func run(_ text: String) throws -> (Run, String) {
        let story = try Story(chart)
        let summary = InstanceSummary(
            states: ["pay"], startedAt: Story.morning, updatedAt: Story.morning, endedAt: nil,
            overdueAt: nil, incidents: 0, isRetrying: false, search: [])
        let row = InstanceWrite(
            id: InstanceID(1), name: InstanceName(workflow: "w", key: "1"), version: 1,
            status: .running, revision: 3, summary: summary, body: Array(text.utf8))
        let run = try Run(decoding: row, definition: try story.definition)
        let written = run.encodedJSON(try story.definition.machine)
        return (run, String(decoding: written, as: UTF8.self))
    }

    /// What the next decision would count on or look up: it is damage, and never the end of the process.
    @Test(arguments: [
        (#""invocation":0"#, #""invocation":1"#), (#""invocation":0"#, #""invocation":-1"#),
        (#""attempts":1"#, #""attempts":9223372036854775807"#),
        (#""attempts":1"#, #""attempts":-1"#),
        (#""dispatches":1"#, #""dispatches":9223372036854775807"#),
        (#""last":[9,3"#, #""last":[9223372036854775807,3"#),
        (#""last":[9,3"#, #""last":[9,9223372036854775807"#),
        (
            #""params":{},"startedAt":1767600000000"#,
            #""params":{},"startedAt":9223372036854775807"#
        ),
        (#""last""#, #""timers":[{"index":0,"due":1767600000000}],"last""#),
    ])
    func whatNobodyWroteIsDamage(written: String, damaged: String) throws {
        let row = Self.row([Self.kinds[0]])
        let other = row.replacing(written, with: damaged, maxReplacements: 1)
        #expect(throws: Never.self) { try Self.run(row) }
        #expect(other != row)
        #expect(throws: DecodingFailure.self) { try Self.run(other) }
    }

    static let kinds = [
        // A call, in every phase.
        #"{"number":1,"purpose":{"invocation":0},"target":{"adapter":"bank","operation":"charge"},"input":{"amount":1},"key":"pawl/w/1/1","startedAt":1767600000000,"phase":"calling","deadline":1767600060000,"attempts":1,"dispatches":1,"firstSentAt":1767600000000,"lastSentAt":1767600000000}"#,
        #"{"number":2,"purpose":{"invocation":0},"target":{"adapter":"house","operation":"step"},"input":{},"key":"pawl/w/1/2","startedAt":1767600000000,"phase":"local","attempts":1,"dispatches":1,"firstSentAt":1767600000000,"lastSentAt":1767600000000}"#,
        #"{"number":3,"purpose":{"invocation":0},"target":{"adapter":"bank","operation":"charge"},"input":{},"key":"pawl/w/1/3","startedAt":1767600000000,"phase":{"backingOff":1767600001000},"attempts":2,"dispatches":2,"firstSentAt":1767600000000,"lastSentAt":1767600000500,"lastError":{"name":"timeout","message":"no answer","isRetryable":true}}"#,
        #"{"number":4,"purpose":{"invocation":0},"target":{"adapter":"bank","operation":"charge"},"input":{},"key":"pawl/w/1/4","startedAt":1767600000000,"phase":{"askingLater":1767600001000},"attempts":1,"asks":2,"dispatches":3,"firstSentAt":1767600000000,"lastSentAt":1767600000500,"lastError":{"name":"timeout","message":"no answer","isRetryable":true},"lastAnswer":"undecided","mayHaveApplied":true,"isAbandoned":true}"#,
        #"{"number":5,"purpose":{"invocation":0},"target":{"adapter":"bank","operation":"charge"},"input":{},"key":"pawl/w/1/5","startedAt":1767600000000,"phase":{"incident":2},"attempts":1,"dispatches":1,"firstSentAt":1767600000000,"lastSentAt":1767600000500,"lastError":{"name":"declined","message":"no","isRetryable":false},"member":[7,[3,"c"]]}"#,
        // For what a call can be.
        #"{"number":6,"purpose":"notification","target":{"adapter":"smtp","operation":"send"},"input":{"to":"a@b.c"},"key":"pawl/w/1/6","startedAt":1767600000000,"phase":"asking","attempts":1,"asks":1,"dispatches":2,"firstSentAt":1767600000000,"lastSentAt":1767600000500,"mayHaveApplied":true}"#,
        #"{"number":7,"purpose":{"compensation":1},"target":{"adapter":"bank","operation":"refund"},"input":{"key":"k","input":{}},"key":"pawl/w/1/7","startedAt":1767600000000,"phase":"calling","attempts":1,"dispatches":1,"firstSentAt":1767600000000,"lastSentAt":1767600000000}"#,
        #"{"number":8,"purpose":{"page":7},"target":{"adapter":"bank","operation":"list"},"input":{"after":null,"count":100},"key":"pawl/w/1/8","startedAt":1767600000000,"phase":"calling","attempts":1,"dispatches":1,"firstSentAt":1767600000000,"lastSentAt":1767600000000}"#,
        // A child: under way, left behind, and standing still.
        #"{"number":1,"purpose":{"invocation":0},"target":{"child":{"workflow":"child","key":"w/1/1"}},"input":{},"key":"pawl/w/1/1","startedAt":1767600000000,"phase":"waiting","attempts":0,"dispatches":0}"#,
        #"{"number":1,"purpose":{"invocation":0},"target":{"child":{"workflow":"child","key":"w/1/1"}},"input":{},"key":"pawl/w/1/1","startedAt":1767600000000,"phase":"waiting","deadline":1767600060000,"attempts":0,"dispatches":0,"isAbandoned":true}"#,
        #"{"number":1,"purpose":{"compensation":2},"target":{"child":{"workflow":"child","key":"w/1/undo-2-1"}},"input":{},"key":"pawl/w/1/1","startedAt":1767600000000,"phase":{"incident":1},"attempts":0,"dispatches":0,"lastError":{"name":"child-failed","message":"child/w/1/1 ended as failed","isRetryable":false}}"#,
        // A fan-out.
        #"{"number":1,"purpose":{"invocation":0},"target":{"members":true},"input":null,"key":"pawl/w/1/1","startedAt":1767600000000,"phase":"waiting","attempts":0,"dispatches":0,"fanOut":{"started":2,"completed":1,"failed":1,"cancelled":0,"items":["c"],"cursor":"x","failures":[[2,"b"]],"again":[[1,"a"]],"firstError":{"name":"declined","message":"no","isRetryable":false}}}"#,
        #"{"number":1,"purpose":{"invocation":0},"target":{"members":true},"input":null,"key":"pawl/w/1/1","startedAt":1767600000000,"phase":{"incident":1},"attempts":0,"dispatches":0,"lastError":{"name":"members-failed","message":"1 of 1 members failed","isRetryable":false},"fanOut":{"started":1,"completed":0,"failed":1,"cancelled":0,"isAtEnd":true}}"#,
        // A task: open, and one whose texts could not be evaluated.
        #"{"number":1,"purpose":{"invocation":0},"target":{"person":"clerk"},"input":{},"key":"pawl/w/1/1","startedAt":1767600000000,"phase":"waiting","attempts":0,"dispatches":0,"member":[2,[1,"a"]],"task":{"title":"Look","assignee":"c-1","due":1767600060000,"remindAt":1767600030000,"reminders":1}}"#,
        #"{"number":1,"purpose":{"invocation":0},"target":{"person":"clerk"},"input":{},"key":"pawl/w/1/1","startedAt":1767600000000,"phase":{"incident":1},"attempts":0,"dispatches":0,"lastError":{"name":"expression","message":"no","isRetryable":false}}"#,
        // The undoing of several effects.
        #"{"number":1,"purpose":"cancellation","target":{"compensate":"all"},"input":null,"key":"pawl/w/1/1","startedAt":1767600000000,"phase":"waiting","attempts":0,"dispatches":0}"#,
        #"{"number":1,"purpose":{"invocation":0},"target":{"compensate":["bank.charge"]},"input":null,"key":"pawl/w/1/1","startedAt":1767600000000,"phase":"waiting","attempts":0,"dispatches":0}"#,
    ]

    @Test(arguments: kinds)
    func whatWasWrittenIsReadAndWrittenAgainAsItWas(_ kind: String) throws {
        let (run, written) = try Self.run([kind])
        #expect(run.activations.count == 1)
        #expect(written == Self.row([kind]))
    }

    static let misfits = [
        // A child that an adapter is being asked about, a fan-out in a fan-out, a call that is a whole undoing.
        kinds[8].replacing(#""phase":"waiting""#, with: #""phase":"asking""#),
        kinds[11].replacing(#""fanOut""#, with: #""member":[2,[1,"a"]],"fanOut""#),
        kinds[0].replacing(#"{"invocation":0}"#, with: #""cancellation""#),
    ]

    @Test(arguments: misfits)
    func whatNoKindOfWorkCanBeIsDamage(_ misfit: String) throws {
        #expect(throws: DecodingFailure.self) { try Self.run([misfit]) }
    }
}
