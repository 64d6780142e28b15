import Guest
import Values

/// A service of which nothing is known but the exchanges that its adapter has recorded: it gives the answers that stand
/// there, whatever it is sent. Nothing is remembered, so that it is no judge; a remote of the business's own is.
package struct RecordedService: Sendable, Hashable {
    /// One recorded exchange.
    package struct Exchange: Sendable, Hashable {
        package enum Meaning: Sendable, Hashable {
            /// The operation took effect.
            case done
            /// The service refuses for good.
            case refused
            /// Anything else: it is overloaded, it still decides.
            case other
        }

        package let operation: String
        package let meaning: Meaning
        package let method: String
        /// Without the query.
        package let path: String
        package let response: RemoteResponse

        package init(
            operation: String, meaning: Meaning, method: String, path: String,
            response: RemoteResponse
        ) {
            self.operation = operation
            self.meaning = meaning
            self.method = method
            self.path = path
            self.response = response
        }

        /// How many parts of a path are as they were recorded; nil: it is another request.
        fileprivate func likeness(_ request: RemoteRequest, below base: String) -> Int? {
            guard method == request.method, request.path.hasPrefix(base + "/") else { return nil }
            let parts = request.path.dropFirst(base.count).split(separator: "/")
            let own = path.split(separator: "/")
            guard parts.count == own.count else { return nil }
            return zip(parts, own).count { sameUTF8(String($0), String($1)) }
        }
    }

    package let adapter: String
    private let exchanges: [Exchange]

    /// - Returns: nil where no success is recorded: there is nothing to answer with.
    package init?(adapter: String, _ exchanges: [Exchange]) {
        guard exchanges.contains(where: { $0.meaning == .done }) else { return nil }
        self.adapter = adapter
        self.exchanges = exchanges
    }

    /// Where it stands below the sandbox's address.
    package var path: String { "/" + adapter }

    func owns(_ path: String) -> Bool { path.hasPrefix(self.path + "/") }

    /// What faults can name. A refusal that is recorded can be asked for.
    var operations: [RemoteOperation] {
        var names: [String] = []
        for exchange in exchanges where !names.contains(exchange.operation) {
            names.append(exchange.operation)
        }
        return names.map { name in
            let isRefused = exchanges.contains { $0.operation == name && $0.meaning == .refused }
            return RemoteOperation(name, also: isRefused ? [.decline] : [])
        }
    }

    /// The exchanges that are like a request, the likest first.
    private func like(_ request: RemoteRequest) -> [Exchange] {
        let rated = exchanges.compactMap { exchange in
            exchange.likeness(request, below: path).map { (exchange, $0) }
        }
        let best = rated.map(\.1).max()
        return rated.filter { $0.1 == best }.map(\.0)
    }

    /// The operation that a request asks for; nil: nothing like it was recorded.
    func operation(of request: RemoteRequest) -> String? { like(request).first?.operation }

    func answer(_ request: RemoteRequest, isDeclining: Bool) -> RemoteResponse {
        let known = like(request)
        let chosen =
            (isDeclining ? known.first { $0.meaning == .refused } : nil)
            ?? known.first { $0.meaning == .done } ?? known.first
        return chosen?.response
            ?? .problem(
                404, code: "not-recorded",
                detail: "no exchange of the adapter \(adapter) records such a request")
    }

    var overview: RemoteOverview {
        RemoteOverview(
            title: adapter,
            fact: "\(exchanges.count) recorded answers, from adapters/\(adapter)/exchanges")
    }
}
