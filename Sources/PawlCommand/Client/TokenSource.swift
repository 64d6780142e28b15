import Access
import Foundation
import Values

/// Where a command finds the token that proves who asks.
struct TokenSource {
    let file: String?
    let environment: (String) -> String?

    /// - Returns: nil: there is none.
    /// - Throws: when it cannot be read, or would go through a network in clear text.
    func token(for url: String) throws(Failure) -> String? {
        guard let token = try read(), !token.isEmpty else { return nil }
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Failure(
                status: 1, "the token holds what no token does", fix: "it is one line of ASCII")
        }
        let parts = URLComponents(string: url)
        guard parts?.scheme == "https" || parts?.host?.isLoopbackHost == true else {
            throw Failure(
                status: 1, "the token would go to \(url.printable) in clear text",
                fix: "ask the server at https://, or without a token")
        }
        return token
    }

    private func read() throws(Failure) -> String? {
        if file == nil, let token = environment("PAWL_TOKEN") { return token }
        guard let path = file ?? environment("PAWL_TOKEN_FILE"), !path.isEmpty else { return nil }
        guard let data = FileManager.default.contents(atPath: path), data.count <= 16 << 10 else {
            throw Failure(
                status: 1, "the token's file \(path.printable) cannot be read",
                fix: "`pawl token create … > FILE` writes one")
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
