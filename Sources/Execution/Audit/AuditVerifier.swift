import Sabotage
import Values

/// What somebody outside the database was told of the chain at some moment.
package struct AuditAnchor: Sendable, Hashable {
    package let namespace: String
    package let sequence: Int64
    package let hash: [UInt8]
    package let at: Timestamp

    package init(namespace: String, sequence: Int64, hash: [UInt8], at: Timestamp) {
        self.namespace = namespace
        self.sequence = sequence
        self.hash = hash
        self.at = at
    }

    /// What is signed.
    package var message: [UInt8] {
        Array(
            "pawl.audit.anchor.1\n\(namespace.utf8.count):\(namespace)\n\(sequence)\n\(Hex.text(hash))\n\(at.milliseconds)\n"
                .utf8)
    }
}

/// The first link of a chain that does not hold.
package struct AuditFault: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// No row of that number is there, and one behind it is.
        case missing
        /// The row is not as it was written.
        case changed
        /// Another row stands in its place, which belongs elsewhere.
        case reordered
        /// A row stands there that was not written there.
        case inserted
        /// It is as if it was written, and the row behind it was written behind another one.
        case replaced
        /// Something of a person is gone, and no erasure has taken it.
        case erasedUnstated = "erased-unstated"
        /// An anchor knows more rows than there are.
        case cut
        /// An anchor knows another row of that number: everything from some row on was written anew.
        case rewritten
        /// An anchor is not signed by the key that it should be.
        case forgedAnchor = "forged-anchor"
    }

    package let kind: Kind
    /// The row, 1…n; of a forged anchor its line.
    package let sequence: Int64
    package let message: String

    package init(_ kind: Kind, at sequence: Int64, _ message: String) {
        self.kind = kind
        self.sequence = sequence
        self.message = message
    }
}

/// Walks a chain from its first row to its last, page by page. It needs the rows and what others know of them, and no
/// server; it holds two numbers for each part that was erased.
package struct AuditVerifier: Sendable {
    /// Rows that were looked at.
    package private(set) var count: Int64 = 0
    /// Those that are whole.
    package private(set) var last: AuditRow?
    package private(set) var erased: Int64 = 0
    /// Anchors that the chain agrees with.
    package private(set) var anchored = 0
    private var fault: AuditFault?
    /// A row of another number stands there; whether the right one stands somewhere else is not known yet.
    private var displaced: (expected: Int64, number: Int64)?
    /// Parts that are gone, and that no row has stated yet.
    private var unstated: [ExactText: Int64] = [:]
    private var anchors: ArraySlice<AuditAnchor>
    /// The last row that an anchor agrees with.
    private var firm: Int64 = 0

    /// - Parameter anchors: whose signatures hold.
    package init(anchors: [AuditAnchor] = []) {
        self.anchors = anchors.sorted { ($0.sequence, $0.at) < ($1.sequence, $1.at) }[...]
    }

    /// Nothing behind this row changes the verdict.
    package var isSettled: Bool { fault != nil && displaced == nil }

    /// In order of their places.
    package mutating func take(_ rows: [AuditRow]) {
        for row in rows { take(row) }
    }

    private mutating func take(_ row: AuditRow) {
        count += 1
        if let displaced {
            if AuditReading(row).number == displaced.expected {
                self.displaced = nil
                fault = Self.reordered(displaced)
            }
            return
        }
        guard fault == nil else { return }
        fault = check(row)
        guard fault == nil, displaced == nil else { return }
        last = row
    }

    /// What is wrong with the row that comes next.
    private mutating func check(_ row: AuditRow) -> AuditFault? {
        let expected = (last?.sequence ?? 0) + 1
        guard row.sequence == expected || isMutant(.auditVerifyLenient) else {
            return AuditFault(
                .missing, at: expected, "row \(expected) is missing; the next is \(row.sequence)")
        }
        guard row.hash == row.expectedHash else {
            return AuditFault(
                .changed, at: expected,
                "row \(expected) is not as it was written: its hash is of something else")
        }
        let reading = AuditReading(row)
        guard let number = reading.number, number == expected || isMutant(.auditVerifyLenient)
        else { return misplaced(reading.number, at: expected) }
        guard row.previous == last?.hash ?? AuditRow.genesis else {
            let before = max(1, expected - 1)
            return AuditFault(
                .replaced, at: before,
                "row \(expected) was written behind another row \(expected - 1) than the one that is there"
            )
        }
        note(row, reading)
        return disagreement(with: row)
    }

    /// A whole row of another number.
    private mutating func misplaced(_ number: Int64?, at expected: Int64) -> AuditFault? {
        guard let number else {
            return AuditFault(.changed, at: expected, "row \(expected) says no number")
        }
        if number < expected {
            // The one of that number was looked at and let pass, or this is it once more.
            return number == expected - 1
                ? AuditFault(
                    .inserted, at: number,
                    "row \(number) was not written there: the row of that number stands behind it")
                : Self.reordered((expected, number))
        }
        displaced = (expected, number)
        return nil
    }

    private static func reordered(_ places: (expected: Int64, number: Int64)) -> AuditFault {
        AuditFault(
            .reordered, at: places.expected,
            "in the place of row \(places.expected) stands row \(places.number)")
    }

    private mutating func note(_ row: AuditRow, _ reading: AuditReading) {
        for part in AuditRow.Part.allCases where row[part].isErased {
            erased += 1
            unstated[ExactText("\(row.sequence).\(part.name)")] = row.sequence
        }
        for stated in reading.stated { unstated[ExactText(stated)] = nil }
    }

    private mutating func disagreement(with row: AuditRow) -> AuditFault? {
        while let anchor = anchors.first, anchor.sequence <= row.sequence {
            anchors.removeFirst()
            guard anchor.sequence == row.sequence else { continue }
            guard anchor.hash == row.hash || isMutant(.auditAnchorsIgnored) else {
                return AuditFault(
                    .rewritten, at: firm + 1,
                    "the anchor of \(anchor.at.rfc3339) knows another row \(row.sequence): rows "
                        + "\(firm + 1) to \(row.sequence) hold one that was written anew")
            }
            anchored += 1
            firm = row.sequence
        }
        return nil
    }

    /// Behind the last row. nil: nothing is wrong.
    package func verdict() -> AuditFault? {
        if let fault { return fault }
        if let displaced {
            return AuditFault(
                .missing, at: displaced.expected,
                "row \(displaced.expected) is missing; in its place stands row \(displaced.number)")
        }
        if let first = unstated.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            return AuditFault(
                .erasedUnstated, at: first.value,
                "\(first.key.text) is gone, and no erasure has taken it")
        }
        let known = last?.sequence ?? 0
        if let anchor = anchors.last, anchor.sequence > known, !isMutant(.auditAnchorsIgnored) {
            return AuditFault(
                .cut, at: known + 1,
                "the chain ends with row \(known); the anchor of \(anchor.at.rfc3339) knows row \(anchor.sequence)"
            )
        }
        return nil
    }
}

extension AuditVerifier {
    /// All rows of a store.
    package static func walk(
        _ store: any Store, anchors: [AuditAnchor] = []
    ) throws(StoreError) -> AuditVerifier {
        var verifier = AuditVerifier(anchors: anchors)
        var after: Int64 = .min
        while true {
            let page = try store.audit(after: after, count: 1_000)
            verifier.take(page)
            guard page.count == 1_000, let last = page.last, !verifier.isSettled else {
                return verifier
            }
            after = last.sequence
        }
    }
}
