import Definition
import Execution
import Sabotage
import Values

/// One request, after its route was found; read whole, unless its route reads it piece by piece.
struct APIRequest: Sendable {
    /// Of the path, by name, decoded.
    var parameters: [String: String] = [:]
    /// Decoded, in the order of the query.
    var query: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var contentType: String?
    /// `Accept`.
    var accept: String?
    var content = ContentHeaders()
    /// Of a route that takes its body piece by piece.
    var pieces: Pieces = { _ in }
    var actor: Actor = .anonymous
    /// What whoever asks may; nil: everything.
    var authority: Authority?
    /// `Pawl-Actor`, where the server has access control.
    var speaksAs: String?
    var idempotencyKey: String?
    var ifMatch: String?
    var lastEventID: String?
    /// `X-Request-Id`: the client's own or a new one.
    var id = ""
    /// Of server-sent events.
    var streams = LiveStreams()
    /// Whose streams are counted together.
    var client: ExactText = ""
    /// Tells when whoever asks has gone; nil: nobody can tell.
    var departure: Departure?
    /// Of the room for bodies.
    var share: UploadRoom.Share?

    /// A part of the path; the route's pattern says that it is there.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// The first query parameter of this name.
    func option(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// One of the words that the query parameter may be; nil: it is not given.
    func choice<Word: CaseIterable & RawRepresentable<String>>(
        _ name: String, of words: Word.Type
    ) throws(Refusal) -> Word? {
        guard let text = option(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            let known = words.allCases.map(\.rawValue).joined(separator: ", ")
            throw .query(name, "`\(text.quotable)` is none of \(known)")
        }
        return word
    }

    /// A whole number of the query within the range.
    func number(_ name: String, in range: ClosedRange<Int64>, default: Int64) throws(Refusal)
        -> Int64
    {
        guard let text = option(name) else { return `default` }
        guard let number = Int64(text), range.contains(number) else {
            let bounds =
                range.upperBound == .max
                ? "of \(range.lowerBound) or more"
                : "from \(range.lowerBound) to \(range.upperBound)"
            throw .query(name, "`\(text.quotable)` is no whole number \(bounds)")
        }
        return number
    }
}

struct APIResponse: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: Value
    /// In place of the document.
    var content: ResponseContent?
    /// In place of both: what is sent as it comes.
    var events: (any ServerEvents)?

    init(_ events: any ServerEvents) {
        self.init(.null)
        self.events = events
    }

    init(
        status: Int, headers: [(name: String, value: String)], _ content: ResponseContent
    ) {
        self.init(status: status, headers: headers, .null)
        self.content = content
    }

    init(
        status: Int = 200, headers: [(name: String, value: String)] = [], _ body: Value
    ) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension Actor {
    /// Who sends without saying who, on loopback.
    static let anonymous = Actor(role: "operator", subject: "anonymous")

    /// Who comes through the public entry, whatever they say of themselves.
    static let stranger = Actor(role: "public", subject: "anonymous")

    /// `system` passes every sender's rule, and is the engine alone; in any case, lest it look like it in a history.
    static func isClaimedToBeSystem(header text: String) -> Bool {
        let role = text.prefix { $0 != "/" }.lowercased()
        return role == system.role && !isMutant(.systemClaimed)
    }
}
