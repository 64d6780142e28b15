import Values

/// How long an answer is fresh by its own word (RFC 9111): `max-age`, or not at all.
enum CacheControl {
    /// - Returns: nil: it says nothing of it.
    static func freshness(_ header: String?) -> Duration? {
        guard let header else { return nil }
        let words = header.lowercased().utf8.split { $0 == UInt8(ascii: ",") || $0 == 0x20 }
            .map { String(Substring($0)) }
        guard !words.contains(exactly: "no-store"), !words.contains(exactly: "no-cache") else {
            return .zero
        }
        let prefix = "max-age="
        return words.first { $0.utf8.starts(with: prefix.utf8) }
            .flatMap { Int64(String(Substring($0.utf8.dropFirst(prefix.utf8.count)))) }
            .map { .seconds(max(0, $0)) }
    }
}
