import Definition
import Values

/// The description of the API for programs: OpenAPI 3.1, made from the routes and the schemas of what they answer.
package enum OpenAPI {
    /// - Parameter routes: those that this server has.
    package static func document(_ routes: [RouteDeclaration], version: String) -> Value {
        var paths = ValueMap()
        for route in routes {
            var operations = paths[route.path]?.mapValue ?? ValueMap()
            operations[route.method.rawValue.lowercased()] = operation(route)
            paths[route.path] = .map(operations)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "pawl", "version": .string(version),
                "description":
                    "Durable state machines: what runs, why it does not move, and what would move it.",
            ],
            "tags": .list(
                RouteDeclaration.Tag.allCases.filter { tag in routes.contains { $0.tag == tag } }
                    .map { ["name": .string($0.rawValue)] }),
            "paths": .map(paths),
            "components": [
                "schemas": .map(ValueMap(ResourceSchema.all.map { ($0.name, $0.schema) })),
                "responses": .map(
                    ValueMap(Refusals.all.map { (Refusals.name($0.status), refusal($0)) })),
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer",
                        "description":
                            "A token of this server's or a JSON web token of an issuer that it trusts. Without access control nothing is asked for.",
                    ]
                ],
            ],
        ]
    }

    private static func operation(_ route: RouteDeclaration) -> Value {
        var operation: ValueMap = [
            "operationId": .string(route.operationID), "summary": .string(route.summary),
            "tags": [.string(route.tag.rawValue)],
            "x-permission": .string(route.permission.rawValue),
        ]
        if route.permission != .none {
            operation["security"] = [["token": []], [:]]
        }
        let parameters =
            route.pathParameters.map { parameter($0, in: "path") }
            + route.query.map { parameter($0, in: "query") }
            + route.headers.map { parameter($0, in: "header") }
        if !parameters.isEmpty { operation["parameters"] = .list(parameters) }
        switch route.body {
        case .json(let schema, let isRequired):
            operation["requestBody"] = [
                "required": .bool(isRequired), "content": content(["application/json"], schema),
            ]
        case .content(let types):
            operation["requestBody"] = ["required": true, "content": content(types, true)]
        case nil: break
        }
        var responses = ValueMap()
        for answer in route.answers { responses[String(answer.status)] = response(answer) }
        for status in route.refusedWith {
            responses[String(status)] = [
                "$ref": .string("#/components/responses/\(Refusals.name(status))")
            ]
        }
        operation["responses"] = .map(responses)
        return .map(operation)
    }

    private static func parameter(
        _ parameter: RouteDeclaration.Parameter, in place: String
    ) -> Value {
        [
            "name": .string(parameter.name), "in": .string(place),
            "required": .bool(parameter.isRequired), "schema": parameter.schema,
            "description": .string(parameter.summary),
        ]
    }

    private static func content(_ types: [String], _ schema: Value) -> Value {
        .map(ValueMap(types.map { ($0, ["schema": schema]) }))
    }

    private static func response(_ answer: RouteDeclaration.Answer) -> Value {
        var response: ValueMap = ["description": .string(answer.summary)]
        switch answer.content {
        case .resource(let name):
            response["content"] = content(["application/json"], ResourceSchema.reference(name))
        case .bytes(let types): response["content"] = content(types, true)
        case .none: break
        }
        if !answer.headers.isEmpty {
            response["headers"] = .map(
                ValueMap(
                    answer.headers.map { header in
                        (
                            header.name,
                            [
                                "schema": header.schema, "required": .bool(header.isRequired),
                                "description": .string(header.summary),
                            ]
                        )
                    }))
        }
        return .map(response)
    }

    private static func refusal(_ refusal: (status: Int, codes: [String])) -> Value {
        [
            "description": .string(
                "Refused; `code` says why: " + refusal.codes.joined(separator: ", ") + "."),
            "content": content(["application/problem+json"], ResourceSchema.reference("Problem")),
        ]
    }
}

/// The statuses of refusals, and the codes that each may have.
package enum Refusals {
    package static let all: [(status: Int, codes: [String])] = {
        var codes: [Int: [String]] = [:]
        for code in Problem.Code.allCases {
            codes[code.httpStatus, default: []].append(code.rawValue)
        }
        for (status, code) in ofHTTP { codes[status, default: []].append(code) }
        return codes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }()

    /// Those that no problem of the engine has.
    private static let ofHTTP = [
        (405, "method-not-allowed"), (408, "too-slow"), (409, "rejected"), (411, "length-required"),
        (414, "target-too-long"), (415, "unsupported-media-type"), (416, "range-not-satisfiable"),
        (421, "misdirected"),
        (429, "too-many-requests"), (429, "too-many-streams"), (429, "too-many-attempts"),
        (431, "headers-too-large"), (503, "too-many-connections"),
    ]

    /// What any request may be refused with: it cannot be read, does not prove who asks, comes from a foreign page, is for
    /// another server, has a parameter that is unknown, comes when too much waits, when something is wrong inside, or when the
    /// store takes nothing.
    static let ofAny = [400, 401, 403, 421, 422, 429, 500, 503]

    static func name(_ status: Int) -> String { "Refused\(status)" }
}

extension RouteDeclaration {
    /// The statuses of all its refusals, in order.
    package var refusedWith: [Int] { (Refusals.ofAny + refusals).sorted() }
}
