import Values

/// The secrets of a request, taken out of whatever comes back before anything reads it: a remote that says our own token
/// in its error must not write it into the history.
///
/// Found in the bytes of the answer, as the remote wrote them: as they are, percent-encoded, escaped as in JSON or HTML,
/// in base64 at any offset (`Basic` and SMTP's `AUTH` among it), in hexadecimal and in UTF-16. What is shorter than
/// `shortest` is no secret that could be told from an ordinary word, and stays, but for the pair of `Basic`.
package struct EchoedSecrets: Sendable {
    /// Stands in the place of each.
    package static let mark = "[secret]"
    /// Bytes.
    package static let shortest = 8

    /// The longest first, so that none leaves a part of another.
    private let needles: [[UInt8]]
    /// Which bytes a needle may begin with, escaped ones included.
    private let starts: [Bool]

    package init(of request: OutgoingRequest) {
        var forms = Forms()
        switch request {
        case .http(let request):
            let words = (request.header("authorization") ?? "").split(separator: " ", maxSplits: 1)
            if words.count == 2 { forms.add(credentials: words[1], scheme: words[0]) }
        case .mail(let request):
            if let pair = request.credentials { forms.add(pair) }
        }
        self.init(forms)
    }

    /// Of texts that are secrets as they are.
    package init(texts: [String]) {
        var forms = Forms()
        for text in texts { forms.add(Array(text.utf8)) }
        self.init(forms)
    }

    private init(_ forms: Forms) {
        needles = forms.list.sorted { $0.count > $1.count }
        var starts = [Bool](repeating: false, count: 256)
        for needle in needles { if let first = needle.first { starts[Int(first)] = true } }
        if !needles.isEmpty { for byte in "%\\&".utf8 { starts[Int(byte)] = true } }
        self.starts = starts
    }

    package func removed(
        from result: Result<Answer, TransportFailure>
    ) -> Result<Answer, TransportFailure> {
        guard !needles.isEmpty else { return result }
        switch result {
        case .success(.http(let response)):
            let headers = response.headers.map { HTTPHeader($0.name, removed(from: $0.value)) }
            return .success(
                .http(
                    HTTPResponse(
                        status: response.status, headers: headers,
                        body: removed(from: response.body))))
        case .success(.mail(let reply)):
            return .success(.mail(MailReply(code: reply.code, text: removed(from: reply.text))))
        case .failure(let failure):
            return .failure(
                TransportFailure(
                    failure.kind, wasSent: failure.wasSent, message: removed(from: failure.message))
            )
        }
    }

    package func removed(from text: String) -> String {
        let bytes = Array(text.utf8)
        let rest = removed(from: bytes)
        return rest.count == bytes.count && rest == bytes
            ? text : String(decoding: rest, as: UTF8.self)
    }

    func removed(from bytes: [UInt8]) -> [UInt8] {
        var rest: [UInt8] = []
        // Up to here it is in `rest`.
        var taken = 0
        var place = 0
        while place < bytes.count {
            guard starts[Int(bytes[place])], let end = end(in: bytes, at: place) else {
                place += 1
                continue
            }
            rest += bytes[taken..<place]
            rest += Self.mark.utf8
            (taken, place) = (end, end)
        }
        return taken == 0 ? bytes : rest + bytes[taken...]
    }

    /// Where a secret that begins at `place` ends; nil: none does.
    private func end(in bytes: [UInt8], at place: Int) -> Int? {
        for needle in needles {
            if let end = EchoMatch(needle: needle, bytes: bytes).end(from: 0, at: place) {
                return end
            }
        }
        return nil
    }
}

/// The ways in which a secret may be written, as bytes.
private struct Forms {
    private(set) var list: [[UInt8]] = []

    mutating func add(credentials text: Substring, scheme: Substring) {
        guard scheme.lowercased() == "basic" else { return add(Array(text.utf8)) }
        if text.utf8.count >= EchoedSecrets.shortest { list.append(Array(text.utf8)) }
        guard let bytes = Base64.decode(String(text)),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return }
        add(
            Credentials(
                user: String(decoding: bytes[..<colon], as: UTF8.self),
                password: String(decoding: bytes[(colon + 1)...], as: UTF8.self)))
    }

    /// A service that takes a key for the user's name and no password has its secret there.
    mutating func add(_ pair: Credentials) {
        let (user, password) = (Array(pair.user.utf8), Array(pair.password.utf8))
        for whole in [user + [UInt8(ascii: ":")] + password, [0] + user + [0] + password] {
            addEncoded(whole)
        }
        add(password.isEmpty ? user : password)
    }

    mutating func add(_ secret: [UInt8]) {
        // A number could be any: taken out of a document it would spoil it.
        guard secret.count >= EchoedSecrets.shortest,
            !secret.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return }
        list.append(secret)
        addEncoded(secret)
        addWithinBase64(secret)
        for digits in ["0123456789abcdef", "0123456789ABCDEF"] {
            let digits = Array(digits.utf8)
            list.append(secret.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        }
        let units = Array(String(decoding: secret, as: UTF8.self).utf16)
        list.append(units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
        list.append(units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    }

    /// With its padding, where that is written.
    private mutating func addEncoded(_ bytes: [UInt8]) {
        let text = Array(Base64.encode(bytes).utf8)
        let bare = Array(text.prefix { $0 != UInt8(ascii: "=") })
        for form in [text, bare] where form.count >= EchoedSecrets.shortest {
            addAlphabets(of: form)
        }
    }

    /// In the midst of something longer: those characters that depend on nothing around it.
    private mutating func addWithinBase64(_ secret: [UInt8]) {
        for shift in 0..<3 {
            let text = Base64.encode([UInt8](repeating: 0, count: shift) + secret).utf8
                .prefix { $0 != UInt8(ascii: "=") }
            let isWhole = ((shift + secret.count) * 8).isMultiple(of: 6)
            addAlphabets(of: Array(text.dropFirst([0, 2, 3][shift]).dropLast(isWhole ? 0 : 1)))
        }
    }

    /// RFC 4648, sections 4 and 5.
    private mutating func addAlphabets(of text: [UInt8]) {
        list.append(text)
        let other = text.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        if other != text { list.append(other) }
    }
}
