import Foundation

/// Domains in letters of any script, as the wire has them: `münchen.example` is `xn--mnchen-3ya.example`.
enum DomainName {
    /// - Returns: nil for what is no domain. Only letters, their marks and digits are taken beyond ASCII (IDNA 2008
    ///   allows little else), in lower case and composed.
    static func ascii(_ text: Substring) -> String? {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return String(text) }
        let composed = text.lowercased().precomposedStringWithCanonicalMapping
        var labels: [String] = []
        for label in composed.split(separator: ".", omittingEmptySubsequences: false) {
            guard let ascii = Self.label(label) else { return nil }
            labels.append(ascii)
        }
        return labels.joined(separator: ".")
    }

    private static func label(_ label: Substring) -> String? {
        let scalars = Array(label.unicodeScalars)
        if scalars.allSatisfy(\.isASCII) { return String(label) }
        let isAllowed = scalars.allSatisfy { scalar in
            scalar.isASCII || scalar.properties.isAlphabetic
                || scalar.properties.numericType == .decimal
                || scalar.properties.generalCategory == .nonspacingMark
        }
        guard isAllowed, scalars.count <= 63, let code = punycode(scalars) else { return nil }
        return "xn--" + code
    }

    /// RFC 3492, section 6.3, with the parameters of section 5.
    private static func punycode(_ scalars: [Unicode.Scalar]) -> String? {
        var output = scalars.filter(\.isASCII).map { UInt8($0.value) }
        let basic = output.count
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var (number, delta, bias, handled) = (128, 0, 72, basic)
        while handled < scalars.count {
            guard let next = scalars.map({ Int($0.value) }).filter({ $0 >= number }).min() else {
                return nil
            }
            // At most 63 scalars of 21 bits: far from the end of an Int.
            delta += (next - number) * (handled + 1)
            number = next
            for scalar in scalars {
                if scalar.value < number { delta += 1 }
                guard scalar.value == number else { continue }
                output += digits(delta, bias)
                bias = adapted(delta, handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            number += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// A number of variable length, the smallest digit first.
    private static func digits(_ delta: Int, _ bias: Int) -> [UInt8] {
        var (rest, position, output) = (delta, 36, [UInt8]())
        while true {
            let threshold = min(max(position - bias, 1), 26)
            guard rest >= threshold else { return output + [digit(rest)] }
            output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            position += 36
        }
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(value < 26 ? 97 + value : 22 + value)
    }

    private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var divisions = 0
        while delta > 455 {
            delta /= 35
            divisions += 36
        }
        return divisions + 36 * delta / (delta + 38)
    }
}
