import Execution
import Values

/// The audit, for people.
enum AuditText {
    static func table(_ rows: [Value], style: Style) -> String {
        var table = TextTable(header: ["ROW", "AT", "ACTOR", "DEED", "TARGET", "OUTCOME", "REASON"])
        table.elastic = 6
        table.yields = [.drop(5), .shrink(4, to: 16)]
        table.rows = rows.map { row in
            [
                row["sequence"]?.shownJSON ?? "", row["at"]?.shown ?? "",
                row["actor"]?.shown ?? "", row["deed"]?.shown ?? "", row["target"]?.shown ?? "",
                row["outcome"]?.shown ?? "", row["reason"]?.shown ?? "",
            ]
        }
        return table.text(width: Terminal.width, style: style)
    }

    /// What cannot be proven.
    static func doubts(
        areAnchored: Bool, isSigned: Bool, _ last: Int64, _ anchored: Int64
    ) -> [String] {
        guard areAnchored else {
            return [
                "without anchors nobody can tell whether the last rows were cut off, or everything from some row on "
                    + "was written anew"
            ]
        }
        var doubts: [String] = []
        if !isSigned {
            doubts.append("without --public-key the anchors are believed as they stand in the file")
        }
        if last > anchored {
            doubts.append(
                "no anchor knows rows \(anchored + 1) to \(last): that they were not cut or written anew is not proven"
            )
        }
        return doubts
    }

    static func document(_ verifier: AuditVerifier, _ fault: AuditFault?, _ doubts: [String])
        -> Value
    {
        var map: ValueMap = [
            "whole": .bool(fault == nil), "rows": .int(verifier.last?.sequence ?? 0),
            "erased": .int(verifier.erased), "anchors": .int(Int64(verifier.anchored)),
            "doubts": .list(doubts.map(Value.string)),
        ]
        map.set("last", verifier.last.map { .string($0.at.rfc3339) })
        map.set("hash", verifier.last.map { .string(Hex.text($0.hash)) })
        if let fault {
            map["fault"] = [
                "kind": .string(fault.kind.rawValue), "sequence": .int(fault.sequence),
                "message": .string(fault.message),
            ]
        }
        return .map(map)
    }

    static func verdict(_ document: Value) -> String {
        let rows = document["rows"]?.shownJSON ?? "0"
        let erased = document["erased"]?.intValue ?? 0
        var lines: [String] = []
        if let fault = document["fault"] {
            lines.append("✘ \(fault["kind"]?.shown ?? ""): \(fault["message"]?.shown ?? "")")
            lines.append("  whole before it: \(rows) rows")
        } else {
            lines.append(
                "✔ \(rows) rows, each behind the one before"
                    + (document["last"].map { ", the last of \($0.shown ?? "")" } ?? ""))
            if let anchors = document["anchors"]?.intValue, anchors > 0 {
                lines.append("✔ anchors that agree: \(anchors)")
            }
        }
        if erased > 0 { lines.append("· \(erased) names or reasons were erased, by right") }
        lines += (document["doubts"]?.listValue ?? []).map { "! \($0.shown ?? "")" }
        return lines.map { $0 + "\n" }.joined()
    }
}
