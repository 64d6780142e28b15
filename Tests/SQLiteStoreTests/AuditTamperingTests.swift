import Execution
import Sabotage
import Testbed
import Testing
import Values

@testable import SQLiteStore

/// Who writes around the code, into the file itself.
@Suite("An audit that was tampered with") struct AuditTamperingTests {
    /// What somebody does to a database of 24 rows, and what is then the first broken link.
    struct Tampering: CustomStringConvertible, Sendable {
        let description: String
        let statements: [String]
        /// Rows behind which an anchor was made.
        var anchors: [Int64] = []
        let kind: AuditFault.Kind
        let sequence: Int64
    }

    private static let count = 24
    private static let places: [Int64] = [1, 2, 7, 12, 23, 24]

    private static func update(_ sequence: Int64, _ set: String) -> String {
        "UPDATE audit SET \(set) WHERE sequence = \(sequence)"
    }

    /// - Returns: all of them, more than a hundred.
    static let all: [Tampering] = changes + removals + moves + insertions + rewritings

    /// A byte of a row is another one.
    private static let changes: [Tampering] =
        places.flatMap { place -> [Tampering] in
            let sets = [
                "at = at + 1", "body = replace(body, 'retry', 'start')", "body = body || ' '",
                "body = ''", "subject = 'mallory'", "subject = subject || x'00'",
                "reason = 'for no reason'", "target_key = 'k99'", "target_key = NULL",
                "subject = NULL, subject_seal = NULL", "subject_seal = zeroblob(16)",
                "reason_seal = CAST(reason_seal || x'00' AS BLOB)",
                "principal = 'somebody', principal_seal = zeroblob(16)",
                "hash = zeroblob(32)", "hash = CAST(substr(hash, 1, 31) || x'ff' AS BLOB)",
            ]
            return sets.map { set in
                Tampering(
                    description: "row \(place): \(set)", statements: [update(place, set)],
                    kind: .changed, sequence: place)
            }
        } + [
            Tampering(
                description: "the row before is another by its word alone",
                statements: [update(9, "previous = zeroblob(32)")], kind: .changed, sequence: 9),
            Tampering(
                description: "a name goes as if it were erased",
                statements: [
                    update(
                        5,
                        "subject = NULL, subject_seal = (SELECT seal FROM commitments WHERE sequence = 5)"
                    )
                ], kind: .erasedUnstated, sequence: 5),
        ]

    private static let removals: [Tampering] =
        [Int64(1), 2, 7, 23].flatMap { place in
            [
                Tampering(
                    description: "row \(place) is gone",
                    statements: ["DELETE FROM audit WHERE sequence = \(place)"], kind: .missing,
                    sequence: place),
                Tampering(
                    description: "row \(place) is gone, and those behind it have moved up",
                    statements: [
                        "DELETE FROM audit WHERE sequence = \(place)",
                        "UPDATE audit SET sequence = -sequence WHERE sequence > \(place)",
                        "UPDATE audit SET sequence = -sequence - 1 WHERE sequence < 0",
                    ], kind: .missing, sequence: place),
            ]
        } + [
            Tampering(
                description: "the tail is cut",
                statements: ["DELETE FROM audit WHERE sequence > 20"],
                anchors: [8, 24], kind: .cut, sequence: 21),
            Tampering(
                description: "all of it is gone", statements: ["DELETE FROM audit"], anchors: [16],
                kind: .cut, sequence: 1),
            Tampering(
                description: "the last row alone is gone",
                statements: ["DELETE FROM audit WHERE sequence = 24"], anchors: [24], kind: .cut,
                sequence: 24),
        ]

    private static func swap(_ one: Int64, _ other: Int64) -> [String] {
        [
            update(one, "sequence = -1"), update(other, "sequence = \(one)"),
            "UPDATE audit SET sequence = \(other) WHERE sequence = -1",
        ]
    }

