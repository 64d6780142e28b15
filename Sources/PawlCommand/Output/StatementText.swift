import Values

/// A statement for people: what it says of itself first, then its lists as tables. It is set by shape, for what stands
/// in it the business alone knows: `{minor, currency, text}` is an amount.
enum StatementText {
    static func kinds(_ rows: [Value], style: Style) -> String {
        var table = TextTable(header: ["KIND", "WHAT IT TELLS"])
        table.elastic = 1
        table.rows = rows.map { [$0["kind"]?.shown ?? "", $0["abstract"]?.shown ?? ""] }
        return table.text(width: Terminal.width, style: style)
    }

    /// Of a row: an amount as a number for a spreadsheet, its currency in a column of its own.
    static func flat(_ row: Value) -> Value {
        guard let members = row.mapValue else { return row }
        var flat = ValueMap()
        var currency: String?
        for (name, value) in members.entries {
            guard let amount = value.amount else {
                flat[name] = value
                continue
            }
            flat[name] = .string(amount.text)
            currency = currency ?? amount.currency
        }
        if let currency { flat["currency"] = .string(currency) }
        return .map(flat)
    }

    static func card(_ statement: Value, style: Style) -> String {
        let title = "\(statement["kind"]?.shown ?? "")/\(statement["subject"]?.shown ?? "")"
        let asOf = statement["asOf"]?.intValue.map { "  as of \($0)" } ?? ""
        let hidden: Set<ExactText> = ["kind", "subject", "asOf", "list", "total", "next"]
        let members = (statement.mapValue?.entries ?? []).compactMap { entry in
            entry.key.stringValue.map { (name: $0, value: entry.value) }
        }
        .filter { !hidden.contains(ExactText($0.name)) }
        return style.bold(title) + style.faint(asOf) + "\n" + facts(members, style: style)
            + members.map { section($0.name, $0.value, style: style) }.joined()
    }

    private typealias Member = (name: String, value: Value)

    private static func facts(_ members: [Member], style: Style) -> String {
        let facts = members.filter { $0.value.fact != nil }
        let width = facts.map { $0.name.words.count }.max() ?? 0
        let amounts = facts.filter { $0.value.amount != nil }.map { $0.value.fact?.count ?? 0 }
        let right = amounts.max() ?? 0
        return facts.map { member in
            let text = member.value.fact ?? ""
            let shown = member.value.amount == nil ? text : text.paddedLeft(to: right)
            return style.faint(member.name.words.padded(to: width)) + "  " + shown + "\n"
        }.joined()
    }

    private static func section(_ name: String, _ value: Value, style: Style) -> String {
        if value.fact != nil { return "" }
        let head = "\n" + style.bold(name.words) + "\n"
        if let map = value.mapValue {
            let members = map.entries.compactMap { entry in
                entry.key.stringValue.map { (name: $0, value: entry.value) }
            }
            return head + facts(members, style: style)
                + members.map { section("\(name) \($0.name)", $0.value, style: style) }.joined()
        }
        let rows = value.listValue ?? []
        return rows.isEmpty ? "" : head + table(rows, style: style)
    }

    private static func table(_ rows: [Value], style: Style) -> String {
        var names: [String] = []
        for name in rows.flatMap({ $0.mapValue?.keys.compactMap(\.stringValue) ?? [] })
        where !names.contains(exactly: name) {
            names.append(name)
        }
        guard !names.isEmpty else {
            return rows.map { "\($0.shown ?? $0.shownJSON)\n" }.joined()
        }
        var table = TextTable(header: names.map(\.words).map { $0.uppercased() })
        for (column, name) in names.enumerated() {
            let cells = rows.compactMap { $0[name] }
            let currencies = Set<ExactText>(
                cells.compactMap(\.amount).map { ExactText($0.currency) })
            if !currencies.isEmpty || cells.allSatisfy(\.isNumber) {
                table.right.insert(column)
            }
            guard currencies.count == 1, let currency = currencies.first else { continue }
            table.header[column] += " " + currency.text
        }
        table.rows = rows.map { row in
            names.enumerated().map { column, name in
                let value = row[name] ?? .null
                guard let amount = value.amount else { return value.cell }
                let isSaid = table.header[column].hasSuffix(" " + amount.currency)
                return isSaid ? amount.text : amount.text + " " + amount.currency
            }
        }
        return table.text(width: nil, style: style)
    }
}

extension Value {
    fileprivate var amount: (text: String, currency: String)? {
        guard self["minor"] != nil, let text = self["text"]?.shown,
            let currency = self["currency"]?.shown
        else { return nil }
        return (text, currency)
    }

    /// What stands on one line; nil: it is more than that.
    fileprivate var fact: String? {
        if let amount { return amount.text + " " + amount.currency }
        switch plain {
        case .null: return "–"
        case .map, .list: return nil
        default: return cell
        }
    }

    fileprivate var isNumber: Bool { intValue != nil || listValue != nil || isNull }

    fileprivate var cell: String {
        switch plain {
        case .null: ""
        case .bool(let flag): flag ? "yes" : "no"
        // What stands in it has a place of its own: the document.
        case .list(let list): "\(list.count)"
        default: shown ?? shownJSON
        }
    }
}

extension String {
    /// `openingBalance` is read as `opening balance`.
    fileprivate var words: String {
        var text = ""
        for character in printable {
            if character.isUppercase {
                text += " " + character.lowercased()
            } else {
                text.append(character)
            }
        }
        return text
    }
}
