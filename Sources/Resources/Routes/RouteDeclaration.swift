import Access
import Values

/// One thing that can be asked of the API: all that a program or a person needs to know in order to ask.
package struct RouteDeclaration: Sendable, Hashable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
    }

    /// What the reference groups it under.
    package enum Tag: String, Sendable, CaseIterable {
        case instances, actions, operations, erasures, money, tasks, events, incidents, schedules,
            workflows, adapters, alerts, statements, attachments, retention, audit, access
        case process
        case entry = "public entry"
    }

    package let endpoint: Endpoint
    package let method: Method
    /// `/v1/workflows/{workflow}`; a name in braces stands for one segment.
    package let path: String
    package let summary: String
    package let permission: Permission
    package let tag: Tag
    /// The query parameters that it knows; others are refused.
    package var query: [Parameter] = []
    package var headers: [Parameter] = []
    package var body: Body?
    package let answers: [Answer]
    /// The statuses of refusals besides those that anything may have.
    package var refusals: [Int] = []

    /// Unique, also where a thing has two addresses.
    package var operationID: String {
        endpoint.id + (path.hasPrefix(Self.byKey) && endpoint != .put ? "ByKey" : "")
    }

    package static let byKey = "/v1/workflows/{workflow}/instances/{key}"

    /// Of the query, of the path or of a header.
    package struct Parameter: Sendable, Hashable {
        package let name: String
        package let schema: Value
        package let summary: String
        package var isRequired = false

        package init(
            _ name: String, _ schema: Value, _ summary: String, isRequired: Bool = false
        ) {
            self.name = name
            self.schema = schema
            self.summary = summary
            self.isRequired = isRequired
        }
    }

    package enum Body: Sendable, Hashable {
        case json(Value, isRequired: Bool)
        /// Any of these media types, taken piece by piece.
        case content([String])
    }

    package struct Answer: Sendable, Hashable {
        package let status: Int
        package let content: Content
        package let summary: String
        /// Those that only this answer has.
        package var headers: [Parameter] = []

        package enum Content: Sendable, Hashable {
            /// A resource by the name of its schema.
            case resource(String)
            /// Of any of these media types.
            case bytes([String])
            case none
        }
    }

    /// It reads the body itself, piece by piece.
    package var takesPieces: Bool {
        if case .content = body { true } else { false }
    }

    /// The names in braces, in order.
    package var pathParameters: [Parameter] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
            let name = String(part.dropFirst().dropLast())
            return Parameter(
                name, ["type": "string", "minLength": 1], Self.pathSummaries[name] ?? "",
                isRequired: true)
        }
    }

    private static let pathSummaries = [
        "workflow": "A workflow's name.",
        "key": "The business key of one of its instances.",
        "id": "The instance's number, or `workflow%2Fkey`.",
        "adapter": "An adapter's name.",
        "operation": "The operation's number.",
        "erasure": "The erasure's number.",
        "hold": "The number of a hold of money.",
        "task": "The task's number, or `only`.",
        "alert": "An alert's id.",
        "silence": "A silence's id.",
        "delivery": "A message's id: its `webhook-id`.",
        "kind": "A kind of statement.",
        "subject": "What it is of: an id that the business knows.",
        "token": "A token's id.",
        "sha256": "The content's SHA-256 in hexadecimal.",
    ]
}
