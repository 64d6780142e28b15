/// The `Idempotency-Key` header as the IETF draft has it, the same for every service here.
enum IdempotencyKey {
    private static let lengthLimit = 255

    /// The key, with or without the quotes of a structured-field string.
    static func read(from request: SandboxRequest) throws(FieldError) -> String {
        var key = request.header("idempotency-key") ?? ""
        if key.count >= 2, key.hasPrefix("\""), key.hasSuffix("\"") {
            key = String(key.dropFirst().dropLast())
        }
        guard !key.isEmpty, key.utf8.count <= lengthLimit else {
            throw FieldError(
                pointer: "",
                detail: "the header Idempotency-Key is required, 1 to \(lengthLimit) bytes")
        }
        return key
    }

    static var reused: SandboxResponse {
        .problem(
            422, code: "key-reused",
            detail: "this Idempotency-Key was used for another request; a new request needs its own"
        )
    }

    static func invalid(_ error: FieldError) -> SandboxResponse {
        .problem(400, code: "invalid", detail: error.detail, errors: [error])
    }

    static func mark(_ response: SandboxResponse, replayed: Bool) -> SandboxResponse {
        guard replayed else { return response }
        var response = response
        response.headers.append(SandboxRequest.Pair("Idempotency-Replayed", "true"))
        return response
    }
}
