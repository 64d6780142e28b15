import Encryption
import Execution
import Values

extension Connection {
    func write(_ instance: InstanceWrite) throws(StoreError) {
        let search = JSON.encode(instance.summary.searchMap)
        let body = instance.body
        if instance.revision == 1 {
            try insert(instance, search: search, body: body)
            try writeSearch(of: instance)
        } else if try !updateSteady(instance, search: search, body: body) {
            try update(instance, body: body)
            try updateSearch(of: instance, search: search)
        }
    }

    func insert(
        _ instance: InstanceWrite, search: [UInt8], body: [UInt8]
    ) throws(StoreError) {
        let summary = instance.summary
        let statement = try statement(.insertInstance)
        statement.bind(instance.id.rawValue)
        statement.bind(instance.name)
        statement.bind(instance.version)
        statement.bind(instance.status.rawValue)
        statement.bind(instance.revision)
        statement.bind(summary.statesText)
        statement.bind(summary.startedAt.milliseconds)
        statement.bind(summary.updatedAt.milliseconds)
        statement.bind(summary.endedAt?.milliseconds)
        statement.bind(summary.overdueAt?.milliseconds)
        statement.bind(summary.incidents)
        statement.bind(summary.isRetrying)
        statement.bind(text: search)
        statement.bind(sealing: body, at: .body(of: instance.id), isBlob: true)
        statement.bind(summary.pause)
        try statement.run(orConflict: "\(instance.name) (instance \(instance.id)) exists")
    }

    /// - Returns: false when more than the steady columns differ, or the revision does.
    private func updateSteady(
        _ instance: InstanceWrite, search: [UInt8], body: [UInt8]
    ) throws(StoreError) -> Bool {
        let summary = instance.summary
        let expected = try expectedRevision(of: instance)
        let statement = try statement(.updateSteady)
        statement.bind(instance.revision)
        statement.bind(summary.statesText)
        statement.bind(summary.updatedAt.milliseconds)
        statement.bind(sealing: body, at: .body(of: instance.id), isBlob: true)
        statement.bind(instance.id.rawValue)
        statement.bind(expected)
        statement.bind(instance.version)
        statement.bind(instance.status.rawValue)
        statement.bind(summary.endedAt?.milliseconds)
        statement.bind(summary.overdueAt?.milliseconds)
        statement.bind(summary.incidents)
        statement.bind(summary.isRetrying)
        statement.bind(text: search)
        statement.bind(summary.pause)
        return try statement.run() == 1
    }

    private func update(_ instance: InstanceWrite, body: [UInt8]) throws(StoreError) {
        let summary = instance.summary
        let expected = try expectedRevision(of: instance)
        let statement = try statement(.updateInstance)
        statement.bind(instance.version)
        statement.bind(instance.status.rawValue)
        statement.bind(instance.revision)
        statement.bind(summary.statesText)
        statement.bind(summary.updatedAt.milliseconds)
        statement.bind(summary.endedAt?.milliseconds)
        statement.bind(summary.overdueAt?.milliseconds)
        statement.bind(summary.incidents)
        statement.bind(summary.isRetrying)
        statement.bind(sealing: body, at: .body(of: instance.id), isBlob: true)
        statement.bind(summary.pause)
        statement.bind(instance.id.rawValue)
        statement.bind(expected)
        guard try statement.run() == 1 else {
            throw .conflict("\(instance.name) is not at revision \(instance.revision - 1)")
        }
    }

    private func updateSearch(of instance: InstanceWrite, search: [UInt8]) throws(StoreError) {
        let update = try statement(.updateSearch)
        update.bind(text: search)
        update.bind(instance.id.rawValue)
        guard try update.run() == 1 else { return }
        let delete = try statement(.deleteSearch)
        delete.bind(instance.id.rawValue)
        try delete.run()
        try writeSearch(of: instance)
    }

    func writeSearch(of instance: InstanceWrite) throws(StoreError) {
        for (name, value) in instance.summary.search {
            guard let attribute = SearchValue(value) else { continue }
            let statement = try statement(.insertSearch)
            statement.bind(instance.id.rawValue)
            statement.bind(name)
            statement.bind(attribute)
            try statement.run()
        }
    }
}

extension Statement {
    func bind(_ pause: PauseSummary?) {
        guard let pause else {
            for _ in 0..<3 { bindNull() }
            return
        }
        bind(pause.by)
        bind(alike: pause.reason, at: .pauseReason)
        bind(pause.since.milliseconds)
    }
}

extension InstanceSummary {
    fileprivate var statesText: String { states.joined(separator: " ") }

    var searchMap: Value {
        .map(ValueMap(search.map { ($0.name, $0.value.plain) }))
    }
}

extension Statement {
    /// A row of `SQL.instanceColumns`. One that is damaged is given as such: it must not hide the others.
    func instance() -> InstanceWrite {
        do throws(StoreError) {
            return try wholeInstance()
        } catch {
            return InstanceWrite(
                id: InstanceID(int64(0)),
                name: InstanceName(workflow: lenientText(1), key: lenientText(2)), version: int(3),
                status: .running, revision: int64(5), summary: summary(states: [], search: []),
                body: bytes(14), damage: error.reason)
        }
    }

    private func wholeInstance() throws(StoreError) -> InstanceWrite {
        let id = InstanceID(int64(0))
        guard let status = Run.Status(rawValue: try text(4)) else {
            throw .corrupt("pawl.db: instance \(id) has an unknown status")
        }
        return InstanceWrite(
            id: id, name: InstanceName(workflow: try text(1), key: try text(2)), version: int(3),
            status: status, revision: int64(5),
            summary: summary(
                states: try text(6).split(separator: " ").map(String.init),
                search: try searchAttributes(of: id)),
            body: try opened(14, at: .body(of: id), of: "instance \(id)"))
    }

    private func summary(
        states: [String], search: [(name: String, value: Value)]
    ) -> InstanceSummary {
        InstanceSummary(
            states: states, startedAt: moment(7), updatedAt: moment(8), endedAt: optionalMoment(9),
            overdueAt: optionalMoment(10), incidents: int(11), isRetrying: bool(12), pause: pause(),
            search: search)
    }

    /// The three columns are of one commit.
    private func pause() -> PauseSummary? {
        optionalMoment(17).map {
            PauseSummary(
                by: lenientText(15),
                reason: (try? openedText(16, at: .pauseReason)) ?? lenientText(16), since: $0)
        }
    }

    private func searchAttributes(
        of id: InstanceID
    ) throws(StoreError) -> [(name: String, value: Value)] {
        guard case .map(let search) = try value(13, of: "instance \(id)") else {
            throw .corrupt("pawl.db: the search attributes of instance \(id) are no object")
        }
        return search.entries.map { (name: $0.key.stringValue ?? "", value: $0.value) }
    }

    func moment(_ column: Int32) -> Timestamp { Timestamp(milliseconds: int64(column)) }

    func optionalMoment(_ column: Int32) -> Timestamp? {
        optionalInt64(column).map { Timestamp(milliseconds: $0) }
    }

    /// A column of JSON that is never sealed; a failure names the row that it is `of`.
    func value(_ column: Int32, of row: @autoclosure () -> String) throws(StoreError) -> Value {
        do throws(DecodingFailure) {
            return try Value(storedJSON: bytes(column))
        } catch {
            throw .corrupt("pawl.db: \(row()): \(error)")
        }
    }
}
