import CEL
import Values

/// Why a value is no rule, or no policy: what is wrong, where, and what was probably meant.
package struct RuleError: Error, Hashable, CustomStringConvertible {
    /// One sentence without a full stop.
    package let message: String
    /// RFC 6901, from the map that was parsed: `/cron`, `/calendar/weekdays/0`; empty for the map.
    package let pointer: String
    /// The part of a cron expression that is meant, in UTF-8 bytes of its text; nil elsewhere.
    package let place: Range<Int>?

    init(_ message: String, at pointer: String, place: Range<Int>? = nil) {
        self.message = message
        self.pointer = pointer
        self.place = place
    }

    package var description: String { pointer.isEmpty ? message : "\(pointer): \(message)" }

    /// The cron expression with a caret under the place and the message behind it; the message
    /// alone where there is no place.
    package func caretFrame(source: String) -> String {
        guard let place else { return message }
        return ParseError(message: message, offset: place.lowerBound, length: place.count)
            .caretFrame(source: source)
    }
}

/// A value of the declaration and where it stands.
struct Field {
    let value: Value
    let pointer: String

    init(_ value: Value, at pointer: String) {
        self.value = value
        self.pointer = pointer
    }

    func failure(_ message: String) -> RuleError { RuleError(message, at: pointer) }

    /// The map, which has no other words than these.
    /// - Parameter owner: what the map is, for the message: `a schedule`.
    func map(of words: [String], _ owner: String) throws(RuleError) -> Fields {
        guard case .map(let map) = value else {
            throw failure("\(owner) is a map, not \(value.article)")
        }
        for (key, _) in map.entries {
            guard let name = key.stringValue, words.contains(name) else {
                let name = key.stringValue ?? "\(key)"
                let place = "\(pointer)/\(name.pointerToken)"
                throw RuleError(
                    "\(owner) has no '\(name.quotable)'" + suggestion(for: name, among: words),
                    at: place)
            }
        }
        return Fields(map: map, pointer: pointer)
    }

    /// The elements of a list; a single value is a list of one.
    func elements(_ what: String, limit: Int) throws(RuleError) -> [Field] {
        guard case .list(let list) = value else { return [self] }
        guard !list.isEmpty else { throw failure("\(what) is empty") }
        guard list.count <= limit else { throw failure("\(what) has more than \(limit) entries") }
        return list.enumerated().map { Field($1, at: "\(pointer)/\($0)") }
    }

    func text(_ what: String) throws(RuleError) -> String {
        guard case .string(let text) = value else {
            throw failure("\(what) is a text, not \(value.article)")
        }
        return text
    }

    func duration(_ what: String) throws(RuleError) -> Duration {
        if case .duration(let span) = value { return span }
        guard case .string(let text) = value, let span = Duration(parsing: text) else {
            throw failure("\(what) is a duration such as 15m or PT1H, not \(value.article)")
        }
        return span
    }

    /// One of the names, or an error that gives the nearest.
    func name<Name: RawRepresentable & CaseIterable>(
        _ what: String, of type: Name.Type
    ) throws(RuleError) -> Name where Name.RawValue == String {
        let text = try text(what)
        guard let name = Name(rawValue: text) else {
            let known = Name.allCases.map(\.rawValue)
            let hint = suggestion(for: text, among: known)
            throw failure(
                "'\(text.quotable)' is no \(what)"
                    + (hint.isEmpty ? "; known are \(known.joined(separator: ", "))" : hint))
        }
        return name
    }
}

/// The fields of one map.
struct Fields {
    let map: ValueMap
    let pointer: String

    subscript(name: String) -> Field? {
        map[name].map { Field($0, at: "\(pointer)/\(name.pointerToken)") }
    }

    func required(_ name: String, _ why: String) throws(RuleError) -> Field {
        guard let field = self[name] else { throw RuleError(why, at: pointer) }
        return field
    }
}

extension Value {
    /// For messages: `a list`, `'6 o'clock'`, `7`.
    var article: String {
        switch self {
        case .null: "nothing"
        case .list: "a list"
        case .map: "a map"
        case .string(let text): "'\(text.quotable)'"
        default: description.quotable
        }
    }
}

extension String {
    /// Cut to what fits into a message.
    var quotable: String {
        unicodeScalars.count <= 60
            ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(60))) + "…"
    }

    /// RFC 6901's escapes.
    var pointerToken: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
