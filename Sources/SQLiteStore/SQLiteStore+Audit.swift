import Execution
import Sabotage
import Values

extension SQLiteStore {
    package func audit(after sequence: Int64, count: Int) throws(StoreError) -> [AuditRow] {
        try rows(.auditAfter, [.integer(sequence), .count(count)]) { (row) throws(StoreError) in
            row.audit()
        }
    }

    package func audit(before sequence: Int64?, count: Int) throws(StoreError) -> [AuditRow] {
        try rows(.auditBefore, [.integer(sequence ?? .max), .count(count)]) {
            (row) throws(StoreError) in row.audit()
        }
    }
}

extension Connection {
    func writeAudit(_ commit: Commit) throws(StoreError) {
        for row in commit.audit where !isMutant(.auditRowApart) { try write(row) }
        for erasure in commit.auditErased {
            let statement = try statement(.auditErase(erasure.part))
            statement.bind(blob: erasure.commitment)
            statement.bind(erasure.sequence)
            try statement.run()
        }
    }

    private func write(_ row: AuditRow) throws(StoreError) {
        let statement = try statement(.insertAudit)
        statement.bind(row.sequence)
        statement.bind(row.at.milliseconds)
        statement.bind(text: row.body)
        for part in AuditRow.Part.allCases { statement.bind(row[part].text) }
        for part in AuditRow.Part.allCases { statement.bind(seal: row[part]) }
        statement.bind(blob: row.previous)
        statement.bind(blob: row.hash)
        try statement.run(orConflict: "audit: row \(row.sequence) does not follow the last one")
    }
}

extension SQL {
    static func auditErase(_ part: AuditRow.Part) -> SQL {
        switch part {
        case .subject: .eraseAuditSubject
        case .principal: .eraseAuditPrincipal
        case .reason: .eraseAuditReason
        case .key: .eraseAuditKey
        }
    }
}

extension Statement {
    fileprivate func bind(_ text: String?) {
        if let text { bind(text) } else { bindNull() }
    }

    /// A salt beside its text, a commitment where the text was.
    fileprivate func bind(seal field: AuditField) {
        switch field {
        case .absent: bindNull()
        case .told(_, let salt): bind(blob: salt)
        case .erased(let commitment): bind(blob: commitment)
        }
    }

    /// Whatever stands there is a row: what is wrong with it its hash says.
    fileprivate func audit() -> AuditRow {
        AuditRow(
            sequence: int64(0), at: Timestamp(milliseconds: int64(1)), body: bytes(2),
            fields: AuditRow.Part.allCases.map { part in
                let (text, seal) = (Int32(3 + part.rawValue), Int32(7 + part.rawValue))
                if !isNull(text) { return .told(lenientText(text), salt: bytes(seal)) }
                return isNull(seal) ? .absent : .erased(commitment: bytes(seal))
            }, previous: bytes(11), hash: bytes(12))
    }
}
