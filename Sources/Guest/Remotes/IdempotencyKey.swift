/// The `Idempotency-Key` header as the IETF draft has it, the same for every service here.
public enum IdempotencyKey {
    private static let lengthLimit = 255

    /// The key, with or without the quotes of a structured-field string.
    public static func read(from request: RemoteRequest) throws(FieldError) -> String {
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

    public static var reused: RemoteResponse {
        .problem(
            422, code: "key-reused",
            detail: "this Idempotency-Key was used for another request; a new request needs its own"
        )
    }

    public static func invalid(_ error: FieldError) -> RemoteResponse {
        .problem(400, code: "invalid", detail: error.detail, errors: [error])
    }

    public static func mark(_ response: RemoteResponse, replayed: Bool) -> RemoteResponse {
        guard replayed else { return response }
        var response = response
        response.headers.append(RemoteRequest.Pair("Idempotency-Replayed", "true"))
        return response
    }
}
