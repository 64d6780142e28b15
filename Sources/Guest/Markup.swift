/// HTML, put together so that no text can add markup: what is interpolated is escaped, unless it is markup itself.
///
///     let row: Markup = "<td>\(order.name)</td>"
public struct Markup: Sendable, Hashable {
    /// The HTML.
    public private(set) var text: String

    /// What a program made before, and kept.
    public init(kept text: String) { self.text = text }

    /// A text, escaped for what stands between tags and in quoted attributes.
    public init(_ text: String) {
        self.text = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": self.text += "&amp;"
            case "<": self.text += "&lt;"
            case ">": self.text += "&gt;"
            case "\"": self.text += "&quot;"
            case "'": self.text += "&#39;"
            default: self.text.unicodeScalars.append(scalar)
            }
        }
    }

    public static func + (left: Markup, right: Markup) -> Markup {
        Markup(kept: left.text + right.text)
    }

    public static func += (left: inout Markup, right: Markup) { left.text += right.text }
}

extension Markup: ExpressibleByStringInterpolation {
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        public mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

        public mutating func appendInterpolation(_ part: some CustomStringConvertible) {
            text += Markup(part.description).text
        }
    }

    public init(stringLiteral value: String) { text = value }

    public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
}

extension Sequence<Markup> {
    public func joined() -> Markup { reduce(into: "") { $0 += $1 } }
}
