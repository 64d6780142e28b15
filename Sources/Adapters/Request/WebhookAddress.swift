/// A webhook's URL: an address as adapters have it, and a query, in which some receivers have their token.
package struct WebhookAddress: Sendable, Hashable {
    package let endpoint: Endpoint
    package let text: String

    package init(_ text: String) throws(AddressProblem) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        endpoint = try Endpoint(String(parts.first ?? ""))
        guard endpoint.scheme == .http || endpoint.scheme == .https else {
            throw AddressProblem("a webhook is at http:// or https://")
        }
        guard endpoint.scheme == .https || endpoint.isOnThisMachine else {
            throw AddressProblem("https is required, except on this machine")
        }
        let query = parts.count > 1 ? String(parts[1]) : nil
        guard query?.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x23 }) ?? true else {
            throw AddressProblem("the query of an address consists of printable ASCII without '#'")
        }
        let path = text.hasSuffix("/") && query == nil ? "/" : ""
        self.text = endpoint.description + path + (query.map { "?\($0)" } ?? "")
    }
}
