import Foundation
import Pages
import Testing
import Values

@testable import WorkflowLanguage

/// The reference pages say what the language knows: every member, every code, and what an expression sees at each place.
@Suite struct ReferenceTests {
    // MARK: Places

    private static let names = [
        "input", "context", "params", "event", "instance", "now", "item", "index", "task", "data",
        "schedule", "call", "response", "files",
    ]

    /// Files with an expression at a place of that row, in which `@@` stands for a name.
    private static let probes: [String: [String]] = [
        "`guard` and `actions` of a transition; `entry` and `exit`; `after`; "
            + "`output` of a final state inside another": [
                workflow("{on: {go: {target: end, guard: @@ == null}}}"),
                workflow("{on: {go: {target: end, actions: {log: '${@@}'}}}}"),
                workflow("{entry: {log: '${@@}'}, on: {go: end}}"),
                workflow("{exit: {raise: {event: x, data: '${@@}'}}, on: {go: end, x: end}}"),
                workflow("{after: {'${@@}': end}, on: {go: end}}"),
                workflow(
                    "{states: {b: {type: final, output: '${@@}'}}, onDone: end, on: {go: end}}"),
            ],
        "`input` and `key` of an `invoke`; what stands in `person`; `in` and `from` of `forEach`; "
            + "`output` of the workflow and of a final state at the top": [
                workflow("{invoke: {workflow: c, key: @@, onDone: end}, on: {go: end}}"),
                workflow(
                    "{invoke: {workflow: c, input: {x: '${@@}'}, onDone: end}, on: {go: end}}"),
                workflow(
                    "{invoke: {person: {role: r, title: '${@@}'}, onDone: end}, on: {go: end}}"),
                workflow(
                    "{invoke: {person: {role: r, title: x, show: {x: '${@@}'}, assignee: '${@@}', "
                        + "except: [@@], priority: '${@@}', due: '${@@}'}, onDone: end}, on: {go: end}}"
                ),
                workflow(
                    "{invoke: {workflow: c, forEach: {in: '${@@}'}, onDone: end}, on: {go: end}}"),
                workflow(
                    "{invoke: {workflow: c, forEach: {from: {task: t.x, input: '${@@}'}}, "
                        + "onDone: end}, on: {go: end}}"),
                workflow("{on: {go: end}}", head: "output: '${@@}'"),
                workflow("{on: {go: e}}\n  e: {type: final, output: '${@@}'}"),
            ],
        "`input`, `key` and `person` of an `invoke` with `forEach`": [
            workflow(
                "{invoke: {workflow: c, key: @@, input: {x: '${@@}'}, forEach: {in: []}, onDone: end}, "
                    + "on: {go: end}}"),
            workflow(
                "{invoke: {person: {role: r, title: '${@@}'}, forEach: {in: []}, onDone: end}, "
                    + "on: {go: end}}"),
        ],
        "`notify` of `remind` and of `withdrawn`": ["remind: {every: 1d, ", "withdrawn: {"].map {
            workflow(
                "{invoke: {person: {role: r, title: x, \($0)notify: {to: '${@@}', subject: x, "
                    + "text: x}}}, onDone: end}, on: {go: end}}")
        },
        "`subject`, `text` and `html` of `mails`": [
            workflow(
                "{on: {go: {target: end, actions: {notify: {mail: m, to: x, data: {y: 1}}}}}}",
                head: "mails: {m: {subject: s, text: '${@@}'}}")
        ],
        "`expect`": [workflow("{expect: '${@@}', on: {go: end}}")],
        "`search`": [workflow("{on: {go: end}}", head: "search: {x: @@}")],
        "`start.key`, `key` of an event": [
            workflow("{on: {go: end}}", head: "start: {on: s, key: @@}"),
            workflow("{on: {go: end}}").replacing("go: {}", with: "go: {key: @@}"),
        ],
        "`subject` of `from`": [
            workflow("{on: {go: end}}").replacing(
                "go: {}", with: "go: {from: {role: r, subject: @@}}")
        ],
        "`input` of a schedule": [
            workflow("{on: {go: end}}", head: "start: {schedule: {every: 1h, input: {x: '${@@}'}}}")
        ],
        "adapter: `request`, `mail`, `ask`": [
            adapter(
                "http",
                "request: {method: GET, path: '/${@@}', headers: {X: '${@@}'}, body: '${@@}'}"),
            adapter("smtp", "mail: {from: '${@@}', to: '${@@}', subject: '${@@}', text: '${@@}'}"),
            adapter(
                "http",
                "request: {method: PUT, path: /}, onUnknown: {ask: {method: GET, path: '/${@@}'}, "
                    + "outcome: {applied: true}}"),
        ],
        "adapter: `output`, `when`, `applied`, `refused`, `undecided`, `park`": [
            adapter("http", "request: {method: GET, path: /}, output: '${@@}'"),
            adapter(
                "http",
                "request: {method: GET, path: /}, errors: [{when: @@ == null, name: x, retry: never}]"
            ),
            adapter(
                "http",
                "request: {method: PUT, path: /}, onUnknown: {ask: {method: GET, path: /}, outcome: "
                    + "{applied: @@ == 1, undecided: @@ == 2, park: @@ == 3, "
                    + "refused: [{when: @@ == 4, name: x, retry: never}]}}"),
        ],
        "scenario: `data`, `form`, `advanceTo`": [
            scenario("steps: [{send: {event: go, data: '${@@}'}}]"),
            scenario("steps: [{decide: {outcome: done, form: '${@@}'}}]"),
            scenario("steps: [{advanceTo: '${@@}'}]"),
        ],
        "scenario: `answer` and `lose` of a fake": [
            scenario("fakes: {t.x: {answer: '${@@}'}}\nsteps: []"),
            scenario("fakes: {t.x: {lose: '${@@}'}}\nsteps: []"),
        ],
    ]

