/// How large and how deep data may become. What comes from outside is checked by `JSONLimits`; this is for what
/// workflows make of it, which grows in loops: a context that wraps itself in a list once an event would in
/// the end be deeper than a stack, and could never be read again.
package struct ValueLimits: Sendable, Hashable {
    package let maximumBytes: Int
    package let maximumDepth: Int

    package init(maximumBytes: Int, maximumDepth: Int) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
    }

    /// 1 MiB and 128 levels; the stores read 256 levels back.
    package static let standard = ValueLimits(maximumBytes: 1 << 20, maximumDepth: 128)
}

/// What is too much about a value.
package enum Excess: Sendable, Hashable, CustomStringConvertible {
    case size(limit: Int)
    case depth(limit: Int)

    /// Goes on behind "the context is".
    package var description: String {
        switch self {
        case .size(let limit): "larger than \(limit) bytes"
        case .depth(let limit): "nested deeper than \(limit) levels"
        }
    }
}

extension Value {
    /// Nil while the value is within the limits. Stops where it is not, so that the work is bounded by the limits
    /// however large the value is.
    package func excess(over limits: ValueLimits = .standard) -> Excess? {
        var bytesLeft = limits.maximumBytes
        let isShallow = weigh(levels: limits.maximumDepth, bytesLeft: &bytesLeft)
        guard isShallow else { return .depth(limit: limits.maximumDepth) }
        return bytesLeft < 0 ? .size(limit: limits.maximumBytes) : nil
    }

    /// Bytes as JSON without its escapes; more than `limit` is not counted.
    package func weight(upTo limit: Int) -> Int {
        var bytesLeft = limit
        _ = weigh(levels: .max, bytesLeft: &bytesLeft)
        return limit - max(bytesLeft, 0)
    }

    /// Whether it can push nothing over a limit: a scalar, or a text of a few words.
    package var isSmall: Bool {
        switch self {
        case .string(let text): text.utf8.count <= 64
        case .list, .map, .bytes, .optional: false
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type: true
        }
    }

    /// - Returns: false when there are more levels.
    private func weigh(levels: Int, bytesLeft: inout Int) -> Bool {
        guard bytesLeft >= 0 else { return true }
        switch self {
        case .string(let text), .type(let text): bytesLeft -= text.utf8.count + 2
        case .bytes(let bytes): bytesLeft -= bytes.count / 3 * 4 + 2
        case .list(let list):
            guard levels > 0 else { return false }
            bytesLeft -= list.count + 2
            for element in list where bytesLeft >= 0 {
                guard element.weigh(levels: levels - 1, bytesLeft: &bytesLeft) else { return false }
            }
        case .map(let map): return weigh(map, levels: levels, bytesLeft: &bytesLeft)
        case .optional(let value?):
            guard levels > 0 else { return false }
            return value.weigh(levels: levels - 1, bytesLeft: &bytesLeft)
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .optional(nil):
            bytesLeft -= 8
        }
        return true
    }

    private func weigh(_ map: ValueMap, levels: Int, bytesLeft: inout Int) -> Bool {
        guard levels > 0 else { return false }
        bytesLeft -= map.count + 2
        for (key, value) in map.entries where bytesLeft >= 0 {
            bytesLeft -= key.stringValue.map { $0.utf8.count + 3 } ?? 8
            guard value.weigh(levels: levels - 1, bytesLeft: &bytesLeft) else { return false }
        }
        return true
    }
}

extension Value {
    /// Units that copying or searching this value costs.
    package var bulk: Int {
        switch self {
        case .string(let text): text.utf8.count >> 4
        case .bytes(let bytes): bytes.count >> 4
        case .list(let list): list.count
        case .map(let map): map.count
        default: 0
        }
    }
}

extension String {
    /// For messages: what was sent may be a megabyte, what is said about it must not be.
    package func shortened(to limit: Int) -> String {
        guard unicodeScalars.count > limit else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(max(limit - 1, 0)))) + "…"
    }
}
