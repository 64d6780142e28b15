import Guest
import Values

/// Numbers of documents that went out: 1, 2, 3, … of a series and a year, given in the commit that issues, and to nothing
/// else; a crash before it takes none. What is void keeps its number.
package enum Numbering {
    package enum Series: String, Sendable {
        case clientInvoice = "C"
        case clientCredit = "K"
        case workerStatement = "W"
    }

    static let collection = "billing.series"

    /// `C-2026-000017`.
    /// - Parameter issued: whose year counts.
    package static func next(
        _ series: Series, at issued: Timestamp, _ records: inout Records
    ) throws(Refusal) -> String {
        let id = "\(series.rawValue)-\(issued.rfc3339.prefix(4))"
        let number = (try records.find(collection, id: id)?.body.count("last") ?? 0) + 1
        records.put(collection, id: id, ["last": .int(number)])
        return "\(id)-\(number.padded(to: 6))"
    }
}
