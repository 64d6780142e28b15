import Access
import Values

/// What an issuer sent a browser back with. Anybody can send a browser here with anything.
struct LoginAnswer {
    let state: String
    /// Who says that it is the one that was asked (RFC 9207).
    let issuer: String?
    let result: Result<String, LoginError>

    /// Bytes of a code.
    private static let maximumCode = 4_096

    init(_ query: [(name: String, value: String)]) throws(Unproven) {
        func one(_ name: String) throws(Unproven) -> String? {
            let values = query.filter { sameUTF8($0.name, name) }
            guard values.count <= 1 else {
                throw Unproven("the answer to a login says `\(name)` twice")
            }
            return values.first?.value
        }
        guard let state = try one("state") else {
            throw Unproven("the answer to a login has no `state`")
        }
        self.state = state
        issuer = try one("iss")
        let error = try one("error")
        guard let code = try one("code"), error == nil else {
            result = .failure(LoginError(error))
            return
        }
        guard (1...Self.maximumCode).contains(code.utf8.count),
            code.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw Unproven("the answer to a login has no plain `code`") }
        result = .success(code)
    }
}

/// Why an issuer lets nobody in, in words of ours: what it says itself is a stranger's text.
struct LoginError: Error, Hashable {
    let sentence: String
    /// Another try may do.
    let isTemporary: Bool

    init(_ code: String?) {
        let known: [(code: String, sentence: String)] = [
            ("access_denied", "who asked was not let in, or did not agree"),
            ("temporarily_unavailable", "it is not available now"),
            ("server_error", "it has failed"),
            ("invalid_request", "it does not take our request"),
            ("invalid_client", "it does not know this client, or not by this secret"),
            ("unauthorized_client", "this client may not ask for a login"),
            ("invalid_scope", "it does not know a scope of `client.scopes`"),
            ("invalid_grant", "the code is not one of this login, or is used up"),
            ("unsupported_response_type", "it gives no codes"),
            ("unsupported_grant_type", "it takes no codes"),
            ("login_required", "who asked has not logged in"),
            ("consent_required", "who asked has not agreed"),
            ("interaction_required", "who asked has something to do there first"),
        ]
        let entry = known.first { sameUTF8($0.code, code) }
        sentence = entry.map { "\($0.sentence) (\($0.code))" } ?? "it does not plainly say why"
        isTemporary = ["temporarily_unavailable", "server_error"].contains { sameUTF8($0, code) }
    }
}
