import Execution
import Guest
import Testing
import Values

/// What the engine learns of an operation, whatever that does.
@Suite struct OperationTests {
    struct Wish: Codable, ValueConvertible {
        let title: String
        let member: String
    }

    struct Licence: Codable, Record {
        let id: String
        let title: String
        var member: String?
        static let collection = "lending.licence"
        var group: String { title }
    }

    struct Lend: LocalOperation {
        struct Output: Codable, ValueConvertible {
            let licence: String
            let until: Timestamp
        }

        func perform(
            _ call: Call<Wish>, _ records: inout Records
        ) throws(Refusal) -> Output {
            let wish = call.input
            let licences = try records.page(of: Licence.self, group: wish.title, limit: 10)
            guard var licence = licences.first(where: { $0.member == nil }) else {
                throw Refusal("no-copy", "every licence of `\(wish.title)` is lent")
            }
            licence.member = wish.member
            records.put(licence)
            return Output(licence: licence.id, until: call.now + .seconds(60))
        }
    }

    /// Goes on as though what could not be read were not there.
    struct Careless: LocalOperation {
        func perform(_ call: Call<Value>, _ records: inout Records) -> Value {
            let found = (try? records.find("lending.licence", id: "l1")) ?? nil
            records.put("lending.log", id: call.key, ["found": .bool(found != nil)])
            return [:]
        }
    }

    struct Swapping: LocalOperation {
        func perform(_ call: Call<Value>, _ records: inout Records) -> Value {
            records.put("lending.log", id: "1", [:])
            records = Records.holding()
            return [:]
        }
    }

    /// Writes without looking: one that is replaced, one that must be new, one that goes.
    struct Blind: LocalOperation {
        func perform(_ call: Call<Value>, _ records: inout Records) -> Value {
            records.put("a", id: "put", ["n": 2])
            records.add("a", id: "add", ["n": 2])
            records.delete("a", id: "gone")
            records.delete("a", id: "never")
            return [:]
        }
    }

    struct Doubling: LocalOperation {
        func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
            _ = try records.find("a", id: "put")
            records.add("a", id: "put", [:])
            return [:]
        }
    }

    private static let table = OperationTable([
        "lending.lend": Lend(), "lending.careless": Careless(), "lending.swap": Swapping(),
        "lending.blind": Blind(), "lending.double": Doubling(),
    ])
    private static let now = Timestamp(seconds: 1_800_000_000)

    private static func row(
        _ collection: String, _ id: String, group: String = "", _ body: Value
    ) -> RecordRow {
        RecordRow(collection: collection, id: id, group: group, revision: 7, body: body)
    }

    private func perform(
        _ operation: String, _ input: Value = [:], over rows: [RecordRow] = []
    ) throws -> LocalResult {
        let call = LocalCall(
            input: input, key: "k", instance: InstanceName(workflow: "loan", key: "1"),
            now: Self.now)
        return try Self.table.perform(
            adapter: "lending", operation: operation, call: call,
            read: { $0.answer(from: rows) })
    }

    private static let licence = row(
        "lending.licence", "l1", group: "Emma", ["id": "l1", "title": "Emma"])

    @Test func anOperationReadsAndWritesItsOwnTypes() throws {
        let result = try perform(
            "lend", ["title": "Emma", "member": "m-1"], over: [Self.licence])
        #expect(
            result.outcome == .succeeded(["licence": "l1", "until": "2027-01-15T08:01:00Z"]))
        #expect(
            result.writes == [
                RecordWrite(
                    collection: "lending.licence", id: "l1", group: "Emma", expectedRevision: 7,
                    body: ["id": "l1", "title": "Emma", "member": "m-1"])
            ])
    }

    @Test func aRefusalWritesNothing() throws {
        let result = try perform("lend", ["title": "Emma", "member": "m-1"])
        #expect(
            result
                == LocalResult(
                    .failed(
                        CallError(
                            name: "no-copy", message: "every licence of `Emma` is lent",
                            isRetryable: false))))
    }

    @Test func aTypeThatTheSchemaDoesNotFitIsNamedWithItsPlace() throws {
        let result = try perform("lend", ["title": "Emma", "member": 7])
        #expect(
            result.outcome
                == .broken(
                    "lending.lend: /member is an int, Wish wants a string; the schema allows it: "
                        + "change one, then retry"))
    }

    @Test func aRecordThatItsTypeDoesNotFitIsNamed() throws {
        let row = Self.row("lending.licence", "l1", group: "Emma", ["id": "l1", "title": 3])
        let result = try perform("lend", ["title": "Emma", "member": "m-1"], over: [row])
        #expect(
            result.outcome
                == .broken(
                    "lending.lend: record lending.licence/l1: /title is an int, Licence wants a string"
                ))
    }

    @Test func aFailedReadIsTheStoresWhateverTheOperationMakesOfIt() {
        let call = LocalCall(
            input: [:], key: "k", instance: InstanceName(workflow: "loan", key: "1"),
            now: Self.now)
        #expect(throws: StoreError.unavailable("the disk is away")) {
            try Self.table.perform(
                adapter: "lending", operation: "careless", call: call,
                read: { (_) throws(StoreError) in throw .unavailable("the disk is away") })
        }
    }

    @Test func whatIsWrongWithAnOperationIsSaid() throws {
        #expect(
            try perform("swap").outcome
                == .broken("lending.swap: it put other records in place of its own"))
        #expect(
            try perform("lned").outcome
                == .broken(
                    "this program has no lending.lned: add \"lending.lned\" to its operations"))
        #expect(
            try perform("double", over: [Self.row("a", "put", [:])]).outcome
                == .broken(
                    "lending.double: it adds the record a/put, which is there: put replaces"))
    }

    @Test func whatWasNotReadIsLookedUpBeforeItIsWritten() throws {
        let rows = [Self.row("a", "put", ["n": 1]), Self.row("a", "gone", ["n": 1])]
        let writes = try perform("blind", over: rows).writes
        #expect(writes.map(\.id) == ["put", "add", "gone"])
        #expect(writes.map(\.expectedRevision) == [7, 0, 7])
        #expect(writes.map { $0.body == nil } == [false, false, true])
    }

    @Test func aNameThatStandsTwiceIsAFindingAndNoTrap() {
        let operations: LocalOperations = ["a.b": Blind(), "a.c": Swapping(), "a.b": Doubling()]
        #expect(operations.names == ["a.b", "a.c"])
        #expect(operations.doubles == ["a.b"])
        #expect(operations["a.b"] is Blind)
        #expect(operations.merging(["a.c": Blind()]).doubles == ["a.b", "a.c"])
    }

    @Test func anUndoingOperationGetsTheCallThatItUndoes() throws {
        let full = try Undo<Wish, Value>(
            ["key": "k", "input": ["title": "Emma", "member": "m"], "output": ["licence": "l1"]])
        #expect(full.key == "k")
        #expect(full.input.title == "Emma")
        #expect(full.output == ["licence": "l1"])
        #expect(try full.value["input"]?["member"] == "m")
        let lost = try Undo<Value, Value>(["key": "k"])
        #expect(lost.output == nil)
        let mismatch = #expect(throws: ValueMismatch.self) {
            try Undo<Wish, Value>(["key": "k", "input": ["title": 1]])
        }
        #expect(mismatch?.pointer == "/input/title")
    }
}
