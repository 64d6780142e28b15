import Definition
import Execution
import Values

extension StoreSuite {
    static let catalogCases: [StoreCase] = [
        StoreCase("a setting holds the value that was set last") { store in
            try store.set("clock.anchor", to: ["at": 1, "scale": 2.5])
            try store.set("clock.anchor", to: ["at": 2, "scale": 2.5])
            try store.set("replay.now", to: nil)
            try expectEqual(
                try store.setting("clock.anchor"), ["at": 2, "scale": 2.5], "clock.anchor")
            try expectEqual(try store.setting("replay.now"), .null, "replay.now")
            try expect(try store.setting("clock") == nil, "a setting of another name")
        },
        StoreCase("a published workflow version keeps its source; an adapter is replaced") {
            store in
            let order = definition(.workflow, "order", 1, "h1")
            try store.publish([order])
            try store.publish([order])
            try store.publish([definition(.workflow, "order", 2, "h2")])
            try store.publish([definition(.adapter, "bank", 0, "h3")])
            try store.publish([definition(.adapter, "bank", 0, "h4")])
            do throws(StoreError) {
                try store.publish([definition(.workflow, "order", 1, "h9")])
                throw .unavailable("published")
            } catch {
                guard case .conflict = error else {
                    throw Violation(description: "another source of version 1: \(error)")
                }
            }
            try expectEqual(
                try store.definitions(),
                [
                    definition(.adapter, "bank", 0, "h4"), order,
                    definition(.workflow, "order", 2, "h2"),
                ], "definitions")
        },
    ]

    private static func definition(
        _ kind: StoredDefinition.Kind, _ name: String, _ version: Int, _ hash: String
    ) -> StoredDefinition {
        StoredDefinition(
            kind: kind, name: name, version: version, hash: hash, source: "# \(name) \(hash)\n")
    }
}
