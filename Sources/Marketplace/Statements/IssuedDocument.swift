import Guest
import Values

/// A document as it was issued, under its number, in the commit that issued it: HTML that nobody makes anew, whatever becomes
/// of the program or of what it tells of.
///
/// It names accounts, orders and amounts, and no person: no name, no address.
enum IssuedDocument {
    static let collection = "document.issued"

    /// - Parameter id: the invoice or the statement of which it is.
    static func keep(
        _ page: DocumentPage, number: String, of id: String, account: String,
        to records: inout Records
    ) {
        records.add(
            collection, id: number, group: account,
            ["of": .string(id), "html": .string(page.markup.text)])
    }

    static func find(_ number: String, _ records: inout Records) throws(Refusal) -> Markup? {
        try records.find(collection, id: number)?.body["html"]?.stringValue
            .map(Markup.init(kept:))
    }

    /// What has that number, or that id.
    static func subject(
        _ name: String, in collection: String, _ records: inout Records
    ) throws(Refusal) -> RecordEntry? {
        let issued = try records.find(Self.collection, id: name)
        return try records.find(collection, id: issued?.body["of"]?.stringValue ?? name)
    }
}

/// A document on a page: what it says of itself, its lines, what they come to.
struct DocumentPage {
    let title: String
    var facts: [(label: String, text: String)] = []
    let columns: [String]
    /// Of the columns, those at the right that are amounts.
    let amounts: Int
    var lines: [[String]] = []
    var sums: [(label: String, text: String)] = []
    var remarks: [String] = []

    /// Plain enough for a mail program: no script, no picture, nothing from elsewhere.
    var markup: Markup {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>\(title)</title><style>\
        body{font:14px sans-serif;max-width:60em;margin:2em auto}table{margin:1em 0}\
        td,th{padding:.2em 1em .2em 0;text-align:left}.n{text-align:right}</style></head><body>
        <h1>\(title)</h1>
        <table>\(facts.map(fact).joined())</table>
        <table><tr>\(columns.enumerated().map(head).joined())</tr>
        \(lines.map(row).joined())</table>
        <table>\(sums.map(fact).joined())</table>
        \(remarks.map { "<p>\($0)</p>\n" as Markup }.joined())</body></html>

        """
    }

    private func fact(_ fact: (label: String, text: String)) -> Markup {
        "<tr><th>\(fact.label)</th><td class=\"n\">\(fact.text)</td></tr>\n"
    }

    private func isAmount(_ column: Int) -> Bool { column >= columns.count - amounts }

    private func head(_ column: Int, _ text: String) -> Markup {
        isAmount(column) ? "<th class=\"n\">\(text)</th>" : "<th>\(text)</th>"
    }

    private func row(_ cells: [String]) -> Markup {
        let cells = cells.enumerated().map { (column, cell) -> Markup in
            isAmount(column) ? "<td class=\"n\">\(cell)</td>" : "<td>\(cell)</td>"
        }
        return "<tr>\(cells.joined())</tr>\n"
    }
}

extension DocumentPage {
    /// `2026-02-16`, of a moment in a record.
    static func day(_ value: Value?) -> String { String((value?.stringValue ?? "").prefix(10)) }

    static func text(_ minor: Int64, _ currency: String) -> String {
        Currency(currency)?.text(minor) ?? "\(minor)"
    }
}
