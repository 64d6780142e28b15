import Values

/// Who visits, where that was proven.
package struct Visitor: Sendable {
    let subject: String
    /// In order.
    let roles: [String]
    /// By what it is known who it is, in words.
    let proof: String
    /// That it began by a login here, and can be ended.
    let hasSession: Bool

    package init(subject: String, roles: [String], proof: String, hasSession: Bool) {
        self.subject = subject
        self.roles = roles
        self.proof = proof
        self.hasSession = hasSession
    }

    /// `ana · manager, support`
    var text: String {
        roles.isEmpty ? subject : "\(subject) · \(roles.joined(separator: ", "))"
    }
}

/// What the page of the login says and offers.
package struct LoginOffer: Sendable {
    /// Where it leads.
    package var next: String
    /// Issuers whose page can say who somebody is.
    package var providers: [String]
    /// What went wrong; never which part of it.
    package var problem: String?

    package init(next: String, providers: [String], problem: String? = nil) {
        self.next = next
        self.providers = providers
        self.problem = problem
    }
}

extension Console {
    /// Where a login leads: a page of the console, never another site, nor back to the login.
    package static func place(after text: String?) -> String {
        let path = LocalPath.safe(text)
        let first = path.dropFirst().prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let isPage = first.isEmpty || Page.firstSegments.contains { $0 == first }
        return isPage && !["login", "logout", "live", "assets"].contains(first) ? path : "/"
    }

    package func login(
        _ offer: LoginOffer, status: Int, headers: [(name: String, value: String)] = [],
        of request: ConsoleRequest, api: any ConsoleAPI
    ) async -> ConsoleResponse {
        let visit = await Visit(request, api, self)
        return await page(LoginPage(offer), of: visit, status: status).adding(headers)
    }

    /// A page that goes on by itself. A browser sends what it has of a login along only where this server's own page leads: not
    /// where one of another site did, nor on the way back from it.
    package func onward(
        to url: String, headers: [(name: String, value: String)] = [], of request: ConsoleRequest,
        api: any ConsoleAPI
    ) async -> ConsoleResponse {
        let visit = await Visit(request, api, self)
        return await page(OnwardPage(url: url), of: visit).adding(headers)
    }

    /// A form that cannot be believed as it is, with all that was filled in, to be sent again by who sees it.
    /// - Parameter isLoggedOut: who sent it has to say first who they are.
    package func keep(
        _ request: ConsoleRequest, isLoggedOut: Bool, api: any ConsoleAPI
    ) async -> ConsoleResponse {
        let visit = await Visit(request, api, self)
        return await page(
            KeptFormPage(request, isLoggedOut: isLoggedOut), of: visit,
            status: isLoggedOut ? 401 : 403)
    }
}