    private static func swap(_ columns: [String], _ one: Int64, _ other: Int64) -> [String] {
        columns.flatMap { column in
            [
                "CREATE TEMP TABLE kept AS SELECT \(column) AS value FROM audit WHERE sequence = \(one)",
                update(one, "\(column) = (SELECT \(column) FROM audit WHERE sequence = \(other))"),
                update(other, "\(column) = (SELECT value FROM kept)"), "DROP TABLE kept",
            ]
        }
    }

    private static let moves: [Tampering] =
        [(Int64(1), Int64(2)), (5, 9), (22, 24)].flatMap {
            (one, other) in
            [
                Tampering(
                    description: "rows \(one) and \(other) have changed places",
                    statements: swap(one, other), kind: .reordered, sequence: one),
                Tampering(
                    description: "subjects of \(one) and \(other) are swapped",
                    statements: swap(["subject", "subject_seal"], one, other), kind: .changed,
                    sequence: one),
                Tampering(
                    description: "what was done in \(one) and \(other) is swapped",
                    statements: swap(["body"], one, other), kind: .changed, sequence: one),
                Tampering(
                    description: "bodies and hashes of \(one) and \(other) are swapped",
                    statements: swap(["body", "hash"], one, other), kind: .changed, sequence: one),
            ]
        } + [
            Tampering(
                description: "row 6 stands in the place of row 11 as well",
                statements: [
                    "DELETE FROM audit WHERE sequence = 11",
                    "INSERT INTO audit SELECT 11, at, body, subject, principal, reason, target_key, subject_seal, "
                        + "principal_seal, reason_seal, key_seal, previous, hash FROM audit WHERE sequence = 6",
                ], kind: .reordered, sequence: 11)
        ]

    private static func insertion(_ place: Int64, _ columns: String) -> Tampering {
        Tampering(
            description: "a row is put in as number \(place): \(columns)",
            statements: [
                "UPDATE audit SET sequence = -sequence WHERE sequence >= \(place)",
                "UPDATE audit SET sequence = 1 - sequence WHERE sequence < 0",
                "INSERT INTO audit SELECT \(place), at, \(columns) FROM audit WHERE sequence = \(place + 1)",
            ], kind: .changed, sequence: place)
    }

    private static let insertions: [Tampering] = [Int64(1), 8, 24].flatMap { place in
        [
            insertion(
                place,
                "'{\"n\":\(place),\"deed\":\"start\",\"role\":\"operator\"}', 'mallory', NULL, NULL, NULL, "
                    + "zeroblob(16), NULL, NULL, NULL, previous, zeroblob(32)"),
            insertion(
                place,
                "body, 'mallory', NULL, NULL, NULL, zeroblob(16), NULL, NULL, NULL, previous, hash"),
        ]
    }

    /// Whoever can hash writes rows that are whole, and what comes behind them as well.
    private static let rewritings: [Tampering] = [
        Tampering(
            description: "row 10 is written anew, with its hash", statements: ["rewrite 10 10"],
            kind: .replaced, sequence: 10),
        Tampering(
            description: "row 1 is written anew, with its hash", statements: ["rewrite 1 1"],
            kind: .replaced, sequence: 1),
        Tampering(
            description: "rows 10 to 15 are written anew", statements: ["rewrite 10 15"],
            kind: .replaced, sequence: 15),
        Tampering(
            description: "everything from row 10 on is written anew",
            statements: ["rewrite 10 24"], anchors: [6, 18, 24], kind: .rewritten, sequence: 7),
        Tampering(
            description: "everything is written anew", statements: ["rewrite 1 24"], anchors: [24],
            kind: .rewritten, sequence: 1),
        Tampering(
            description: "a whole row is put between, and those behind it are as they were",
            statements: ["insert 13"], kind: .inserted, sequence: 13),
        Tampering(
            description: "the tail is cut and grows anew",
            statements: ["DELETE FROM audit WHERE sequence > 20", "grow 4"],
            anchors: [20, 24], kind: .rewritten, sequence: 21),
    ]

