/// The known name that somebody probably meant: at most two typing errors away (one for short
/// names), the first of the closest. Only the first 256 names are looked at.
package func nearestName(to name: String, among known: [String]) -> String? {
    let wanted = Array(name.unicodeScalars)
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
    var limit = wanted.count <= 3 ? 1 : max(2, wanted.count / 4)
    var best: String?
    for candidate in known.prefix(256) where !sameUTF8(candidate, name) {
        let letters = Array(candidate.unicodeScalars)
        guard abs(letters.count - wanted.count) <= limit else { continue }
        let distance = editDistance(wanted, letters)
        if distance <= limit {
            best = candidate
            limit = distance - 1
        }
    }
    return best
}

/// `; did you mean 'x'?`, or nothing.
package func suggestion(for name: String, among known: [String]) -> String {
    nearestName(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
}

/// Levenshtein's distance, where a swap of neighbours counts as one error and so does another case.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                cost = min(cost, beforeLast[j - 1] + 1)
            }
            row.append(cost)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
