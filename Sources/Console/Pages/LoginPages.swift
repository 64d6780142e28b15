import Values

/// Who are you?
struct LoginPage: PageContent {
    static let template = "login"
    let title = "Log in"
    let section = Section.none
    var isBare: Bool { true }
    let next: String
    let providers: [Provider]
    let hasProviders: Bool
    let problem: String?

    struct Provider: Sendable {
        let name: String
        let path: String
    }

    init(_ offer: LoginOffer) {
        next = offer.next
        providers = offer.providers.map { Provider(name: $0, path: "/login/\($0.urlEncoded)") }
        hasProviders = !providers.isEmpty
        problem = offer.problem
    }
}

struct OnwardPage: PageContent {
    static let template = "onward"
    let title = "On the way"
    let section = Section.none
    var isBare: Bool { true }
    var onward: String? { url }
    let url: String
}

/// What somebody filled in, and nobody carried out.
struct KeptFormPage: PageContent {
    static let template = "kept"
    let title = "Not sent yet"
    let section = Section.none
    var isBare: Bool { isLoggedOut }
    let isLoggedOut: Bool
    let path: String
    let fields: [Field]
    let login: String

    struct Field: Sendable {
        let name: String
        let value: String
        /// Somebody may have written it; what the page put there is of no interest.
        let isShown: Bool
    }

    init(_ request: ConsoleRequest, isLoggedOut: Bool) {
        self.isLoggedOut = isLoggedOut
        path = request.target
        fields = request.form.filter { $0.name != FormText.token }.map {
            Field(
                name: $0.name, value: $0.value,
                isShown: !$0.value.isEmpty && !["do", "revision", "tag", "back"].contains($0.name))
        }
        // What a form was sent to need not be a page that can be looked at.
        login = "/login"
    }
}

/// Who visits, proven; and the end of that.
struct VisitorPage: PageContent {
    static let template = "visitor"
    let title = "Who you are"
    let section = Section.none
    let subject: String
    let roles: String
    let proof: String
    let hasSession: Bool
    let choices: [Choice]
    let hasChoice: Bool
    let actor: String

    struct Choice: Sendable {
        let actor: String
        let isChosen: Bool
    }

    init(_ visitor: Visitor, _ visit: Visit) {
        subject = visitor.subject
        roles = visitor.roles.isEmpty ? "none" : visitor.roles.joined(separator: ", ")
        proof = visitor.proof
        hasSession = visitor.hasSession
        let actor = visit.api.actor
        self.actor = actor
        choices = visitor.roles.map { role in
            let own = "\(role)/\(visitor.subject)"
            return Choice(actor: own, isChosen: own == actor)
        }
        hasChoice = visitor.roles.count > 1
    }
}