    @Test func thereAreAHundred() { #expect(Self.all.count >= 100) }

    @Test("is found out, and the first broken link is named", arguments: all)
    func found(_ tampering: Tampering) throws {
        let folder = try TemporaryFolder()
        let anchors = try prepared(folder, tampering.anchors)
        let path = DataDirectory.databasePath(in: folder.path)
        let database = try Connection(path: path, access: .readWrite)
        try tamper(database, tampering.statements)
        let store = try SQLiteStore.open(directory: folder.path, mode: .readOnly)
        let fault = try #require(try AuditVerifier.walk(store, anchors: anchors).verdict())
        #expect(fault.kind == tampering.kind, "\(fault)")
        #expect(fault.sequence == tampering.sequence, "\(fault)")
    }

    /// Writes the rows, and takes anchors of some.
    private func prepared(_ folder: TemporaryFolder, _ anchors: [Int64]) throws -> [AuditAnchor] {
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        let rows = StoreSuite.auditRows(Self.count)
        for row in rows {
            var commit = Commit()
            commit.audit = [row]
            try store.commit([commit])
        }
        let told = rows.filter { anchors.contains($0.sequence) }.map {
            AuditAnchor(namespace: "shop", sequence: $0.sequence, hash: $0.hash, at: $0.at)
        }
        #expect(try AuditVerifier.walk(store, anchors: told).verdict() == nil)
        return told
    }

    private func tamper(_ database: Connection, _ statements: [String]) throws {
        for trigger in ["audit_next", "audit_kept", "audit_same", "audit_erased"] {
            try database.execute("DROP TRIGGER \(trigger)")
        }
        let rows = StoreSuite.auditRows(Self.count)
        try database.execute("CREATE TEMP TABLE commitments (sequence INTEGER, seal BLOB)")
        for row in rows {
            let seal = Hex.text(row[.subject].commitment ?? [])
            try database.execute("INSERT INTO commitments VALUES (\(row.sequence), x'\(seal)')")
        }
        for statement in statements {
            let words = statement.split(separator: " ")
            switch words.first {
            case "rewrite":
                try rewrite(database, rows, from: Int(words[1]) ?? 0, to: Int(words[2]) ?? 0)
            case "insert": try insert(database, rows, at: Int(words[1]) ?? 0)
            case "grow":
                for row in StoreSuite.auditRows(4, behind: rows[19], reason: "anew") {
                    try write(database, row)
                }
            default: try database.execute(statement)
            }
        }
    }

    private func rewrite(
        _ database: Connection, _ rows: [AuditRow], from first: Int, to last: Int
    ) throws {
        var previous = first > 1 ? rows[first - 2].hash : AuditRow.genesis
        for var row in rows[(first - 1)..<last] {
            row.body = Array(
                #"{"n":\#(row.sequence),"deed":"start","role":"operator"}"#.utf8)
            row.previous = previous
            row.hash = row.expectedHash
            previous = row.hash
            try database.execute("DELETE FROM audit WHERE sequence = \(row.sequence)")
            try write(database, row)
        }
    }

    private func insert(_ database: Connection, _ rows: [AuditRow], at place: Int) throws {
        try database.execute("UPDATE audit SET sequence = -sequence WHERE sequence >= \(place)")
        try database.execute("UPDATE audit SET sequence = 1 - sequence WHERE sequence < 0")
        var row = rows[place - 1]
        row.fields[AuditRow.Part.subject.rawValue] = .told("mallory", salt: [])
        row.hash = row.expectedHash
        try write(database, row)
    }

    /// Grown rows may not follow: the chain is what the test looks at.
    private func write(_ database: Connection, _ row: AuditRow) throws {
        var commit = Commit()
        commit.audit = [row]
        try database.transaction { (connection) throws(StoreError) in
            try connection.writeAudit(commit)
        }
    }

    // MARK: What plain SQL cannot do

    @Test(
        "Plain SQL can neither change, remove nor insert",
        arguments: [
            "UPDATE audit SET at = 0", "UPDATE audit SET sequence = sequence + 1",
            "UPDATE audit SET body = '{}' WHERE sequence = 3",
            "UPDATE audit SET subject = 'mallory' WHERE sequence = 3",
            "UPDATE audit SET subject_seal = zeroblob(32) WHERE sequence = 3",
            "UPDATE audit SET hash = zeroblob(32), previous = zeroblob(32)",
            "DELETE FROM audit", "DELETE FROM audit WHERE sequence = 24",
            "INSERT INTO audit SELECT 25, at, body, subject, principal, reason, target_key, subject_seal, "
                + "principal_seal, reason_seal, key_seal, previous, hash FROM audit WHERE sequence = 24",
            "REPLACE INTO audit SELECT 24, at, '{}', subject, principal, reason, target_key, subject_seal, "
                + "principal_seal, reason_seal, key_seal, previous, hash FROM audit WHERE sequence = 24",
            "INSERT INTO audit SELECT 26, at, body, subject, principal, reason, target_key, subject_seal, "
                + "principal_seal, reason_seal, key_seal, hash, hash FROM audit WHERE sequence = 24",
        ])
    func refused(_ statement: String) throws {
        let folder = try TemporaryFolder()
        _ = try prepared(folder, [])
        let path = DataDirectory.databasePath(in: folder.path)
        let database = try Connection(path: path, access: .readWrite)
        do throws(StoreError) {
            try database.execute(statement)
            Issue.record("it was taken")
        } catch { #expect("\(error)".contains("audit: "), "\(error)") }
        let store = try SQLiteStore.open(directory: folder.path, mode: .readOnly)
        #expect(try store.audit(after: 0, count: 99) == StoreSuite.auditRows(Self.count))
    }

    // MARK: Erased by right

    @Test func whatAnErasureTookIsNoTampering() throws {
        let folder = try TemporaryFolder()
        _ = try prepared(folder, [])
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        let rows = StoreSuite.auditRows(Self.count)
        let erasure = AuditErasure(
            sequence: 5, part: .subject, commitment: try #require(rows[4][.subject].commitment))
        var commit = Commit()
        commit.auditErased = [erasure]
        var chain = try AuditChain(store, seed: [1])
        commit.audit = [
            chain.append(
                AuditEntry(.erased, by: .system, nil, ["parts": .string(erasure.text)]))
        ]
        try store.commit([commit])
        let verifier = try AuditVerifier.walk(store)
        #expect(verifier.verdict() == nil)
        #expect(verifier.erased == 1)
        #expect(try store.audit(after: 4, count: 1)[0][.subject].text == nil)
    }

    // MARK: What it costs

    @Test func aRowTakesFewBytes() throws {
        let bytes = (try size(of: 2_000) - size(of: 0)) / 2_000
        #expect((300..<520).contains(bytes), "\(bytes) bytes a row")
    }

    /// Of a settled database with so many rows.
    private func size(of rows: Int) throws -> Int64 {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        var chain = try AuditChain(store, seed: [1])
        var commit = Commit()
        for number in 0..<rows {
            var entry = AuditEntry(
                at: Timestamp(seconds: 1_767_600_000), .start,
                by: Actor(role: "client", subject: "c-\(number)"),
                AuditTarget(InstanceName(workflow: "order", key: "2026-\(number)")),
                ["input": chain.digest(["n": .int(Int64(number))])])
            (entry.principal, entry.proof, entry.outcome) = ("ordering", "token tk_4711", "started")
            entry.request = "0e3f3d3c-8a0e-4a62-9a53-3d7f2f5b8c11"
            commit.audit.append(chain.append(entry))
        }
        try store.commit([commit])
        try store.settle()
        return try #require(store.size)
    }
}
