import Sabotage
import Values

struct KeysPage: PageContent {
    static let template = "keys"
    let title = "Keys"
    let section = Section.none
}

/// Who visits, where the server asks for no proof: this is believed from this machine, as `Pawl-Actor` is.
struct WhoPage: PageContent {
    static let template = "who"
    let title = "Who you are"
    let section = Section.none
    let actor: String
    let back: String
    /// What is wrong with the name that was given.
    let wrong: String?

    init(_ visit: Visit) {
        actor = visit.api.actor
        back = visit.request.option("back") ?? "/"
        wrong = nil
    }

    private init(_ visit: Visit, given: String, wrong: String) {
        actor = given
        back = LocalPath.safe(visit.request.field("back"))
        self.wrong = wrong
    }

    static func answer(_ visit: Visit) async -> ConsoleResponse {
        let given = visit.request.field("actor") ?? ""
        // What was proven cannot be said otherwise; which of one's roles one acts in can.
        if let visitor = visit.api.visitor,
            !visitor.roles.contains(where: { sameUTF8("\($0)/\(visitor.subject)", given) })
        {
            return .seeOther("/who")
        }
        if let wrong = visit.api.problem(ofActor: given) {
            return await visit.console.page(
                WhoPage(visit, given: given, wrong: wrong), of: visit, status: 422)
        }
        return .seeOther(
            LocalPath.safe(visit.request.field("back")), [Cookie.header(Cookie.actor, given)])
    }
}

enum ThemeChoice {
    static func answer(_ visit: Visit) -> ConsoleResponse {
        let theme = visit.request.field("theme") ?? ""
        let known = ["light", "dark"].contains(theme) ? theme : ""
        return .seeOther(
            LocalPath.safe(visit.request.field("back")), [Cookie.header(Cookie.theme, known)])
    }
}

/// Where a form leads back to: a page of the console, never another site.
package enum LocalPath {
    package static func safe(_ path: String?) -> String {
        if isMutant(.openRedirect), let path, !path.isEmpty { return path }
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.hasPrefix("/\\"),
            path.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) })
        else { return "/" }
        return path
    }
}

/// What went wrong, and what to do.
struct ProblemPage: PageContent {
    static let template = "problem"
    let title = "It cannot be shown"
    let section = Section.none
    let detail: Prose
    let fix: Prose?
    let code: String
    let status: String
    let requestID: String?

    static func answer(_ problem: APIProblem, _ visit: Visit) async -> ConsoleResponse {
        let page = ProblemPage(
            detail: Prose(problem.detail.capitalisedFirst),
            fix: problem.fix.map { Prose($0.capitalisedFirst) }, code: problem.code,
            status: "\(problem.status)", requestID: problem.requestID)
        return await visit.console.page(page, of: visit, status: problem.status)
    }
}
