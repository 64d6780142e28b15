import Console
import Definition
import Diagram
import Execution
import Resources
import Values

/// The API for the pages of the same process: the very routes, checks and refusals that a program meets.
struct ConsoleDoor: ConsoleAPI {
    private let responder: Responder
    private let request: RawRequest
    private let id: String

    /// - Parameter request: the browser's own, for whom the page asks.
    init(responder: Responder, request: RawRequest, id: String) {
        self.responder = responder
        self.request = request
        self.id = id
    }

    /// A browser says who visits by a cookie, which is believed as `Pawl-Actor` is: from this machine.
    private var claimed: String? {
        if let header = request.actor { return header }
        let cookie = ConsoleRequest.actor(inCookie: request.cookie)
        return cookie.flatMap { (try? Actor(header: $0)) == nil ? nil : $0 }
    }

    let anonymous = Actor.anonymous.description
    var actor: String { claimed ?? anonymous }

    func problem(ofActor text: String) -> String? {
        if Actor.isClaimedToBeSystem(header: text) {
            return "Nobody can be `system`: that is the engine itself. Write it like operator/olga"
        }
        guard (try? Actor(header: text)) == nil else { return nil }
        return
            "Write a role and a name, like operator/olga: a role of letters, digits, - and _, and up to 200 "
            + "printable characters"
    }

    func chart(of workflow: String, version: Int?) -> (chart: Chart, hash: String)? {
        let catalog = responder.api.engine.catalog
        let definition =
            version.flatMap { catalog.definition(workflow, version: $0) }
            ?? catalog.current(workflow)
        return definition.map { (Chart($0), $0.contentHash) }
    }

    func ask(_ call: APICall) async -> APIAnswer {
        var inner = RawRequest(
            method: call.method, target: call.target, host: request.host,
            contentType: call.body == nil ? nil : "application/json",
            actor: call.actor ?? claimed, isLocal: request.isLocal, peer: request.peer,
            ifMatch: call.ifMatch)
        inner.mountedActor = request.mountedActor
        inner.principal = request.principal
        inner.authorization = request.authorization
        inner.certificates = request.certificates
        inner.forwardedFor = request.forwardedFor
        inner.isEncrypted = request.isEncrypted
        let bytes = call.body.map { JSON.encode($0) } ?? []
        let response = await responder.outcome(of: inner, { _ in }, { bytes }, id).response
        return APIAnswer(
            status: response.status, tag: response.headers.first { $0.name == "ETag" }?.value,
            body: response.body)
    }
}
