import Definition
import Execution
import Values

extension SQLiteStore {
    package var size: Int64? { DataDirectory.size(of: readers.path) }
    package var logSize: Int64? { DataDirectory.logSize(of: readers.path) }
    package var room: Int64? { DataDirectory.room(at: readers.path) }

    package func setting(_ name: String) throws(StoreError) -> Value? {
        try first(.setting, [.text(name)]) { (row) throws(StoreError) in
            try row.value(0, of: "setting \(name)")
        }
    }

    package func set(_ name: String, to value: Value) throws(StoreError) {
        try write { (connection) throws(StoreError) in
            let statement = try connection.statement(.setSetting)
            statement.bind(name)
            statement.bind(text: JSON.encode(value))
            try statement.run()
        }
    }

    package func definitions() throws(StoreError) -> [StoredDefinition] {
        try rows(.definitions) { (row) throws(StoreError) in
            let name = try row.text(1)
            guard let kind = StoredDefinition.Kind(rawValue: try row.text(0)) else {
                throw .corrupt("pawl.db: definition \(name) has an unknown kind")
            }
            return StoredDefinition(
                kind: kind, name: name, version: row.int(2), hash: try row.text(3),
                source: try row.text(4))
        }
    }

    package func publish(_ definitions: [StoredDefinition]) throws(StoreError) {
        try write { (connection) throws(StoreError) in
            for definition in definitions { try connection.publish(definition) }
        }
    }
}

extension Connection {
    fileprivate func publish(_ definition: StoredDefinition) throws(StoreError) {
        let isReplaced = definition.kind != .workflow && definition.version == 0
        let insert = try statement(isReplaced ? .replaceDefinition : .insertDefinition)
        insert.bind(definition.kind.rawValue)
        insert.bind(definition.name)
        insert.bind(definition.version)
        insert.bind(definition.hash)
        insert.bind(definition.source)
        try insert.run()
        let check = try statement(.definitionHash)
        check.bind(definition.kind.rawValue)
        check.bind(definition.name)
        check.bind(definition.version)
        let hash = try check.first { (row) throws(StoreError) in try row.text(0) }
        guard hash == definition.hash else {
            throw .conflict(
                "\(definition.name) version \(definition.version) exists with another source")
        }
    }
}
