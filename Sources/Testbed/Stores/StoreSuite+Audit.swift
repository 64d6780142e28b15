import Execution
import Values

/// Who did what: rows behind each other, of which only what speaks of persons can go.
extension StoreSuite {
    /// As an engine would write them.
    package static func auditRows(
        _ count: Int, behind last: AuditRow? = nil, reason: String? = "because"
    ) -> [AuditRow] {
        var rows: [AuditRow] = []
        var previous = last
        for _ in 0..<count {
            let number = (previous?.sequence ?? 0) + 1
            let texts = ["caf\u{e9}-\(number)", nil, reason, "k\(number)"]
            var row = AuditRow(
                sequence: number, at: instant(number),
                body: Array(#"{"n":\#(number),"deed":"retry","role":"operator"}"#.utf8),
                fields: texts.map { text in
                    text.map {
                        .told(
                            $0,
                            salt: Array(SHA256.digest(of: Array("\(number)\($0)".utf8)).prefix(16)))
                    } ?? .absent
                }, previous: previous?.hash ?? AuditRow.genesis, hash: [])
            row.hash = row.expectedHash
            rows.append(row)
            previous = row
        }
        return rows
    }

    static let auditCases: [StoreCase] = [
        StoreCase("rows of the audit come back as they were, from either end") { store in
            let rows = auditRows(5)
            try expectEqual(try store.audit(before: nil, count: 9), [], "of none")
            try store.commit([
                commit(instance(1)) { $0.audit = Array(rows[..<2]) },
                commit(nil) { $0.audit = Array(rows[2...]) },
            ])
            try expectEqual(try store.audit(after: 0, count: 9), rows, "all")
            try expectEqual(try store.audit(after: .min, count: 2), Array(rows[..<2]), "a page")
            try expectEqual(try store.audit(after: 3, count: 9), Array(rows[3...]), "behind one")
            try expectEqual(try store.audit(after: 5, count: 9), [], "behind the last")
            try expectEqual(
                try store.audit(before: nil, count: 2), [rows[4], rows[3]], "the newest")
            try expectEqual(
                try store.audit(before: 3, count: 9), [rows[1], rows[0]], "before one")
            try expect(
                try AuditVerifier.walk(store).verdict() == nil, "the chain holds")
        },
        StoreCase("a row of the audit follows the last one, or nothing is written") { store in
            let rows = auditRows(3)
            try store.commit([commit(nil) { $0.audit = [rows[0]] }])
            let other = auditRows(2, reason: "another")
            let wrong: [(String, [AuditRow])] = [
                ("the same again", [rows[0]]), ("a gap", [rows[2]]),
                ("one behind another row", [other[1]]), ("a gap inside", [rows[1], rows[1]]),
            ]
            for (what, audit) in wrong {
                try expectConflict(
                    store,
                    [
                        commit(instance(7)) { $0.audit = audit }
                    ], what)
                try expect(try store.instance(InstanceID(7)) == nil, "\(what): the change is there")
            }
            try expectEqual(try store.audit(after: 0, count: 9), [rows[0]], "what is left")
            try store.commit([commit(nil) { $0.audit = Array(rows[1...]) }])
        },
        StoreCase("of a row what speaks of persons goes, and the hash stands") { store in
            var rows = auditRows(2)
            try store.commit([commit(nil) { $0.audit = rows }])
            for part in [AuditRow.Part.subject, .reason, .key, .principal] {
                guard let commitment = rows[1][part].commitment else { continue }
                let erasure = AuditErasure(sequence: 2, part: part, commitment: commitment)
                // Once more changes nothing.
                try store.commit([commit(nil) { $0.auditErased = [erasure, erasure] }])
                rows[1].fields[part.rawValue] = .erased(commitment: commitment)
                try expectEqual(try store.audit(after: 1, count: 1), [rows[1]], part.name)
            }
            let row = try store.audit(after: 1, count: 1)[0]
            try expectEqual(row.hash, row.expectedHash, "the hash")
            try expectEqual(row[.principal], .absent, "what was never there")
        },
    ]
}
