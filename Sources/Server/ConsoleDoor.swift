import Access
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
    let visitor: Visitor?
    private let principal: Principal?
    let formToken: String

    /// - Parameters:
    ///   - request: the browser's own, for whom the page asks.
    ///   - principal: who that is, as far as it was proven.
    init(
        responder: Responder, request: RawRequest, id: String, visitor: Visitor?,
        principal: Principal?, formToken: String
    ) {
        self.responder = responder
        self.request = request
        self.id = id
        self.visitor = visitor
        self.principal = principal
        self.formToken = formToken
    }

    /// A browser says who visits by a cookie, which is believed as `Pawl-Actor` is: from this machine.
    private var claimed: String? {
        if let header = request.actor { return header }
        let cookie = ConsoleRequest.actor(inCookie: request.cookie)
        return cookie.flatMap { (try? Actor(header: $0)) == nil || !isOwn($0) ? nil : $0 }
    }

    /// Whose role was proven says with it no more than in which of their own they act.
    private func isOwn(_ text: String) -> Bool {
        guard responder.api.access != nil else { return true }
        guard let principal, let actor = try? Actor(header: text) else { return false }
        return sameUTF8(actor.subject, principal.subject) && principal.roles.contains(actor.role)
    }

    var isLoggedOut: Bool { responder.api.access != nil && principal == nil }
    let anonymous = Actor.anonymous.description
    var actor: String {
        if let access = responder.api.access, let principal,
            let actor = try? access.actor(of: principal, speakingAs: claimed)
        {
            return actor.description
        }
        return claimed ?? anonymous
    }

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
        inner.principal = principal
        inner.forwardedFor = request.forwardedFor
        inner.isEncrypted = request.isEncrypted
        let bytes = call.body.map { JSON.encode($0) } ?? []
        let response = await responder.outcome(of: inner, { _ in }, { bytes }, id).response
        return APIAnswer(
            status: response.status, tag: response.headers.first { $0.name == "ETag" }?.value,
            body: response.body)
    }
}
