import Definition
import Execution
import Testing
import Values

@testable import Engine

/// What is written in the search box of tasks.
@Suite struct TaskFilterTests {
    private static let now = Bench.morning
    private static let ana = Actor(role: "manager", subject: "ana")

    private func parse(_ text: String, as actor: Actor? = ana) throws(Problem) -> TaskFilter {
        let away = Substitution(
            of: Substitution.Absent(role: "clerk"), by: Self.ana, from: Self.now,
            until: Self.now + .seconds(60))
        let over = Substitution(
            of: Substitution.Absent(role: "cook", subject: "c"), by: Self.ana,
            from: Self.now - .seconds(60), until: Self.now)
        return try TaskFilter(
            parsing: text,
            actor.map { TaskFilter.Viewer($0, now: Self.now, substitutions: [away, over]) },
            now: Self.now)
    }

    @Test func everyTermIsRead() throws {
        let filter = try parse(
            "role:manager assignee:me claimed:none overdue due<2d priority>=80 status:decided key:a* by:bo state:a.b"
        )
        #expect(filter.status == .decided)
        #expect(
            filter.terms == [
                .role("manager"), .assignee("ana"), .claimed(""), .due(.lessOrEqual, Self.now),
                .due(.less, Self.now + .seconds(2 * 86_400)), .priority(.greaterOrEqual, 80),
                .keyPrefix("a"), .decidedBy("bo"), .state("a.b"),
            ])
    }

    @Test func anAccentBehindASignHidesNone() throws {
        #expect(
            try parse("key:\u{301}x assignee:\u{301}y").terms == [
                .key("\u{301}x"), .assignee("\u{301}y"),
            ])
    }

    @Test func whatICanDoIsWhatThoseCanWhoAreAwayNow() throws {
        #expect(
            try parse("can:me").terms == [
                .can([
                    TaskQuery.Capacity(role: "manager", subject: "ana"),
                    TaskQuery.Capacity(role: "clerk", subject: "", holder: "ana"),
                ])
            ])
    }

    @Test(arguments: [
        ("rolle:x", "did you mean role?"), ("overdu", "did you mean overdue?"),
        ("due<soon", "a duration from now"), ("priority>high", "0 to 100"),
        ("status:done", "one of: open, held, decided, withdrawn"), ("can:bo", "write can:me"),
        ("role:", "write role:manager"), ("zzz", "write role:manager"),
    ])
    func whatIsNoTermSaysWhatToWrite(text: String, advice: String) throws {
        do throws(Problem) {
            _ = try parse(text)
            Issue.record("\(text) was read")
        } catch {
            #expect(error.code == .invalid && error.fix?.contains(advice) == true, "\(error)")
        }
    }

    @Test func whatStandsInQuotesIsTakenAsItIs() throws {
        #expect(
            try parse(#"key:"a b*" assignee:"me" claimed:"none" key:"say \"no\" \\" by:a"b"#).terms
                == [
                    .key("a b*"), .assignee("me"), .claimed("none"), .key(#"say "no" \"#),
                    .decidedBy("a\"b"),
                ])
        #expect(
            try InstanceFilter(parsing: #"key:"a b" client="7" price>7"#).terms == [
                .key("a b"), .search(name: "client", comparison: .equal, value: "7"),
                .search(name: "price", comparison: .greater, value: 7),
            ])
        for text in [#"key:"a b"#, #"key:"a"b"#] {
            #expect(throws: Problem.self, "\(text)") { try parse(text) }
            #expect(throws: Problem.self, "\(text)") { try InstanceFilter(parsing: text) }
        }
    }

    @Test func whoIsNotKnownIsNotMe() throws {
        do throws(Problem) {
            _ = try parse("assignee:me", as: nil)
            Issue.record("it was read")
        } catch {
            #expect(error.fix?.contains("--as role/subject") == true)
        }
    }
}
