import Definition
import Resources
import Values

/// Why a request is refused: a problem document of RFC 9457 before it is written down. `code` is for programs and
/// never changes its meaning; `detail` and `fix` are for people.
struct Refusal: Error, Sendable {
    let status: Int
    let code: String
    let detail: String
    let fix: String?
    let errors: [Problem.Detail]
    var headers: [(name: String, value: String)] = []
    /// Further members of the document.
    var members = ValueMap()

    init(
        status: Int, code: String, _ detail: String, fix: String? = nil,
        errors: [Problem.Detail] = []
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.fix = fix
        self.errors = errors
    }

    /// - Parameter pointer: where in the body the part lies that the problem's own pointers start from.
    init(_ problem: Problem, under pointer: String = "") {
        self.init(
            status: problem.httpStatus, code: problem.code.rawValue, problem.message,
            fix: problem.fix,
            errors: problem.errors.map {
                Problem.Detail(pointer: pointer + $0.pointer, detail: $0.detail)
            })
        if problem.code.httpStatus == 503 || problem.code.httpStatus == 429 {
            headers = [("Retry-After", "1")]
        }
    }

    static let maximumErrors = BodyMembers.maximumErrors
    /// Of a sentence, in code points: it may quote what was sent, which may be a megabyte.
    private static let maximumSentence = 500

    func document(requestID: String?) -> Value {
        func sentence(_ text: String) -> Value { .string(text.shortened(to: Self.maximumSentence)) }
        var map: ValueMap = [
            "type": .string("urn:pawl:problem:\(code)"), "title": .string(title),
            "status": .int(Int64(status)), "code": .string(code), "detail": sentence(detail),
        ]
        if let fix { map["fix"] = sentence(fix) }
        if !errors.isEmpty {
            map["errors"] = .list(
                errors.prefix(Self.maximumErrors).map {
                    ["pointer": sentence($0.pointer), "detail": sentence($0.detail)]
                })
        }
        map.set("requestId", requestID.map(Value.string))
        return .map(map.merging(members))
    }

    /// `key-conflict` is titled "Key conflict".
    private var title: String {
        let words = code.split(separator: "-").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

extension String {
    /// Within a sentence that goes on behind it.
    var quotable: String { shortened(to: 100) }
}

extension Refusal {
    static func query(_ name: String, _ detail: String) -> Refusal {
        Refusal(
            Problem(
                .invalid, "the query parameter `\(name)` does not fit: \(detail)",
                fix: "mend `\(name)` or leave it out"))
    }

    static func tooLarge(limit: Int) -> Refusal {
        Refusal(
            Problem(
                .tooLarge, "the body is larger than \(limit) bytes",
                fix: "keep large things elsewhere and send a reference"))
    }

    static let unreadable = Refusal(
        Problem(.malformed, "the body did not arrive whole", fix: "send it again"))
}

extension Problem {
    /// The problem document that the API answers with, and its headers.
    /// - Parameter requestID: nil: the request has none.
    package func document(
        requestID: String? = nil
    ) -> (status: Int, headers: [(name: String, value: String)], body: Value) {
        let refusal = Refusal(self)
        return (refusal.status, refusal.headers, refusal.document(requestID: requestID))
    }
}
