import Definition
import Resources
import Values

/// Finds the route of a request. A segment that is written out wins over one that stands for a name.
struct RouteTable: Sendable {
    private enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    private struct Entry: Sendable {
        let route: RouteDeclaration
        let segments: [Segment]
    }

    private let entries: [Entry]
    /// Where to begin, for who asks for what is not there.
    private let hint: String

    init(
        _ routes: [RouteDeclaration],
        hint: String = "start at /v1/workflows or /v1/instances; an instance's name in a path is "
            + "percent-encoded, like /v1/instances/order%2F1009"
    ) {
        self.hint = hint
        entries = routes.map { route in
            Entry(
                route: route,
                segments: route.path.split(separator: "/").map { part in
                    part.hasPrefix("{")
                        ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
                })
        }
    }

    /// - Parameter method: HEAD finds what GET finds.
    func find(
        method: String, segments: [String]
    ) throws(Refusal) -> (route: RouteDeclaration, parameters: [String: String]) {
        let wanted = method == "HEAD" ? "GET" : method
        var allowed: [String] = []
        for entry in entries {
            guard let parameters = match(entry.segments, segments) else { continue }
            if entry.route.method.rawValue == wanted { return (entry.route, parameters) }
            allowed.append(entry.route.method.rawValue)
        }
        guard !allowed.isEmpty else { throw unknown(segments) }
        if allowed.contains("GET") { allowed.append("HEAD") }
        var refusal = Refusal(
            status: 405, code: "method-not-allowed", "\(method) is not possible here",
            fix: "use \(allowed.joined(separator: " or "))")
        refusal.headers = [("Allow", allowed.joined(separator: ", "))]
        throw refusal
    }

    private func match(_ pattern: [Segment], _ segments: [String]) -> [String: String]? {
        guard pattern.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, text) in zip(pattern, segments) {
            switch part {
            case .literal(let literal):
                guard literal == text else { return nil }
            case .parameter(let name):
                parameters[name] = text
            }
        }
        return parameters
    }

    /// Compares only what is written out, so that a misspelt `/why` of any instance is recognised.
    private func unknown(_ segments: [String]) -> Refusal {
        let path = "/" + segments.joined(separator: "/")
        let candidates = entries.compactMap { entry -> String? in
            guard entry.segments.count == segments.count else { return nil }
            return "/"
                + zip(entry.segments, segments).map { part, text in
                    if case .literal(let literal) = part { literal } else { text }
                }.joined(separator: "/")
        }
        return Refusal(
            Problem(
                .notFound, "there is nothing at \(path.quotable)",
                fix: nearestName(to: path, among: candidates).map { "did you mean \($0)?" }
                    ?? hint))
    }
}
