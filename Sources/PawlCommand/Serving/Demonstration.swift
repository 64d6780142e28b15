import Execution
import Foundation
import ServiceLifecycle
import Values

/// `pawl dev --demo`: what is asked of the server and of the sandbox before anybody looks. A line of `seed.jsonl` is one
/// request; where it says `until`, it is asked again until one of the blockers that it answers is of that kind.
struct Demonstration: Sendable {
    struct Step: Sendable {
        let number: Int
        let method: String
        let path: String
        let body: Value?
        let actor: String?
        let until: String?
        /// That the server refuses it is what is to be seen.
        let isRefused: Bool
    }

    let file: String
    let steps: [Step]

    private static let known = ["method", "path", "body", "as", "until", "refused"]

    init(reading file: String) throws {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Failure(
                status: 3, "\(file) cannot be read, so there is nothing to show",
                fix: "name a project that has a seed.jsonl: `pawl dev --demo samples/gallery`")
        }
        self.file = file
        steps = try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .compactMap { index, line in
                line.isEmpty ? nil : try Self.step(index + 1, String(line), file)
            }
    }

    private static func step(_ number: Int, _ line: String, _ file: String) throws -> Step {
        func wrong(_ detail: String) -> Failure {
            Failure(
                status: 1, "\(file):\(number): \(detail)",
                fix:
                    #"write it like {"method": "PUT", "path": "/v1/…", "body": {}, "as": "clerk/kim"}"#
            )
        }
        guard case .map(let members)? = try? JSON.parse(Array(line.utf8)) else {
            throw wrong("this is no JSON object")
        }
        let names = members.entries.compactMap(\.key.stringValue)
        if let strange = names.first(where: { !known.contains($0) }) {
            throw wrong("`\(strange)` has no meaning here")
        }
        guard let method = members["method"]?.stringValue, ["GET", "PUT", "POST"].contains(method)
        else { throw wrong("`method` is GET, PUT or POST") }
        guard let path = members["path"]?.stringValue, path.hasPrefix("/") else {
            throw wrong("`path` is missing")
        }
        guard (members["until"] == nil) || method == "GET" else {
            throw wrong("only a GET is asked until something is so")
        }
        return Step(
            number: number, method: method, path: path, body: members["body"],
            actor: members["as"]?.stringValue, until: members["until"]?.stringValue,
            isRefused: members["refused"] == true)
    }

    // MARK: Playing

    /// - Parameter server: gives a client that acts for somebody; nil: for whoever the server takes us for.
    func play(
        server: @Sendable (String?) -> APIClient, sandbox: APIClient
    ) async throws {
        for step in steps {
            do {
                let client = step.path.hasPrefix("/v1/") ? server(step.actor) : sandbox
                if step.isRefused {
                    try await beRefused(step, client)
                } else {
                    try await ask(step, client)
                }
            } catch var failure as Failure {
                failure.fix = failure.fix ?? "mend that line, and start again"
                throw Failure(
                    status: failure.status, "\(file):\(step.number): \(failure.message)",
                    fix: failure.fix, details: failure.details)
            }
        }
    }

    private func beRefused(_ step: Step, _ client: APIClient) async throws {
        do {
            try await ask(step, client)
        } catch let failure as Failure where failure.status != 8 {
            return
        }
        throw Failure(status: 1, "this was to be refused, and was not")
    }

    private func ask(_ step: Step, _ client: APIClient) async throws {
        let body = step.body ?? .map(ValueMap())
        switch step.method {
        case "PUT":
            _ = try await client.put(step.path, JSON.encode(body), type: "application/json")
        // Nobody has looked at what it is about.
        case "POST": _ = try await client.post(step.path, body, headers: [("If-Match", "*")])
        default:
            guard let kind = step.until else {
                _ = try await client.get(step.path, waiting: .seconds(30))
                return
            }
            try await ask(step, client, until: kind)
        }
    }

    private static let patience = 150
    private static let pause = Duration.milliseconds(200)

    private func ask(_ step: Step, _ client: APIClient, until kind: String) async throws {
        for _ in 0..<Self.patience {
            let answer = try await client.get(step.path)
            let kinds = (answer["blockers"]?.listValue ?? []).compactMap { $0["kind"]?.stringValue }
            if kinds.contains(kind) { return }
            try await Task.sleep(for: Self.pause)
        }
        throw Failure(
            status: 7, "no blocker became \(kind) within \((Self.pause * Self.patience).shortText)")
    }
}

/// Plays a demonstration once both sides have said where they are, and then waits for the end of the server.
final class DemonstrationService: Service {
    /// Opened by the server with its address.
    let server = Gate<String>()
    private let sandbox: Gate<String>
    private let demonstration: Demonstration
    private let onEnd: @Sendable (_ url: String) -> Void

    init(
        _ demonstration: Demonstration, sandbox: Gate<String>,
        onEnd: @escaping @Sendable (_ url: String) -> Void
    ) {
        self.demonstration = demonstration
        self.sandbox = sandbox
        self.onEnd = onEnd
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            guard let url = await self.server.wait(), let world = await self.sandbox.wait() else {
                return
            }
            do {
                try await self.demonstration.play(
                    server: { Wiring.client(url: url, actor: $0) },
                    sandbox: Wiring.client(url: world, actor: nil))
            } catch is CancellationError {
                return
            }
            self.onEnd(url)
        }
        try? await gracefulShutdown()
    }
}