    private static func adapter(_ transport: String, _ operation: String) -> String {
        "adapter: a\ntransport: \(transport)\nurl: {env: X}\noperations: {x: {\(operation)}}\n"
    }

    private static func scenario(_ rest: String) -> String {
        "scenario: s\nworkflow: w\nkey: k\n\(rest)\n"
    }

    private static func workflow(_ state: String, head: String = "") -> String {
        "workflow: w\nversion: 1\nevents: {go: {}}\n\(head)\ninitial: a\nstates:\n  a: \(state)\n  end: {type: final}\n"
    }

    private func diagnostics(_ text: String) -> [Diagnostic] {
        if text.hasPrefix("adapter") {
            return WorkflowLanguage.parseAdapter(text, file: "a.yaml").diagnostics
        }
        if text.hasPrefix("scenario") {
            return WorkflowLanguage.parseScenario(text, file: "s.yaml").diagnostics
        }
        return WorkflowLanguage.parseWorkflow(text, file: "w.yaml").diagnostics
    }

    @Test func everyPlaceSeesTheNamesOfItsRow() throws {
        let rows = try Tables("expressions.md").rows.filter {
            $0["place"] != nil && $0["names"] != nil
        }
        #expect(Set(rows.compactMap { $0["place"] }) == Set(Self.probes.keys))
        for row in rows {
            let names = try #require(row["names"]).split(separator: " ").map {
                $0.filter { $0 != "`" }
            }
            for probe in Self.probes[row["place"] ?? ""] ?? [] {
                let broken = diagnostics(probe.replacing("@@", with: "dyn(1)")).filter {
                    $0.severity == .error && $0.code != .invalidDuration && $0.code != .invalidValue
                }
                #expect(broken.isEmpty, "\(probe)\n\(broken.map(\.headline))")
                let seen = Self.names.filter { name in
                    !diagnostics(probe.replacing("@@", with: name)).contains {
                        $0.code == .unknownReference
                    }
                }
                #expect(Set(seen) == Set(names), "\(probe)")
            }
        }
    }

    @Test func whatTheEventBroughtIsKeptInTheContext() {
        let text = Self.workflow(
            "{invoke: {workflow: c, input: {x: '${event.data.x}'}}, on: {go: end}}")
        let message = diagnostics(text).first { $0.code == .unknownReference }?.message
        #expect(message?.contains("keep what it brought in 'context'") == true)
    }

    @Test func aMailThatATaskSendsSeesNoEvent() {
        let state =
            "{invoke: {person: {role: r, title: x, remind: {every: 1d, notify: {mail: m, to: x}}}, "
            + "onDone: end}, on: {go: end}}"
        let text = Self.workflow(state, head: "mails: {m: {subject: s, text: '${event.name}'}}")
        #expect(diagnostics(text).map(\.code).contains(.unknownReference))
    }

    // MARK: Members

    private static let pages = [
        "language.md", "adapters.md", "scenarios.md", "calendars.md", "migration.md",
    ]

    @Test(arguments: ["workflow", "adapter", "scenario", "calendar"])
    func everyMemberOfTheSchemaHasARow(_ name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "schemas/\(name).schema.json")
        let schema = try JSON.parse(try String(contentsOf: file, encoding: .utf8))
        let tables = try Self.pages.flatMap { try Tables($0).members }
        for object in Self.objects(schema, "\(name)") where object.members.count > 1 {
            let isThere = tables.contains { Set($0) == Set(object.members) }
            #expect(isThere, "no table of members is \(object.pointer): \(object.members)")
        }
    }

    @Test func noTableHasAMemberThatNothingKnows() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let known = try ["workflow", "adapter", "scenario", "calendar"].flatMap { name in
            let file = root.appending(path: "schemas/\(name).schema.json")
            return Self.objects(
                try JSON.parse(try String(contentsOf: file, encoding: .utf8)), name)
        }
        for page in Self.pages {
            for table in try Tables(page).members {
                #expect(known.contains { Set($0.members) == Set(table) }, "\(page): \(table)")
            }
        }
    }

    /// Whatever has members of its own.
    private static func objects(
        _ schema: Value, _ pointer: String
    ) -> [(pointer: String, members: [String])] {
        var found: [(pointer: String, members: [String])] = []
        if let members = schema["properties"]?.mapValue, !members.isEmpty,
            schema["additionalProperties"] != nil
        {
            found.append((pointer, members.keys.compactMap(\.stringValue)))
        }
        for entry in schema.mapValue?.entries ?? [] {
            found += objects(entry.value, "\(pointer)/\(entry.key.stringValue ?? "")")
        }
        for (index, element) in (schema.listValue ?? []).enumerated() {
            found += objects(element, "\(pointer)/\(index)")
        }
        return found
    }

    @Test func everyCodeIsSaidSomewhere() throws {
        let text = try (Self.pages + ["expressions.md"]).map { try Tables($0).text }.joined()
        for code in Diagnostic.Code.allCases {
            #expect(text.contains("`\(code.rawValue)`"), "no page says what `\(code.rawValue)` is")
        }
    }

    /// Errors that the engine gives a call; which a manifest declares nobody has to list.
    @Test func everyErrorOfTheEngineIsListed() throws {
        let rows = try Tables("language.md").rows.compactMap { $0["error"] }
        #expect(Set(rows) == Set(CatalogCheck.engineErrors.map { "`\($0)`" }))
    }
}
