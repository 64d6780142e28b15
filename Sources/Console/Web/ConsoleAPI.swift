import Diagram
import Values

/// The API as the console asks it.
package protocol ConsoleAPI: Sendable {
    func ask(_ call: APICall) async -> APIAnswer
    /// What is drawn of a workflow, and what tells its contents from others'; nil: it is not loaded here.
    func chart(of workflow: String, version: Int?) -> (chart: Chart, hash: String)?
    /// Who asks, as the API sees it: `operator/olga`.
    var actor: String { get }
    /// Why nobody can be who this says; nil: somebody can.
    func problem(ofActor text: String) -> String?
    /// Who asks where nobody says who.
    var anonymous: String { get }
    /// Who visits, where that was proven; nil: the server asks for no proof, or nobody has given one.
    var visitor: Visitor? { get }
    /// That nothing is shown before somebody proves who they are.
    var isLoggedOut: Bool { get }
    /// What every form of a page sends along, as proof that it is of a page of this server's.
    var formToken: String { get }
}

/// One request of the API.
package struct APICall: Sendable {
    package let method: String
    /// Path and query, encoded.
    package let target: String
    package let body: Value?
    /// `If-Match`: what was seen.
    package let ifMatch: String?
    /// In place of who visits, for whom they act.
    package let actor: String?

    /// - Parameter path: encoded.
    package init(
        _ method: String, _ path: String, query: [(String, String)] = [], body: Value? = nil,
        ifMatch: String? = nil, actor: String? = nil
    ) {
        self.method = method
        let pairs = query.map { "\($0.0)=\($0.1.urlEncoded)" }
        target = pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
        self.body = body
        self.ifMatch = ifMatch
        self.actor = actor
    }
}

package struct APIAnswer: Sendable {
    package let status: Int
    /// `ETag`.
    package let tag: String?
    package let body: Value

    package init(status: Int, tag: String? = nil, body: Value) {
        self.status = status
        self.tag = tag
        self.body = body
    }
}

/// A problem document (RFC 9457), as somebody reads it.
struct APIProblem: Error {
    let status: Int
    let code: String
    let detail: String
    let fix: String?
    let requestID: String?
    /// By pointer.
    let errors: [(pointer: String, detail: String)]

    /// What is wrong with a member of the body, or that it is missing.
    func error(of member: String, under pointer: String = "") -> String? {
        errors.first {
            $0.pointer == "\(pointer)/\(member)" || $0.pointer.hasPrefix("\(pointer)/\(member)/")
                || ($0.pointer == pointer && $0.detail.contains("`\(member)`"))
        }?.detail
    }

    init(status: Int, detail: String, fix: String? = nil) {
        self.status = status
        self.detail = detail
        self.fix = fix
        code = "page"
        requestID = nil
        errors = []
    }

    init(_ answer: APIAnswer) {
        let body = answer.body
        status = answer.status
        code = body["code"]?.stringValue ?? ""
        detail = body["detail"]?.stringValue ?? "the API answered \(answer.status)"
        fix = body["fix"]?.stringValue
        requestID = body["requestId"]?.stringValue
        errors = (body["errors"]?.listValue ?? []).map {
            ($0["pointer"]?.stringValue ?? "", $0["detail"]?.stringValue ?? "")
        }
    }
}
